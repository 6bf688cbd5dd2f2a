"""A living home of which a part was lost or put back from another moment says so, and is made whole again."""

import shutil
from pathlib import Path

import pytest

from flows.steps.custody import backups
from flows.steps.custody.living_home import mend_catalog, restore_objects
from storage.archive import Archive
from storage.catalog.database import copy_catalog
from storage.commit import Change, record
from storage.log.entry import Entry
from storage.rows.walk import RecordRow
from storage.verify import verify_archive
from tests import factory
from vocabulary.choices import RecordClass
from vocabulary.errors import DamagedError


def _register(archive: Archive) -> RecordRow:
    (row,) = archive.catalog.records(record_class=RecordClass.PEOPLE)
    return row


def _object(home: Path, row: RecordRow) -> Path:
    return home / "archive" / "objects" / row.digest[:2] / row.digest


@pytest.mark.parametrize("damage", [None, b"damaged"])
def test_the_register_of_people_comes_back_though_a_name_is_given(tmp_path: Path, damage: bytes | None) -> None:
    """Who asks for it is named in it: it comes before their name is looked up."""
    home = factory.copied(tmp_path / "home")
    with home.open() as services:
        backups.backup(services, tmp_path / "stick", "Camille")
        person, row = services.person("Camille"), _register(services.archive)
        path = _object(home.path, row)
        path.unlink()
        if damage is not None:
            path.write_bytes(damage)
        with pytest.raises(DamagedError):
            services.person("Camille")
        brought = restore_objects(services, tmp_path / "stick", "CAMILLE")
        assert brought.restored == (row.id,) and brought.older == brought.lacking == ()
        assert services.person("Camille") == person
        assert [entry.actor for entry in services.archive.log.entries(kind="restored")] == [person]


def test_a_register_newer_than_the_backup_comes_back_as_it_was(tmp_path: Path) -> None:
    """Whoever was registered since is named by the beginning of their id, and nobody is left without a name."""
    home = factory.copied(tmp_path / "home")
    with home.open() as services:
        backups.backup(services, tmp_path / "stick", "Camille")
        earlier, later = services.person("Camille"), services.person("Dominique")
        row = _register(services.archive)
        _object(home.path, row).unlink()
        brought = restore_objects(services, tmp_path / "stick", "Camille")
        assert brought.older == (row.id,) and brought.lacking == ()
        assert services.person("Camille") == earlier
        assert services.archive.person_name(later) == later[:12]
        assert verify_archive(home.path, services.archive).findings == ()


def _put_back(kept: Path, path: Path) -> None:
    for journal in ("-wal", "-shm"):
        path.with_name(path.name + journal).unlink(missing_ok=True)
    shutil.copyfile(kept, path)


@pytest.mark.parametrize("pending", [False, True])
def test_an_older_catalog_put_back_alone_is_refused_and_written_anew(tmp_path: Path, pending: bool) -> None:
    """Also one that was copied while an entry waited; nothing is set aside before that is found out."""
    home = factory.copied(tmp_path / "home")
    catalog, kept = home.path / "archive" / "catalog.sqlite", tmp_path / "kept.sqlite"
    with home.open() as services:
        archive = services.archive
        backups.backup(services, tmp_path / "stick", "Camille")
        if pending:
            key = archive.keystore.log_key
            record(archive.catalog, archive.log, key, Change(), Entry("fault"), services.now())
        copy_catalog(catalog, kept, "WAL")
        fault = archive.seal_fault("Traceback: canary")
    _put_back(kept, catalog)
    with pytest.raises(DamagedError, match="archive restore"), home.open():
        pass
    assert not (home.path / "archive" / "unnamed").exists()
    assert mend_catalog(home.settings)
    with home.open() as services:
        restore_objects(services, tmp_path / "stick", "Camille", mended=True)
        assert services.archive.fault_text(fault) == "Traceback: canary"
        assert verify_archive(home.path, services.archive).findings == ()


def test_an_older_log_put_back_alone_is_refused(tmp_path: Path) -> None:
    """Where what the home knew of its length was put back with it: the catalog knows better."""
    home = factory.copied(tmp_path / "home")
    archive = home.path / "archive"
    shutil.copytree(archive / "log", tmp_path / "log")
    shutil.copyfile(archive / "log-size", tmp_path / "log-size")
    with home.open() as services:
        services.archive.seal_fault("Traceback: canary")
    shutil.rmtree(archive / "log")
    shutil.copytree(tmp_path / "log", archive / "log")
    shutil.copyfile(tmp_path / "log-size", archive / "log-size")
    with pytest.raises(DamagedError, match="older log"), home.open():
        pass


def test_an_entry_in_the_log_that_is_not_forgotten_yet_is_no_fault(tmp_path: Path) -> None:
    """A process was killed between the two: the home opens, and nothing waits any more."""
    home = factory.copied(tmp_path / "home")
    with home.open() as services:
        archive = services.archive
        record(archive.catalog, archive.log, archive.keystore.log_key, Change(), Entry("fault"), services.now())
        with archive.log.locked():
            archive.log.append([one.line for one in archive.catalog.pending()], archive.keystore.log_key())
    with home.open() as services:
        assert services.archive.catalog.pending() == []
        assert verify_archive(home.path, services.archive).findings == ()
