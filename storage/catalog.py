"""The catalog: what the home holds and where each session stands, in SQLite. Needs no passphrase.

Rules kept here:
- WAL with full synchronisation, foreign keys on, writers take their turn (BEGIN IMMEDIATE);
- rows come back as checked values: one that does not keep its form is damage, named by table, row and column;
- a schema newer than this version is refused, an older one is brought up to date by ``migrate``;
- an error of the engine never carries a value: it becomes one of ours, with its kind only.

Changes go through storage/commit.py, so that none is unlogged.
"""

import contextlib
import os
import sqlite3
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import QueuePool

from storage.rows.custody import ExportRow, OpenerRow, PersonRow, WitnessRow
from storage.rows.retention import DecisionRow, EventRow, ExtensionRow, FormerPolicyRow, HoldRow, NoticeRow, VisaRow
from storage.rows.rights import RecallRow, RequestRow
from storage.rows.row import RowError
from storage.rows.walk import ClearanceRow, CopyRow, RecordRow, SessionRow, WorkshopRow
from storage.schema import SCHEMA, TABLES, due_dates, log_position, pending
from vocabulary.choices import Audience, Notice, RecordClass, RecordLife, SessionState
from vocabulary.errors import (
    BusyError,
    ConflictError,
    DamagedError,
    HuisclosError,
    ResourceError,
    StateError,
    UnknownError,
)
from vocabulary.ids import SessionName
from vocabulary.messages import N_

FILE = "catalog.sqlite"
LONGEST_WAIT = 60.0
"""Seconds a writer waits for the one before it."""

_MOST_VALUES = 500
"""Values that one statement names."""

_Row = TypeVar(
    "_Row", WorkshopRow, SessionRow, RecordRow, ClearanceRow, PersonRow, CopyRow, OpenerRow, ExportRow, WitnessRow,
    FormerPolicyRow,
    EventRow, HoldRow, ExtensionRow, VisaRow, DecisionRow, NoticeRow,
    RequestRow, RecallRow,
)  # fmt: skip


@dataclass(frozen=True)
class Pending:
    """A committed log entry on its way to the log: its line, and the seal that shows we wrote it."""

    seq: int
    id: str
    line: bytes
    seal: str


