"""The keystore: which data keys there are, who opens it, and the destruction of keys.

Rules kept here:
- keys are read from the generation that is on the disk now (storage/keys/generations.py);
- whatever takes something from somebody draws a new slot secret, so that no earlier copy opens with any
  passphrase: a destruction, a passphrase changed or withdrawn, workshops taken away, a rotation;
- what a generation holds, and who may change it, is decided in storage/keys/keyring.py.

Cryptographic erase: NIST SP 800-88.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from storage.durable import make_folder
from storage.finding import Finding
from storage.keys.generations import FILE, After, Copy, Generations, check, check_sealed
from storage.keys.keyring import Keyring, gone, new_log_key
from storage.keys.keystore_1 import upgrade_format
from storage.keys.keystore_file import PLACE, Costs, Header, KeystoreFile, damaged, hkdf, new_salt, stretch
from storage.keys.openers import Opener
from storage.keys.recovery import RecoveryFile
from storage.keys.scope import Scope, series
from storage.keys.slots import NAMES, Slots
from vocabulary.choices import RecordClass, Role
from vocabulary.errors import StateError
from vocabulary.ids import new_id
from vocabulary.messages import N_

__all__ = ["After", "Copy", "Costs", "Keystore", "upgrade_format"]

LEAP = 1_000_000
"""By how many generations a recovered keystore goes ahead: the lost machine may have gone on after the copy was
written, and what it wrote to the recovery place must be older than what the recovered one writes."""


class Keystore:
    """The open keystore of one home. Safe across processes and threads."""

    def __init__(self, generations: Generations) -> None:
        """Private: ``create``, ``open`` and ``recover`` make keystores."""
        self._generations = generations

    @classmethod
    def create(
        cls, archive_dir: Path, slots: Slots, passphrase: str, costs: Costs | None = None, after: After | None = None
    ) -> "Keystore":
        """Make slots and keystore, a new home id and the log's key; StateError if any of it is there already."""
        if (archive_dir / FILE).exists():
            message = N_("There is already a keystore in this home. Make the home in another folder.")
            raise StateError(message, place=PLACE)
        make_folder(archive_dir)
        costs, salt = costs or Costs(), new_salt()
        stretched, home_id = stretch(passphrase, costs, salt), new_id("h")
        generations = Generations(archive_dir, slots, stretched, after)
        header = Header(home_id, 0, NAMES[0], b"", costs, salt, b"")
        generations.begin(header, Keyring.create(home_id, stretched, new_log_key()))
        return cls(generations)

    @classmethod
    def open(cls, archive_dir: Path, slots: Slots, passphrase: str, after: After | None = None) -> "Keystore":
        """Open a keystore with the passphrase of any opener, and first finish what was interrupted.

        WrongPassphraseError, DamagedSlotError, DamagedError, or StateError for a format of another version.
        """
        with slots.lock(exclusive=False):
            header = check_sealed(archive_dir, slots)[0].header
        generations = Generations(archive_dir, slots, stretch(passphrase, header.costs, header.salt), after)
        with slots.lock():
            generations.load()
        return cls(generations)

    @classmethod
    def recover(
        cls, archive_dir: Path, keystore: bytes, recovery: bytes, identities: Sequence[str], slots: Slots,
        passphrase: str, after: After | None = None,
    ) -> "Keystore":  # fmt: skip
        """Write the keystore of a lost machine under new, empty slots; ``passphrase`` becomes the machine's.

        ``keystore`` and ``recovery`` are files of one generation; ``identities`` those of two age recipients. Other
        people keep their passphrases. It is newer than anything the lost machine may have written (``LEAP``).
        KeysError, DamagedError, or StateError for files that do not match.
        """
        file, sealed = KeystoreFile.parse(keystore), RecoveryFile.parse(recovery)
        header = file.header
        if (sealed.home_id, sealed.generation) != (header.home_id, header.generation):
            message = N_("The recovery file is of generation {found}, the keystore of generation {expected}: take the "
                         "two that were written together.")  # fmt: skip
            raise StateError(message, place=PLACE, found=sealed.generation, expected=header.generation)
        root, keys = sealed.unseal(identities)
        body = file.unseal(root)
        if body is None:
            raise damaged()
        stretched = stretch(passphrase, header.costs, header.salt)
        ring = Keyring.recover(header.home_id, header.to_bytes(), body, keys, stretched)
        make_folder(archive_dir)
        generations = Generations(archive_dir, slots, stretched, after)
        generations.begin(replace(header, slot=NAMES[0], generation=header.generation + LEAP), ring)
        return cls(generations)

    # Keys

    @property
    def home_id(self) -> str:
        """The home's opaque id, given when the keystore was made."""
        return self._generations.current().header.home_id

    @property
    def generation(self) -> int:
        """How often the keystore has been written; every change adds one."""
        return self._generations.current().header.generation

    def data_key(self, scope: Scope) -> bytes:
        """The 32-byte data key of a scope.

        KeyGoneError if it was destroyed or never opened, KeysError if this opener does not reach it.
        """
        key = self._generations.current().ring.key(scope)
        if key is None:
            raise gone(scope)
        return key

    def reaches(self, scope: Scope) -> bool:
        """Whether this opener may have the scope's data key, be it there or not."""
        return self._generations.current().ring.reaches(scope)

    def has(self, scope: Scope) -> bool:
        """Whether the scope's data key is there; KeysError if this opener does not reach it."""
        return self._generations.current().ring.key(scope) is not None

    def ensure(self, scope: Scope) -> None:
        """Open the scope's data key if it is not there; durable on return.

        KeyGoneError for an epoch already destroyed, ValueError for one that skips another.
        """
        if not self.has(scope):
            self._generations.change(lambda ring: ring.with_new_key(scope))

    def current_epoch(self, workshop: str, session: int, record_class: RecordClass) -> int:
        """The last epoch ever opened, destroyed or not; 0 if none was."""
        return self._generations.current().ring.epochs.get(series(workshop, session, record_class), 0)

    def shred(self, scopes: Collection[Scope]) -> None:
        """Destroy the data keys of ``scopes`` for good, in every copy of the keystore. Safe to repeat.

        When this raises, either nothing was destroyed or opening the keystore again finishes it.
        """
        self._generations.change(lambda ring: ring.without(scopes), fresh=True)

    def derive(self, scope: Scope, label: bytes) -> bytes:
        """A 32-byte key for one purpose: HKDF-SHA256 of the scope's data key, ``label`` as info."""
        return hkdf(self.data_key(scope), label)

    def keys_of(self, workshop: str) -> dict[str, bytes]:
        """Every data key of a workshop by key id, those of its certificates too."""
        return self._generations.current().ring.keys_of(workshop)

    def epochs_of(self, workshop: str) -> dict[str, int]:
        """The last epoch of every series of a workshop."""
        epochs = self._generations.current().ring.epochs
        return {name: last for name, last in epochs.items() if name.startswith(f"{workshop}/")}

    def adopt(self, keys: Mapping[str, bytes], epochs: Mapping[str, int]) -> None:
        """Take over keys and epochs of a workshop of another home; StateError if any of it is there already."""
        self._generations.change(lambda ring: ring.adopting(keys, epochs))

    # The log's key

    def log_key(self) -> Ed25519PrivateKey:
        """The private key that signs the processing log; it survives destructions. KeysError for auditors."""
        return Ed25519PrivateKey.from_private_bytes(self._generations.current().ring.log_key())

    def replace_log_key(self, new: Ed25519PrivateKey) -> None:
        """Make ``new`` the log's key, which the log holds a change to already; the one before it is destroyed.

        PersonError unless a steward or the machine does it. ``Archive.renew_log_key`` is the way to do it.
        """
        self._generations.change(lambda ring: ring.with_log_key(new.private_bytes_raw()), fresh=True)

    # Openers

    @property
    def opener(self) -> Opener:
        """Who opened this keystore."""
        return self._generations.current().ring.opener

    def openers(self) -> tuple[Opener, ...]:
        """Everyone who may open it, the machine first unless it was removed."""
        return tuple(one.opener for one in self._generations.current().ring.openers)

    def add_opener(self, opener_id: str, role: Role, workshops: Collection[str] | None, passphrase: str) -> None:
        """Give a person a passphrase of their own; ``workshops`` are a facilitator's.

        PersonError unless a steward or the machine does it, StateError if they have one, KeysError for a
        passphrase that cannot be used.
        """
        stretched = self._generations.stretch(passphrase)
        self._generations.change(lambda ring: ring.with_opener(opener_id, role, workshops, stretched))

    def allow(self, opener_id: str, workshops: Collection[str]) -> None:
        """Set the workshops of a facilitator; what is taken away gets new keys, and the slot a new secret."""
        self._generations.change(lambda ring: ring.allowing(opener_id, workshops), fresh=True)

    def remove_opener(self, opener_id: str) -> None:
        """Withdraw a passphrase: new keys for every compartment it reached, and a new slot secret."""
        self._generations.change(lambda ring: ring.without_opener(opener_id), fresh=True)

    def change_passphrase(self, passphrase: str) -> None:
        """Another passphrase and other keys for the opener that is open, and a new slot secret."""
        stretched = self._generations.stretch(passphrase)
        self._generations.change(lambda ring: ring.with_passphrase(stretched), fresh=True, stretched=stretched)

    def rotate(self) -> None:
        """A new slot secret, and with it a new root, and new keys for all compartments."""
        self._generations.change(lambda ring: ring.rotated(), fresh=True)

    # Recovery

    def set_recovery(self, recipients: Sequence[str]) -> None:
        """Name the age recipients of whom any two recover the keystore; UsageError for fewer than two."""
        self._generations.change(lambda ring: ring.with_recovery(recipients))

    def recovery_recipients(self) -> tuple[str, ...]:
        """The age recipients of the recovery file; none if none were named."""
        recovery = self._generations.current().ring.recovery
        return () if recovery is None else recovery.recipients

    def recovery_file(self) -> bytes | None:
        """The recovery file of this generation; None if no recipients were named."""
        return self._generations.current().copy().recovery

    def copy(self) -> Copy:
        """Keystore file and recovery file of one generation, for keeping elsewhere."""
        return self._generations.current().copy()

    @staticmethod
    def check(archive_dir: Path, slots: Slots) -> list[Finding]:
        """Find any byte of keystore and slots that is not as written, without a passphrase."""
        return list(check(archive_dir, slots))
