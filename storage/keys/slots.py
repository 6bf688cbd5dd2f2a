"""Two files whose content can be destroyed: the slot secret lies in one, the other is all zero.

The root of all keys needs the slot secret as well as the passphrase, so that destroying the secret destroys
every keystore ever sealed under it, copies and deleted blocks included.

Rules kept here:
- a slot is overwritten in place, never truncated or renamed: its bytes stay in their blocks;
- a secret is erased by random bytes, then zeros, each synced;
- a slot file holds exactly 4096 bytes: a secret with its checksum, or zeros. Anything else is damage.

On copy-on-write disks, snapshots and flash, overwriting in place leaves old blocks behind: there the secret
belongs in hardware or a key service (docs/reference/security.md).
"""

import contextlib
import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from storage.durable import ABSENT, create_file, disk_errors, make_folder, sync_folder, write_all
from storage.finding import Finding
from vocabulary.errors import DamagedSlotError, HuisclosError, StateError
from vocabulary.messages import N_

FORMAT = b"huisclos-slot/1\n"
TRANSIT = b"huisclos-transit/1\n"
"""How the slots of storage/keys/transit_slots.py begin."""
SIZE = 4096
EMPTY = bytes(SIZE)
NAMES = ("a", "b")
ID_SIZE, SECRET_SIZE = 16, 32
LEAST_OF_A_SECRET = 16
"""Of 32 random bytes, this many are other than zero: fewer happens once in 10**30."""

_USED = len(FORMAT) + ID_SIZE + SECRET_SIZE + hashlib.sha256().digest_size
_REMAINING = N_("The spare slot {slot} is not empty: a destruction was interrupted. Open the archive once with its "
                "passphrase, which erases it.")  # fmt: skip
_CHANGED = N_("The spare slot {slot} holds bytes that are no secret: the disk is failing, or the file was changed. "
              "Restore it from the copy kept apart from the keystore, or replace it by 4096 zeros.")  # fmt: skip


@dataclass(frozen=True, repr=False)
class SlotSecret:
    """A slot's random id, which may be known, and its secret, which may not."""

    id: bytes
    secret: bytes

    def __repr__(self) -> str:
        return f"SlotSecret({self.id.hex()})"

    @classmethod
    def draw(cls) -> "SlotSecret":
        """A new one, from the system's entropy."""
        return cls(secrets.token_bytes(ID_SIZE), secrets.token_bytes(SECRET_SIZE))

    def to_bytes(self) -> bytes:
        """The 4096 bytes of a slot file."""
        content = FORMAT + self.id + self.secret
        return (content + hashlib.sha256(content).digest()).ljust(SIZE, b"\0")


def parse_slot(data: bytes, place: str) -> SlotSecret | None:
    """Read a slot file; None if it is all zero, DamagedSlotError if it is anything else than a slot."""
    if data == EMPTY:
        return None
    if data.startswith(TRANSIT):
        message = N_("The slot file {slot} is sealed by a key service. Set slot.kind to transit in huisclos.toml, with "
                     "the address of the service.")  # fmt: skip
        raise StateError(message, place=place, slot=place)
    found = SlotSecret(data[len(FORMAT) :][:ID_SIZE], data[len(FORMAT) + ID_SIZE :][:SECRET_SIZE])
    if len(data) != SIZE or len(found.secret) != SECRET_SIZE or found.to_bytes() != data:
        raise DamagedSlotError(
            N_("The slot file {slot} is damaged: its checksum, its padding or its size is wrong. Without it nothing in "
               "the archive opens, and the passphrase is not at fault. Restore this file from the copy "
               "kept apart from the keystore."),
            place=place, slot=place,
        )  # fmt: skip
    return found


class Slots(Protocol):
    """The two slots of one home, wherever they lie; a slot is named ``a`` or ``b``.

    Any of these raises DamagedSlotError for what is damaged or missing; a slot that lies behind a service
    raises ResourceError, too, when the service does not answer, and KeysError when it refuses.
    """

    def ready(self) -> None:
        """Return if a secret could be put in a slot now; raise what stands in the way. Changes nothing."""

    def create(self) -> None:
        """Make both slots, empty; StateError if one holds anything already."""

    def read(self, name: str) -> SlotSecret | None:
        """What a slot holds; None if it is empty."""

    def is_empty(self, name: str) -> bool:
        """Whether there is nothing in a slot."""

    def may_hold_secret(self, name: str) -> bool:
        """Whether a slot holds enough for a secret, or for what an interrupted erasing left."""

    def fill(self, name: str) -> SlotSecret:
        """Put a new secret in a slot, durably, and return it; what was there is erased first."""

    def erase(self, name: str) -> None:
        """Destroy what a slot holds, durably. Safe to repeat."""

    def place(self, name: str) -> str:
        """The slot's name in messages."""

    def lock(self, *, exclusive: bool = True) -> AbstractContextManager[None]:
        """Hold the keystore against other processes and threads."""

    def check(self, used: str | None) -> list[Finding]:
        """Faults of the slots beside the one in use, which the keystore checks; None: of both."""


