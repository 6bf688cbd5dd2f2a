"""The archive as steps use it."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from storage.archive import Archive
from storage.fixity import object_files
from storage.log.checkpoint import LogKey
from storage.log.log import log_name
from storage.verify import verify_archive
from tests.storage.new_archives import NOW, PASSPHRASE, filled_archive, new_archive
from vocabulary.choices import RecordClass
from vocabulary.errors import (
    DamagedError,
    KeyGoneError,
    LogTamperedError,
    StateError,
    UnknownError,
    UsageError,
    WrongPassphraseError,
)
from vocabulary.ids import SessionName


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """An archive with nothing in it."""
    return new_archive(tmp_path / "home")


def objects_of(archive: Archive) -> list[str]:
    return [digest or str(path) for path, digest in object_files(archive.home / "archive" / "objects")]


def test_a_new_archive_begins_its_log(archive: Archive) -> None:
    """The first entry says that the home was created, and all is sound."""
    assert [entry.kind for entry in archive.log.entries()] == ["home-created"]
    assert verify_archive(archive.home, archive).findings == ()


def test_everything_is_its_owners_alone(tmp_path: Path) -> None:
    """Folders are 0700 and files 0600, whatever the umask."""
    old = os.umask(0o022)
    try:
        archive = filled_archive(tmp_path / "home")
    finally:
        os.umask(old)
    modes = {path: path.stat().st_mode & 0o777 for path in archive.home.rglob("*") if "policies" not in path.parts}
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o700}
    assert {mode for path, mode in modes.items() if path.is_file()} == {0o600}


def test_an_archive_opens_with_its_passphrase_only(archive: Archive) -> None:
    """Reopening gives the same home; another passphrase does not open it."""
    assert Archive.open(archive.home, PASSPHRASE).home_id == archive.home_id
    with pytest.raises(WrongPassphraseError):
        Archive.open(archive.home, "seven quiet herons under the weir")


@pytest.mark.parametrize("format", ["huisclos-home/3", "something"])
def test_a_newer_home_is_refused_with_the_way_forward(archive: Archive, format: str) -> None:
    """A home of a format this version does not know is not opened."""
    (archive.home / "home.toml").write_text(f'format = "{format}"\n')
    with pytest.raises(StateError) as caught:
        Archive.open(archive.home, PASSPHRASE)
    assert "Install" in str(caught.value)


def test_a_log_of_another_key_is_not_opened(archive: Archive) -> None:
    """A key.pub that is not the keystore's is found when the archive opens."""
    other = LogKey.of(log_name(archive.home_id), Ed25519PrivateKey.generate())
    (archive.log.directory / "key.pub").write_text(other.text())
    with pytest.raises(LogTamperedError):
        Archive.open(archive.home, PASSPHRASE)


def test_scopes_stay_until_the_next_is_asked_for(archive: Archive) -> None:
    """The current epoch is the same until another is opened."""
    first = archive.scope("demo-1", 1, RecordClass.DRAFT)
    assert archive.scope("demo-1", 1, RecordClass.DRAFT) == first
    second = archive.next_scope("demo-1", 1, RecordClass.DRAFT)
    assert (first.epoch, second.epoch) == (1, 2)
    assert archive.scope("demo-1", 1, RecordClass.DRAFT) == second


def test_a_destroyed_epoch_is_followed_by_the_next(archive: Archive) -> None:
    """After a shred new records get a new epoch; the old one opens nothing."""
    first = archive.scope("demo-1", 1, RecordClass.DRAFT)
    archive.keystore.shred([first])
    assert archive.scope("demo-1", 1, RecordClass.DRAFT).epoch == 2
    with pytest.raises(KeyGoneError):
        archive.keystore.data_key(first)


