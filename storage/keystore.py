"""The keystore: which data keys there are, and their destruction.

Rules kept here:
- every use first compares the keystore's generation on the disk with the one in memory, so that a living
  process drops a key that another has destroyed;
- the dance of a destruction: (1) a new secret into the spare slot, (2) the keystore, without the destroyed
  keys, sealed under it and renamed into place, its folder synced, (3) the old slot erased. A crash leaves the
  old state before (2) and the new one after it; opening the keystore finishes what is left;
- a slot is erased only after the keystore that does not need it has opened and its name is durable;
- an epoch that was destroyed is never opened again, and epochs go on counting past it;
- a wrong passphrase, a damaged slot and a damaged keystore are three different errors.

Cryptographic erase: NIST SP 800-88.
"""

import contextlib
import os
import secrets
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from storage.durable import ABSENT, make_folder, sync_folder, write_new
from storage.finding import Finding
from storage.keystore_file import (
    KEY_SIZE,
    LONGEST_HEAD,
    PLACE,
    Contents,
    Costs,
    Header,
    KeystoreFile,
    derive_root,
    head_of,
    hkdf,
    new_nonce,
    new_salt,
    stretch,
)
from storage.scope import Scope, series
from storage.slots import NAMES, Slots, SlotSecret, other
from vocabulary.choices import RecordClass
from vocabulary.errors import DamagedError, HuisclosError, KeyGoneError, StateError, WrongPassphraseError
from vocabulary.ids import new_id
from vocabulary.messages import N_

__all__ = ["Costs", "Keystore"]

FILE, NEW_FILE = "keystore", "keystore.new"

_REMAINING = N_("The spare slot {slot} is not empty: a destruction was interrupted. Open the archive once with its "
                "passphrase, which erases it.")  # fmt: skip
_CHANGED = N_("The spare slot {slot} holds bytes that are no secret: the disk is failing, or the file was changed. "
              "Restore it from the copy kept apart from the keystore, or replace it by 4096 zeros.")  # fmt: skip


@dataclass(frozen=True, repr=False)
class _Opened:
    """One generation in memory, and the head of the file it came from."""

    head: bytes
    header: Header
    secret: SlotSecret
    contents: Contents


