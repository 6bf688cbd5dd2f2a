"""Which candidates are corrections, and which of them are certain: one table.

Rules of the module:
- What was heard is of one of four kinds, and each asks for its likeness: a word that is *unknown*, a *name* that France
  knows, *ordinary* words that have something against them (unsure, a capital), and ordinary words that stand beside
  what goes with the name. Without any of that, ordinary words are what was said.
- A short form asks for more, and one that only the vault knows is never certain: it may have been misheard itself.
- Nor is a correction certain when another known form sounds nearly as well, or when what was heard is itself a name
  that differs by a sound: two people may bear the two.
- Of candidates that overlap, the certain one stands, then the more alike, then the longer.
"""

from collections.abc import Iterable, Sequence

from anonymize.hearing.search import Candidate
from anonymize.hearing.words import Heard, probability, UNSURE
from vocabulary.choices import Hearing

_NEVER = 9.0
_MARGIN = 0.06
"""By how much the best form must sound better than the best of another."""
_SHORT, _SHORT_COST = 5.0, 0.08
"""Forms that weigh less than this ask for more likeness, for every sound that is missing."""
THRESHOLDS: dict[tuple[str, bool], tuple[float, float]] = {
    # (what was heard, beside what goes with it): (certain, proposed)
    ("unknown", True): (0.74, 0.60),
    ("unknown", False): (0.82, 0.68),
    ("name", True): (0.90, 0.72),
    ("name", False): (0.96, 0.84),
    ("doubtful", True): (0.90, 0.76),
    ("doubtful", False): (_NEVER, 0.86),
    ("ordinary", True): (_NEVER, 0.90),
    ("ordinary", False): (_NEVER, _NEVER),
}


def kind_of(window: Sequence[Heard]) -> str:
    """Return what a window is: "unknown", "name", "doubtful" or "ordinary"."""
    if any(word.unknown for word in window):
        return "unknown"
    if any(word.named for word in window):
        return "name"
    chance = probability(window)
    unsure = chance is not None and chance < UNSURE
    marked = any(word.marked and not word.function for word in window)
    return "doubtful" if unsure or marked else "ordinary"


def judge(candidate: Candidate, words: Sequence[Heard]) -> tuple[bool, Hearing] | None:
    """Return whether a candidate is certain, and why it is proposed; None if it is no correction."""
    window = words[candidate.first : candidate.last + 1]
    kind = kind_of(window)
    certain, proposed = THRESHOLDS[kind, candidate.beside]
    short = max(0.0, _SHORT - candidate.target.weight) * _SHORT_COST
    if candidate.likeness < min(1.0, proposed + short):
        return None
    sure = candidate.likeness >= min(1.0, certain + short) and certain < _NEVER
    sure = sure and candidate.target.told and candidate.likeness - candidate.rival > _MARGIN
    return sure, _reason(candidate, kind)


def _reason(candidate: Candidate, kind: str) -> Hearing:
    if candidate.beside:
        return Hearing.PLACED
    if candidate.likeness > 0.97:
        return Hearing.SAME
    return Hearing.NEAR if kind == "unknown" else Hearing.UNSURE


def chosen(
    judged: Iterable[tuple[Candidate, bool, Hearing]]
) -> list[tuple[Candidate, bool, Hearing]]:
    """Return the candidates that stand, in order."""
    ranked = sorted(judged, key=lambda one: (not one[1], -one[0].likeness, -one[0].target.weight, one[0].first))
    kept: list[tuple[Candidate, bool, Hearing]] = []
    for one in ranked:
        if not any(one[0].first <= other[0].last and other[0].first <= one[0].last for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda one: one[0].first)
