"""The keystore: what opens, what never opens again, and which error says why."""

import hashlib
import os
import shutil
import threading
import time
from pathlib import Path

import pytest

from storage.keys.keystore import Costs, Keystore
from storage.keys.keystore_file import KeystoreFile
from storage.keys.scope import Scope
from tests.storage.keystores import (
    PASSPHRASE,
    RECORDING,
    VERBATIM,
    archive_of,
    file_slots,
    flipped,
    new_keystore,
    open_keystore,
    slots_of,
)
from vocabulary.choices import RecordClass
from vocabulary.errors import (
    DamagedError,
    DamagedSlotError,
    HuisclosError,
    KeyGoneError,
    StateError,
    WrongPassphraseError,
)
from vocabulary.ids import is_id


def test_a_reopened_keystore_gives_the_same_keys(tmp_path: Path) -> None:
    """Data keys, home id and log key survive closing."""
    keystore = new_keystore(tmp_path, RECORDING)
    again = open_keystore(tmp_path)
    assert again.data_key(RECORDING) == keystore.data_key(RECORDING)
    assert again.log_key().private_bytes_raw() == keystore.log_key().private_bytes_raw()
    assert again.home_id == keystore.home_id
    assert is_id(again.home_id)


def test_each_scope_has_its_own_key(tmp_path: Path) -> None:
    """Two scopes, two keys of 32 bytes."""
    keystore = new_keystore(tmp_path, RECORDING, VERBATIM)
    assert len({keystore.data_key(RECORDING), keystore.data_key(VERBATIM)}) == 2
    assert len(keystore.data_key(RECORDING)) == 32


def test_a_key_never_opened_is_not_there(tmp_path: Path) -> None:
    """Only ensure opens a key."""
    keystore = new_keystore(tmp_path)
    with pytest.raises(KeyGoneError):
        keystore.data_key(RECORDING)
    assert not keystore.has(RECORDING)


def test_ensure_twice_keeps_the_key(tmp_path: Path) -> None:
    """Opening what is open changes nothing, not even the generation."""
    keystore = new_keystore(tmp_path, RECORDING)
    before = (keystore.data_key(RECORDING), keystore.generation)
    keystore.ensure(RECORDING)
    assert (keystore.data_key(RECORDING), keystore.generation) == before


def test_a_destroyed_key_is_gone_and_the_others_stay(tmp_path: Path) -> None:
    """Shredding takes what it is given and nothing else."""
    keystore = new_keystore(tmp_path, RECORDING, VERBATIM)
    kept, log_key = keystore.data_key(VERBATIM), keystore.log_key().private_bytes_raw()
    keystore.shred([RECORDING])
    with pytest.raises(KeyGoneError):
        keystore.data_key(RECORDING)
    again = open_keystore(tmp_path)
    assert again.data_key(VERBATIM) == kept
    assert again.log_key().private_bytes_raw() == log_key
    assert not again.has(RECORDING)


def test_shredding_again_changes_nothing(tmp_path: Path) -> None:
    """A destruction is safe to repeat."""
    keystore = new_keystore(tmp_path, RECORDING)
    keystore.shred([RECORDING])
    generation = keystore.generation
    keystore.shred([RECORDING, VERBATIM])
    assert keystore.generation == generation


def test_a_destroyed_epoch_is_never_opened_again(tmp_path: Path) -> None:
    """Epochs go on counting past those destroyed."""
    keystore = new_keystore(tmp_path, RECORDING)
    keystore.shred([RECORDING])
    with pytest.raises(KeyGoneError):
        keystore.ensure(RECORDING)
    assert keystore.current_epoch("marseille-13", 3, RecordClass.RECORDING) == 1
    keystore.ensure(Scope("marseille-13", 3, RecordClass.RECORDING, 2))
    assert keystore.current_epoch("marseille-13", 3, RecordClass.RECORDING) == 2
    assert keystore.current_epoch("marseille-13", 4, RecordClass.RECORDING) == 0


def test_no_epoch_is_skipped(tmp_path: Path) -> None:
    """The epoch after the last, or none."""
    with pytest.raises(ValueError, match="next epoch is 1"):
        new_keystore(tmp_path).ensure(Scope("a", 1, RecordClass.DRAFT, 2))


