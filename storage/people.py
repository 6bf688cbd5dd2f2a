"""The register of people: which opaque id stands for which name.

Format ``huisclos-people/1``, canonical JSON, always sealed (record class ``people``, of the home). A new
person makes a new sealed version in place of the old one.

Rules kept here:
- Anne, anne and ANNE with any accent or spacing are one person: names are compared folded, and shown as
  they were first given;
- nothing of the register shows itself by accident: no repr, message or fact holds a name.
"""

import json
import unicodedata
from dataclasses import dataclass

from vocabulary.errors import DamagedError, UnknownError, UsageError
from vocabulary.ids import is_id
from vocabulary.messages import N_

FORMAT = "huisclos-people/1"
LONGEST_NAME = 100


@dataclass(frozen=True, repr=False)
class Person:
    """One person: opaque id, name as given, name as compared."""

    id: str
    name: str
    folded: str

    def __repr__(self) -> str:
        return f"Person({self.id})"


@dataclass(frozen=True, repr=False)
class Register:
    """Everyone of one home, in the order they came."""

    people: tuple[Person, ...] = ()

    def __repr__(self) -> str:
        return f"Register({len(self.people)} people)"

    def find(self, name: str) -> Person | None:
        """The person of that name, however it is written; UsageError for what cannot be a name."""
        folded = fold(name)
        return next((person for person in self.people if person.folded == folded), None)

    def named(self, person_id: str) -> Person:
        """UnknownError if no one has that id."""
        for person in self.people:
            if person.id == person_id:
                return person
        raise UnknownError(N_("Nobody of this home has the id {id}."), place=person_id, id=person_id)

    def with_person(self, person_id: str, name: str) -> "Register":
        """The register with one more person; ValueError if the name is taken."""
        if self.find(name) is not None:
            raise ValueError("this name is registered already")
        return Register((*self.people, Person(person_id, _trimmed(name), fold(name))))

    def to_bytes(self) -> bytes:
        people = [{"id": person.id, "name": person.name, "folded": person.folded} for person in self.people]
        value = {"format": FORMAT, "people": people}
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Register":
        """Read what ``to_bytes`` wrote; DamagedError for anything else."""
        try:
            value = json.loads(data)
            people = tuple(Person(item["id"], item["name"], item["folded"]) for item in value["people"])
        except (ValueError, TypeError, KeyError):
            raise _damaged() from None
        register = cls(people)
        if not all(is_id(person.id) and fold(person.name) == person.folded for person in people):
            raise _damaged()
        if value.get("format") != FORMAT or register.to_bytes() != data:
            raise _damaged()
        return register


def fold(name: str) -> str:
    """A name as it is compared: trimmed, without case or accents, one space between words.

    UsageError if nothing is left, or for more than 100 characters.
    """
    decomposed = unicodedata.normalize("NFKD", _trimmed(name).casefold())
    folded = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    folded = " ".join(unicodedata.normalize("NFC", folded.casefold()).split())
    if not folded or len(name) > LONGEST_NAME or not _trimmed(name).isprintable():
        message = N_("This cannot be the name of a person: use 1 to {longest} characters on one line.")
        raise UsageError(message, longest=LONGEST_NAME)
    return folded


def _trimmed(name: str) -> str:
    return " ".join(name.split())


def _damaged() -> DamagedError:
    message = N_("The register of people does not keep its format. Restore the archive from a backup.")
    return DamagedError(message, place="people")
