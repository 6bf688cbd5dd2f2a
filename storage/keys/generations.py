"""One generation of the keystore after another: read, written, and what a crash interrupted finished.

Rules kept here:
- every use first compares the keystore's generation on the disk with the one in memory, so that a living
  process drops a key that another has destroyed;
- the dance of a destruction: (1) a new secret into the spare slot, (2) the keystore, without the destroyed
  keys, sealed under it and renamed into place, its folder synced, (3) the old slot erased. A crash leaves the
  old state before (2) and the new one after it; opening the keystore finishes what is left;
- a slot is erased only after the keystore that does not need it has opened and its name is durable;
- a wrong passphrase, a damaged slot and a damaged keystore are three different errors;
- every generation, once it is durable, is told to ``after`` with its recovery file.

Cryptographic erase: NIST SP 800-88.
"""

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from storage.durable import ABSENT, sync_folder, write_new
from storage.finding import Finding
from storage.keys.keyring import Keyring
from storage.keys.keystore_file import (
    LONGEST_HEAD,
    PLACE,
    Header,
    KeystoreFile,
    damaged,
    derive_root,
    head_of,
    new_nonce,
    stretch,
)
from storage.keys.recovery import RecoveryFile
from storage.keys.slots import Slots, SlotSecret, other
from vocabulary.errors import DamagedError, HuisclosError, KeysError, WrongPassphraseError
from vocabulary.messages import N_

FILE, NEW_FILE = "keystore", "keystore.new"

After = Callable[[bytes, bytes | None, int], None]
"""What is told of each new generation: keystore file, recovery file or None, generation. It must not raise."""


@dataclass(frozen=True, repr=False)
class Copy:
    """One generation for keeping elsewhere: it opens with this home's slots, or with the recovery file."""

    keystore: bytes
    recovery: bytes | None
    generation: int


@dataclass(frozen=True, repr=False)
class Generation:
    """One generation in memory, with the file it came from and its head."""

    data: bytes
    head: bytes
    header: Header
    secret: SlotSecret
    ring: Keyring

    @classmethod
    def of(cls, data: bytes, header: Header, secret: SlotSecret, ring: Keyring) -> "Generation":
        return cls(data, head_of(data), header, secret, ring)

    def copy(self) -> Copy:
        recovery = None
        if self.ring.recovery is not None:
            root = derive_root(self.secret, self.header.nonce)
            made = RecoveryFile.seal(self.header.home_id, self.header.generation, self.ring.recovery, root)
            recovery = made.to_bytes()
        return Copy(self.data, recovery, self.header.generation)


