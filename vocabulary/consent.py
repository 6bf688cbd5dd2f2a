"""Consent as it is kept: the proof of each session, what was narrowed since, and who spoke which turn.

Three formats, each one canonical JSON object, always sealed (record class ``consent``; docs/reference/requests.md):
- ``huisclos-consent/1``, of a session: each participant with the reference of the signed form and the uses agreed to,
  the uses that were asked about, and the forms of those who withdrew, without their names;
- ``huisclos-narrowings/1``, of a workshop: the uses a participant took back, in the order they were recorded;
- ``huisclos-voices/1``, of a session: the voice of every turn, the vault's id for who that is, and what they agree to.
  It holds no name: once the vault is destroyed, nobody can tell from it who spoke.
A person who took a use back has not agreed to it, whatever a later dossier says. Names are compared by their words, in
any order, case and accents; where one name holds all words of another, both are taken for one person's: something taken
back is better found once too often than lost.
"""

import datetime
import json
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from vocabulary.choices import Use
from vocabulary.dossier import Dossier

PROOF, NARROWINGS, VOICES = "huisclos-consent/1", "huisclos-narrowings/1", "huisclos-voices/1"


def words(name: str) -> tuple[str, ...]:
    """A name as it is compared: its words, sorted; letters and figures alone, without case or accents."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    told = (letter for letter in plain if not unicodedata.combining(letter))
    return tuple(sorted("".join(letter if letter.isalnum() else " " for letter in told).split()))


def may_be_one(name: str, other: str) -> bool:
    """Whether two names may be one person's: the words of one are among those of the other, or run together there."""
    ours, theirs = words(name), words(other)
    if not ours or not theirs:
        return False
    return set(ours) <= set(theirs) or set(theirs) <= set(ours) or _run_together(name) == _run_together(other)


