"""Slot files whose secret is sealed by a key of HashiCorp Vault, one key for every secret.

The secret never lies on this machine's disk in clear: destroying it means that Vault deletes the key, so that
neither old blocks of a disk nor a copy of the slot files bring it back.

Rules kept here:
- a slot file names its key, durably, before Vault makes it: a crash leaves no key that nothing names;
- erasing deletes the key first, then overwrites the file in place, its name last: a file that names a key
  may have one, a file that names none has none;
- a key's name is never guessed: a slot too damaged to say it is left for a person to settle;
- a secret that still lies in clear, from before the settings named Vault, opens, and the next destruction
  or rotation replaces it by a sealed one.

A file has 4096 bytes. The first 512: format line, slot id (16 bytes), length (2) and name of the key, SHA-256
of these. The rest: length (2) and text of what Vault sealed (slot id and secret), SHA-256 of these. Zeros
fill up both.
"""

import contextlib
import hashlib
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from storage.keys.slots import (
    EMPTY,
    ID_SIZE,
    LEAST_OF_A_SECRET,
    NAMES,
    SECRET_SIZE,
    SIZE,
    TRANSIT,
    FileSlots,
    SlotSecret,
    content_of,
    other,
    overwrite,
    parse_slot,
)
from storage.keys.slots import FORMAT as IN_CLEAR
from storage.keys.transit import Transit
from vocabulary.errors import DamagedSlotError, HuisclosError, UsageError
from vocabulary.messages import N_

NAME_SIZE = 512
"""Where the name of the key ends: one sector of a disk, which is written whole or not at all."""

_PREFIX = re.compile(r"[a-z0-9](?:[a-z0-9_.-]{0,62}[a-z0-9])?")
_KEY = re.compile(r"(?P<family>[a-z0-9][a-z0-9_.-]{0,63}-[0-9a-f]{16})-[0-9a-f]{32}")
_DIGEST_SIZE = hashlib.sha256().digest_size
_DAMAGED = N_("The slot file {slot} is damaged: a checksum, its padding or its size is wrong. Without it nothing in "
              "the archive opens, and the passphrase is not at fault. Restore this file from the copy kept apart from "
              "the keystore.")  # fmt: skip
_NAMELESS = N_("The slot file {slot} is damaged and does not say any more which transit key sealed it, so it cannot be "
               "erased for good. Look for the key with `huisclos doctor`, delete it in Vault, then replace {slot} by "
               "4096 zeros.")  # fmt: skip


@dataclass(frozen=True)
class _Named:
    """What a slot file says: its id, the key, and the sealed secret, None while Vault is still making it."""

    id: bytes
    key: str
    sealed: str | None

    def head(self) -> bytes:
        """The first 512 bytes of the file."""
        return _block(TRANSIT + self.id, self.key, NAME_SIZE)

    def rest(self) -> bytes:
        """The other 3584 bytes."""
        return _block(b"", self.sealed, SIZE - NAME_SIZE) if self.sealed is not None else bytes(SIZE - NAME_SIZE)


