"""What it takes for a window to be a misheard name, and for its correction to be certain: one table.

Rules of the module:
- What was heard is of one of four kinds, and each asks for its likeness: a word that is *unknown*, a *name* that France
  knows, *doubtful* ordinary words (unsure, or with a capital), and *ordinary* ones. Each asks for less where what goes
  with the name stands beside it; without that, ordinary words are what was said.
- A short form asks for more, for every sound that is missing; its own sound is always enough where any is.
- A form that only the vault knows is never certain: it may have been misheard itself. Nor is one when another known
  form sounds nearly as well.
"""

from collections.abc import Sequence
from enum import Enum

from anonymize.hearing.words import UNSURE, Heard, probability
from vocabulary.choices import Hearing

MARGIN = 0.06
"""By how much the best form must sound better than the best of another."""
NEVER = 9.0
_SHORT, _SHORT_COST = 5.0, 0.08


class Kind(Enum):
    """What a window is made of."""

    UNKNOWN = "a word that is neither an ordinary one nor a name"
    NAME = "a name that France knows"
    DOUBTFUL = "ordinary words with something against them"
    ORDINARY = "ordinary words"


LIKENESS: dict[tuple[Kind, bool], tuple[float, float]] = {
    # what was heard, beside what goes with the name: likeness to be certain, to be proposed
    (Kind.UNKNOWN, True): (0.78, 0.66),
    (Kind.UNKNOWN, False): (0.84, 0.74),
    (Kind.NAME, True): (0.92, 0.80),
    (Kind.NAME, False): (0.97, 0.90),
    (Kind.DOUBTFUL, True): (0.90, 0.80),
    (Kind.DOUBTFUL, False): (NEVER, 0.90),
    (Kind.ORDINARY, True): (NEVER, 0.92),
    (Kind.ORDINARY, False): (NEVER, NEVER),
}


def kind_of(window: Sequence[Heard]) -> Kind:
    """Return what a window is made of."""
    if any(word.unknown for word in window):
        return Kind.UNKNOWN
    if any(word.named for word in window):
        return Kind.NAME
    chance = probability(window)
    unsure = chance is not None and chance < UNSURE
    marked = any(word.marked and not word.function for word in window)
    return Kind.DOUBTFUL if unsure or marked else Kind.ORDINARY


def asked(kind: Kind, weight: float, *, beside: bool) -> float:
    """Return the likeness from which a window is proposed; ``weight`` is that of the form."""
    return _for_short(LIKENESS[kind, beside][1], weight)


def is_certain(kind: Kind, weight: float, likeness: float, rival: float, *, beside: bool, told: bool) -> bool:
    """Whether a window that is proposed is certain; ``rival`` is the likeness of the best form of another."""
    least = _for_short(LIKENESS[kind, beside][0], weight)
    return told and likeness >= least and likeness - rival > MARGIN


def _for_short(likeness: float, weight: float) -> float:
    if likeness >= NEVER:
        return NEVER
    return min(1.0, likeness + max(0.0, _SHORT - weight) * _SHORT_COST)


def reason_of(kind: Kind, likeness: float, *, beside: bool) -> Hearing:
    """Return what a person is told of why."""
    if beside:
        return Hearing.PLACED
    if likeness > 0.97:
        return Hearing.SAME
    return Hearing.NEAR if kind is Kind.UNKNOWN else Hearing.UNSURE