def _run_together(name: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKD", name.casefold()) if letter.isalnum())


@dataclass(frozen=True, repr=False)
class Agreement:
    """What one participant agreed to, and the reference of the form they signed."""

    name: str
    agrees: frozenset[Use]
    form: str | None = None

    def __repr__(self) -> str:
        return f"Agreement({len(self.agrees)} uses)"


@dataclass(frozen=True)
class WithdrawnForm:
    """What is left of the agreement of somebody who withdrew: the reference of their form, and the day."""

    form: str | None
    on: datetime.date


@dataclass(frozen=True, repr=False)
class Proof:
    """The agreements of one session, as its dossier had them; ``withdrawn`` are those that name nobody any more.

    ``asked`` are the uses that the policy in force then asked about; None in proofs that were sealed without them.
    """

    date: datetime.date | None
    people: tuple[Agreement, ...]
    withdrawn: tuple[WithdrawnForm, ...] = ()
    asked: frozenset[Use] | None = None

    def __repr__(self) -> str:
        return f"Proof({len(self.people)} people)"

    @classmethod
    def of(cls, dossier: Dossier, asked: Iterable[Use]) -> "Proof":
        """What is kept of a dossier as the proof of consent, where ``asked`` are the uses the policy asks about."""
        people = (Agreement(one.name, one.agrees, one.form) for one in dossier.participants)
        return cls(dossier.date, tuple(people), asked=frozenset(asked))

    @property
    def surely_asked(self) -> frozenset[Use]:
        """The uses that people were asked about: those sealed with the proof, and any that one of them agreed to."""
        return frozenset(self.asked or ()).union(*(one.agrees for one in self.people))

    def to_bytes(self) -> bytes:
        people = [{"name": one.name, "form": one.form, "agrees": sorted(map(str, one.agrees))} for one in self.people]
        date = self.date.isoformat() if self.date else None
        value: dict[str, Any] = {"format": PROOF, "date": date, "people": people}
        if self.withdrawn:
            value["withdrawn"] = [{"form": one.form, "on": one.on.isoformat()} for one in self.withdrawn]
        if self.asked is not None:
            value["asked"] = sorted(map(str, self.asked))
        return _written(value)

    @classmethod
    def from_bytes(cls, data: bytes) -> "Proof":
        value = _read(data, PROOF)
        date = value["date"]
        people = (Agreement(one["name"], frozenset(map(Use, one["agrees"])), one["form"]) for one in value["people"])
        withdrawn = (
            WithdrawnForm(one["form"], datetime.date.fromisoformat(one["on"])) for one in value.get("withdrawn", ())
        )
        asked = frozenset(map(Use, value["asked"])) if "asked" in value else None
        return cls(None if date is None else datetime.date.fromisoformat(date), tuple(people), tuple(withdrawn), asked)


@dataclass(frozen=True, repr=False)
class Narrowing:
    """Uses that one participant took back on a day, for one session (its number) or the whole workshop (None).

    ``by`` is the opaque id of who recorded it, ``at`` when.
    """

    name: str
    uses: frozenset[Use]
    on: datetime.date
    by: str
    at: str
    session: int | None = None

    def __repr__(self) -> str:
        return f"Narrowing({len(self.uses)} uses, session {self.session})"

    def concerns(self, session: int) -> bool:
        """Whether it holds for a session."""
        return self.session is None or self.session == session


@dataclass(frozen=True)
class Narrowings:
    """Everything that was taken back in a workshop; nothing is ever removed from it."""

    entries: tuple[Narrowing, ...] = ()

    def taken_back(self, name: str, session: int) -> frozenset[Use]:
        """The uses that a person of this name took back for a session; what may be theirs counts."""
        found = (one.uses for one in self.entries if one.concerns(session) and may_be_one(one.name, name))
        return frozenset().union(*found)

    def to_bytes(self) -> bytes:
        entries = [
            {"name": one.name, "uses": sorted(map(str, one.uses)), "on": one.on.isoformat(), "by": one.by,
             "at": one.at, "session": one.session}
            for one in self.entries
        ]  # fmt: skip
        return _written({"format": NARROWINGS, "entries": entries})

    @classmethod
    def from_bytes(cls, data: bytes) -> "Narrowings":
        return cls(
            tuple(
                Narrowing(one["name"], frozenset(map(Use, one["uses"])), datetime.date.fromisoformat(one["on"]),
                          one["by"], one["at"], one["session"])
                for one in _read(data, NARROWINGS)["entries"]
            )
        )  # fmt: skip


@dataclass(frozen=True)
class Voice:
    """One voice of a session: the id of its referent in the vault and what that person agrees to, None if unknown."""

    referent: str | None = None
    agrees: frozenset[Use] | None = None


@dataclass(frozen=True)
class Voices:
    """Who spoke when: (start, end, label) of each turn in seconds, and each label's voice.

    ``narrowings`` is how many entries of the workshop's narrowings the agreements take into account.
    """

    turns: tuple[tuple[float, float, str], ...]
    speakers: Mapping[str, Voice]
    narrowings: int = 0

    def to_bytes(self) -> bytes:
        speakers = {
            label: {"referent": one.referent, "agrees": None if one.agrees is None else sorted(map(str, one.agrees))}
            for label, one in self.speakers.items()
        }
        turns = [list(turn) for turn in self.turns]
        return _written({"format": VOICES, "turns": turns, "speakers": speakers, "narrowings": self.narrowings})

    @classmethod
    def from_bytes(cls, data: bytes) -> "Voices":
        value = _read(data, VOICES)
        speakers = {
            label: Voice(one["referent"], None if one["agrees"] is None else frozenset(map(Use, one["agrees"])))
            for label, one in value["speakers"].items()
        }
        return cls(tuple((start, end, label) for start, end, label in value["turns"]), speakers, value["narrowings"])


def _written(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _read(data: bytes, expected: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(data)
    if value["format"] != expected:
        raise ValueError(f"found another format than {expected}")
    return value
