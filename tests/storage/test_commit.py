"""A change and its entry: together, in order, and through crashes."""

import os
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from storage.archive import Archive
from storage.commit import Change, drain, record
from storage.log.audit import verify_log
from storage.log.entry import Entry
from storage.rows.row import values_of
from storage.verify import verify_archive
from tests.log_files import decisions
from tests.storage.new_archives import NOW, PASSPHRASE, add_workshop, new_archive, session_row, workshop_row
from vocabulary.errors import ConflictError, DamagedError, LogTamperedError, ResourceError
from vocabulary.ids import SessionName, new_id


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """An archive with one workshop."""
    made = new_archive(tmp_path / "home")
    add_workshop(made)
    return made


def record_only(archive: Archive, change: Change, entry: Entry) -> str:
    """The first half of a commit: what is there when a process dies before the second."""
    return record(archive.catalog, archive.log, archive.keystore.log_key, change, entry, NOW)


def in_a_child(work: Callable[[], None]) -> int:
    """Run ``work`` in a forked process; return its wait status."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(1)
    return os.waitpid(child, 0)[1]


def test_the_entry_holds_every_row_written(archive: Archive) -> None:
    """Added and replaced rows stand in the entry with all their values, removed ones with none."""
    kept, gone = session_row(number=1), session_row(number=2)
    archive.commit(Change(add=(kept, gone)), Entry("received"), now=NOW)
    moved = replace(kept, state="transcribed")
    archive.commit(Change(replace=((kept, moved),), remove=(gone,)), Entry("transcribed"), now=NOW)
    *_, last = archive.log.entries()
    assert [(row.key, row.values) for row in last.rows] == [(kept.id, values_of(moved)), (gone.id, None)]
    assert archive.catalog.sessions() == [moved]


def test_commit_returns_the_id_of_its_entry(archive: Archive) -> None:
    """The caller can name the entry it made, and it is durable."""
    entry_id = archive.commit(Change(), Entry("fault"), now=NOW)
    assert [entry.id for entry in archive.log.entries()][-1] == entry_id
    assert archive.catalog.pending() == []


@pytest.mark.parametrize("part", ["replace", "remove"])
def test_a_row_somebody_else_changed_is_a_conflict(archive: Archive, part: str) -> None:
    """A row is written over only if it is still wholly what was read; else nothing happens."""
    row = session_row()
    archive.commit(Change(add=(row,)), Entry("received"), now=NOW)
    stale = replace(row, language="en")
    change = Change(replace=((stale, row),)) if part == "replace" else Change(remove=(stale,))
    size = archive.log.head().size
    with pytest.raises(ConflictError):
        archive.commit(change, Entry("drafted"), now=NOW)
    assert archive.catalog.session(SessionName("demo-1", 3)) == row
    assert archive.log.head().size == size


def test_a_conflict_undoes_the_rest_of_its_change(archive: Archive) -> None:
    """What was written before the conflict was found is gone with it."""
    row = session_row()
    with pytest.raises(ConflictError):
        archive.commit(Change(add=(row,), remove=(session_row(number=9),)), Entry("received"), now=NOW)
    assert archive.catalog.sessions() == []


def test_a_row_that_refers_to_nothing_is_refused(archive: Archive) -> None:
    """Foreign keys hold: a session of an unknown workshop does not enter."""
    with pytest.raises(ConflictError):
        archive.commit(Change(add=(session_row(workshop="nowhere"),)), Entry("received"), now=NOW)


def test_a_change_is_checked_when_built() -> None:
    """A replacement keeps table and key, and no row is written twice."""
    row = session_row()
    for wrong in (
        {"replace": ((row, replace(row, id=new_id("s"))),)},
        {"replace": ((row, workshop_row()),)},
        {"add": (row,), "remove": (row,)},
    ):
        with pytest.raises(ValueError):
            Change(**wrong)


def test_times_never_go_back(archive: Archive) -> None:
    """A clock set back does not put an entry before the one it follows."""
    archive.commit(Change(), Entry("fault"), now=NOW + timedelta(days=1000))
    archive.commit(Change(), Entry("fault"), now=NOW)
    times = [entry.at for entry in archive.log.entries()]
    assert times == sorted(times) and times[-1] == times[-2]
    verify_log(archive.log.directory)


def test_a_kill_between_commit_and_log_is_made_good_at_the_next_open(archive: Archive) -> None:
    """A process killed after its transaction leaves an entry that the next one moves to the log."""
    row = session_row()

    def die() -> None:
        record_only(Archive.open(archive.home, PASSPHRASE), Change(add=(row,)), Entry("received"))
        os.kill(os.getpid(), signal.SIGKILL)

    assert in_a_child(die) == signal.SIGKILL
    assert len(archive.catalog.pending()) == 1
    reopened = Archive.open(archive.home, PASSPHRASE)
    assert [entry.kind for entry in reopened.log.entries()][-1] == "received"
    assert reopened.catalog.pending() == [] and verify_archive(archive.home, reopened).findings == ()


def test_a_kill_in_the_middle_of_the_log_is_made_good(archive: Archive) -> None:
    """Half a line in the log, its entry pending: the next commit completes it and adds its own."""
    record_only(archive, Change(), Entry("received"))
    line = archive.catalog.pending()[0].line
    with decisions(archive.home).open("ab") as file:
        file.write(line[:50])
    report = verify_archive(archive.home, None)
    assert report.findings == () and len(report.unchecked) == 2
    assert verify_log(archive.log.directory).size == 2
    archive.commit(Change(), Entry("drafted"), now=NOW)
    assert [entry.kind for entry in archive.log.entries()][-2:] == ["received", "drafted"]
    assert verify_archive(archive.home, archive).findings == ()


def test_a_kill_before_pending_is_emptied_writes_nothing_twice(archive: Archive) -> None:
    """An entry that the log holds already is recognised and dropped from the pending table."""
    record_only(archive, Change(), Entry("received"))
    (waiting,) = archive.catalog.pending()
    archive.log.append([waiting.line], archive.keystore.log_key())
    drain(archive.catalog, archive.log, archive.keystore.log_key)
    ids = [entry.id for entry in archive.log.entries()]
    assert ids.count(waiting.id) == 1 and archive.catalog.pending() == []


def test_a_full_disk_after_the_transaction_loses_nothing(archive: Archive) -> None:
    """When the log finds no room the change stands, its entry waits, and the next commit moves both."""
    beside = archive.log.directory / "checkpoint.new"
    beside.symlink_to("/dev/full")
    with pytest.raises(ResourceError):
        archive.commit(Change(add=(session_row(),)), Entry("received"), now=NOW)
    beside.unlink()
    archive.commit(Change(), Entry("drafted"), now=NOW)
    assert [entry.kind for entry in archive.log.entries()][-2:] == ["received", "drafted"]


def test_a_pending_entry_of_somebody_else_is_not_signed(archive: Archive) -> None:
    """Whoever holds the disk and not the keystore cannot have an entry signed for them."""
    record_only(archive, Change(), Entry("fault"))
    with closing(sqlite3.connect(archive.catalog.path)) as connection, connection:
        connection.execute("UPDATE pending SET line = replace(line, 'fault', 'drafted')")
    with pytest.raises(LogTamperedError):
        Archive.open(archive.home, PASSPHRASE)


@pytest.mark.parametrize("shift", [-1, 1])
def test_a_changed_log_position_stops_before_anything_is_written(archive: Archive, shift: int) -> None:
    """When catalog and log disagree on the next number, the change is refused, not left half done."""
    with closing(sqlite3.connect(archive.catalog.path)) as connection, connection:
        connection.execute(f"UPDATE log_position SET next_seq = next_seq + {shift}")
    with pytest.raises(DamagedError):
        archive.commit(Change(add=(session_row(),)), Entry("received"), now=NOW)
    assert archive.catalog.sessions() == []


def test_eight_processes_committing_at_once_lose_nothing(archive: Archive) -> None:
    """Each of eight processes commits five changes; all are in the log once, and everything verifies."""

    def commit_five(worker: int) -> None:
        mine = Archive.open(archive.home, PASSPHRASE)
        for number in range(5):
            row = session_row(number=1 + worker * 5 + number)
            mine.commit(Change(add=(row,)), Entry("received", session=row.id))
        os._exit(0)

    children = []
    for worker in range(8):
        child = os.fork()
        if child == 0:
            try:
                commit_five(worker)
            finally:
                os._exit(1)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 8
    assert {row.number for row in archive.catalog.sessions()} == set(range(1, 41))
    assert sum(entry.kind == "received" for entry in archive.log.entries()) == 40
    assert verify_archive(archive.home, None).findings == ()
