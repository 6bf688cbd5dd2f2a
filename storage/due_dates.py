"""When each record comes due, kept beside the rows it follows from, so that a plan looks at what is due alone.

Rules kept here:
- the table follows from records, sessions, events, extensions and the policies in force by policies/schedule.py, and
  from nothing else; ``archive verify`` computes it again from the log and compares;
- it is brought up to date in the transaction that changes what it follows from, for the records concerned: those of
  a session, of a workshop, or of all where an event is told of the whole home;
- a record has a row while it is neither destroyed nor announced for erasure, and only if its end is computable. A
  record whose policy cannot be read has none: it is never destroyed.

It is not in the log: what follows from the log is no decision.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage.clocks import RowClocks
from storage.replay import Tables
from storage.rows import HOME, EventRow, ExtensionRow, RecordRow, Row, SessionRow, WorkshopRow, columns
from storage.schema import TABLES, due_dates
from vocabulary.choices import RecordLife
from vocabulary.errors import HuisclosError

if TYPE_CHECKING:
    from policies.policy import Policy

_Row = TypeVar("_Row", WorkshopRow, SessionRow, EventRow, ExtensionRow, RecordRow)

LONG_AFTER = datetime(9000, 1, 1, tzinfo=UTC)
"""A moment by which everything noted has happened."""

_BATCH = 5_000


@dataclass(frozen=True)
class DueDate:
    """When a record ends and how: a day of its policy's time zone (``2026-04-10``)."""

    record_id: str
    workshop: str
    disposal: str
    due_on: str


def computed(
    records: Iterable[RecordRow], clocks: RowClocks, policies: Mapping[str, "Policy | None"]
) -> Iterator[DueDate]:
    """The date of every record that has one. ``policies`` are those in force, by workshop."""
    for record in records:
        policy = policies.get(record.workshop)
        if policy is None or record.life == RecordLife.DESTROYED or record.destroy_intended_at is not None:
            continue
        end = clocks.due(record, policy, LONG_AFTER)
        if end.on is not None:
            yield DueDate(record.id, record.workshop, end.disposal.value, end.on.isoformat())


def folder_beside(catalog: Path) -> Path:
    """Where the policies are that are or were in force, for the catalog at ``catalog``."""
    return catalog.parent / "policies"


def refresh(
    connection: Connection,
    added: Sequence[Row],
    replaced: Sequence[tuple[Row, Row]],
    removed: Sequence[Row],
    policies: Path,
) -> None:
    """Bring the dates up to date after rows were written; ``policies`` is the folder of the installed ones."""
    gone = [row.id for row in removed if isinstance(row, RecordRow)]
    if gone:
        connection.execute(due_dates.delete().where(due_dates.c.record_id.in_(gone)))
    concerned = _Concerned()
    for row in added:
        concerned.add(row)
    for row in removed:
        if not isinstance(row, RecordRow):
            concerned.add(row)
    for old, new in replaced:
        concerned.replace(old, new)
    for scope in concerned.scopes():
        _renew(connection, scope, policies)


def rebuild(connection: Connection, policies: Path) -> None:
    """Compute every date anew."""
    _renew(connection, sa.true(), policies)


def following(tables: Tables, policies: Path) -> Iterator[DueDate]:
    """The dates that follow from tables as the log tells them; RowError or TypeError for what is no row."""
    workshops = _rows(tables, WorkshopRow)
    clocks = RowClocks(workshops, _rows(tables, SessionRow), _rows(tables, EventRow), _rows(tables, ExtensionRow))
    in_force = {row.code: installed(policies, row.policy_digest) for row in workshops}
    return computed(_rows(tables, RecordRow), clocks, in_force)


def _rows(tables: Tables, row_type: type[_Row]) -> list[_Row]:
    return [
        row_type(**{name: values.get(name) for name in columns(row_type)})  # type: ignore[arg-type]
        for values in tables[row_type.TABLE].values()
    ]


