"""Backups: whole or none, nothing in clear, without the slot, registered before they leave."""

import errno
import shutil
from pathlib import Path

import pytest

from flows.steps import sessions
from flows.steps.custody import backups
from flows.steps.retention import retain
from storage.copies.backup_folder import BackupFolder
from storage.log.audit import verify_log
from tests import factory
from tests.canary.scan import needles, scan
from vocabulary.choices import SessionState
from vocabulary.errors import DamagedError, ResourceError, UnknownError, UsageError

WANTED = needles([*factory.CANARIES, "Amaury", "Camille", "Dominique"], factory.RECORDING.read_bytes())


@pytest.fixture
def home(tmp_path: Path) -> factory.Built:
    """A home with one released session."""
    return factory.copied(tmp_path / "home", SessionState.RELEASED)


def _files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_a_backup_is_whole_holds_no_slot_and_nothing_in_clear(home: factory.Built, tmp_path: Path) -> None:
    """Every object of a record, keystore, catalog, log, policies, home.toml; the log verifies where it lies."""
    with home.open() as services:
        made = backups.backup(services, tmp_path / "stick", "Camille", "blue stick")
        needed = {row.digest for row in services.archive.catalog.records()}
        secret = (home.path / "slot" / "slot-a").read_bytes() + (home.path / "slot" / "slot-b").read_bytes()
    folder = BackupFolder.existing(tmp_path / "stick")
    manifest = folder.manifest()
    folder.check_state(manifest)
    assert set(manifest.objects) == needed and made.missing == 0
    assert all(folder.has_object(digest) for digest in needed)
    state = folder.state(made.export)
    assert {"catalog.sqlite", "keystore", "home.toml", "log/checkpoint", "log/leaves"} <= _files(state)
    assert verify_log(state / "log", manifest.checkpoint).size == manifest.log_size
    assert scan(tmp_path / "stick", WANTED) == []
    used = [secret[start + 32 : start + 64] for start in (0, 4096) if any(secret[start + 32 : start + 64])]
    assert used and not any(used[0] in path.read_bytes() for path in (tmp_path / "stick").rglob("*") if path.is_file())
    assert not list((home.path / "tmp").glob("backup-*"))


def test_a_backup_is_registered_and_logged(home: factory.Built, tmp_path: Path) -> None:
    """Date, generation, size of the log, holder and label; the backup's own log has the entry already."""
    with home.open() as services:
        made = backups.backup(services, tmp_path / "stick", "Camille", "blue stick")
        (row,) = services.archive.catalog.exports()
        assert (row.id, row.export_kind, row.place, row.holder) == (
            made.export, "backup", "blue stick", services.person("Camille"),
        )  # fmt: skip
        assert 0 < row.log_size == made.log_size - 1
        assert [entry.facts["export"] for entry in services.archive.log.entries(kind="exported")] == [made.export]
    assert backups.exports(home.settings) == [row]


def test_a_second_backup_there_copies_what_is_new_and_ends_the_first(home: factory.Built, tmp_path: Path) -> None:
    """Objects stay in place; those destroyed here go from there; the label is kept."""
    stick = tmp_path / "stick"
    with home.open() as services:
        first = backups.backup(services, stick, "Camille", "blue stick")
        before = {path: path.stat().st_ino for path in (stick / "objects").rglob("*") if path.is_file()}
        assert retain.apply(services, "Dominique").destroyed
        second = backups.backup(services, stick, "Dominique")
        rows = {row.id: row for row in services.archive.catalog.exports(present=False)}
    assert rows[first.export].ended_at is not None and rows[second.export].ended_at is None
    assert rows[second.export].place == "blue stick"
    after = {path: path.stat().st_ino for path in (stick / "objects").rglob("*") if path.is_file()}
    assert second.removed >= 1 and before.items() & after.items()
    assert [path.name for path in stick.glob("state-*")] == [f"state-{second.export}"]
    assert not (stick / "in-progress.json").exists()


