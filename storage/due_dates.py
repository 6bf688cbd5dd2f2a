"""When each record comes due, kept beside the rows it follows from, so that a plan looks at what is due alone.

Rules kept here:
- the table follows from records, sessions, events, extensions, the policies in force and those they replaced, by
  policies/schedule.py and policies/grace.py, and from nothing else; ``archive verify`` computes it again from the log
  and compares;
- it is brought up to date in the transaction that changes what it follows from, for the records concerned: those of
  a session, of a workshop, or of all where an event is told of the whole home;
- a record has a row while it is neither destroyed nor announced for erasure, and only if its end is computable. A
  record whose policy cannot be read has none: it is never destroyed;
- where the day of a record that is not on its way out moves or goes, what was announced for it is void, in the same
  transaction: should the day come back, it is announced anew.

It is not in the log: what follows from the log is no decision.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage.clocks import RowClocks
from storage.replay import Tables
from storage.rows.forms import HOME
from storage.rows.kinds import Row
from storage.rows.retention import EventRow, ExtensionRow, FormerPolicyRow, NoticeRow
from storage.rows.row import columns
from storage.rows.walk import RecordRow, SessionRow, WorkshopRow
from storage.schema import TABLES, due_dates
from vocabulary.choices import Notice, RecordClass, RecordLife
from vocabulary.errors import HuisclosError

if TYPE_CHECKING:
    from policies.grace import Former
    from policies.policy import Policy

_Row = TypeVar("_Row", WorkshopRow, SessionRow, EventRow, ExtensionRow, RecordRow, FormerPolicyRow)

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
    records: Iterable[RecordRow],
    clocks: RowClocks,
    policies: Mapping[str, "Policy | None"],
    formers: Mapping[str, "tuple[Former, ...] | None"],
) -> Iterator[DueDate]:
    """The date of every record that has one.

    ``policies`` are those in force, ``formers`` those they replaced, by workshop; None where one cannot be read.
    """
    from policies.grace import due_with_grace

    for record in records:
        policy = policies.get(record.workshop)
        replaced = formers.get(record.workshop, ())
        if (
            policy is None
            or replaced is None
            or record.life == RecordLife.DESTROYED
            or record.destroy_intended_at is not None
        ):
            continue
        record_class = RecordClass(record.record_class)
        events, expected = clocks.of(record), clocks.expected(record)
        end = due_with_grace(
            policy, replaced, record_class, events, LONG_AFTER, expected=expected, extended=clocks.extended(record)
        )
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
) -> tuple[NoticeRow, ...]:
    """Bring the dates up to date after rows were written; ``policies`` is the folder of the installed ones.

    Returns the announcements that this made void, taken out of their table: the log entry has to tell of them.
    """
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
    moved: set[str] = set()
    for scope in concerned.scopes():
        moved |= _renew(connection, scope, policies)
    return _void_announcements(connection, sorted(moved))


def rebuild(connection: Connection, policies: Path) -> None:
    """Compute every date anew."""
    _renew(connection, sa.true(), policies)


def following(tables: Tables, policies: Path) -> Iterator[DueDate]:
    """The dates that follow from tables as the log tells them; RowError or TypeError for what is no row."""
    workshops = _rows(tables, WorkshopRow)
    clocks = RowClocks(workshops, _rows(tables, SessionRow), _rows(tables, EventRow), _rows(tables, ExtensionRow))
    in_force = {row.code: installed(policies, row.policy_digest) for row in workshops}
    formers = formers_of(_rows(tables, FormerPolicyRow), lambda digest: installed(policies, digest))
    return computed(_rows(tables, RecordRow), clocks, in_force, formers)


def formers_of(
    rows: Iterable[FormerPolicyRow], read: "Callable[[str], Policy | None]"
) -> "dict[str, tuple[Former, ...] | None]":
    """The policies that were shortened, by workshop, the oldest first; None where ``read`` gives None for one."""
    from policies.grace import Former

    found: dict[str, tuple[Former, ...] | None] = {}
    for row in sorted(rows, key=lambda row: (row.replaced_at, row.id)):
        if row.counts_until is None:
            continue
        policy, before = read(row.policy_digest), found.get(row.workshop, ())
        if policy is None or before is None:
            found[row.workshop] = None
        else:
            found[row.workshop] = (*before, Former(policy, date.fromisoformat(row.counts_until)))
    return found


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
        elif isinstance(row, FormerPolicyRow):
            self._workshops.add(row.workshop)
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


def _renew(connection: Connection, scope: sa.ColumnElement[bool], policies: Path) -> set[str]:
    """Date the records of a scope anew; return those that stay and had another day before."""
    table = TABLES[RecordRow]
    found = connection.execute(sa.select(table.c.workshop).where(scope).distinct()).scalars()
    codes = sorted(set(found) - {HOME})
    moved: set[str] = set()
    if not codes:
        return moved
    clocks, in_force = _clocks(connection, codes), _in_force(connection, codes, policies)
    formers = _formers(connection, codes, policies)
    rows = connection.execution_options(yield_per=_BATCH).execute(sa.select(table).where(scope)).mappings()
    for part in rows.partitions():
        records = [RecordRow(**row) for row in part]
        these = due_dates.c.record_id.in_([record.id for record in records])
        standing = connection.execute(sa.select(due_dates.c.record_id, due_dates.c.due_on).where(these))
        before = {row.record_id: row.due_on for row in standing}
        connection.execute(due_dates.delete().where(these))
        dated = [vars(one) for one in computed(records, clocks, in_force, formers)]
        if dated:
            connection.execute(due_dates.insert(), dated)
        after = {one["record_id"]: one["due_on"] for one in dated}
        staying = [record.id for record in records if record.destroy_intended_at is None]
        moved |= {record for record in staying if record in before and before[record] != after.get(record)}
    return moved


def _void_announcements(connection: Connection, moved: Sequence[str]) -> tuple[NoticeRow, ...]:
    """Take back what was announced for records whose day moved."""
    table, void = TABLES[NoticeRow], list[NoticeRow]()
    for first in range(0, len(moved), _BATCH):
        these = table.c.record_id.in_(moved[first : first + _BATCH]), table.c.notice == Notice.ANNOUNCED.value
        void += [NoticeRow(**row) for row in connection.execute(sa.select(table).where(*these)).mappings()]
        connection.execute(table.delete().where(*these))
    return tuple(void)


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


def _formers(connection: Connection, codes: Sequence[str], policies: Path) -> "dict[str, tuple[Former, ...] | None]":
    table = TABLES[FormerPolicyRow]
    rows = connection.execute(sa.select(table).where(table.c.workshop.in_(codes))).mappings()
    return formers_of([FormerPolicyRow(**row) for row in rows], lambda digest: installed(policies, digest))


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