class FileSlots:
    """The two slot files of one home, in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, name: str) -> Path:
        return self.folder / f"slot-{name}"

    def place(self, name: str) -> str:
        """The slot's name in messages."""
        return f"slot/slot-{name}"

    def ready(self) -> None:
        """Files are always ready."""

    def create(self) -> None:
        """Make both files, empty; StateError if one is there already with anything in it."""
        make_folder(self.folder)
        for name in NAMES:
            try:
                descriptor = create_file(self.path(name))
            except FileExistsError:
                self._check_unused(name)
                continue
            with disk_errors():
                try:
                    write_all(descriptor, EMPTY)
                    os.fsync(descriptor)
                finally:
                    os.close(descriptor)
        sync_folder(self.folder)

    def read(self, name: str) -> SlotSecret | None:
        """What a slot holds; None if empty, DamagedSlotError if damaged or missing."""
        with self._opened(name, os.O_RDONLY) as descriptor:
            return parse_slot(content_of(descriptor), self.place(name))

    def is_empty(self, name: str) -> bool:
        """Whether a slot is all zero; DamagedSlotError if its file is missing."""
        with self._opened(name, os.O_RDONLY) as descriptor:
            return content_of(descriptor) == EMPTY

    def may_hold_secret(self, name: str) -> bool:
        """Whether a slot holds enough for a secret, or for what an interrupted erasing left.

        A slot that is not empty and cannot hold one was changed by a fault of the disk, or by somebody.
        """
        with self._opened(name, os.O_RDONLY) as descriptor:
            content = content_of(descriptor)
        return len(content) - content.count(0) >= LEAST_OF_A_SECRET

    def fill(self, name: str) -> SlotSecret:
        """Put a new secret in a slot, durably, and return it."""
        if not self.is_empty(name):
            self.erase(name)
        drawn = SlotSecret.draw()
        with self._opened(name, os.O_WRONLY) as descriptor:
            overwrite(descriptor, drawn.to_bytes())
        return drawn

    def erase(self, name: str) -> None:
        """Destroy what a slot holds, durably. Safe to repeat."""
        with self._opened(name, os.O_WRONLY) as descriptor:
            size = max(os.fstat(descriptor).st_size, SIZE)
            overwrite(descriptor, os.urandom(size))
            overwrite(descriptor, bytes(size))
            if size != SIZE:
                os.ftruncate(descriptor, SIZE)
                os.fsync(descriptor)

    @contextlib.contextmanager
    def lock(self, *, exclusive: bool = True) -> Iterator[None]:
        """Hold the keystore against other processes and threads; it is held for moments, so this waits.

        The lock is on slot a, a file that is never replaced. Not to be taken twice by one thread.
        """
        with self._opened(NAMES[0], os.O_RDWR if exclusive else os.O_RDONLY) as descriptor:
            fcntl.flock(descriptor, fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH)
            yield

    def check(self, used: str | None) -> list[Finding]:
        """Faults of the slot files beside the one in use; None: of both, as far as they tell by themselves."""
        return check_spare(self, used)

    def _check_unused(self, name: str) -> None:
        with self._opened(name, os.O_RDONLY) as descriptor:
            if content_of(descriptor).strip(b"\0"):
                message = N_("{slot} already holds a secret, which an archive may need. Make the home in another "
                             "folder.")  # fmt: skip
                raise StateError(message, place=self.place(name), slot=self.place(name))
        self.erase(name)

    @contextlib.contextmanager
    def _opened(self, name: str, flags: int) -> Iterator[int]:
        try:
            descriptor = os.open(self.path(name), flags | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError as error:
            if error.errno not in ABSENT:
                raise
            message = N_("The slot file {slot} is missing. Without the slot files nothing in the archive opens. "
                         "Restore it from the copy kept apart from the keystore.")  # fmt: skip
            raise DamagedSlotError(message, place=self.place(name), slot=self.place(name)) from None
        try:
            yield descriptor
        finally:
            os.close(descriptor)


def other(name: str) -> str:
    """The other slot."""
    return NAMES[1 - NAMES.index(name)]


def check_spare(slots: Slots, used: str | None) -> list[Finding]:
    """Faults of the slots beside ``used``: what an interrupted destruction left, and what is damaged."""
    findings = []
    for name in NAMES:
        if name == used:
            continue
        place = slots.place(name)
        try:
            if used is None:
                slots.read(name)
            elif slots.may_hold_secret(name):
                findings.append(Finding("remaining", place, _REMAINING, {"slot": place}))
            elif not slots.is_empty(name):
                findings.append(Finding("damaged", place, _CHANGED, {"slot": place}))
        except HuisclosError as error:
            findings.append(Finding("damaged", place, error.message, error.facts, error.exit))
    return findings


def content_of(descriptor: int) -> bytes:
    """The whole file, and one byte more than a slot has if it is too long."""
    return os.pread(descriptor, SIZE + 1, 0)


def overwrite(descriptor: int, data: bytes, at: int = 0) -> None:
    """Write ``data`` over what lies ``at`` that place of a file, and sync it."""
    with disk_errors():
        done = 0
        while done < len(data):
            done += os.pwrite(descriptor, data[done:], at + done)
        os.fsync(descriptor)