class Generations:
    """The generations of one keystore, as one opener sees them. Safe across processes and threads."""

    def __init__(self, archive_dir: Path, slots: Slots, stretched: bytes, after: After | None = None) -> None:
        """``stretched`` is the stretched passphrase; nothing is read yet."""
        self._archive_dir = archive_dir
        self._slots = slots
        self._stretched = stretched
        self._after = after
        self._opener_id: str | None = None
        self._opened: Generation | None = None

    def stretch(self, passphrase: str) -> bytes:
        """A passphrase stretched with this home's salt and costs."""
        header = self.current().header
        return stretch(passphrase, header.costs, header.salt)

    def current(self) -> Generation:
        """The generation on the disk: the one in memory if it is still that."""
        opened = self._opened
        if opened is None or opened.head != head_of(read_file(self._archive_dir, LONGEST_HEAD)):
            with self._slots.lock():
                opened = self.load()
        return opened

    def load(self) -> Generation:
        """Under the lock: read and open the keystore, and finish what a crash interrupted."""
        self._opened = None
        file, secret = check_sealed(self._archive_dir, self._slots)
        header = file.header
        body = file.unseal(derive_root(secret, header.nonce))
        if body is None:
            raise damaged()
        ring = Keyring.open(header.home_id, header.to_bytes(), body, self._stretched, self._opener_id)
        if ring is None:
            raise self.refused()
        self._finish(header)
        self._opener_id = ring.own
        data = file.to_bytes()
        self._opened = Generation.of(data, header, secret, ring)
        return self._opened

    def refused(self) -> KeysError:
        if self._opener_id is not None:
            message = N_("The passphrase this program was started with was changed or withdrawn meanwhile. Start it "
                         "again with the new one.")  # fmt: skip
            return KeysError(message)
        message = N_("The keystore does not open with this passphrase. Type it again; nothing was changed.")
        return WrongPassphraseError(message)

    def _finish(self, header: Header) -> None:
        """Erase the slot the open keystore does not need, once the keystore's name is durable.

        Bytes there that cannot be a secret are damage, which is left for ``check`` to find.
        """
        self._remove_unfinished()
        if self._slots.may_hold_secret(other(header.slot)):
            sync_folder(self._archive_dir)
            self._slots.erase(other(header.slot))

    def begin(self, header: Header, ring: Keyring) -> None:
        """Make the slots, and write the first generation under them."""
        self._slots.create()
        with self._slots.lock():
            secret = self._slots.fill(header.slot)
            self._remove_unfinished()
            written = self._write(replace(header, slot_id=secret.id), secret, ring)
            self._publish(written)
        self._opener_id = ring.own
        self._tell(written)

    def change(
        self, changed: Callable[[Keyring], Keyring], *, fresh: bool = False, stretched: bytes | None = None
    ) -> None:
        """Write the next generation, if ``changed`` gives another keyring; ``fresh``: under a new slot secret.

        ``stretched`` is the passphrase that opens it from now on, if that is another one.
        """
        with self._slots.lock():
            before = self.load()
            ring = changed(before.ring)
            if ring is before.ring:
                return
            if fresh:
                written = self._dance(before, ring)
            else:
                written = self._write(before.header, before.secret, ring)
                self._publish(written)
            self._stretched = stretched or self._stretched
        self._tell(written)

    def _dance(self, before: Generation, ring: Keyring) -> Generation:
        """The next generation under a new slot secret; no copy of an earlier one opens afterwards."""
        old = before.header.slot
        spare = other(old)
        try:
            secret = self._slots.fill(spare)
            written = self._write(replace(before.header, slot=spare, slot_id=secret.id), secret, ring)
        except BaseException:
            self._slots.erase(spare)
            raise
        self._publish(written)
        self._slots.erase(old)
        return written

    def _write(self, header: Header, secret: SlotSecret, ring: Keyring) -> Generation:
        """Write the next generation beside the present one; ResourceError leaves nothing."""
        new = replace(header, generation=header.generation + 1, nonce=new_nonce())
        data = seal_generation(new, secret, ring)
        write_new(self._archive_dir / NEW_FILE, data)
        return Generation.of(data, new, secret, ring)

    def _publish(self, written: Generation) -> None:
        """Make the generation just written the keystore."""
        (self._archive_dir / NEW_FILE).rename(self._archive_dir / FILE)
        self._opened = written
        sync_folder(self._archive_dir)

    def _tell(self, written: Generation) -> None:
        """Outside the lock: what is told may be slow."""
        if self._after is not None:
            told = written.copy()
            self._after(told.keystore, told.recovery, told.generation)

    def replace_former(self, header: Header, secret: SlotSecret, ring: Keyring) -> None:
        """Under the lock: write the generation after one of format 1, which was read and whose secret this is."""
        self._finish(header)
        self._publish(self._write(header, secret, ring))

    def _remove_unfinished(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            (self._archive_dir / NEW_FILE).unlink()


def seal_generation(header: Header, secret: SlotSecret, ring: Keyring) -> bytes:
    """The keystore file of one generation; the header's nonce must never have been used before."""
    root = derive_root(secret, header.nonce)
    return KeystoreFile.seal(header, root, ring.to_bytes(header.to_bytes())).to_bytes()


def read_file(archive_dir: Path, size: int = -1) -> bytes:
    """The keystore file, or its first ``size`` bytes."""
    try:
        descriptor = os.open(archive_dir / FILE, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        if error.errno not in ABSENT:
            raise
        message = N_("The keystore is missing. Restore archive/keystore from a backup made since the last destruction.")
        raise DamagedError(message, place=PLACE) from None
    with os.fdopen(descriptor, "rb") as file:
        return file.read(size)


def check_sealed(archive_dir: Path, slots: Slots) -> tuple[KeystoreFile, SlotSecret]:
    """The keystore and the slot secret it needs, both undamaged and made for each other."""
    file = KeystoreFile.parse(read_file(archive_dir))
    return file, secret_of(file.header, slots)


def secret_of(header: Header, slots: Slots) -> SlotSecret:
    """The slot secret a keystore needs; DamagedError if it is not there."""
    secret = slots.read(header.slot)
    if secret is None or secret.id != header.slot_id:
        message = N_("The keystore and the slot files do not belong together: {slot} does not hold the secret this "
                     "keystore was sealed under. A keystore from before a destruction never opens again: restore one "
                     "made since, or the slot files.")  # fmt: skip
        raise DamagedError(message, place=PLACE, slot=slots.place(header.slot))
    return secret


def check(archive_dir: Path, slots: Slots) -> Iterator[Finding]:
    """Every byte of keystore and slots that is not as written, found without a passphrase."""
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(HuisclosError):
            stack.enter_context(slots.lock(exclusive=False))
        used: str | None = None
        try:
            used = KeystoreFile.parse(read_file(archive_dir)).header.slot
            check_sealed(archive_dir, slots)
        except HuisclosError as error:
            yield Finding("damaged", error.place or PLACE, error.message, error.facts, error.exit)
        yield from slots.check(used)
