"""Small real keystores and object stores for tests."""

from pathlib import Path

from storage.keys.keystore import Costs, Keystore
from storage.keys.scope import Scope
from storage.keys.slots import FileSlots
from storage.objects import ObjectStore
from vocabulary.choices import RecordClass

PASSPHRASE = "trois mulets sous la pluie"
RECORDING = Scope("marseille-13", 3, RecordClass.RECORDING, 1)
VERBATIM = Scope("marseille-13", 3, RecordClass.VERBATIM, 1)


def archive_of(home: Path) -> Path:
    return home / "archive"


def slots_of(home: Path) -> Path:
    return home / "slot"


def file_slots(home: Path) -> FileSlots:
    return FileSlots(slots_of(home))


def new_keystore(home: Path, *scopes: Scope) -> Keystore:
    """A keystore with an open data key for each scope."""
    keystore = Keystore.create(archive_of(home), file_slots(home), PASSPHRASE, Costs.for_tests())
    for scope in scopes:
        keystore.ensure(scope)
    return keystore


def open_keystore(home: Path, passphrase: str = PASSPHRASE) -> Keystore:
    return Keystore.open(archive_of(home), file_slots(home), passphrase)


def new_store(home: Path, *scopes: Scope) -> ObjectStore:
    """An object store with an open data key for each scope."""
    return ObjectStore(archive_of(home) / "objects", new_keystore(home, *(scopes or (RECORDING,))))


def flipped(data: bytes, at: int, mask: int = 1) -> bytes:
    """``data`` with one byte changed."""
    return data[:at] + bytes([data[at] ^ mask]) + data[at + 1 :]
