"""The file of the catalog: an SQLite database, opened, copied, and its errors told as ours.

Rules kept here:
- WAL with full synchronisation, foreign keys on, writers take their turn (BEGIN IMMEDIATE);
- an error of the engine never carries a value: it becomes one of ours, with its kind only.
"""

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import QueuePool

from vocabulary.errors import BusyError, ConflictError, DamagedError, HuisclosError, ResourceError
from vocabulary.messages import N_

FILE = "catalog.sqlite"
LONGEST_WAIT = 60.0
"""Seconds a writer waits for the one before it."""


class Database:
    """The database of one home, in transactions. Safe across processes and threads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._engine = _engine(path)

    def close(self) -> None:
        self._engine.dispose()

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
