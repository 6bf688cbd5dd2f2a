"""Equivalent first names: of the same gender, the same cohort and the same kind of origin.

For research on who is spoken of, a first name carries gender, generation and origin, and a code does not. Where the
policy says ``pseudonyms: equivalent``, a person whose first name is known gets another one of its kind.

Rules of the module:
- Nothing is derived from the name but the group that the choice is made in; the choice itself is the system's
  entropy. What is drawn is kept in the vault.
- A name stands in its group where anonymize/data/equivalents.txt lists it. Otherwise its gender is the one that INSEE
  counts, and its kind of origin the one whose names it is spelled most like, two and three letters at a time: for a
  name that is not listed this finds the kind once in two. It is a social hint, and never where anybody comes from.
- Without a first name or a gender there is no equivalent, and the code stays.
- The cohort is the kind of the referent: youth or other person.
"""

import gzip
import math
import secrets
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from anonymize.forms import strip_article
from anonymize.french.folding import fold, squash
from anonymize.french.lexicon import TITLES, lexicon
from anonymize.surfaces import names_of
from vocabulary.choices import EntityType

_DATA = Path(__file__).parent.parent / "data"
_SMOOTH = 0.3
_COHORTS = {EntityType.YOUTH: "youth", EntityType.PERSON: "adult"}
_USUAL = 5
"""Class of frequency (0 the most frequent) up to which a word of French is also held to be a first name."""


@dataclass(frozen=True)
class Group:
    """One group of first names."""

    cohort: str
    gender: str
    origin: str


@dataclass(frozen=True)
class Equivalents:
    """The list, and what places a name in it. ``spellings`` holds log-likelihoods of runs of letters by origin."""

    groups: Mapping[Group, tuple[str, ...]]
    listed: Mapping[str, tuple[str, str]]
    genders: Mapping[str, str]
    spellings: Mapping[str, Mapping[str, float]]
    unseen: Mapping[str, float]

    def gender(self, first_name: str) -> str | None:
        """``m`` or ``f``, or None for a name that both bear or nobody knows."""
        letters = squash(first_name)
        if letters in self.listed:
            return self.listed[letters][0]
        found = self.genders.get(fold(first_name))
        return found or (self.gender(first_name.split("-")[0]) if "-" in first_name else None)

    def origin(self, first_name: str) -> str:
        """The kind of origin whose names ``first_name`` is spelled most like, or the one it is listed under."""
        letters = squash(first_name)
        if letters in self.listed:
            return self.listed[letters][1]
        scores = {
            origin: sum(known.get(part, self.unseen[origin]) for part in _parts(letters))
            for origin, known in self.spellings.items()
        }
        return max(scores, key=lambda origin: (scores[origin], origin))

    def draw(self, kind: EntityType, gender: str, origin: str, occurs: Callable[[str], bool]) -> str | None:
        """Return a first name that does not occur, drawn from its group, then from the other cohort's; else None."""
        own = _COHORTS[kind]
        for cohort in (own, *sorted({*_COHORTS.values()} - {own})):
            free = [name for name in self.groups.get(Group(cohort, gender, origin), ()) if not occurs(name)]
            if free:
                return secrets.choice(free)
        return None


def first_name_of(forms: Sequence[str], kind: EntityType, titled: bool) -> str | None:
    """Return the first name among the forms of a person, or None: nicknames and lone surnames have none.

    ``titled``: the person was only ever named after a title; then a lone name is a surname.
    """
    words = lexicon()
    for form in sorted(forms, key=lambda form: -len(form.split())):
        core, article = strip_article(form)
        parts = [part for part in core.split() if fold(part).rstrip(".") not in TITLES]
        if article is not None or not parts or len(parts) < len(core.split()) == 2:
            continue
        whole = len(names_of(form)) > 1
        for part in parts if whole else parts[:1]:
            level = words.first_name(fold(part))
            listed = squash(part) in equivalents().listed
            if (level is None and not listed) or (level is not None and level > _USUAL and words.ordinary(fold(part))):
                continue
            surname = words.surnames.get(fold(part))
            if kind is EntityType.PERSON and not whole:
                rarer = surname is not None and level is not None and surname < level
                if titled or (rarer and not listed):
                    continue
            return part
    return None


def _parts(letters: str) -> list[str]:
    padded = f"^{letters}$"
    return [padded[at : at + size] for size in (2, 3) for at in range(len(padded) - size + 1)]


@lru_cache(maxsize=1)
def equivalents() -> Equivalents:
    """Return the list, read once for the process."""
    groups: dict[Group, tuple[str, ...]] = {}
    listed: dict[str, tuple[str, str]] = {}
    for line in (_DATA / "equivalents.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        head, _, names = line.partition(": ")
        group = Group(*head.split())
        groups[group] = tuple(names.split())
        for name in groups[group]:
            listed.setdefault(squash(name), (group.gender, group.origin))
    return trained(groups, listed)


def trained(groups: Mapping[Group, tuple[str, ...]], listed: Mapping[str, tuple[str, str]]) -> Equivalents:
    """Return the list with the spellings of the kinds of origin, counted over ``listed`` (gender and kind by name)."""
    counts: dict[str, Counter[str]] = {}
    for letters, (_, origin) in listed.items():
        counts.setdefault(origin, Counter()).update(_parts(letters))
    kinds = len({part for counter in counts.values() for part in counter})
    spellings: dict[str, Mapping[str, float]] = {}
    unseen: dict[str, float] = {}
    for origin, counter in counts.items():
        whole = math.log(counter.total() + _SMOOTH * kinds)
        spellings[origin] = {part: math.log(number + _SMOOTH) - whole for part, number in counter.items()}
        unseen[origin] = math.log(_SMOOTH) - whole
    return Equivalents(groups, listed, _genders(), spellings, unseen)


def _genders() -> dict[str, str]:
    found: dict[str, str] = {}
    with gzip.open(_DATA / "genders.txt.gz", "rt", encoding="utf-8") as source:
        for line in source:
            name, _, gender = line.rstrip("\n").rpartition(" ")
            found[name] = gender
    for line in (_DATA / "genders.txt").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            gender, _, names = line.partition(": ")
            found.update((name, gender) for name in names.split())
    return found