class Keystore:
    """The open keystore of one home. Safe across processes and threads."""

    def __init__(self, archive_dir: Path, slot_dir: Path, stretched: bytes) -> None:
        """Private: ``create`` and ``open`` make keystores. ``stretched`` is the stretched passphrase."""
        self._archive_dir = archive_dir
        self._slots = Slots(slot_dir)
        self._stretched = stretched
        self._opened: _Opened | None = None

    @classmethod
    def create(cls, archive_dir: Path, slot_dir: Path, passphrase: str, costs: Costs | None = None) -> "Keystore":
        """Make slots and keystore, a new home id and the log's key; StateError if any of it is there already."""
        if (archive_dir / FILE).exists():
            message = N_("There is already a keystore in this home. Make the home in another folder.")
            raise StateError(message, place=PLACE)
        make_folder(archive_dir)
        costs, salt = costs or Costs(), new_salt()
        keystore = cls(archive_dir, slot_dir, stretch(passphrase, costs, salt))
        keystore._slots.create()
        with keystore._slots.lock():
            secret = keystore._slots.fill(NAMES[0])
            header = Header(new_id("h"), 0, NAMES[0], secret.id, costs, salt, new_nonce())
            contents = Contents({}, {}, Ed25519PrivateKey.generate().private_bytes_raw())
            keystore._remove_unfinished()
            keystore._replace(header, secret, contents)
        return keystore

    @classmethod
    def open(cls, archive_dir: Path, slot_dir: Path, passphrase: str) -> "Keystore":
        """Open a keystore, and first finish a destruction that was interrupted.

        WrongPassphraseError, DamagedSlotError, DamagedError, or StateError for a format that is too new.
        """
        slots = Slots(slot_dir)
        with slots.lock(exclusive=False):
            header = _check_sealed(archive_dir, slots)[0].header
        keystore = cls(archive_dir, slot_dir, stretch(passphrase, header.costs, header.salt))
        with keystore._slots.lock():
            keystore._load()
        return keystore

    @property
    def home_id(self) -> str:
        """The home's opaque id, given when the keystore was made."""
        return self._current().header.home_id

    @property
    def generation(self) -> int:
        """How often the keystore has been written; every change adds one."""
        return self._current().header.generation

    def data_key(self, scope: Scope) -> bytes:
        """The 32-byte data key of a scope; KeyGoneError if it was destroyed or never opened."""
        key = self._current().contents.keys.get(scope.key_id())
        if key is None:
            raise _gone(scope)
        return key

    def has(self, scope: Scope) -> bool:
        """Whether the scope's data key is there."""
        return scope.key_id() in self._current().contents.keys

    def ensure(self, scope: Scope) -> None:
        """Open the scope's data key if it is not there; durable on return.

        KeyGoneError for an epoch already destroyed, ValueError for one that skips another.
        """
        if self.has(scope):
            return
        with self._slots.lock():
            opened = self._load()
            contents = opened.contents
            if scope.key_id() in contents.keys:
                return
            last = contents.epochs.get(scope.series(), 0)
            if scope.epoch <= last:
                raise _gone(scope)
            if scope.epoch != last + 1:
                raise ValueError(f"the next epoch is {last + 1}, not {scope.epoch}")
            keys = {**contents.keys, scope.key_id(): secrets.token_bytes(KEY_SIZE)}
            epochs = {**contents.epochs, scope.series(): scope.epoch}
            self._replace(opened.header, opened.secret, replace(contents, keys=keys, epochs=epochs))

    def current_epoch(self, workshop: str, session: int, record_class: RecordClass) -> int:
        """The last epoch ever opened, destroyed or not; 0 if none was."""
        return self._current().contents.epochs.get(series(workshop, session, record_class), 0)

    def shred(self, scopes: Collection[Scope]) -> None:
        """Destroy the data keys of ``scopes`` for good, in every copy of the keystore. Safe to repeat.

        When this raises, either nothing was destroyed or opening the keystore again finishes it.
        """
        with self._slots.lock():
            opened = self._load()
            doomed = {scope.key_id() for scope in scopes}
            keys = {name: key for name, key in opened.contents.keys.items() if name not in doomed}
            if len(keys) == len(opened.contents.keys):
                return
            old = opened.header.slot
            spare = other(old)
            try:
                secret = self._slots.fill(spare)
                new = replace(opened.header, slot=spare, slot_id=secret.id)
                sealed = self._write(new, secret, replace(opened.contents, keys=keys))
            except BaseException:
                self._slots.erase(spare)
                raise
            self._publish(sealed)
            self._slots.erase(old)

    def derive(self, scope: Scope, label: bytes) -> bytes:
        """A 32-byte key for one purpose: HKDF-SHA256 of the scope's data key, ``label`` as info."""
        return hkdf(self.data_key(scope), label)

    def log_key(self) -> Ed25519PrivateKey:
        """The private key that signs the processing log; it survives destructions."""
        return Ed25519PrivateKey.from_private_bytes(self._current().contents.log_key)

    @staticmethod
    def check(archive_dir: Path, slot_dir: Path) -> list[Finding]:
        """Find any byte of keystore and slots that is not as written, without a passphrase."""
        return list(_check(archive_dir, Slots(slot_dir)))

    # One generation after another

    def _current(self) -> _Opened:
        """The generation on the disk: the one in memory if it is still that."""
        opened = self._opened
        if opened is None or opened.head != head_of(_read(self._archive_dir, LONGEST_HEAD)):
            with self._slots.lock():
                opened = self._load()
        return opened

    def _load(self) -> _Opened:
        """Under the lock: read and open the keystore, and finish what a crash interrupted."""
        self._opened = None
        file, secret = _check_sealed(self._archive_dir, self._slots)
        contents = file.unseal(derive_root(secret, self._stretched))
        if contents is None:
            message = N_("The keystore does not open with this passphrase. Type it again; nothing was changed.")
            raise WrongPassphraseError(message)
        self._finish(file.header)
        self._opened = _Opened(head_of(file.to_bytes()), file.header, secret, contents)
        return self._opened

    def _finish(self, header: Header) -> None:
        """Erase the slot the open keystore does not need, once the keystore's name is durable.

        Bytes there that cannot be a secret are damage, which is left for ``check`` to find.
        """
        self._remove_unfinished()
        if self._slots.may_hold_secret(other(header.slot)):
            sync_folder(self._archive_dir)
            self._slots.erase(other(header.slot))

    def _replace(self, header: Header, secret: SlotSecret, contents: Contents) -> None:
        self._publish(self._write(header, secret, contents))

    def _write(self, header: Header, secret: SlotSecret, contents: Contents) -> _Opened:
        """Write the next generation beside the present one; ResourceError leaves nothing."""
        new = replace(header, generation=header.generation + 1, nonce=new_nonce())
        data = KeystoreFile.seal(new, derive_root(secret, self._stretched), contents).to_bytes()
        write_new(self._archive_dir / NEW_FILE, data)
        return _Opened(head_of(data), new, secret, contents)

    def _publish(self, written: _Opened) -> None:
        """Make the generation just written the keystore."""
        (self._archive_dir / NEW_FILE).rename(self._archive_dir / FILE)
        self._opened = written
        sync_folder(self._archive_dir)

    def _remove_unfinished(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            (self._archive_dir / NEW_FILE).unlink()


def _read(archive_dir: Path, size: int = -1) -> bytes:
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


def _check_sealed(archive_dir: Path, slots: Slots) -> tuple[KeystoreFile, SlotSecret]:
    """The keystore and the slot secret it needs, both undamaged and made for each other."""
    file = KeystoreFile.parse(_read(archive_dir))
    secret = slots.read(file.header.slot)
    if secret is None or secret.id != file.header.slot_id:
        message = N_("The keystore and the slot files do not belong together: {slot} does not hold the secret this "
                     "keystore was sealed under. A keystore from before a destruction never opens again: restore one "
                     "made since, or the slot files.")  # fmt: skip
        raise DamagedError(message, place=PLACE, slot=slots.place(file.header.slot))
    return file, secret


def _check(archive_dir: Path, slots: Slots) -> Iterator[Finding]:
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(HuisclosError):
            stack.enter_context(slots.lock(exclusive=False))
        used: str | None = None
        try:
            used = KeystoreFile.parse(_read(archive_dir)).header.slot
            _check_sealed(archive_dir, slots)
        except HuisclosError as error:
            yield Finding("damaged", error.place or PLACE, error.message, error.facts, error.exit)
        for name in NAMES:
            if name == used:
                continue
            try:
                if used is None:
                    slots.read(name)
                elif slots.may_hold_secret(name):
                    yield Finding("remaining", slots.place(name), _REMAINING, {"slot": slots.place(name)})
                elif not slots.is_empty(name):
                    yield Finding("damaged", slots.place(name), _CHANGED, {"slot": slots.place(name)})
            except HuisclosError as error:
                yield Finding("damaged", slots.place(name), error.message, error.facts, error.exit)


def _gone(scope: Scope) -> KeyGoneError:
    message = N_("The key of {scope} was destroyed, or never made: what it sealed cannot be opened any more.")
    return KeyGoneError(message, place=scope.key_id(), scope=scope.key_id())
