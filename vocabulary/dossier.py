"""The session dossier (*fiche de séance*), format ``huisclos-session/1``.

The nouns only; policies/dossier_file.py reads the file and says file, line and key of what is wrong.
docs/reference/dossier.md describes the format.
"""

import datetime
from dataclasses import dataclass

from vocabulary.choices import EntityType, Use

FORMAT = "huisclos-session/1"


@dataclass(frozen=True, repr=False)
class Participant:
    """One person around the table, with the forms their name takes in talk."""

    name: str
    role: str
    institution: str
    agrees: frozenset[Use]
    also: tuple[str, ...] = ()
    form: str | None = None

    def __repr__(self) -> str:
        return f"Participant({len(self.agrees)} uses agreed)"


@dataclass(frozen=True, repr=False)
class Known:
    """A referent the facilitator knows will be named. ``kind`` is YOUTH, PERSON, PLACE or INSTITUTION.

    ``general`` says what a place or an institution generalises to, with its article.
    """

    kind: EntityType
    forms: tuple[str, ...]
    pseudonym: str | None = None
    general: str | None = None

    def __repr__(self) -> str:
        return f"Known({self.kind}, {len(self.forms)} forms)"


@dataclass(frozen=True, repr=False)
class Dossier:
    """What the facilitator writes beside a recording. ``withheld`` is in seconds, (start, end)."""

    number: int
    date: datetime.date | None = None
    language: str = "fr"
    next_session: datetime.date | None = None
    speakers: int | None = None
    parts: int = 1
    withheld: tuple[tuple[float, float], ...] = ()
    participants: tuple[Participant, ...] = ()
    known: tuple[Known, ...] = ()

    def __repr__(self) -> str:
        return f"Dossier({len(self.participants)} participants, {len(self.known)} known referents)"