class Catalog:
    """Reads the catalog of one home. Safe across processes and threads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._engine = _engine(path)

    @classmethod
    def create(cls, path: Path) -> "Catalog":
        """Make the file (0600) and its tables; FileExistsError if it is there."""
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with contextlib.closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
        catalog = cls(path)
        catalog.migrate()
        return catalog

    def close(self) -> None:
        self._engine.dispose()

    # Schema

    def schema(self) -> str | None:
        """The revision the catalog has; None before its first table."""
        with self.reading() as connection:
            tables = sa.inspect(connection).get_table_names()
            if "alembic_version" not in tables:
                return None
            found = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
            return None if found is None else str(found)

    def migrate(self) -> None:
        """Bring an older catalog to the schema this version knows; StateError if it is newer. For ``upgrade``."""
        found = self.schema()
        if found is None or found < SCHEMA:
            from storage.migration import upgrade

            with self.writing() as connection:
                upgrade(connection)
        self.check_schema()

    def is_current(self) -> bool:
        """Whether it has exactly the schema this version knows."""
        return self.schema() == SCHEMA

    def check_schema(self) -> None:
        """StateError unless the catalog has exactly the schema this version knows."""
        found = self.schema()
        if found == SCHEMA:
            return
        if found is not None and found > SCHEMA:
            message = N_("The catalog has schema {found}; this version knows up to {known}. Install the version that "
                         "wrote it, or a newer one.")  # fmt: skip
        else:
            message = N_("The catalog has schema {found}; this version needs {known}. Bring the home up to date. Type: "
                         "huisclos upgrade")  # fmt: skip
        raise StateError(message, place=FILE, found=found, known=SCHEMA)

    # Connections

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """A read transaction: one moment of the catalog."""
        with _translated(), _connected(self._engine) as connection, connection.begin():
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[Connection]:
        """The one write transaction (BEGIN IMMEDIATE). BusyError after a minute, ResourceError if full."""
        with _translated(), _connected(self._engine) as connection:
            connection = connection.execution_options(writes=True)
            with connection.begin():
                yield connection

    # Rows

    def workshops(self) -> list[WorkshopRow]:
        return self._rows(WorkshopRow, order="code")

    def workshop(self, code: str) -> WorkshopRow:
        """UnknownError if there is none of that code."""
        rows = self._rows(WorkshopRow, code=code)
        if not rows:
            message = N_("There is no workshop {code}. `huisclos workshop list` shows those there are, "
                         "`huisclos workshop add` adds one.")  # fmt: skip
            raise UnknownError(message, place=code, code=code)
        return rows[0]

    def sessions(self, states: Collection[SessionState] | None = None, workshop: str | None = None) -> list[SessionRow]:
        """Sessions in one of ``states`` (all by default), by workshop and number."""
        found = self._rows(SessionRow, order=("workshop", "number"), workshop=workshop)
        wanted = None if states is None else {str(state) for state in states}
        return [row for row in found if wanted is None or row.state in wanted]

    def find_session(self, name: SessionName) -> SessionRow | None:
        rows = self._rows(SessionRow, workshop=name.workshop, number=name.number)
        return rows[0] if rows else None

    def session(self, name: SessionName) -> SessionRow:
        """UnknownError if nothing was ever received under that name."""
        row = self.find_session(name)
        if row is None:
            message = N_("There is no session {session}. `huisclos status` shows those there are.")
            raise UnknownError(message, place=str(name), session=str(name))
        return row

    def session_by_id(self, session_id: str) -> SessionRow:
        rows = self._rows(SessionRow, id=session_id)
        if not rows:
            raise UnknownError(N_("There is no session with the id {id}."), place=session_id, id=session_id)
        return rows[0]

    def records(
        self,
        session_id: str | None = None,
        workshop: str | None = None,
        record_class: RecordClass | None = None,
        life: RecordLife | None = RecordLife.LIVE,
    ) -> list[RecordRow]:
        """Records, oldest version first; ``life=None`` gives the destroyed ones too."""
        return self._rows(
            RecordRow,
            order=("created_at", "version", "part", "id"),
            session_id=session_id,
            workshop=workshop,
            record_class=_value(record_class),
            life=_value(life),
        )

    def record(self, record_id: str) -> RecordRow:
        rows = self._rows(RecordRow, id=record_id)
        if not rows:
            raise UnknownError(N_("There is no record {id}."), place=record_id, id=record_id)
        return rows[0]

    def latest(self, session_id: str, record_class: RecordClass, audience: Audience | None = None) -> RecordRow | None:
        """The live record of the highest version, of one audience if given; a block is no version."""
        rows = self._rows(
            RecordRow,
            order="version",
            session_id=session_id,
            record_class=_value(record_class),
            audience=_value(audience),
            life=RecordLife.LIVE.value,
        )
        whole = [row for row in rows if not row.is_block]
        return whole[-1] if whole else None

    def clearances(self, session_id: str, audience: Audience | None = None) -> list[ClearanceRow]:
        """Clearances in the order they were given, the void ones too."""
        return self._rows(ClearanceRow, order=("at", "id"), session_id=session_id, audience=_value(audience))

    def people(self) -> list[PersonRow]:
        return self._rows(PersonRow, order=("registered_at", "id"))

    def copies(self, present: bool = True) -> list[CopyRow]:
        """Copies in the outbox; with ``present`` False the removed ones too."""
        rows = self._rows(CopyRow, order=("issued_at", "path"))
        return [row for row in rows if not present or row.removed_at is None]

    def openers(self, present: bool = True) -> list[OpenerRow]:
        """People with a passphrase of their own; with ``present`` False those it was taken from too."""
        rows = self._rows(OpenerRow, order=("added_at", "person"))
        return [row for row in rows if not present or row.removed_at is None]

    def exports(self, present: bool = True) -> list[ExportRow]:
        """What left the machine and may still open; with ``present`` False what was renewed or destroyed too."""
        rows = self._rows(ExportRow, order=("made_at", "id"))
        return [row for row in rows if not present or row.ended_at is None]

    def witnesses(self, present: bool = True) -> list[WitnessRow]:
        """Those who countersign checkpoints; with ``present`` False former ones too."""
        rows = self._rows(WitnessRow, order=("added_at", "witness"))
        return [row for row in rows if not present or row.removed_at is None]

    def former_policies(self, workshop: str | None = None) -> list[FormerPolicyRow]:
        """The policies that were replaced, the oldest first; of one workshop, or of all."""
        return self._rows(FormerPolicyRow, order=("replaced_at", "id"), workshop=workshop)

    def events(self, workshop: str | None = None) -> list[EventRow]:
        """Events that people noted, corrected ones too, in the order they were noted."""
        return self._rows(EventRow, order=("at", "id"), workshop=workshop)

    def holds(self, present: bool = True) -> list[HoldRow]:
        """Holds and restrictions; with ``present`` False those that were lifted too."""
        rows = self._rows(HoldRow, order=("at", "id"))
        return [row for row in rows if not present or row.lifted_at is None]

    def extensions(self) -> list[ExtensionRow]:
        return self._rows(ExtensionRow, order=("at", "id"))

    def visas(self) -> list[VisaRow]:
        return self._rows(VisaRow, order=("at", "id"))

    def decisions(self) -> list[DecisionRow]:
        """What was decided of records at their end, the oldest first; of one record, the last counts."""
        return self._rows(DecisionRow, order=("at", "id"))

    def notices(self, record_id: str | None = None) -> list[NoticeRow]:
        """What was said ahead of destructions, the oldest first."""
        return self._rows(NoticeRow, order=("at", "id"), record_id=record_id)

    def announcements(self, record_ids: Collection[str] | None = None) -> list[NoticeRow]:
        """The announcements that name the day on which their record still comes due; of some records, or all."""
        table = TABLES[NoticeRow]
        joined = due_dates.join(
            table, sa.and_(table.c.record_id == due_dates.c.record_id, table.c.due_on == due_dates.c.due_on)
        )
        conditions = [table.c.notice == Notice.ANNOUNCED.value]
        if record_ids is not None:
            conditions.append(due_dates.c.record_id.in_(record_ids))
        return self._read(NoticeRow, sa.select(table).select_from(joined).where(*conditions).order_by(table.c.at))

    def policy_digests(self) -> list[str]:
        """The digests of the policies in force, each once."""
        table = TABLES[WorkshopRow]
        with self.reading() as connection:
            return sorted(connection.execute(sa.select(table.c.policy_digest).distinct()).scalars())

    def workshops_in(self, codes: Collection[str]) -> list[WorkshopRow]:
        """The workshops of these codes."""
        return self._in(WorkshopRow, "code", codes)

    def sessions_in(self, codes: Collection[str]) -> list[SessionRow]:
        """All sessions of these workshops."""
        return self._in(SessionRow, "workshop", codes)

    def events_in(self, codes: Collection[str]) -> list[EventRow]:
        """The events noted of these workshops; HOME stands for those of all."""
        return self._in(EventRow, "workshop", codes)

    def former_policies_in(self, codes: Collection[str]) -> list[FormerPolicyRow]:
        """The policies these workshops followed before."""
        return self._in(FormerPolicyRow, "workshop", codes)

    def due(self, until: str, workshop: str | None = None) -> list[RecordRow]:
        """The live records whose end comes on the day ``until`` or before, whatever it is; the earliest first."""
        table = TABLES[RecordRow]
        joined = table.join(due_dates, due_dates.c.record_id == table.c.id)
        conditions = [due_dates.c.due_on <= until]
        if workshop is not None:
            conditions.append(due_dates.c.workshop == workshop)
        statement = sa.select(table).select_from(joined).where(*conditions)
        return self._read(RecordRow, statement.order_by(due_dates.c.due_on, table.c.created_at, table.c.id))

    def due_dates(self, workshop: str | None = None) -> dict[str, str]:
        """When each live record comes due (``2026-04-10``), by its id; of one workshop, or all."""
        statement = sa.select(due_dates.c.record_id, due_dates.c.due_on)
        if workshop is not None:
            statement = statement.where(due_dates.c.workshop == workshop)
        with self.reading() as connection:
            return {row.record_id: row.due_on for row in connection.execute(statement)}

    def count_dated(self) -> int:
        """How many live records have an end."""
        with self.reading() as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(due_dates)) or 0

    def condemned(self) -> list[RecordRow]:
        """The records whose erasure is announced and not done."""
        table = TABLES[RecordRow]
        conditions = (table.c.destroy_intended_at.is_not(None), table.c.life != RecordLife.DESTROYED.value)
        return self._read(RecordRow, sa.select(table).where(*conditions).order_by(table.c.created_at, table.c.id))

    def holds_records(self, workshop: str, session_id: str | None, classes: Collection[RecordClass]) -> bool:
        """Whether a session, or a workshop for None, still has a record of these classes that comes to an end."""
        table = TABLES[RecordRow]
        joined = table.join(due_dates, due_dates.c.record_id == table.c.id)
        conditions = [due_dates.c.workshop == workshop, table.c.record_class.in_(sorted(map(str, classes)))]
        if session_id is not None:
            conditions.append(table.c.session_id == session_id)
        with self.reading() as connection:
            found = connection.execute(sa.select(table.c.id).select_from(joined).where(*conditions).limit(1)).first()
            return found is not None

    def places_with(
        self, place: Literal["session_id", "workshop"], found: Collection[str], classes: Collection[RecordClass]
    ) -> set[str]:
        """Those of the sessions, or workshops, in which a record of these classes stays: live, its end not begun."""
        table = TABLES[RecordRow]
        kept = (
            table.c.record_class.in_(sorted(map(str, classes))),
            table.c.life != RecordLife.DESTROYED.value,
            table.c.destroy_intended_at.is_(None),
        )
        wanted = sorted(found)
        with self.reading() as connection:
            return {
                row[0]
                for first in range(0, len(wanted), _MOST_VALUES)
                for row in connection.execute(
                    sa.select(table.c[place]).distinct()
                    .where(table.c[place].in_(wanted[first : first + _MOST_VALUES]), *kept)
                )
            }  # fmt: skip

    def requests(self) -> list[RequestRow]:
        """Every request, in the order they came."""
        return self._rows(RequestRow, order=("received_on", "opened_at", "id"))

    def request(self, request_id: str) -> RequestRow:
        """UnknownError if there is none of that id."""
        for row in self._rows(RequestRow, id=request_id):
            return row
        message = N_("There is no request {id}. `huisclos request list` shows those there are.")
        raise UnknownError(message, place=request_id, id=request_id)

    def recalls(self, present: bool = True) -> list[RecallRow]:
        """Outputs to be called back; with ``present`` False those that came back too."""
        rows = self._rows(RecallRow, order=("asked_at", "id"))
        return [row for row in rows if not present or row.returned_at is None]

    def pending(self) -> list[Pending]:
        """Entries that are committed and may not be in the log yet, in order."""
        with self.reading() as connection:
            rows = connection.execute(sa.select(pending).order_by(pending.c.seq))
            return [Pending(row.seq, row.id, row.line.encode(), row.seal) for row in rows]

    def forget_pending(self, up_to: int) -> None:
        """Drop the pending entries numbered ``up_to`` and below: the log holds them."""
        with self.writing() as connection:
            connection.execute(pending.delete().where(pending.c.seq <= up_to))

    def position(self) -> tuple[int, str]:
        """The number the next entry gets, and the time of the last ("" before the first)."""
        with self.reading() as connection:
            row = connection.execute(sa.select(log_position)).one()
            return row.next_seq, row.last_at

    def _rows(
        self, row_type: type[_Row], *, order: str | tuple[str, ...] = (), **equal: str | int | None
    ) -> list[_Row]:
        """Rows whose columns equal what is given and not None."""
        table = TABLES[row_type]
        conditions = [table.c[name] == value for name, value in equal.items() if value is not None]
        ordering = (order,) if isinstance(order, str) else order
        return self._read(row_type, sa.select(table).where(*conditions).order_by(*(table.c[one] for one in ordering)))

    def _in(self, row_type: type[_Row], column: str, values: Collection[str]) -> list[_Row]:
        table, wanted = TABLES[row_type], sorted(values)
        parts = [wanted[first : first + _MOST_VALUES] for first in range(0, len(wanted), _MOST_VALUES)]
        return [
            row for part in parts for row in self._read(row_type, sa.select(table).where(table.c[column].in_(part)))
        ]

    def _read(self, row_type: type[_Row], statement: sa.Select[Any]) -> list[_Row]:
        with self.reading() as connection:
            found = [dict(row) for row in connection.execute(statement).mappings()]
        try:
            return [row_type(**row) for row in found]
        except RowError as error:
            raise damaged_row(error.table, error.key, error.column) from None


def copy_catalog(source: Path, target: Path, journal: Literal["DELETE", "WAL"] = "DELETE") -> None:
    """Copy one moment of a catalog others may be writing to, durably, as one new file without a journal beside it.

    ``WAL`` is for a copy that is put back into its home, to be worked with. FileExistsError if ``target`` is there;
    ResourceError when the disk is full.
    """
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600))
    try:
        with (
            contextlib.closing(sqlite3.connect(f"file:{quote(str(source.absolute()))}?mode=ro", uri=True)) as reading,
            contextlib.closing(sqlite3.connect(target)) as writing,
        ):
            reading.backup(writing)
            writing.execute(f"PRAGMA journal_mode={journal}")
    except sqlite3.Error as error:
        raise _translate(error) from None
    descriptor = os.open(target, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def damaged_row(table: str, key: str, column: str) -> DamagedError:
    message = N_("The catalog is damaged: table {table}, row {key}, column {column}. `huisclos archive verify` "
                 "names all that is wrong; restore the catalog from a backup.")  # fmt: skip
    return DamagedError(message, place=f"{table}/{key}/{column}", table=table, key=key, column=column)


def _value(choice: RecordClass | RecordLife | Audience | None) -> str | None:
    return None if choice is None else choice.value


class _Alone(sqlite3.Connection):
    """A connection that keeps the catalog for itself, and needs no file beside it (see ``_engine``)."""


_NO_INDEX_BESIDE = frozenset({
    sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_SHMOPEN, sqlite3.SQLITE_IOERR_SHMMAP,
    sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN,
})  # fmt: skip


def _open(path: Path, factory: type[sqlite3.Connection], *pragmas: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"file:{quote(str(path.absolute()))}?mode=rw",
        uri=True,
        isolation_level=None,
        timeout=LONGEST_WAIT,
        check_same_thread=False,
        factory=factory,
    )
    try:
        for pragma in (*pragmas, "synchronous=FULL", "foreign_keys=ON", "trusted_schema=OFF", "schema_version"):
            connection.execute(f"PRAGMA {pragma}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _engine(path: Path) -> Engine:
    """An engine that opens ``path`` only if it is there, and leaves transactions to us.

    In WAL mode the first connection makes an index beside the catalog, which a full disk has no room for. There a
    connection of its own reads the same, journal included, with the index in memory, while others wait
    (https://www.sqlite.org/wal.html#noshm).
    """

    def connect() -> sqlite3.Connection:
        try:
            return _open(path, sqlite3.Connection)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode not in _NO_INDEX_BESIDE or not path.is_file():
                raise
        return _open(path, _Alone, "locking_mode=EXCLUSIVE")

    engine = sa.create_engine("sqlite://", creator=connect, poolclass=QueuePool, hide_parameters=True)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


@contextlib.contextmanager
def _connected(engine: Engine) -> Iterator[Connection]:
    """A connection of the pool; one that keeps the catalog for itself is closed after use, so that others get at it."""
    with engine.connect() as connection:
        alone = isinstance(connection.connection.dbapi_connection, _Alone)
        try:
            yield connection
        finally:
            if alone:
                connection.invalidate()


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    """Turn errors of the engine into ours."""
    try:
        yield
    except sa.exc.DBAPIError as error:
        raise _translate(error.orig) from None


def _translate(error: BaseException | None) -> HuisclosError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    name = getattr(error, "sqlite_errorname", "unknown")
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
        message = N_("The disk is full or refuses to write ({name}). Make room, then run the same command again: "
                     "nothing is lost.")  # fmt: skip
        return ResourceError(message, place=FILE, name=name)
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        message = N_("Another process holds the catalog. Wait for it to finish, then try again.")
        return BusyError(message, place=FILE)
    if code == sqlite3.SQLITE_CONSTRAINT:
        message = N_("Somebody else changed this first ({name}). Run the same command again.")
        return ConflictError(message, place=FILE, name=name)
    if code == sqlite3.SQLITE_CANTOPEN:
        message = N_("The catalog is missing or cannot be opened. Restore it from a backup.")
        return DamagedError(message, place=FILE)
    message = N_("The catalog is damaged ({name}). Restore it from a backup.")
    return DamagedError(message, place=FILE, name=name)
