"""What people ordered and noted about the ends of records, as the log tells it: for an inspection.

Rows as the log wrote them: ids, codes, days and grounds. Reasons are sealed, and stay so. What was announced is counted
by workshop and day, as long as its records stand.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from storage.log.entry import Value
from storage.log.summary import Tables
from storage.rows.retention import DecisionRow, EventRow, ExtensionRow, FormerPolicyRow, HoldRow, NoticeRow, VisaRow
from storage.rows.rights import RecallRow
from storage.rows.walk import RecordRow, SessionRow
from vocabulary.choices import Notice, RecordLife

Written = Mapping[str, Value]
"""A row, column by column, with ``place`` (CODE, CODE/N or None) in front."""


@dataclass(frozen=True)
class Announced:
    """Records of one workshop whose destruction is announced for one day."""

    workshop: str
    due_on: str
    records: int


@dataclass(frozen=True)
class Orders:
    """Everything, oldest first, what was lifted, corrected or returned included."""

    holds: tuple[Written, ...]
    events: tuple[Written, ...]
    extensions: tuple[Written, ...]
    visas: tuple[Written, ...]
    decisions: tuple[Written, ...]
    former_policies: tuple[Written, ...]
    recalls: tuple[Written, ...]
    announced: tuple[Announced, ...]


def orders_of(tables: Tables) -> Orders:
    """What the log tells of them."""
    sessions = {key: f"{row['workshop']}/{row['number']}" for key, row in tables[SessionRow.TABLE].items()}
    records = tables[RecordRow.TABLE]

    def written(table: str, moment: str) -> tuple[Written, ...]:
        rows = sorted(tables[table].values(), key=lambda row: (str(row[moment]), str(row["id"])))
        return tuple({"place": _place(row, records, sessions), **row} for row in rows)

    return Orders(
        holds=written(HoldRow.TABLE, "at"),
        events=written(EventRow.TABLE, "at"),
        extensions=written(ExtensionRow.TABLE, "at"),
        visas=written(VisaRow.TABLE, "at"),
        decisions=written(DecisionRow.TABLE, "at"),
        former_policies=written(FormerPolicyRow.TABLE, "replaced_at"),
        recalls=written(RecallRow.TABLE, "asked_at"),
        announced=_announced(tables),
    )


def _place(row: Written, records: Mapping[str, Written], sessions: Mapping[str, str]) -> str | None:
    """Where a row is about: its session, else its workshop; for a record, that of the record."""
    if "workshop" not in row:
        row = records.get(str(row["record_id"]), {})
    session, workshop = row.get("session_id"), row.get("workshop")
    return sessions.get(str(session)) or (None if workshop is None else str(workshop))


def _announced(tables: Tables) -> tuple[Announced, ...]:
    records = tables[RecordRow.TABLE]
    newest: dict[str, Written] = {}
    for row in sorted(tables[NoticeRow.TABLE].values(), key=lambda row: str(row["at"])):
        if row["notice"] == Notice.ANNOUNCED.value:
            newest[str(row["record_id"])] = row
    standing = [
        row for key, row in newest.items() if key in records and records[key]["life"] != RecordLife.DESTROYED.value
    ]
    counted = Counter((str(row["workshop"]), str(row["due_on"])) for row in standing)
    return tuple(Announced(code, day, count) for (code, day), count in sorted(counted.items()))
