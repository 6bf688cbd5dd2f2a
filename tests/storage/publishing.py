"""Processes that publish, read and destroy in one archive at once, each noting what it was told is done.

A worker is a child of the test. It seals objects and commits their records, reads records of all the others, opens new
data keys, destroys drafts of its own and rotates the root. Each thing that has come back as done it notes in a file: a
process that is killed leaves its notes.
"""

import os
import random
import signal
import traceback
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage.archive import Archive
from storage.commit import Change, utc
from storage.keys.keystore import Costs
from storage.log.entry import Entry
from storage.rows.walk import RecordRow, SessionRow
from storage.unnamed import abandoned, remove, tidy
from storage.verify import verify_archive
from tests.storage.new_archives import PASSPHRASE, add_workshop, session_row
from vocabulary.choices import RecordClass, RecordLife
from vocabulary.errors import KeyGoneError

WORKSHOP = "demo-1"


def new_home(home: Path) -> Path:
    """An archive with one workshop and no session."""
    archive = Archive.create(home, PASSPHRASE, Costs.for_tests())
    add_workshop(archive)
    archive.close()
    return home


def start(home: Path, notes: Path, number: int, rounds: int) -> int:
    """Start worker ``number`` for ``rounds`` things to do; return its process id."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            Worker(home, notes / f"{number}-{os.getpid()}", number).work(rounds)
            code = 0
        except BaseException:
            (notes / f"{number}-{os.getpid()}.fault").write_text(traceback.format_exc())
        finally:
            os._exit(code)
    return child


def ended(child: int) -> int:
    """Wait for a worker; 0, or its exit code, or minus the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def faults(notes: Path) -> list[str]:
    """What workers failed with, if any did."""
    return [path.read_text() for path in notes.glob("*.fault")]


def kill(child: int) -> None:
    """End a worker where it stands."""
    os.kill(child, signal.SIGKILL)


class Worker:
    """One process at work in the archive of ``home``."""

    def __init__(self, home: Path, notes: Path, number: int) -> None:
        self.archive = Archive.open(home, PASSPHRASE)
        self.notes = os.open(notes, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self.random = random.Random(os.getpid() * 1000 + number)
        self.session = self._session(100 + number)

    def work(self, rounds: int) -> None:
        """Something at random, so many times; each kind is done at least once in the first rounds."""
        doings: list[Callable[[], None]] = [self.publish, self.read, self.destroy, self.rotate, self.open_key]
        for number in range(rounds):
            weights = (10, 10, 3, 1, 2)
            doing = doings[number] if number < len(doings) else self.random.choices(doings, weights)[0]
            doing()

    def publish(self) -> None:
        self._note("kept", self._add(RecordClass.OUTPUT))

    def read(self) -> None:
        """Some record of anybody opens, and holds what was sealed."""
        records = self.archive.catalog.records(record_class=RecordClass.OUTPUT)
        for record in self.random.sample(records, min(3, len(records))):
            assert content_of(self.archive, record).startswith(record.id.encode())

    def destroy(self) -> None:
        """All drafts of its own, one at least: announced, their key destroyed, their bytes, completed."""
        self._add(RecordClass.DRAFT)
        records = self.archive.catalog.records(session_id=self.session.id, record_class=RecordClass.DRAFT)
        announced = [replace(record, destroy_intended_at=_now()) for record in records]
        entry = Entry("destruction-intended", session=self.session.id)
        self.archive.commit(Change(replace=tuple(zip(records, announced, strict=True))), entry)
        finish(self.archive, announced)
        for record in records:
            self._note("gone", record.id)

    def rotate(self) -> None:
        self.archive.keystore.rotate()
        self.archive.commit(Change(), Entry("keys-rotated"))

    def open_key(self) -> None:
        """A data key nobody has asked for yet."""
        self.archive.next_scope(WORKSHOP, self.session.number, RecordClass.THEME)

    def _add(self, record_class: RecordClass) -> str:
        scope = self.archive.scope(WORKSHOP, self.session.number, record_class)
        record_id = f"r-{self.random.getrandbits(128):032x}"
        plain = record_id.encode() + self.random.randbytes(self.random.randrange(5000))
        sealed = self.archive.objects.seal(scope, plain)
        row = self.archive.new_record(
            scope, sealed, datetime.now(UTC), record_id=record_id, session_id=self.session.id
        )  # fmt: skip
        self.archive.commit(Change(add=(row,)), Entry("drafted", session=self.session.id))
        return record_id

    def _session(self, number: int) -> SessionRow:
        found = [row for row in self.archive.catalog.sessions() if row.number == number]
        if found:
            return found[0]
        row = session_row(WORKSHOP, number)
        self.archive.commit(Change(add=(row,)), Entry("received", session=row.id))
        return row

    def _note(self, what: str, record_id: str) -> None:
        os.write(self.notes, f"{what} {record_id}\n".encode())


def finish(archive: Archive, records: list[RecordRow]) -> None:
    """Carry out an announced destruction, or what is left of it."""
    archive.keystore.shred([archive.scope_of(record) for record in records])
    for record in records:
        archive.objects.discard(record.digest)
    gone = [replace(record, life=RecordLife.DESTROYED.value, destroyed_at=_now()) for record in records]
    changed = Change(replace=tuple(zip(records, gone, strict=True)))
    archive.commit(changed, Entry("destroyed", facts={"records": len(records)}))


def content_of(archive: Archive, record: RecordRow) -> bytes:
    """What a record's object holds."""
    return archive.objects.unseal(archive.scope_of(record), archive.sealed_of(record))


def check_all(home: Path, notes: Path) -> tuple[int, int]:
    """Open, finish what was interrupted, collect what was sealed for nothing; return how many were kept, and destroyed.

    Nothing lost: what was noted as kept opens, what was noted as gone is gone. Nothing unlogged: the archive
    verifies, which compares every row with the log replayed and every object with its row.
    """
    archive = Archive.open(home, PASSPHRASE)
    try:
        tidy(archive)
        announced = [row for row in archive.catalog.records() if row.destroy_intended_at]
        if announced:
            finish(archive, announced)
        orphans = abandoned(archive, older_than=timedelta(0))
        archive.commit(Change(), Entry("collected", facts={"objects": len(orphans)}))
        remove(orphans)
        report = verify_archive(home, archive)
        assert report.findings == (), report.findings
        assert report.unchecked == (), report.unchecked
        noted = [line.split() for path in notes.iterdir() for line in path.read_text().splitlines()]
        rows = {row.id: row for row in archive.catalog.records(life=None)}
        for what, record_id in noted:
            row = rows[record_id]
            if what == "kept":
                assert content_of(archive, row).startswith(record_id.encode())
            else:
                assert row.life == RecordLife.DESTROYED.value
                with pytest.raises(KeyGoneError):
                    archive.keystore.data_key(archive.scope_of(row))
        logged = [key for entry in archive.log.entries() for table, key in _added(entry.rows) if table == "records"]
        assert set(rows) <= set(logged)
    finally:
        archive.close()
    return sum(what == "kept" for what, _ in noted), sum(what == "gone" for what, _ in noted)


def _added(rows: object) -> list[tuple[str, str]]:
    return [(row.table, row.key) for row in rows]  # type: ignore[attr-defined]


def _now() -> str:
    return utc(datetime.now(UTC))