def test_a_fault_is_sealed_under_the_id_that_is_shown(archive: Archive) -> None:
    """The traceback opens by its id, and lies nowhere in clear."""
    fault = archive.seal_fault("Traceback: canary-in-a-traceback")
    assert archive.fault_text(fault) == "Traceback: canary-in-a-traceback"
    assert fault.startswith("f-") and [*archive.log.entries()][-1].facts == {"fault": fault}
    for path in archive.home.rglob("*"):
        assert not path.is_file() or b"canary-in-a-traceback" not in path.read_bytes()


def test_fingerprints_tell_sameness_within_a_scope_only(archive: Archive) -> None:
    """The same bytes have the same fingerprint under one key, and another under another."""
    here, there = (archive.scope("demo-1", number, RecordClass.RECORDING) for number in (1, 2))
    assert archive.fingerprint(here, b"d" * 32) == archive.fingerprint(here, b"d" * 32)
    assert archive.fingerprint(here, b"d" * 32) != archive.fingerprint(there, b"d" * 32)


def test_a_person_is_registered_once(archive: Archive) -> None:
    """Case, accents and spaces do not make another person; the name is shown as first given."""
    person = archive.person(" Zoé  Canari ", register=True)
    assert archive.person("ZOE CANARI", register=True) == archive.person("zoé canari", register=False) == person
    assert archive.person_name(person) == "Zoé Canari"
    assert [row.id for row in archive.catalog.people()] == [person]


def test_an_unknown_person_is_not_named_in_the_error(archive: Archive) -> None:
    """A name nobody registered is unknown, and the message does not repeat it."""
    with pytest.raises(UnknownError) as caught:
        archive.person("Canari Inconnu", register=False)
    assert "Canari" not in str(caught.value)
    with pytest.raises(UnknownError):
        archive.person_name("p-" + "0" * 32)


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "deux\x00noms", "\u0301"])
def test_what_cannot_be_a_name_is_refused(archive: Archive, name: str) -> None:
    """Nothing, too much and control characters are no names."""
    with pytest.raises(UsageError):
        archive.person(name, register=True)


def test_the_register_replaces_its_old_version(archive: Archive) -> None:
    """Each new person makes one new sealed object and takes the old one away."""
    for number in range(3):
        archive.person(f"Person {number}", register=True, now=NOW + timedelta(seconds=number))
    assert len(objects_of(archive)) == 1 == len(archive.catalog.records())
    assert archive.catalog.records()[0].version == 3


def test_names_lie_nowhere_in_clear(archive: Archive) -> None:
    """Catalog, log and objects hold no name, in any spelling of it."""
    archive.person("Zoé Canari", register=True)
    archive.close()
    for path in archive.home.rglob("*"):
        assert not path.is_file() or b"canari" not in path.read_bytes().lower()


def test_people_registered_at_once_are_all_kept(archive: Archive) -> None:
    """Four processes registering four people, and one they share, leave five, each once."""
    children = []
    for number in range(4):
        child = os.fork()
        if child == 0:
            try:
                mine = Archive.open(archive.home, PASSPHRASE)
                mine.person("Everyone", register=True)
                mine.person(f"Person {number}", register=True)
                os._exit(0)
            finally:
                os._exit(1)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 4
    assert len(archive.register().people) == len(archive.catalog.people()) == 5
    assert len(objects_of(archive)) == 1


def test_the_fault_of_a_session_is_sealed_under_a_key_of_the_session(tmp_path: Path) -> None:
    """A traceback can quote the talk, and must not outlive it."""
    archive = filled_archive(tmp_path / "home")
    session = archive.catalog.session(SessionName("demo-1", 3))
    record = archive.catalog.record(archive.seal_fault("Traceback: canary", session.id))
    assert (record.session_id, archive.scope_of(record).series()) == (session.id, "demo-1/3/fault")
    assert archive.fault_text(record.id) == "Traceback: canary"


def test_a_damaged_register_is_said(archive: Archive) -> None:
    """A register whose object was changed raises, rather than beginning anew."""
    archive.person("Anne", register=True)
    (digest,) = objects_of(archive)
    path = archive.home / "archive" / "objects" / digest[:2] / digest
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(DamagedError):
        archive.person("Bruno", register=True)
