"""Objects without a name: nothing that might be needed is ever removed, and nothing of the rest stays unseen."""

import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage.archive import Archive
from storage.commit import Change
from storage.fixity import object_files
from storage.log.entry import Entry
from storage.newest import note_size, read_size
from storage.unnamed import Tidied, abandoned, count_set_aside, remove, tidy
from storage.verify import verify_archive
from tests.storage.new_archives import NOW, PASSPHRASE, filled_archive, session_row
from vocabulary.choices import Exit, RecordClass
from vocabulary.errors import DamagedError, LogRolledBackError, LogTamperedError
from vocabulary.ids import SessionName

TOMORROW = datetime.now(UTC) + timedelta(days=1)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """An archive with one of everything."""
    return filled_archive(tmp_path / "home")


def objects_of(archive: Archive) -> set[str]:
    return {digest or str(path) for path, digest in object_files(archive.home / "archive" / "objects")}


def seal_uncommitted(archive: Archive) -> str:
    return archive.objects.seal(archive.scope("demo-1", 3, RecordClass.DRAFT), b"never committed").digest


def put_aside(archive: Archive, folder: Path, *, log: bool = True) -> None:
    """Copy the catalog, and the log, as somebody who makes a copy by hand."""
    archive.catalog.close()
    with closing(sqlite3.connect(archive.catalog.path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    folder.mkdir()
    shutil.copy(archive.catalog.path, folder)
    if log:
        shutil.copytree(archive.log.directory, folder / "log")


def put_back(archive: Archive, folder: Path, *, catalog: bool = True) -> None:
    """Put the copies in the place of what is there."""
    archive.catalog.close()
    if catalog:
        for name in ("catalog.sqlite-wal", "catalog.sqlite-shm"):
            (archive.home / "archive" / name).unlink(missing_ok=True)
        shutil.copy(folder / "catalog.sqlite", archive.catalog.path)
    if (folder / "log").is_dir():
        shutil.rmtree(archive.log.directory)
        shutil.copytree(folder / "log", archive.log.directory)


def add_session(archive: Archive) -> str:
    """Another session with one record; return its object's digest."""
    session = session_row(number=4)
    scope = archive.scope("demo-1", 4, RecordClass.RECORDING)
    sealed = archive.objects.seal(scope, b"a later recording")
    record = archive.new_record(scope, sealed, NOW, session_id=session.id, part=1)
    archive.commit(Change(add=(session, record)), Entry("received", session=session.id), now=NOW)
    return sealed.digest


def test_an_older_catalog_and_log_put_back_lose_no_object(archive: Archive, tmp_path: Path) -> None:
    """Copy, work on, put the copies back: opening refuses, says what to do, and everything is still there."""
    put_aside(archive, tmp_path / "copy")
    newer = add_session(archive)
    before = objects_of(archive)
    put_aside(archive, tmp_path / "newer")
    put_back(archive, tmp_path / "copy")
    with pytest.raises(LogRolledBackError) as caught:
        Archive.open(archive.home, PASSPHRASE)
    assert "Only then put the newer" in str(caught.value) and "huisclos archive restore" in str(caught.value)
    assert newer in objects_of(archive) == before
    report = verify_archive(archive.home, None)
    assert report.exit == Exit.ROLLED_BACK
    put_back(archive, tmp_path / "newer")
    again = Archive.open(archive.home, PASSPHRASE)
    assert tidy(again) == Tidied()
    assert again.catalog.session(SessionName("demo-1", 4))
    assert verify_archive(archive.home, again).findings == ()


def test_what_an_older_home_has_no_name_for_is_kept_aside_and_comes_back(archive: Archive, tmp_path: Path) -> None:
    """Even where nothing tells how long the log was, objects are moved, not removed."""
    put_aside(archive, tmp_path / "copy")
    newer = add_session(archive)
    put_aside(archive, tmp_path / "newer")
    (archive.home / "archive" / "log-size").unlink()
    put_back(archive, tmp_path / "copy")
    older = Archive.open(archive.home, PASSPHRASE)
    assert tidy(older) == Tidied(aside=1)
    assert (archive.home / "archive" / "unnamed" / newer).is_file()
    put_back(older, tmp_path / "newer")
    again = Archive.open(archive.home, PASSPHRASE)
    assert tidy(again) == Tidied(returned=1)
    assert newer in objects_of(again)
    assert verify_archive(archive.home, again).findings == ()


def test_an_older_catalog_beside_the_newer_log_commits_nothing(archive: Archive, tmp_path: Path) -> None:
    """The catalog's next number is not the log's: opening and the commit refuse, and no object moves."""
    put_aside(archive, tmp_path / "copy", log=False)
    newer = add_session(archive)
    put_back(archive, tmp_path / "copy")
    with pytest.raises(DamagedError, match="archive restore FOLDER"):
        Archive.open(archive.home, PASSPHRASE)
    assert tidy(archive) == Tidied()
    assert newer in objects_of(archive)
    with pytest.raises(DamagedError, match="archive restore FOLDER"):
        archive.commit(Change(), Entry("fault"))


def test_an_older_log_beside_the_newer_catalog_commits_nothing(archive: Archive, tmp_path: Path) -> None:
    """Opening refuses, also where the size is not known; the commit does, too."""
    put_aside(archive, tmp_path / "copy")
    add_session(archive)
    put_back(archive, tmp_path / "copy", catalog=False)
    with pytest.raises(LogRolledBackError):
        Archive.open(archive.home, PASSPHRASE)
    (archive.home / "archive" / "log-size").unlink()
    with pytest.raises(DamagedError, match="an older log was put back"):
        Archive.open(archive.home, PASSPHRASE)
    assert tidy(archive) == Tidied()
    with pytest.raises(DamagedError, match="an older log was put back"):
        archive.commit(Change(), Entry("fault"))


def test_what_a_crashed_command_sealed_is_set_aside_and_the_archive_is_sound(archive: Archive) -> None:
    """An object that was never committed is no finding any more once the home was opened, and still there."""
    digest = seal_uncommitted(archive)
    assert {finding.kind for finding in verify_archive(archive.home, archive).findings} == {"orphaned"}
    assert tidy(archive) == Tidied(aside=1)
    assert verify_archive(archive.home, archive).findings == ()
    assert count_set_aside(archive.home) == 1
    assert (archive.home / "archive" / "unnamed" / digest).stat().st_mode & 0o777 == 0o600


def test_what_the_log_ended_is_removed_on_opening(archive: Archive) -> None:
    """A crash between a resealing and the removal of the old object leaves one that no longer log can need."""
    (old,) = archive.catalog.records(record_class=RecordClass.OUTPUT)
    scope = archive.scope_of(old)
    target = archive.next_scope("demo-1", 3, RecordClass.OUTPUT)
    sealed = archive.objects.reseal(scope, archive.sealed_of(old), target)
    moved = replace(old, object_id=sealed.object_id, digest=sealed.digest, size=sealed.size, epoch=target.epoch)
    archive.commit(Change(replace=((old, moved),)), Entry("resealed", session=old.session_id))
    assert tidy(archive) == Tidied(removed=1)
    assert old.digest not in objects_of(archive) and sealed.digest in objects_of(archive)


def test_a_row_taken_out_of_the_catalog_moves_no_object(archive: Archive) -> None:
    """The log is believed over the catalog."""
    before = objects_of(archive)
    with closing(sqlite3.connect(archive.catalog.path)) as connection, connection:
        connection.execute("DELETE FROM records")
    assert tidy(archive) == Tidied()
    assert objects_of(archive) == before


def test_nothing_moves_while_the_log_is_at_fault(archive: Archive) -> None:
    """It may have lost a name: opening leaves all as it is, and collecting raises."""
    digest = seal_uncommitted(archive)
    leaves = archive.log.directory / "leaves"
    leaves.write_bytes(b"\1" + leaves.read_bytes()[1:])
    assert tidy(archive) == Tidied()
    assert digest in objects_of(archive)
    with pytest.raises(LogTamperedError):
        abandoned(archive)


def test_only_the_abandoned_is_collected(archive: Archive) -> None:
    """What is set aside or lies unnamed, and is older than an hour; the rest stays."""
    kept = objects_of(archive)
    seal_uncommitted(archive)
    tidy(archive)
    young = seal_uncommitted(archive)
    assert abandoned(archive) == []
    found = abandoned(archive, now=TOMORROW)
    assert len(found) == 2
    os.utime(archive.home / "archive" / "objects" / young[:2] / young, (TOMORROW.timestamp(),) * 2)
    assert remove(abandoned(archive, now=TOMORROW)) == 1
    assert objects_of(archive) == kept | {young}
    assert count_set_aside(archive.home) == 0


def test_the_known_size_only_grows_and_nonsense_says_nothing(tmp_path: Path) -> None:
    """A smaller number changes nothing; a torn or foreign file counts as unknown."""
    assert read_size(tmp_path) == 0
    note_size(tmp_path, 12)
    note_size(tmp_path, 3)
    assert read_size(tmp_path) == 12
    for text in ("12", "0000000000000012", "00000000000000xx\n", ""):
        (tmp_path / "log-size").write_text(text)
        assert read_size(tmp_path) == 0
