"""A home that several people open, with a sealed object of each kind of compartment."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pyrage

from storage.keys.keystore import Costs, Keystore
from storage.keys.scope import Scope
from storage.keys.slots import Slots
from storage.objects import ObjectStore, Sealed
from tests.storage.keystores import PASSPHRASE, RECORDING, VERBATIM, archive_of
from vocabulary.choices import RecordClass, Role

DOOMED = RECORDING
SAME_WORKSHOP = Scope("marseille-13", 4, RecordClass.RECORDING, 1)
OTHER_WORKSHOP = Scope("lyon-2", 1, RecordClass.RECORDING, 1)
CERTIFICATE = Scope("marseille-13", 3, RecordClass.CERTIFICATE, 1)
OF_HOME = Scope("-", 0, RecordClass.PEOPLE, 1)
NEIGHBOURS = (VERBATIM, SAME_WORKSHOP, OTHER_WORKSHOP, CERTIFICATE, OF_HOME)

MACHINE = "machine"
STEWARD, FACILITATOR, NEIGHBOUR, AUDITOR = (f"p-{digit * 32}" for digit in "1234")
PASSPHRASES = {
    MACHINE: PASSPHRASE,
    STEWARD: "quatre barques sans rames",
    FACILITATOR: "cinq lanternes au grenier",
    NEIGHBOUR: "six renards dans la neige",
    AUDITOR: "sept horloges de travers",
}
REACHED = {
    MACHINE: NEIGHBOURS,
    STEWARD: NEIGHBOURS,
    FACILITATOR: (VERBATIM, SAME_WORKSHOP, CERTIFICATE, OF_HOME),
    NEIGHBOUR: (OTHER_WORKSHOP, CERTIFICATE, OF_HOME),
    AUDITOR: (CERTIFICATE,),
}
"""What each reaches, the doomed one apart."""


@dataclass
class Peopled:
    """``copies`` are all generations, as they would have gone to the recovery place: keystore, recovery file."""

    home: Path
    slots: Slots
    sealed: dict[Scope, Sealed] = field(default_factory=dict)
    copies: list[tuple[bytes, bytes | None]] = field(default_factory=list)
    identities: list[str] = field(default_factory=list)

    def open(self, opener: str = MACHINE, passphrase: str | None = None) -> Keystore:
        return Keystore.open(archive_of(self.home), self.slots, passphrase or PASSPHRASES[opener], self.note)

    def store(self, keystore: Keystore) -> ObjectStore:
        return ObjectStore(archive_of(self.home) / "objects", keystore)

    def note(self, keystore: bytes, recovery: bytes | None, generation: int) -> None:
        self.copies.append((keystore, recovery))

    def file(self) -> bytes:
        """The keystore as it lies there."""
        return (archive_of(self.home) / "keystore").read_bytes()

    def copy(self, to: Path) -> Path:
        """All of the home's files, as a backup of everything would have them."""
        return Path(shutil.copytree(self.home, to))


def text_of(scope: Scope) -> bytes:
    """What was sealed under a scope."""
    return b"what was said: " + scope.key_id().encode()


def new_peopled(home: Path, slots: Slots) -> Peopled:
    """Four people beside the machine, two recovery recipients, and six sealed objects."""
    made = Peopled(home, slots)
    keystore = Keystore.create(archive_of(home), slots, PASSPHRASE, Costs.for_tests(), made.note)
    store = made.store(keystore)
    for scope in (DOOMED, *NEIGHBOURS):
        keystore.ensure(scope)
        made.sealed[scope] = store.seal(scope, text_of(scope))
    keystore.add_opener(STEWARD, Role.STEWARD, None, PASSPHRASES[STEWARD])
    keystore.add_opener(FACILITATOR, Role.FACILITATOR, ["marseille-13"], PASSPHRASES[FACILITATOR])
    keystore.add_opener(NEIGHBOUR, Role.FACILITATOR, ["lyon-2"], PASSPHRASES[NEIGHBOUR])
    keystore.add_opener(AUDITOR, Role.AUDITOR, None, PASSPHRASES[AUDITOR])
    people = [pyrage.x25519.Identity.generate() for _ in range(3)]
    made.identities = [str(one) for one in people]
    keystore.set_recovery([str(one.to_public()) for one in people])
    return made
