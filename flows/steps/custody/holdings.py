"""What the processing log says that a home holds: workshops, sessions, records, and how many people.

Counted from the log alone, so that the same count can be made again from a copy of it, on another machine,
without a key.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from flows.steps.custody.inventory_file import Export, Holding, Opener, Records, Session, Spoken
from policies.holds import is_held
from storage.log.entry import Value, parse_line
from storage.log.log import Log
from storage.replay import Tables
from storage.rows.custody import ExportRow, OpenerRow, PersonRow
from storage.rows.retention import HoldRow
from storage.rows.walk import RecordRow, SessionRow, WorkshopRow
from vocabulary.choices import ExportKind, RecordClass, RecordLife

_TOLD_BY = tuple(f'"kind":"{kind}",'.encode() for kind in ("dossier-sealed", "drafted", "recovered"))
"""What lines hold whose facts are counted; only those are read whole."""

_Values = Mapping[str, Value]


@dataclass
class Told:
    """What facts of entries say, by session id: the head count of the last dossier, the people that the vault knew
    at the last draft, how often the recording was given back."""

    participants: dict[str, int] = field(default_factory=dict)
    drafts: list[tuple[str, Spoken]] = field(default_factory=list)
    given_back: Counter[str] = field(default_factory=Counter)

    @classmethod
    def by(cls, log: Log) -> "Told":
        """Read the facts of the log, the oldest first; what expired tells nothing any more."""
        told = cls()
        for _, line in log.lines():
            entry = parse_line(line) if any(mark in line for mark in _TOLD_BY) else None
            if entry is None or entry.session is None:
                continue
            if entry.kind == "dossier-sealed":
                count = _count(entry.facts, "participants")
                if count is not None:
                    told.participants[entry.session] = count
            elif entry.kind == "drafted":
                youths, persons = _count(entry.facts, "youths"), _count(entry.facts, "persons")
                told.drafts.append((entry.session, Spoken(youths=youths, persons=persons)))
            elif entry.kind == "recovered":
                told.given_back[entry.session] += 1
        return told


def holdings(tables: Tables, told: Told) -> tuple[Holding, ...]:
    """Every workshop that has not left, by its code."""
    orders = [HoldRow(**row) for row in tables[HoldRow.TABLE].values() if row["lifted_at"] is None]  # type: ignore[arg-type]
    records: dict[str, list[_Values]] = defaultdict(list)
    for record in tables[RecordRow.TABLE].values():
        records[str(record["workshop"])].append(record)
    sessions: dict[str, list[_Values]] = defaultdict(list)
    for session in tables[SessionRow.TABLE].values():
        sessions[str(session["workshop"])].append(session)
    spoken: dict[str, Spoken] = {}
    for session_id, found in told.drafts:
        row = tables[SessionRow.TABLE].get(session_id)
        if row is not None:
            spoken[str(row["workshop"])] = found
    return tuple(
        Holding(
            code=code,
            created_at=str(row["created_at"]),
            left_at=_text(row.get("left_at")),
            policy_digest=str(row["policy_digest"]),
            policy_name=str(row["policy_name"]),
            policy_version=_whole(row["policy_version"]),
            sessions=tuple(_sessions(sessions[code], records[code], told)),
            records=tuple(_by_class(records[code], orders)),
            spoken_of=spoken.get(code, Spoken()),
        )
        for code, row in sorted(tables[WorkshopRow.TABLE].items())
    )


def openers(tables: Tables) -> tuple[Opener, ...]:
    """The machine, and the people with a passphrase of their own now."""
    people = [row for row in tables[OpenerRow.TABLE].values() if row["removed_at"] is None]
    found = [
        Opener(
            id=str(row["person"]),
            role=str(row["role"]),
            workshops=None if row["workshops"] is None else tuple(str(row["workshops"]).split()),
            added_at=str(row["added_at"]),
        )
        for row in sorted(people, key=lambda row: (str(row["added_at"]), str(row["person"])))
    ]
    return (Opener(id="machine", role=None, workshops=None, added_at=None), *found)


def exports(tables: Tables) -> tuple[Export, ...]:
    """What left the machine and was not renewed or destroyed since."""
    rows = [row for row in tables[ExportRow.TABLE].values() if row["ended_at"] is None]
    return tuple(
        Export(
            id=str(row["id"]),
            kind=str(row["export_kind"]),
            made_at=str(row["made_at"]),
            generation=_whole(row["generation"]),
            holder=str(row["holder"]),
            place=str(row["place"]),
        )
        for row in sorted(rows, key=lambda row: (str(row["made_at"]), str(row["id"])))
    )


def last_recovery_export(tables: Tables) -> str | None:
    """When a recovery export was last made; those that were replaced since count too."""
    rows = tables[ExportRow.TABLE].values()
    return max((str(row["made_at"]) for row in rows if row["export_kind"] == ExportKind.RECOVERY.value), default=None)


def registered_people(tables: Tables) -> int:
    """How many people the home knows as its users."""
    return len(tables[PersonRow.TABLE])


def _sessions(rows: list[_Values], records: list[_Values], told: Told) -> Iterable[Session]:
    holds: dict[str, set[str]] = defaultdict(set)
    for record in records:
        if record["session_id"] is not None and record["life"] != RecordLife.DESTROYED.value:
            holds[str(record["session_id"])].add(str(record["record_class"]))
    for row in sorted(rows, key=lambda row: _whole(row["number"])):
        session_id = str(row["id"])
        yield Session(
            number=_whole(row["number"]),
            id=session_id,
            state=str(row["state"]),
            waits=_text(row["waits"]),
            reason=_text(row["reason"]),
            created_at=str(row["created_at"]),
            changed_at=str(row["changed_at"]),
            participants=told.participants.get(session_id),
            holds=tuple(sorted(holds[session_id])),
            given_back=told.given_back[session_id],
        )


def _by_class(records: list[_Values], orders: Sequence[HoldRow]) -> Iterable[Records]:
    for record_class in RecordClass:
        found = [record for record in records if record["record_class"] == record_class.value]
        kept = [record for record in found if record["life"] != RecordLife.DESTROYED.value]
        dates = [str(record["created_at"]) for record in kept]
        if found:
            yield Records(
                record_class=record_class.value,
                kept=len(kept),
                held=sum(_is_held(record, orders) for record in kept),
                destroyed=len(found) - len(kept),
                bytes=sum(_whole(record["size"]) for record in kept),
                oldest=min(dates, default=None),
                newest=max(dates, default=None),
            )


class _Placed(NamedTuple):
    id: str
    workshop: str
    session_id: str | None


def _is_held(record: _Values, orders: Sequence[HoldRow]) -> bool:
    placed = _Placed(str(record["id"]), str(record["workshop"]), _text(record["session_id"]))
    return record["life"] == RecordLife.HELD.value or is_held(orders, placed)


def _count(facts: _Values, name: str) -> int | None:
    value = facts.get(name)
    return value if type(value) is int and value >= 0 else None


def _whole(value: Value) -> int:
    return value if isinstance(value, int) else 0


def _text(value: Value) -> str | None:
    return None if value is None else str(value)
