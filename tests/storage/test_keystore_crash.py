"""The keystore after kill -9 before any call, after torn writes, and on a full disk."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from storage.keys.keystore import Keystore
from storage.keys.scope import Scope
from tests.storage.keystores import (
    RECORDING,
    VERBATIM,
    archive_of,
    file_slots,
    flipped,
    new_keystore,
    open_keystore,
    slots_of,
)
from tests.storage.killing import calls_of, killed_before, no_file_beyond
from vocabulary.choices import RecordClass
from vocabulary.errors import ResourceError

NEW = Scope("autre", 1, RecordClass.RECORDING, 1)


def _each_kill(tmp_path: Path, action: Callable[[Keystore], object], after: Callable[[Path, Keystore], None]) -> int:
    """Kill ``action`` before each of its calls, on a fresh copy of one home; return how many there were."""
    new_keystore(tmp_path / "home", RECORDING, VERBATIM)
    number = 0
    while True:
        home = tmp_path / f"copy-{number}"
        shutil.copytree(tmp_path / "home", home)
        keystore = open_keystore(home)
        killed = killed_before(lambda: action(keystore), number)  # noqa: B023 (called at once)
        after(home, keystore)
        if not killed:
            return number
        number += 1


def _check_whole(home: Path) -> Keystore:
    """The home opens, nothing is left over, and the log's key and the other data key are there."""
    keystore = open_keystore(home)
    assert Keystore.check(archive_of(home), file_slots(home)) == []
    assert sorted(path.name for path in archive_of(home).iterdir()) == ["keystore"]
    assert keystore.has(VERBATIM)
    assert keystore.log_key()
    return keystore


def test_a_destruction_killed_anywhere_is_finished_or_never_was(tmp_path: Path) -> None:
    """Before the rename the key is still there, after it the key is gone, and running it again ends it."""
    seen = []

    def after(home: Path, living: Keystore) -> None:
        keystore = _check_whole(home)
        seen.append(keystore.has(RECORDING))
        assert living.has(RECORDING) is keystore.has(RECORDING)
        keystore.shred([RECORDING])
        assert not _check_whole(home).has(RECORDING)

    assert _each_kill(tmp_path, lambda keystore: keystore.shred([RECORDING]), after) > 10
    assert seen == sorted(seen, reverse=True)
    assert set(seen) == {True, False}


def test_a_destruction_killed_anywhere_leaves_one_live_secret_after_opening(tmp_path: Path) -> None:
    """A copy of the old keystore, kept from before, never opens once a committed destruction is finished."""

    def after(home: Path, living: Keystore) -> None:
        gone = not open_keystore(home).has(RECORDING)
        empty = [name for name in ("slot-a", "slot-b") if not any((slots_of(home) / name).read_bytes())]
        assert empty == (["slot-a"] if gone else ["slot-b"])

    _each_kill(tmp_path, lambda keystore: keystore.shred([RECORDING]), after)


def test_opening_a_key_killed_anywhere_loses_none(tmp_path: Path) -> None:
    """A new data key is there or not; no other is lost."""

    def after(home: Path, living: Keystore) -> None:
        keystore = _check_whole(home)
        assert keystore.has(RECORDING)
        keystore.ensure(NEW)
        assert _check_whole(home).data_key(NEW) == keystore.data_key(NEW)

    assert _each_kill(tmp_path, lambda keystore: keystore.ensure(NEW), after) > 5


def test_finishing_killed_anywhere_is_finished_the_next_time(tmp_path: Path) -> None:
    """Recovery itself may be interrupted."""
    keystore = new_keystore(tmp_path, RECORDING, VERBATIM)
    old = (slots_of(tmp_path) / "slot-a").read_bytes()
    keystore.shred([RECORDING])
    number = 0
    while True:
        (slots_of(tmp_path) / "slot-a").write_bytes(old)  # as if killed before the old slot was erased
        killed = killed_before(lambda: open_keystore(tmp_path), number)
        assert not _check_whole(tmp_path).has(RECORDING)
        if not killed:
            break
        number += 1
    assert number > 5


