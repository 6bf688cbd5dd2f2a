"""Pairs that may be one person: two mentions near each other, or a mention and a turn beside it.

Rules of the module:
- Two mentions are a pair when their spellings differ and they stand within REACH tokens and NEIGHBOURS mentions.
  What one spelling means is not decided here.
- A mention and a turn are a pair when the turn is its own, the one before or the one after: the speaker of that
  turn may be who is named. For such a pair "other first name" and "other ordinary" say how far the mention stands from
  the beginning and from the end of its own turn.
- Nothing here is learnt; training and use share it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anonymize.french.folding import fold, sound
from anonymize.french.lexicon import Lexicon
from anonymize.linking.resemblance import initials, shortened, sounds_alike

REACH = 120
NEIGHBOURS = 10
PAIR_NAMES = (
    "with turn", "distance", "same turn", "turns apart", "first name", "other first name", "ordinary",
    "other ordinary", "shares a word", "sounds alike", "shortened", "mentions between", "several words",
    "other several words", "same speaker", "initials",
)  # fmt: skip


@dataclass(frozen=True, slots=True, repr=False)
class Named:
    """A mention of a person among the tokens of a session: first token, the one after the last, its turn, and the
    folded words of the name."""

    first: int
    last: int
    turn: int
    words: tuple[str, ...]


@dataclass(frozen=True)
class Pairs:
    """``left`` and ``right`` are places in the list of mentions; ``turns`` is -1 for two mentions, else the turn that
    is paired with ``left`` (``right`` is then -1). ``values``: ``(pairs, len(PAIR_NAMES))``."""

    left: NDArray[np.int32]
    right: NDArray[np.int32]
    turns: NDArray[np.int32]
    values: NDArray[np.float32]


def pairs_of(
    mentions: Sequence[Named], starts: Sequence[int], end: int, speakers: Sequence[str], lexicon: Lexicon
) -> Pairs:
    """Return the pairs of ``mentions`` (in order); ``starts`` are the tokens that open the turns, ``end`` the one after
    the last, ``speakers`` the turns' speakers."""
    bounds = [*starts, end]
    left: list[int] = []
    right: list[int] = []
    turns: list[int] = []
    values: list[list[float]] = []
    for index, mention in enumerate(mentions):
        for back in range(1, min(NEIGHBOURS, index) + 1):
            other = mentions[index - back]
            if mention.first - other.last > REACH:
                break
            if other.words == mention.words:
                continue
            left.append(index - back)
            right.append(index)
            turns.append(-1)
            values.append(_values(other, mention, back, speakers, lexicon))
        for turn in (mention.turn - 1, mention.turn, mention.turn + 1):
            if not 0 <= turn < len(starts):
                continue
            if turn != mention.turn and speakers[turn] == speakers[mention.turn]:
                continue
            left.append(index)
            right.append(-1)
            turns.append(turn)
            row = _alone(mention, lexicon)
            row[0], row[1] = 1.0, math.log1p(abs(mention.first - starts[turn])) / 5
            row[2], row[3] = float(turn == mention.turn), float(turn - mention.turn)
            row[5] = math.log1p(mention.first - bounds[mention.turn]) / 5
            row[7] = math.log1p(bounds[mention.turn + 1] - mention.last) / 5
            values.append(row)
    shaped = np.array(values, np.float32).reshape(len(values), len(PAIR_NAMES))
    return Pairs(np.array(left, np.int32), np.array(right, np.int32), np.array(turns, np.int32), shaped)


def _alone(mention: Named, lexicon: Lexicon) -> list[float]:
    row = [0.0] * len(PAIR_NAMES)
    row[4] = float(any(lexicon.first_name(word) is not None for word in mention.words))
    row[6] = float(all(lexicon.ordinary(word) for word in mention.words))
    row[12] = float(len(mention.words) > 1)
    return row


def _values(one: Named, other: Named, back: int, speakers: Sequence[str], lexicon: Lexicon) -> list[float]:
    row = _alone(one, lexicon)
    second = _alone(other, lexicon)
    row[1] = math.log1p(max(0, other.first - one.last)) / 5
    row[2] = float(one.turn == other.turn)
    row[3] = min(other.turn - one.turn, 5) / 5
    row[5], row[7], row[13] = second[4], second[6], second[12]
    row[8] = float(bool(set(one.words) & set(other.words)))
    row[9] = float(sounds_alike(list(one.words), list(other.words)))
    row[10] = float(any(shortened(a, b) or shortened(sound(a), sound(b)) for a in one.words for b in other.words))
    row[11] = back / NEIGHBOURS
    row[14] = float(speakers[one.turn] == speakers[other.turn])
    row[15] = float(any(initials("".join(a), b) for a, b in ((one.words, other.words), (other.words, one.words))))
    return row


def words_of(surface: str) -> tuple[str, ...]:
    """Return the folded words of a name, hyphens kept."""
    return tuple(fold(word).strip(".,'-") for word in surface.split() if any(char.isalnum() for char in word))
