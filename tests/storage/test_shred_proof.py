"""The proof of a destruction: with every byte, every passphrase and every key that is left, nothing opens.

Each attack is first made on the state before, where it succeeds: so that a failure means something.
"""

import base64
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from storage.keys.keystore import Keystore
from storage.keys.keystore_file import KeystoreFile, derive_root
from storage.keys.slots import FileSlots
from tests.storage.keystores import archive_of
from tests.storage.peopled import (
    AUDITOR,
    DOOMED,
    FACILITATOR,
    MACHINE,
    NEIGHBOUR,
    NEIGHBOURS,
    PASSPHRASES,
    REACHED,
    STEWARD,
    Peopled,
    new_peopled,
    text_of,
)
from tests.storage.plunder import bytes_under, opens_keystore, opens_object, plundered
from tests.storage.slot_places import SlotPlace, slot_place
from vocabulary.errors import DamagedError, DamagedSlotError, KeyGoneError, KeysError, StateError, WrongPassphraseError


@pytest.fixture(params=["file", "transit"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SlotPlace]:
    with slot_place(request.param, tmp_path / "home", monkeypatch) as found:
        yield found


@pytest.fixture
def peopled(place: SlotPlace) -> Peopled:
    return new_peopled(place.folder.parent, place.slots())


def test_neither_the_new_keystore_nor_anyone_has_the_key(peopled: Peopled) -> None:
    """Opened by each of its people, the keystore holds the neighbours they reach, and not what was destroyed."""
    peopled.open(STEWARD).shred([DOOMED])
    for opener, reached in REACHED.items():
        keystore = peopled.open(opener)
        store = peopled.store(keystore)
        with pytest.raises(KeysError):
            store.unseal(DOOMED, peopled.sealed[DOOMED])
        if keystore.reaches(DOOMED):
            assert not keystore.has(DOOMED)
            assert DOOMED.key_id() not in keystore.keys_of(DOOMED.workshop)
        for scope in reached:
            assert store.unseal(scope, peopled.sealed[scope]) == text_of(scope)
        for scope in set(NEIGHBOURS) - set(reached):
            with pytest.raises(KeysError):
                store.unseal(scope, peopled.sealed[scope])


@pytest.mark.parametrize("opener", [STEWARD, FACILITATOR, MACHINE])
def test_living_processes_drop_what_is_gone(peopled: Peopled, opener: str) -> None:
    """Each had the key before; at its next use none has it, nor the reader that was half way through."""
    living = {one: peopled.open(one) for one in PASSPHRASES}
    for one in (MACHINE, STEWARD, FACILITATOR):
        assert peopled.store(living[one]).unseal(DOOMED, peopled.sealed[DOOMED]) == text_of(DOOMED)
    long = peopled.store(living[MACHINE]).seal(DOOMED, b"what was said, at length " * 100_000)
    reading = peopled.store(living[STEWARD]).reader(DOOMED, long)
    assert reading.read(4) == b"what"
    peopled.open(opener).shred([DOOMED])
    for one in (MACHINE, STEWARD, FACILITATOR):
        assert not living[one].has(DOOMED)
    with pytest.raises(KeyGoneError), reading:
        while reading.read(1 << 16):
            pass
    for one, reached in REACHED.items():
        assert all(living[one].data_key(scope) for scope in reached)


CHANGES: dict[str, Callable[[Peopled], None]] = {
    "destruction": lambda peopled: peopled.open().shred([DOOMED]),
    "rotation": lambda peopled: peopled.open().rotate(),
    "passphrase of the machine": lambda peopled: peopled.open().change_passphrase("huit ponts de corde"),
    "passphrase of a person": lambda peopled: peopled.open(NEIGHBOUR).change_passphrase("huit ponts de corde"),
    "removal": lambda peopled: peopled.open(STEWARD).remove_opener(NEIGHBOUR),
    "fewer workshops": lambda peopled: peopled.open(STEWARD).allow(NEIGHBOUR, []),
}
"""Everything that takes something from somebody."""


@pytest.mark.parametrize("change", CHANGES)
def test_no_earlier_keystore_opens_with_any_passphrase(
    peopled: Peopled, place: SlotPlace, tmp_path: Path, change: str
) -> None:
    """Each generation there ever was, beside the slots as they are now; with Vault, beside the old slots too."""
    old = peopled.copy(tmp_path / "old")
    generations = [file for file, _ in peopled.copies]
    for passphrase in PASSPHRASES.values():
        assert Keystore.open(archive_of(old), place.slots(old / "slot"), passphrase)
    CHANGES[change](peopled)
    folders = [peopled.home / "slot", *([old / "slot"] if place.vault is not None else [])]
    for file in generations:
        (archive_of(old) / "keystore").write_bytes(file)
        for folder in folders:
            for passphrase in PASSPHRASES.values():
                with pytest.raises((DamagedError, DamagedSlotError)):
                    Keystore.open(archive_of(old), place.slots(folder), passphrase)


def test_the_secret_of_today_opens_no_keystore_of_yesterday(peopled: Peopled) -> None:
    """Nor does that of yesterday open the keystore of today: with the keystore's own code, past its checks."""
    secret = _live_secret(peopled)
    old = peopled.file()
    assert opens_keystore(old, [secret])
    peopled.open().shred([DOOMED])
    new_secret = _live_secret(peopled)
    assert new_secret != secret
    assert not opens_keystore(old, [new_secret])
    assert not opens_keystore(peopled.file(), [secret])


def _live_secret(peopled: Peopled) -> bytes:
    found = [one.secret for one in map(peopled.slots.read, "ab") if one is not None]
    assert len(found) == 1
    return found[0]


def test_no_raw_byte_of_keystore_and_slots_opens_anything_old(peopled: Peopled, place: SlotPlace) -> None:
    """Every 32 bytes there, raw, in hex or in base64, tried as slot secret and as data key."""
    old, root, home_id = peopled.file(), archive_of(peopled.home) / "objects", peopled.open().home_id
    target = (root, home_id, DOOMED, peopled.sealed[DOOMED])
    data_key = peopled.open().data_key(DOOMED)
    folders = (peopled.home / "slot", archive_of(peopled.home))
    if place.vault is None:
        assert opens_keystore(old, plundered(bytes_under(*folders)))
    for form in (data_key, data_key.hex().encode(), base64.b64encode(data_key)):
        assert opens_object(*target, plundered(b"\0" * 40 + form + b"\0" * 40))
    peopled.open().shred([DOOMED])
    raw = b"\0".join(path.read_bytes() for path in sorted(peopled.home.rglob("*")) if path.is_file())
    found = plundered(raw)
    assert len(found) > 5000
    assert not opens_keystore(old, found)
    assert not opens_object(*target, found)
    assert data_key not in raw


def test_no_surviving_key_opens_the_old_object(peopled: Peopled) -> None:
    """Data keys of every workshop, compartments and people, the log's key, slot secrets and roots."""
    target = (archive_of(peopled.home) / "objects", peopled.open().home_id, DOOMED, peopled.sealed[DOOMED])
    assert opens_object(*target, [peopled.open().data_key(DOOMED)])
    peopled.open().shred([DOOMED])
    keys = [one.secret for one in map(peopled.slots.read, "ab") if one is not None]
    header = KeystoreFile.parse(peopled.file()).header
    for name in "ab":
        found = peopled.slots.read(name)
        if found is not None:
            keys.append(derive_root(found, header.nonce))
    for opener in PASSPHRASES:
        ring = peopled.open(opener)._generations.current().ring
        keys.extend([ring.keys.private, ring.keys.mark])
        for opened in ring.opened.values():
            keys.extend([opened.key, *opened.section.keys.values(), *filter(None, [opened.section.log_key])])
    assert len(set(keys)) > len(NEIGHBOURS) + len(PASSPHRASES)
    assert not opens_object(*target, set(keys))


def test_removed_people_open_nothing(peopled: Peopled) -> None:
    """Their passphrase is one among all wrong ones; a process of theirs is told; the others need nothing new."""
    living = peopled.open(FACILITATOR)
    living.data_key(DOOMED)
    peopled.open(STEWARD).remove_opener(FACILITATOR)
    with pytest.raises(WrongPassphraseError):
        peopled.open(FACILITATOR)
    with pytest.raises(KeysError, match="changed or withdrawn"):
        living.data_key(DOOMED)
    for opener in (MACHINE, STEWARD, NEIGHBOUR, AUDITOR):
        store = peopled.store(peopled.open(opener))
        assert all(store.unseal(scope, peopled.sealed[scope]) for scope in REACHED[opener])


def test_a_recovery_export_opens_its_own_generation_alone(peopled: Peopled, tmp_path: Path) -> None:
    """Two people open the newest without what was destroyed. An export from before it opens what it held: that is
    why exports are registered, and written over by the next generation."""
    before = peopled.copies[-1]
    peopled.open().shred([DOOMED])
    after = peopled.copies[-1]
    recovered = _recover(peopled, tmp_path / "new", *after)
    assert not recovered.has(DOOMED)
    assert all(recovered.has(scope) for scope in NEIGHBOURS)
    for mixed in ((before[0], after[1]), (after[0], before[1])):
        with pytest.raises(StateError, match="generation"):
            _recover(peopled, tmp_path / "mixed", *mixed)
    with pytest.raises(KeysError):
        _recover(peopled, tmp_path / "alone", *after, people=1)
    assert _recover(peopled, tmp_path / "before", *before).has(DOOMED)


def _recover(peopled: Peopled, home: Path, keystore: bytes, recovery: bytes | None, people: int = 2) -> Keystore:
    assert recovery is not None
    slots = FileSlots(home / "slot")
    identities = peopled.identities[1 : 1 + people]
    return Keystore.recover(archive_of(home), keystore, recovery, identities, slots, "neuf cailloux blancs")