def test_an_interrupted_renewal_leaves_the_backup_it_was_and_the_next_one_ends_both(
    home: factory.Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between registration and manifest: the older manifest holds, and what was begun is registered."""
    stick = tmp_path / "stick"
    with home.open() as services:
        first = backups.backup(services, stick, "Camille")
        with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
            patched.setattr(BackupFolder, "publish", _die)
            backups.backup(services, stick, "Camille")
        folder = BackupFolder.existing(stick)
        assert folder.manifest().export == first.export
        folder.check_state(folder.manifest())
        assert len(services.archive.catalog.exports()) == 2
        last = backups.backup(services, stick, "Camille")
        assert [row.id for row in services.archive.catalog.exports()] == [last.export]


def test_an_interrupted_first_backup_is_never_taken_for_one(
    home: factory.Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No manifest, no backup; the same folder may be tried again."""
    stick = tmp_path / "stick"
    with home.open() as services:
        with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
            patched.setattr(BackupFolder, "publish", _die)
            backups.backup(services, stick, "Camille")
        with pytest.raises(UsageError):
            BackupFolder.existing(stick)
        backups.backup(services, stick, "Camille")
    assert BackupFolder.existing(stick).manifest()


def _die(*_args: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("where", ["home/backup", "home", "full", "nowhere/backup", "."])
def test_a_folder_that_cannot_hold_it_is_refused(home: factory.Built, tmp_path: Path, where: str) -> None:
    """Inside the home, around it, in use, or on a medium that is not there: nothing is written or registered."""
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("mine")
    before = _files(tmp_path / "full")
    with home.open() as services:
        with pytest.raises(UsageError):
            backups.backup(services, tmp_path / where, "Camille")
        assert services.archive.catalog.exports() == []
    assert _files(tmp_path / "full") == before


def test_the_backup_of_another_home_is_left_alone(home: factory.Built, tmp_path: Path) -> None:
    """Its folder is refused."""
    other = factory.build(tmp_path / "other")
    with other.open() as services:
        backups.backup(services, tmp_path / "stick", "Sacha")
    with home.open() as services, pytest.raises(UsageError):
        backups.backup(services, tmp_path / "stick", "Camille")


def test_a_damaged_object_there_is_copied_again_and_one_here_is_told(home: factory.Built, tmp_path: Path) -> None:
    """A sound copy on the medium is never replaced by a damaged one from the home."""
    stick = tmp_path / "stick"
    with home.open() as services:
        backups.backup(services, stick, "Camille")
        here, there = services.archive.catalog.records()[:2]
        damaged = stick / "objects" / there.digest[:2] / there.digest
        damaged.write_bytes(b"damaged")
        mine = home.path / "archive" / "objects" / here.digest[:2] / here.digest
        mine.write_bytes(b"damaged")
        assert backups.backup(services, stick, "Camille").missing == 0
        folder = BackupFolder.existing(stick)
        assert folder.has_object(there.digest) and folder.has_object(here.digest)
        shutil.rmtree(stick)
        made = backups.backup(services, stick, "Camille")
    assert made.missing == 1 and BackupFolder.existing(stick).manifest().missing == (here.digest,)


def test_every_file_of_the_state_is_covered_by_the_manifest(home: factory.Built, tmp_path: Path) -> None:
    """A changed byte anywhere is named."""
    stick = tmp_path / "stick"
    with home.open() as services:
        made = backups.backup(services, stick, "Camille")
    folder = BackupFolder.existing(stick)
    manifest = folder.manifest()
    assert set(manifest.files) == _files(folder.state(made.export))
    for name in manifest.files:
        path = folder.state(made.export) / name
        data = path.read_bytes()
        path.write_bytes(bytes([data[0] ^ 1]) + data[1:] if data else b"x")
        with pytest.raises(DamagedError) as caught:
            folder.check_state(manifest)
        assert caught.value.place == name
        path.write_bytes(data)
    text = (stick / "manifest.json").read_bytes()
    (stick / "manifest.json").write_bytes(text.replace(b'"generation": ', b'"generation":  ', 1))
    with pytest.raises(DamagedError):
        folder.manifest()


def test_others_work_on_while_a_backup_is_made(
    home: factory.Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record sealed anew and a session destroyed in the middle: the backup is of one moment, and whole."""
    real = BackupFolder.begin
    with home.open() as services:

        def begin(folder: BackupFolder, home_id: str, export: str) -> None:
            real(folder, home_id, export)
            sessions.recover(services, factory.SESSION, tmp_path / "back", "Camille")

        monkeypatch.setattr(BackupFolder, "begin", begin)
        monkeypatch.setattr("flows.steps.custody.backups.copy_objects", _then(services))
        made = backups.backup(services, tmp_path / "stick", "Camille")
        folder = BackupFolder.existing(tmp_path / "stick")
        needed = {row.digest for row in services.archive.catalog.records()}
    assert made.missing == 0 and set(folder.manifest().objects) == needed


def _then(services):  # type: ignore[no-untyped-def]
    from storage.copies.backup import copy_objects

    def copied(archive, folder) -> None:  # type: ignore[no-untyped-def]
        copy_objects(archive, folder)
        retain.apply(services, "Dominique")
        services.person("Sacha")

    return copied


def test_what_was_confirmed_ended_is_ended_once(home: factory.Built, tmp_path: Path) -> None:
    """The date is kept; an id nobody registered is unknown."""
    with home.open() as services:
        made = backups.backup(services, tmp_path / "stick", "Camille")
        first = backups.ended(services, made.export, "Dominique")
        assert backups.ended(services, made.export, "Dominique").ended_at == first.ended_at
        assert len(list(services.archive.log.entries(kind="export-ended"))) == 1
        with pytest.raises(UnknownError):
            backups.ended(services, "x-" + "0" * 32, "Dominique")


@pytest.mark.parametrize("label", ["", " stick", "clé", "a" * 81, "two\nlines"])
def test_a_label_that_is_none_is_refused_before_anything_is_written(
    home: factory.Built, tmp_path: Path, label: str
) -> None:
    """An empty one means none was given."""
    with home.open() as services:
        if label:
            with pytest.raises(UsageError):
                backups.backup(services, tmp_path / "stick", "Camille", label)
            assert services.archive.catalog.exports() == []
        else:
            backups.backup(services, tmp_path / "stick", "Camille", label)
            assert services.archive.catalog.exports()[0].place == "backup"


def test_a_backup_is_its_owners_alone(home: factory.Built, tmp_path: Path) -> None:
    """Folders 0700 and files 0600 where the medium knows modes."""
    with home.open() as services:
        backups.backup(services, tmp_path / "stick", "Camille")
    for path in (tmp_path / "stick").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "No space left on device"), OSError(errno.EIO, "Input/output error")]
)
def test_a_full_or_failing_medium_is_told_and_the_backup_there_holds(
    home: factory.Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    """Exit 10 with what the system says; the older manifest and its state are as they were."""
    stick = tmp_path / "stick"

    def fail(*_args: object, **_options: object) -> None:
        raise error

    with home.open() as services:
        first = backups.backup(services, stick, "Camille")
        with monkeypatch.context() as patched, pytest.raises(ResourceError, match="medium"):
            patched.setattr("storage.copies.backup.verify_log", fail)
            backups.backup(services, stick, "Camille")
        folder = BackupFolder.existing(stick)
        folder.check_state(folder.manifest())
        assert folder.manifest().export == first.export
