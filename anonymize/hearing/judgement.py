"""What it takes for a window to be a misheard name, and for its correction to be certain: one table.

Rules of the module:
- What was heard is of one of five kinds, and each asks for its likeness: a *garbled* word, neither an ordinary one nor
  a name, of which the recogniser was unsure; an *unknown* one, of which it was sure; a *name* that France knows;
  *doubtful* ordinary words (unsure, or with a capital); and *ordinary* ones.
- Each asks for less where what goes with a name stands beside it: any title or head, or better the head or another
  name of the very same one. Without that, ordinary words are what was said. A town is not certainly a person.
- A short form asks for more, for every sound that is missing; its own sound is always enough where any is.
- A form that only the vault knows is never certain: it may have been misheard itself. Nor is one when another known
  form sounds nearly as well.
"""

from collections.abc import Sequence
from enum import Enum, IntEnum

from anonymize.hearing.words import UNSURE, Heard, probability
from vocabulary.choices import Hearing

MARGIN = 0.06
"""By how much the best form must sound better than the best of another."""
NEVER = 9.0
_SHORT, _SHORT_COST = 5.0, 0.08


class Kind(Enum):
    """What a window is made of."""

    GARBLED = "a word that is neither an ordinary one nor a name, and unsure"
    UNKNOWN = "a word that is neither an ordinary one nor a name"
    NAME = "a name that France knows"
    DOUBTFUL = "ordinary words with something against them"
    ORDINARY = "ordinary words"


class Beside(IntEnum):
    """What stands beside a window, and how well it goes with the form."""

    NOTHING = 0
    A_HEAD = 1
    ITS_OWN = 2


LIKENESS: dict[Kind, tuple[tuple[float, float], tuple[float, float], tuple[float, float]]] = {
    # likeness to be certain and to be proposed, with nothing, a head or title, or its own head or name beside
    Kind.GARBLED: ((0.84, 0.72), (0.82, 0.68), (0.76, 0.64)),
    Kind.UNKNOWN: ((0.88, 0.76), (0.86, 0.70), (0.80, 0.66)),
    Kind.NAME: ((0.97, 0.90), (0.97, 0.82), (0.92, 0.78)),
    Kind.DOUBTFUL: ((NEVER, 0.90), (0.97, 0.84), (0.90, 0.78)),
    Kind.ORDINARY: ((NEVER, NEVER), (NEVER, 0.95), (NEVER, 0.90)),
}


def kind_of(window: Sequence[Heard]) -> Kind:
    """Return what a window is made of."""
    chance = probability(window)
    unsure = chance is not None and chance < UNSURE
    if any(word.unknown for word in window):
        return Kind.GARBLED if unsure else Kind.UNKNOWN
    if any(word.named for word in window):
        return Kind.NAME
    marked = any(word.marked and not word.function for word in window)
    return Kind.DOUBTFUL if unsure or marked else Kind.ORDINARY


def asked(kind: Kind, weight: float, beside: Beside) -> float:
    """Return the likeness from which a window is proposed; ``weight`` is that of the form."""
    return _for_short(LIKENESS[kind][beside][1], weight)


def is_certain(kind: Kind, weight: float, likeness: float, beside: Beside, rival: float) -> bool:
    """Whether a window that is proposed is certain; ``rival`` is the likeness of the best form of another."""
    return likeness >= _for_short(LIKENESS[kind][beside][0], weight) and likeness - rival > MARGIN


def _for_short(likeness: float, weight: float) -> float:
    if likeness >= NEVER:
        return NEVER
    return min(1.0, likeness + max(0.0, _SHORT - weight) * _SHORT_COST)


def reason_of(kind: Kind, likeness: float, beside: Beside) -> Hearing:
    """Return what a person is told of why."""
    if beside:
        return Hearing.PLACED
    if likeness > 0.97:
        return Hearing.SAME
    return Hearing.NEAR if kind in (Kind.GARBLED, Kind.UNKNOWN) else Hearing.UNSURE
