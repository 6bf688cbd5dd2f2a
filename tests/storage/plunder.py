"""Somebody who has every byte of a disk, and every passphrase: what they can try, and whether it opens anything.

Each 32 bytes that follow one another could be a key: raw, and in what hex or base64 stands for. ``plundered`` gives
those worth trying: 32 bytes drawn at random almost never hold fewer than 20 different ones.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from storage.keys.keystore_file import KeystoreFile, derive_root, hkdf
from storage.keys.scope import Scope
from storage.keys.slots import SlotSecret
from storage.objects import ObjectStore, Sealed
from vocabulary.errors import DamagedError

SIZE = 32
_LEAST_VARIETY = 20
_HEX = re.compile(rb"[0-9a-f]{64,}")
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{43,}={0,2}")


def bytes_under(*folders: Path) -> bytes:
    """Every file there, one after the other."""
    files = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    return b"\0".join(path.read_bytes() for path in files)


def plundered(raw: bytes) -> set[bytes]:
    """Every 32 bytes of ``raw`` that could be a key."""
    found: set[bytes] = set()
    for piece in (raw, *_decoded(raw)):
        found.update(window for window in _windows(piece) if len(set(window)) >= _LEAST_VARIETY)
    return found


def _windows(data: bytes) -> Iterator[bytes]:
    for part in re.split(rb"\0{16,}", data):  # a random key holds no such run
        padded = bytes(15) + part + bytes(15)
        yield from (padded[at : at + SIZE] for at in range(max(len(padded) - SIZE + 1, 0)))


def _decoded(raw: bytes) -> Iterator[bytes]:
    for match in _HEX.finditer(raw):
        text = match[0]
        yield binascii.unhexlify(text[: len(text) // 2 * 2])
    for match in _BASE64.finditer(raw):
        text = match[0].rstrip(b"=")
        text = text[:-1] if len(text) % 4 == 1 else text
        yield base64.b64decode(text + b"=" * (-len(text) % 4))


@dataclass(frozen=True)
class OneKey:
    """A keystore that gives the same key for everything."""

    home_id: str
    key: bytes

    def data_key(self, scope: Scope) -> bytes:
        return self.key

    def derive(self, scope: Scope, label: bytes) -> bytes:
        return hkdf(self.key, label)


def opens_keystore(file: bytes, keys: Iterable[bytes]) -> bool:
    """Whether one of ``keys``, as slot secret, opens an old keystore file as far as anybody can."""
    parsed = KeystoreFile.parse(file)
    header = parsed.header
    return any(parsed.unseal(derive_root(SlotSecret(header.slot_id, key), header.nonce)) is not None for key in keys)


def opens_object(root: Path, home_id: str, scope: Scope, sealed: Sealed, keys: Iterable[bytes]) -> bool:
    """Whether one of ``keys``, as data key, opens a sealed object."""
    for key in keys:
        try:
            ObjectStore(root, OneKey(home_id, key)).check_opens(scope, sealed)
        except DamagedError:
            continue
        return True
    return False
