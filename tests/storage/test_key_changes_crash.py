"""Every change of keys, killed before each of its system calls: no surviving key is lost, and the next open ends it.

Each change is made on a home that several people open (tests/storage/peopled.py), in a child that is killed before
its first call, then before its second, and so on, each time on a fresh copy.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from storage.keys.keystore import Keystore
from storage.keys.slots import FileSlots
from tests.storage.keystores import archive_of
from tests.storage.killing import killed_before
from tests.storage.peopled import (
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
)
from vocabulary.choices import Role
from vocabulary.errors import DamagedError, HuisclosError, WrongPassphraseError

NEW_PASSPHRASE = "huit ponts de corde"
NEW_LOG_KEY = Ed25519PrivateKey.generate()
NEWCOMER = f"p-{'5' * 32}"


@dataclass(frozen=True)
class Change:
    """``make`` with a keystore that ``by`` opened; ``done`` tells the new state from the old one; ``fresh``: it takes
    something from somebody, so no earlier keystore may open after it."""

    make: Callable[[Keystore], object]
    done: Callable[[Peopled], bool]
    by: str = MACHINE
    fresh: bool = True


def _opens(peopled: Peopled, passphrase: str) -> bool:
    try:
        peopled.open(passphrase=passphrase)
    except WrongPassphraseError:
        return False
    return True


CHANGES = {
    "destruction": Change(
        lambda keystore: keystore.shred([DOOMED]), lambda peopled: not peopled.open(STEWARD).has(DOOMED)
    ),
    "rotation": Change(lambda keystore: keystore.rotate(), lambda peopled: peopled.open(STEWARD).generation > 12),
    "passphrase": Change(
        lambda keystore: keystore.change_passphrase(NEW_PASSPHRASE), lambda peopled: _opens(peopled, NEW_PASSPHRASE)
    ),
    "removal": Change(
        lambda keystore: keystore.remove_opener(NEIGHBOUR),
        lambda peopled: not _opens(peopled, PASSPHRASES[NEIGHBOUR]),
        by=STEWARD,
    ),
    "fewer workshops": Change(
        lambda keystore: keystore.allow(FACILITATOR, []), lambda peopled: not peopled.open(FACILITATOR).reaches(DOOMED)
    ),
    "newcomer": Change(
        lambda keystore: keystore.add_opener(NEWCOMER, Role.FACILITATOR, ["lyon-2"], NEW_PASSPHRASE),
        lambda peopled: _opens(peopled, NEW_PASSPHRASE),
        by=STEWARD,
        fresh=False,
    ),
    "new log key": Change(
        lambda keystore: keystore.replace_log_key(NEW_LOG_KEY),
        lambda peopled: peopled.open(STEWARD).log_key().private_bytes_raw() == NEW_LOG_KEY.private_bytes_raw(),
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_killed_anywhere_is_made_or_never_was(tmp_path: Path, name: str) -> None:
    """Before one call it was never made, from that call on it was; and never a key, a person or a secret too many."""
    change = CHANGES[name]
    first = new_peopled(tmp_path / "home", FileSlots(tmp_path / "home" / "slot"))
    assert first.open().generation == 12
    keys = {scope: first.open().data_key(scope) for scope in (DOOMED, *NEIGHBOURS)}
    number, seen = 0, []
    while True:
        home = first.copy(tmp_path / str(number))
        peopled = Peopled(home, FileSlots(home / "slot"))
        keystore = peopled.open(change.by)
        killed = killed_before(lambda keystore=keystore: change.make(keystore), number)  # type: ignore[misc]
        done = _settled(peopled, change)
        _check_survivors(peopled, name, done, keys)
        if not done:
            change.make(peopled.open(change.by))
            assert _settled(peopled, change)
            _check_survivors(peopled, name, True, keys)
        if change.fresh:
            (archive_of(home) / "keystore").write_bytes(first.file())
            with pytest.raises(DamagedError):
                peopled.open()
        seen.append(done)
        if not killed:
            break
        number += 1
    assert number > 5
    assert seen == sorted(seen)
    assert set(seen) == {False, True}


def _settled(peopled: Peopled, change: Change) -> bool:
    """Open once, which finishes what was interrupted; nothing is left over then, and one secret alone."""
    peopled.open(STEWARD)
    done = change.done(peopled)
    assert Keystore.check(archive_of(peopled.home), peopled.slots) == []
    assert sorted(path.name for path in archive_of(peopled.home).iterdir()) == ["keystore", "objects", "unfinished"]
    assert sorted(peopled.slots.is_empty(name) for name in "ab") == [False, True]
    return done


def _check_survivors(peopled: Peopled, name: str, done: bool, keys: dict[object, bytes]) -> None:
    """Everyone who should opens the keystore, and has the very keys they had."""
    gone = {"removal": NEIGHBOUR, "passphrase": MACHINE}.get(name) if done else None
    for opener, reached in REACHED.items():
        if opener == gone:
            continue
        fewer = name == "fewer workshops" and done and opener == FACILITATOR
        living = peopled.open(opener)
        assert all(living.data_key(scope) == keys[scope] for scope in reached if not fewer or living.reaches(scope))
    if name != "destruction" or not done:
        assert peopled.open(STEWARD).data_key(DOOMED) == keys[DOOMED]
    with pytest.raises(HuisclosError):
        peopled.open(passphrase="un mot qui n'est à personne")