class TransitSlots(FileSlots):
    """The two slot files of one home, each sealed by a key of its own in a transit engine."""

    def __init__(self, folder: Path, transit: Transit, prefix: str) -> None:
        """``prefix`` begins the names of this home's keys; UsageError if Vault would not take it."""
        super().__init__(folder)
        if not _PREFIX.fullmatch(prefix):
            message = N_("slot.key begins the names of the keys in Vault: at most 64 small letters, digits, dots, "
                         "dashes and underscores.")  # fmt: skip
            raise UsageError(message, place="slot.key")
        self.transit = transit
        self.prefix = prefix

    def ready(self) -> None:
        """Return if Vault answers and takes the token."""
        self.transit.has(f"{self.prefix}-ready")

    def create(self) -> None:
        """Make both files, empty, once Vault has answered."""
        self.ready()
        super().create()

    def read(self, name: str) -> SlotSecret | None:
        """What a slot holds, opened by Vault; None if it is empty."""
        data = self._content(name)
        if data == EMPTY or data.startswith(IN_CLEAR):
            return parse_slot(data, self.place(name))
        named = _named(data)
        if named is None or named.sealed is None or named.head() + named.rest() != data:
            raise DamagedSlotError(_DAMAGED, place=self.place(name), slot=self.place(name))
        opened = self.transit.open(named.key, named.sealed)
        if len(opened) != ID_SIZE + SECRET_SIZE or opened[:ID_SIZE] != named.id:
            raise DamagedSlotError(_DAMAGED, place=self.place(name), slot=self.place(name))
        return SlotSecret(named.id, opened[ID_SIZE:])

    def lies_in_clear(self) -> bool:
        """Whether a slot holds a secret that Vault does not seal: one from before the settings named it."""
        return any(self._content(name).startswith(IN_CLEAR) for name in NAMES)

    def fill(self, name: str) -> SlotSecret:
        """Put a new secret in a slot, sealed by a new key, and return it."""
        if not self.is_empty(name):
            self.erase(name)
        drawn = SlotSecret.draw()
        named = _Named(drawn.id, f"{self._family(name)}-{drawn.id.hex()}", None)
        try:
            self._write(name, named.head())
            self.transit.create(named.key)
            sealed = self.transit.seal(named.key, drawn.id + drawn.secret)
            self._write(name, _Named(drawn.id, named.key, sealed).rest(), at=NAME_SIZE)
        except BaseException:
            with contextlib.suppress(HuisclosError):  # the slot names its key: the next opening erases both
                self.erase(name)
            raise
        return drawn

    def erase(self, name: str) -> None:
        """Have Vault delete the key, then overwrite the file; DamagedSlotError if the key is not known."""
        data = self._content(name)
        named = _named(data)
        if named is not None:
            self.transit.destroy(named.key)
        elif _may_be_named(data):
            raise DamagedSlotError(_NAMELESS, place=self.place(name), slot=self.place(name))
        else:
            super().erase(name)
            return
        rest = SIZE - NAME_SIZE
        self._write(name, os.urandom(rest), at=NAME_SIZE)
        self._write(name, bytes(rest), at=NAME_SIZE)
        self._write(name, bytes(NAME_SIZE))
        if len(data) > SIZE:
            super().erase(name)

    def unused_keys(self) -> list[str]:
        """The keys in Vault that were made for this home and that no slot names: nothing needs them."""
        named = [found.key for found in (_named(self._content(name)) for name in NAMES) if found is not None]
        families = {match["family"] for match in map(_KEY.fullmatch, named) if match}
        return sorted(
            key
            for key, match in ((key, _KEY.fullmatch(key)) for key in self.transit.names())
            if match and match["family"] in families and key not in named
        )

    def family(self) -> str | None:
        """How the names of this home's keys begin, as the slot files tell; None if Vault seals none. Asks nobody."""
        for name in NAMES:
            named = _named(self._content(name))
            match = _KEY.fullmatch(named.key) if named is not None else None
            if match:
                return match["family"]
        return None

    def _family(self, name: str) -> str:
        """How the names of this home's keys begin: as the other slot's, or anew."""
        named = _named(self._content(other(name)))
        match = _KEY.fullmatch(named.key) if named is not None else None
        if match and match["family"].startswith(f"{self.prefix}-"):
            return match["family"]
        return f"{self.prefix}-{secrets.token_hex(8)}"

    def _content(self, name: str) -> bytes:
        with self._opened(name, os.O_RDONLY) as descriptor:
            return content_of(descriptor)

    def _write(self, name: str, data: bytes, at: int = 0) -> None:
        with self._opened(name, os.O_WRONLY) as descriptor:
            overwrite(descriptor, data, at)


def _named(data: bytes) -> _Named | None:
    """What a slot file says, if its first 512 bytes are sound; ``sealed`` is None if the rest is not."""
    id_ = data[len(TRANSIT) :][:ID_SIZE]
    key = _text(data[:NAME_SIZE], len(TRANSIT) + ID_SIZE)
    if key is None or not data.startswith(TRANSIT) or not _KEY.fullmatch(key):
        return None
    if _block(TRANSIT + id_, key, NAME_SIZE) != data[:NAME_SIZE]:
        return None
    return _Named(id_, key, _text(data[NAME_SIZE:], 0))


def _block(before: bytes, text: str, size: int) -> bytes:
    encoded = text.encode()
    content = before + len(encoded).to_bytes(2, "big") + encoded
    return (content + hashlib.sha256(content).digest()).ljust(size, b"\0")


def _text(data: bytes, at: int) -> str | None:
    """The text of a block whose checksum is right; None of any other, or of zeros."""
    size = int.from_bytes(data[at : at + 2], "big")
    end = at + 2 + size
    digest = data[end : end + _DIGEST_SIZE]
    if not size or digest != hashlib.sha256(data[:end]).digest():
        return None
    try:
        return data[at + 2 : end].decode("ascii")
    except UnicodeDecodeError:
        return None


def _may_be_named(data: bytes) -> bool:
    """Whether a file whose name does not parse looks like one that has named a key, and not like random bytes."""
    head, rest = data[:NAME_SIZE], data[NAME_SIZE:]
    enough = len(head) - head.count(0) >= LEAST_OF_A_SECRET
    return (enough and (TRANSIT[:12] in head or TRANSIT[-12:] in head)) or b"vault:v" in rest
