"""What is listened for: the forms of dossier and vault, as they sound, found by what is hardest to mishear.

Rules of the module:
- A form also stands for its parts, as it does in the text (anonymize/forms.py). What has figures, or too few sounds to
  tell it from a word, is not listened for.
- What a dossier says is *told*; what only the vault knows may itself have been misheard, and proves nothing.
- The index finds the targets whose consonants are those of a window, up to one taken for its neighbour, put in or
  left out (two in a long name): the work for a window hardly grows with the number of forms.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

from anonymize.forms import variants
from anonymize.french.folding import squash, tokens
from anonymize.french.lexicon import FUNCTION_WORDS, Lexicon
from anonymize.hearing.distance import weight
from anonymize.hearing.phonemes import readings
from anonymize.vault import KnownReferent
from vocabulary.choices import EntityType

LEAST = 2.6
"""Weight of sounds below which a form is not listened for: there is a word for every three sounds."""

_CLASSES = str.maketrans(
    dict(zip("pbtdkgfvszSZmnNlRãẽõ", "PPTTKKFFSSCCMMMLRMMM", strict=True)) | dict.fromkeys("aeEiouy2@jwH")
)
_WITH_VOWELS = str.maketrans(
    dict(zip("pbtdkgfvszSZmnNlRãẽõ", "PPTTKKFFSSCCMMMLRaEo", strict=True))
    | dict(zip("aeEiouy2jwH", "aEEEuuEEEuE", strict=True))
    | {"@": None}
)


@dataclass(frozen=True, repr=False)
class Target:
    """One form, or one part of one, with all that is needed to recognise it.

    ``referents`` are numbers in what was known; ``beside`` holds the folded words that its forms have before it
    ("college" of "collège Renoir").
    """

    spelling: str
    letters: str
    readings: tuple[str, ...]
    weight: float
    label: EntityType
    referents: frozenset[int]
    told: bool
    ordinary: bool
    beside: frozenset[str]

    def __repr__(self) -> str:
        return f"Target({self.label}, {len(self.spelling)} characters)"


def targets_of(known: Sequence[KnownReferent], told: Collection[str], words: Lexicon) -> list[Target]:
    """Return the targets of ``known``; ``told`` are the letters of forms that some dossier of the workshop gives."""
    found: dict[str, Target] = {}
    for number, referent in enumerate(known):
        for form in referent.forms:
            is_told = referent.id is None or squash(form) in told
            for spelling, _, _ in variants(form, referent.kind):
                target = _target(spelling, form, referent.kind, number, is_told, words)
                if target is not None:
                    found[target.letters] = _joined(found.get(target.letters), target)
    return list(found.values())


def _target(spelling: str, form: str, label: EntityType, number: int, told: bool, words: Lexicon) -> Target | None:
    runs = tokens(spelling)
    folded = [token.folded for token in runs]
    said = tuple(reading for reading in readings(spelling) if weight(reading) >= LEAST)
    if not said or re.search(r"\d", spelling) or all(one in FUNCTION_WORDS for one in folded):
        return None
    whole = [token.folded for token in tokens(form)]
    at = next((n for n in range(len(whole)) if whole[n : n + len(folded)] == folded), 0)
    return Target(
        spelling=spelling,
        letters=squash(spelling),
        readings=said,
        weight=max(map(weight, said)),
        label=label,
        referents=frozenset({number}),
        told=told,
        ordinary=all(words.ordinary(one) for one in folded),
        beside=frozenset(whole[:at]) - FUNCTION_WORDS,
    )


def _joined(held: Target | None, target: Target) -> Target:
    """One spelling of two referents is one target; what a dossier says of it counts."""
    if held is None:
        return target
    first = held if held.told or not target.told else target
    return Target(
        first.spelling, first.letters, first.readings, first.weight, first.label,
        held.referents | target.referents, held.told or target.told, first.ordinary, held.beside | target.beside,
    )  # fmt: skip


class Index:
    """Targets by their consonants."""

    def __init__(self, targets: Iterable[Target]) -> None:
        self._by_key: dict[str, list[tuple[Target, str, float]]] = {}
        self.longest = 0.0
        for target in targets:
            for said in target.readings:
                heavy = weight(said)
                self.longest = max(self.longest, heavy)
                for key in keys(said):
                    self._by_key.setdefault(key, []).append((target, said, heavy))

    def near(self, said: str) -> Iterator[tuple[Target, str, float]]:
        """Yield each target that may sound like ``said``, with the reading that may, and its weight."""
        seen: set[tuple[str, str]] = set()
        for key in keys(said):
            for target, reading, heavy in self._by_key.get(key, ()):
                if (target.letters, reading) not in seen:
                    seen.add((target.letters, reading))
                    yield target, reading, heavy


@lru_cache(maxsize=65536)
def keys(said: str) -> tuple[str, ...]:
    """Return the keys under which a sound is looked up: its consonants, and what is left when one or two are missing.

    A sound of two consonants or fewer is looked up with its vowels too.
    """
    consonants = re.sub(r"(.)\1+", r"\1", said.translate(_CLASSES))
    if len(consonants) > 2:
        gone = 2 if len(consonants) > 4 else 1
        return tuple({left for count in range(gone + 1) for left in _without(consonants, count)})
    full = said.translate(_WITH_VOWELS)
    voiced = {f"{left}." for count in range(2) for left in _without(full, count)}
    return tuple(voiced | {consonants} if len(consonants) == 2 else voiced)


def _without(letters: str, count: int) -> Iterator[str]:
    for kept in combinations(letters, max(0, len(letters) - count)):
        yield "".join(kept)