class _Concerned:
    """Which records are to be dated anew."""

    def __init__(self) -> None:
        self._records: set[str] = set()
        self._sessions: set[str] = set()
        self._workshops: set[str] = set()
        self._all = False

    def add(self, row: Row) -> None:
        if isinstance(row, RecordRow):
            self._records.add(row.id)
        elif isinstance(row, SessionRow):  # the last day of what is told of the workshop moves
            self._workshops.add(row.workshop)
        elif isinstance(row, WorkshopRow):
            self._workshops.add(row.code)
        elif isinstance(row, ExtensionRow):
            self._sessions.add(row.session_id)
        elif isinstance(row, EventRow):
            if row.workshop == HOME:
                self._all = True
            elif row.session_id is not None:
                self._sessions.add(row.session_id)
            else:
                self._workshops.add(row.workshop)

    def replace(self, old: Row, new: Row) -> None:
        if isinstance(old, SessionRow) and isinstance(new, SessionRow):
            if (old.workshop, old.created_at) != (new.workshop, new.created_at):
                self._workshops |= {old.workshop, new.workshop}
            elif old.cleared_at != new.cleared_at:
                self._sessions.add(new.id)
        elif isinstance(old, WorkshopRow) and isinstance(new, WorkshopRow):
            if (old.policy_digest, old.created_at) != (new.policy_digest, new.created_at):
                self._workshops.add(new.code)
        else:
            self.add(new)

    def scopes(self) -> Iterator[sa.ColumnElement[bool]]:
        """The records concerned, as conditions on their table."""
        table = TABLES[RecordRow]
        if self._all:
            yield sa.true()
            return
        if self._workshops:
            yield table.c.workshop.in_(sorted(self._workshops))
        if self._sessions:
            yield table.c.session_id.in_(sorted(self._sessions))
        if self._records:
            yield table.c.id.in_(sorted(self._records))


def _renew(connection: Connection, scope: sa.ColumnElement[bool], policies: Path) -> None:
    table = TABLES[RecordRow]
    found = connection.execute(sa.select(table.c.workshop).where(scope).distinct()).scalars()
    codes = sorted(set(found) - {HOME})
    if not codes:
        return
    clocks, in_force = _clocks(connection, codes), _in_force(connection, codes, policies)
    rows = connection.execution_options(yield_per=_BATCH).execute(sa.select(table).where(scope)).mappings()
    for part in rows.partitions():
        records = [RecordRow(**row) for row in part]
        connection.execute(due_dates.delete().where(due_dates.c.record_id.in_([record.id for record in records])))
        dated = [vars(one) for one in computed(records, clocks, in_force)]
        if dated:
            connection.execute(due_dates.insert(), dated)


def _clocks(connection: Connection, codes: Sequence[str]) -> RowClocks:
    def of(row_type: type[_Row], column: str, *more: str) -> list[_Row]:
        table = TABLES[row_type]
        found = connection.execute(sa.select(table).where(table.c[column].in_([*codes, *more]))).mappings()
        return [row_type(**row) for row in found]

    return RowClocks(
        of(WorkshopRow, "code"),
        of(SessionRow, "workshop"),
        of(EventRow, "workshop", HOME),
        of(ExtensionRow, "workshop"),
    )


def _in_force(connection: Connection, codes: Sequence[str], policies: Path) -> dict[str, "Policy | None"]:
    table = TABLES[WorkshopRow]
    rows = connection.execute(sa.select(table.c.code, table.c.policy_digest).where(table.c.code.in_(codes)))
    return {row.code: installed(policies, row.policy_digest) for row in rows}


def installed(policies: Path, digest: str) -> "Policy | None":
    """The installed policy of this digest; None if it is missing or is not that one (``archive verify`` tells it)."""
    path = policies / f"{digest}.yaml"
    try:
        return _parsed(path.read_bytes(), digest)
    except OSError:
        return None


@lru_cache(maxsize=64)
def _parsed(data: bytes, digest: str) -> "Policy | None":
    from policies.policy_file import parse_policy, policy_digest

    if policy_digest(data) != digest:
        return None
    try:
        return parse_policy(data, f"{digest}.yaml")
    except HuisclosError:
        return None