def test_a_living_process_drops_a_key_another_destroyed(tmp_path: Path) -> None:
    """The generation is compared before each use."""
    here = new_keystore(tmp_path, RECORDING, VERBATIM)
    there = open_keystore(tmp_path)
    assert there.has(RECORDING)
    here.shred([RECORDING])
    with pytest.raises(KeyGoneError):
        there.derive(RECORDING, b"huisclos/fingerprint/1")
    assert there.has(VERBATIM)


def test_a_living_process_sees_a_key_another_opened(tmp_path: Path) -> None:
    """The same comparison finds new keys."""
    here = new_keystore(tmp_path)
    there = open_keystore(tmp_path)
    here.ensure(RECORDING)
    assert there.data_key(RECORDING) == here.data_key(RECORDING)


def test_many_writers_lose_no_key(tmp_path: Path) -> None:
    """Keystores opened side by side change one after the other."""
    new_keystore(tmp_path)
    scopes = [Scope("a", number, RecordClass.DRAFT, 1) for number in range(1, 25)]

    def open_some(mine: list[Scope]) -> None:
        keystore = open_keystore(tmp_path)
        for scope in mine:
            keystore.ensure(scope)

    threads = [threading.Thread(target=open_some, args=(scopes[start::4],)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    keystore = open_keystore(tmp_path)
    assert all(keystore.has(scope) for scope in scopes)
    assert len({keystore.data_key(scope) for scope in scopes}) == len(scopes)


def test_derived_keys_differ_by_label(tmp_path: Path) -> None:
    """One purpose, one key."""
    keystore = new_keystore(tmp_path, RECORDING)
    derived = {keystore.derive(RECORDING, label) for label in (b"one", b"two")}
    assert len(derived | {keystore.data_key(RECORDING)}) == 3


def test_an_old_copy_of_the_keystore_is_dead_after_a_destruction(tmp_path: Path) -> None:
    """Neither the file nor the passphrase helps without the erased slot secret."""
    keystore = new_keystore(tmp_path, RECORDING)
    backup = (archive_of(tmp_path) / "keystore").read_bytes()
    keystore.shred([RECORDING])
    (archive_of(tmp_path) / "keystore").write_bytes(backup)
    with pytest.raises(DamagedError, match="before a destruction"):
        open_keystore(tmp_path)


def test_a_restored_old_keystore_does_not_cost_the_live_secret(tmp_path: Path) -> None:
    """Opening the wrong keystore erases nothing: the right one still opens."""
    keystore = new_keystore(tmp_path, RECORDING, VERBATIM)
    path = archive_of(tmp_path) / "keystore"
    old = path.read_bytes()
    keystore.shred([RECORDING])
    live = path.read_bytes()
    path.write_bytes(old)
    with pytest.raises(DamagedError):
        open_keystore(tmp_path)
    path.write_bytes(live)
    assert open_keystore(tmp_path).has(VERBATIM)


def test_the_old_secret_lies_nowhere_after_a_destruction(tmp_path: Path) -> None:
    """No file of the home holds the bytes of the slot secret that was erased."""
    keystore = new_keystore(tmp_path, RECORDING)
    secret = (slots_of(tmp_path) / "slot-a").read_bytes()[32:64]
    keystore.shred([RECORDING])
    files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert all(secret not in data for data in files)


def test_no_key_lies_in_clear(tmp_path: Path) -> None:
    """The keystore file shows neither data keys, log key nor the passphrase, raw or in hex."""
    keystore = new_keystore(tmp_path, RECORDING)
    data = (archive_of(tmp_path) / "keystore").read_bytes()
    for key in (keystore.data_key(RECORDING), keystore.log_key().private_bytes_raw(), PASSPHRASE.encode()):
        assert key not in data
        assert key.hex().encode() not in data


def test_wrong_passphrase(tmp_path: Path) -> None:
    """A wrong passphrase is said to be one, and changes nothing."""
    new_keystore(tmp_path)
    with pytest.raises(WrongPassphraseError):
        open_keystore(tmp_path, "une autre")
    assert open_keystore(tmp_path).generation == 1


def test_composed_and_decomposed_letters_are_one_passphrase(tmp_path: Path) -> None:
    """The same word typed on two systems opens the same keystore (Unicode NFC)."""
    Keystore.create(archive_of(tmp_path), file_slots(tmp_path), "été à Forêt", Costs.for_tests())
    decomposed = "e\u0301te\u0301 a\u0300 Fore\u0302t"
    assert open_keystore(tmp_path, decomposed).generation == 1


def test_damaged_slot_is_not_a_wrong_passphrase(tmp_path: Path) -> None:
    """A flipped bit of the slot in use is named, whatever passphrase is given."""
    new_keystore(tmp_path)
    slot = slots_of(tmp_path) / "slot-a"
    slot.write_bytes(flipped(slot.read_bytes(), 40))
    for passphrase in (PASSPHRASE, "une autre"):
        with pytest.raises(DamagedSlotError, match="slot-a"):
            open_keystore(tmp_path, passphrase)


def test_damaged_keystore_is_not_a_wrong_passphrase(tmp_path: Path) -> None:
    """A flipped bit of the keystore is named, whatever passphrase is given."""
    new_keystore(tmp_path)
    path = archive_of(tmp_path) / "keystore"
    path.write_bytes(flipped(path.read_bytes(), 300))
    for passphrase in (PASSPHRASE, "une autre"):
        with pytest.raises(DamagedError) as caught:
            open_keystore(tmp_path, passphrase)
        assert caught.value.place == "archive/keystore"


def test_a_sound_keystore_has_no_findings(tmp_path: Path) -> None:
    """Checking needs no passphrase and finds nothing wrong in what is right."""
    keystore = new_keystore(tmp_path, RECORDING)
    assert Keystore.check(archive_of(tmp_path), file_slots(tmp_path)) == []
    keystore.shred([RECORDING])
    assert Keystore.check(archive_of(tmp_path), file_slots(tmp_path)) == []


@pytest.mark.parametrize("name", ["archive/keystore", "slot/slot-a", "slot/slot-b"])
def test_any_flipped_byte_is_found_without_a_passphrase(tmp_path: Path, name: str) -> None:
    """Every byte of the keystore and of both slots, each flipped in turn, is found and its file named."""
    new_keystore(tmp_path, RECORDING)
    path = tmp_path / name
    data = path.read_bytes()
    for at in range(len(data)):
        path.write_bytes(flipped(data, at, 1 << at % 8))
        places = [finding.place for finding in Keystore.check(archive_of(tmp_path), file_slots(tmp_path))]
        assert places == [name], f"byte {at}"


@pytest.mark.parametrize("name", ["archive/keystore", "slot/slot-a", "slot/slot-b"])
def test_a_missing_file_is_found_without_a_passphrase(tmp_path: Path, name: str) -> None:
    """Checking names what is not there."""
    new_keystore(tmp_path)
    (tmp_path / name).unlink()
    assert [finding.place for finding in Keystore.check(archive_of(tmp_path), file_slots(tmp_path))] == [name]


def test_truncated_and_extended_keystores_are_damaged(tmp_path: Path) -> None:
    """The parser takes the whole file or none of it."""
    new_keystore(tmp_path)
    data = (archive_of(tmp_path) / "keystore").read_bytes()
    for other in (*(data[:size] for size in range(len(data))), data + b"\n", b"\n" + data, data + data):
        with pytest.raises(DamagedError):
            KeystoreFile.parse(other)


def test_a_keystore_file_is_written_as_it_is_read(tmp_path: Path) -> None:
    """Parsing and writing are each other's inverse."""
    new_keystore(tmp_path, RECORDING)
    data = (archive_of(tmp_path) / "keystore").read_bytes()
    assert KeystoreFile.parse(data).to_bytes() == data


def test_a_newer_format_is_named(tmp_path: Path) -> None:
    """A sound file of another version is not called damaged."""
    content = b"huisclos-keystore/3\nsomething else\n"
    checksum = b"sha256 " + hashlib.sha256(content).hexdigest().encode() + b"\n"
    with pytest.raises(StateError, match="huisclos-keystore/2"):
        KeystoreFile.parse(content + checksum)


@pytest.mark.parametrize("line", [1, 2, 3, 4, 5])
def test_no_header_line_can_be_changed(tmp_path: Path, line: int) -> None:
    """A header rewritten with a right checksum still does not open: it is bound to the body."""
    new_keystore(tmp_path, RECORDING)
    path = archive_of(tmp_path) / "keystore"
    lines = path.read_bytes().splitlines(keepends=True)[:-1]
    changed = flipped(lines[line], len(lines[line]) - 2)
    content = b"".join([*lines[:line], changed, *lines[line + 1 :]])
    path.write_bytes(content + b"sha256 " + hashlib.sha256(content).hexdigest().encode() + b"\n")
    with pytest.raises(HuisclosError):
        open_keystore(tmp_path)


def test_create_refuses_a_home_that_has_a_keystore(tmp_path: Path) -> None:
    """A keystore is never made over another."""
    key = new_keystore(tmp_path, RECORDING).data_key(RECORDING)
    with pytest.raises(StateError):
        new_keystore(tmp_path)
    assert open_keystore(tmp_path).data_key(RECORDING) == key


def test_costs_below_the_default_are_refused() -> None:
    """64 MiB, 3 passes and 4 lanes are the least, tests apart."""
    for costs in ((65535, 3, 4), (65536, 2, 4), (65536, 3, 3), (1 << 30, 3, 4)):
        with pytest.raises(ValueError, match="costs"):
            Costs(*costs)
    assert Costs() == Costs(65536, 3, 4)


def test_costs_and_salt_stand_in_the_header(tmp_path: Path) -> None:
    """The default costs are written, and read back to open."""
    Keystore.create(archive_of(tmp_path), file_slots(tmp_path), PASSPHRASE)
    assert b"\nargon2id 65536 3 4 " in (archive_of(tmp_path) / "keystore").read_bytes()
    assert open_keystore(tmp_path).generation == 1


def test_the_passphrase_is_stretched_once_per_process(tmp_path: Path) -> None:
    """A new generation is loaded without deriving from the passphrase again."""
    Keystore.create(archive_of(tmp_path), file_slots(tmp_path), PASSPHRASE)
    here, there = open_keystore(tmp_path), open_keystore(tmp_path)
    begun = time.process_time()
    for number in range(1, 6):
        here.ensure(Scope("a", number, RecordClass.DRAFT, 1))
        assert there.has(Scope("a", number, RecordClass.DRAFT, 1))
    here.shred([Scope("a", 1, RecordClass.DRAFT, 1)])
    assert not there.has(Scope("a", 1, RecordClass.DRAFT, 1))
    assert time.process_time() - begun < 0.5


def test_modes_do_not_depend_on_the_umask(tmp_path: Path) -> None:
    """Keystore 0600 and folders 0700, under any umask."""
    before = os.umask(0)
    try:
        new_keystore(tmp_path, RECORDING)
    finally:
        os.umask(before)
    assert (archive_of(tmp_path) / "keystore").stat().st_mode & 0o777 == 0o600
    assert archive_of(tmp_path).stat().st_mode & 0o777 == 0o700


def test_a_keystore_needs_its_own_slots(tmp_path: Path) -> None:
    """A keystore beside the slots of another home does not open, and says why."""
    new_keystore(tmp_path / "one")
    new_keystore(tmp_path / "two")
    shutil.copytree(slots_of(tmp_path / "two"), slots_of(tmp_path / "one"), dirs_exist_ok=True)
    with pytest.raises(DamagedError, match="do not belong together"):
        open_keystore(tmp_path / "one")


def test_nothing_shows_a_key(tmp_path: Path) -> None:
    """No repr, and no message of an error, holds key material."""
    keystore = new_keystore(tmp_path, RECORDING)
    generation = vars(keystore)["_generations"].current()
    shown = repr(vars(keystore)) + repr(generation) + repr(vars(generation))
    for key in (keystore.data_key(RECORDING), keystore.log_key().private_bytes_raw()):
        assert repr(key) not in shown
        assert key.hex() not in shown