@pytest.mark.parametrize("torn", [32, 40, 64, 95, 96, 512, 4095])
def test_a_torn_write_of_the_spare_slot_is_cleared(tmp_path: Path, torn: int) -> None:
    """Half a new secret in the spare slot is erased at the next opening, and the old state stands."""
    new_keystore(tmp_path, RECORDING, VERBATIM)
    secret = (slots_of(tmp_path) / "slot-a").read_bytes()
    (slots_of(tmp_path) / "slot-b").write_bytes(secret[:torn].ljust(4096, b"\0"))
    assert _check_whole(tmp_path).has(RECORDING)


def test_a_half_written_new_keystore_is_removed(tmp_path: Path) -> None:
    """What lies beside the keystore was never it."""
    new_keystore(tmp_path, RECORDING, VERBATIM)
    (archive_of(tmp_path) / "keystore.new").write_bytes(b"huisclos-keystore/1\nhome")
    assert _check_whole(tmp_path).has(RECORDING)


def test_the_old_slot_is_touched_only_when_the_new_keystore_is_durable(tmp_path: Path) -> None:
    """Order of the dance: spare synced, file synced, renamed, folder synced, then random bytes, then zeros."""
    keystore = new_keystore(tmp_path, RECORDING)
    calls = [name for name in calls_of(lambda: keystore.shred([RECORDING])) if name not in {"open", "fchmod", "flock"}]
    dance = ["pwrite", "fsync", "write", "fsync", "rename", "fsync", "pwrite", "fsync", "pwrite", "fsync"]
    assert [name for name in calls if name != "unlink"] == dance


def test_a_flipped_byte_of_the_spare_slot_is_not_hidden_by_opening(tmp_path: Path) -> None:
    """A changed byte is no interrupted destruction: it stays to be found, and the next destruction works."""
    keystore = new_keystore(tmp_path, RECORDING, VERBATIM)
    spare = slots_of(tmp_path) / "slot-b"
    spare.write_bytes(flipped(spare.read_bytes(), 2000))
    open_keystore(tmp_path)
    found = Keystore.check(archive_of(tmp_path), file_slots(tmp_path))
    assert [(finding.kind, finding.place) for finding in found] == [("damaged", "slot/slot-b")]
    keystore.shred([RECORDING])
    assert not _check_whole(tmp_path).has(RECORDING)


def test_an_interrupted_destruction_is_reported_without_a_passphrase(tmp_path: Path) -> None:
    """A spare slot that holds a secret is a finding until the archive is opened."""
    new_keystore(tmp_path, RECORDING, VERBATIM)
    shutil.copy(slots_of(tmp_path) / "slot-a", slots_of(tmp_path) / "slot-b")
    found = Keystore.check(archive_of(tmp_path), file_slots(tmp_path))
    assert [(finding.kind, finding.place) for finding in found] == [("remaining", "slot/slot-b")]
    _check_whole(tmp_path)


@pytest.mark.parametrize("action", ["ensure", "shred"])
def test_a_full_disk_changes_nothing(tmp_path: Path, action: str) -> None:
    """When the new keystore does not fit, nothing is destroyed, nothing opened and nothing left over."""
    many = [Scope("padding", number, RecordClass.DRAFT, 1) for number in range(1, 60)]  # more than a slot's 4096 bytes
    keystore = new_keystore(tmp_path, RECORDING, VERBATIM, *many)
    actions = {"shred": lambda: keystore.shred([RECORDING]), "ensure": lambda: keystore.ensure(NEW)}
    with no_file_beyond(4096), pytest.raises(ResourceError):
        actions[action]()
    again = _check_whole(tmp_path)
    assert again.has(RECORDING)
    assert again.generation == keystore.generation


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    """Keystores open files for moments only."""
    keystore = new_keystore(tmp_path, RECORDING)
    before = len(list(Path("/dev/fd").iterdir()))
    keystore.shred([RECORDING])
    Keystore.check(archive_of(tmp_path), file_slots(tmp_path))
    assert len(list(Path("/dev/fd").iterdir())) == before
