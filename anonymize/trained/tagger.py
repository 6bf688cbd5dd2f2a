"""The trained tagger over a session: which stretches name somebody or something, and as what.

Rules of the module:
- Tags are read together (Viterbi, BIO): a stretch has one label, the likeliest of its tokens together.
- A token that the best path leaves out, but that names something with more than DOUBT, makes a stretch in doubt: it
  is residual, masked until a person frees it.
- PUBLIC (brands, famous people) is a label the network knows in order to leave such words alone; it is given out as
  what else the stretch could be only when it is in doubt.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from anonymize.french.lexicon import Lexicon
from anonymize.trained.features import TURN, Features, features_of
from anonymize.trained.network import LABELS, TAGS, Array, Network

DOUBT = 0.35
"""Probability of naming something from which a token that was left out is masked."""
_OUT = 0


@dataclass(frozen=True)
class Stretch:
    """A stretch of one turn: half-open offsets, its tokens (the first, the one after the last), the label, how
    probable it is that it names anything, the probability of each label of LABELS, and whether the network was sure."""

    turn: int
    start: int
    end: int
    first: int
    last: int
    label: str
    naming: float
    chances: tuple[float, ...]
    sure: bool


@dataclass(frozen=True, repr=False)
class Session:
    """A session as the networks have read it: ``hidden`` is what each knows of each token, ``scores`` the
    log-probabilities of the tags, theirs together."""

    features: Features
    hidden: tuple[Array, ...]
    scores: Array
    stretches: tuple[Stretch, ...]

    def tokens_of(self, turn: int, start: int, end: int) -> tuple[int, int]:
        """Return the tokens that a stretch of a turn touches: the first, and the one after the last."""
        first, last = self._turns[turn], self._turns[turn + 1]
        begin = bisect_right(self._ends, start, first + 1, last)
        stop = bisect_left(self._starts, end, begin, last)
        return (begin, stop) if begin < stop else (first, first + 1)

    def chances(self, turn: int, start: int, end: int) -> dict[str, float]:
        """Return how probable each label is for a stretch that names something; they add up to 1."""
        first, last = self.tokens_of(turn, start, end)
        probable = np.exp(self.scores[first:last])
        found = (probable[:, 1::2] + probable[:, 2::2]).mean(axis=0)
        total = float(found.sum()) or 1.0
        return {label: float(value) / total for label, value in zip(LABELS, found, strict=True)}

    def naming(self, turn: int, start: int, end: int) -> float:
        """Return the greatest chance of one of a stretch's tokens to be a part of what names somebody or something."""
        first, last = self.tokens_of(turn, start, end)
        left = np.exp(self.scores[first:last, [TAGS.index(tag) for tag in ("O", "B-PUBLIC", "I-PUBLIC")]]).sum(axis=1)
        return float(1.0 - left.min())

    @cached_property
    def turn_tokens(self) -> list[int]:
        """The token that opens each turn."""
        return [index for index, piece in enumerate(self.features.pieces) if piece.text == TURN]

    @cached_property
    def _turns(self) -> list[int]:
        return [*self.turn_tokens, len(self.features.pieces)]

    @cached_property
    def _starts(self) -> list[int]:
        return [piece.start for piece in self.features.pieces]

    @cached_property
    def _ends(self) -> list[int]:
        return [piece.end for piece in self.features.pieces]


def _transitions() -> Array:
    table = np.zeros((len(TAGS), len(TAGS)), np.float32)
    for column, tag in enumerate(TAGS):
        if tag.startswith("I-"):
            table[:, column] = -1e4
            table[TAGS.index(f"B-{tag[2:]}"), column] = 0.0
            table[column, column] = 0.0
    return table


_TRANSITIONS = _transitions()
_LABEL_OF = np.array([-1, *(index for index in range(len(LABELS)) for _ in "BI")])


def best_path(scores: Array) -> NDArray[np.int64]:
    """Return the likeliest tag of each token, ``(tokens,)``."""
    count = len(scores)
    back = np.zeros((count, len(TAGS)), np.int64)
    best = scores[0].copy()
    best[[index for index, tag in enumerate(TAGS) if tag.startswith("I-")]] = -1e4
    for index in range(1, count):
        total = best[:, None] + _TRANSITIONS
        back[index] = total.argmax(axis=0)
        best = total[back[index], np.arange(len(TAGS))] + scores[index]
    path = np.zeros(count, np.int64)
    path[-1] = best.argmax()
    for index in range(count - 1, 0, -1):
        path[index - 1] = back[index, path[index]]
    return path


def read(
    networks: Sequence[Network],
    vectors: Array,
    turns: Sequence[str],
    cased: Sequence[bool],
    row_of: Callable[[str], int],
    lexicon: Lexicon,
) -> Session:
    """Return the session as the networks read it, side by side; what each holds probable counts alike."""
    features = features_of(turns, cased, row_of, lexicon)
    if not features.pieces:
        nothing = np.zeros((0, 0), np.float32)
        return Session(features, tuple(nothing for _ in networks), nothing, ())
    with ThreadPoolExecutor(len(networks)) as pool:
        hidden = tuple(pool.map(lambda network: network.hidden(features, vectors), networks))
    held = [np.exp(network.scores(known)) for network, known in zip(networks, hidden, strict=True)]
    scores: Array = np.log(np.mean(held, axis=0) + np.float32(1e-12))
    return Session(features, hidden, scores, tuple(_stretches(features, scores)))


def _stretches(features: Features, scores: Array) -> list[Stretch]:
    path = best_path(scores)
    chances = np.exp(scores)
    by_label = chances[:, 1::2] + chances[:, 2::2]
    pieces = features.pieces
    found: list[Stretch] = []
    index = 0
    while index < len(path):
        if path[index] == _OUT:
            naming = 1.0 - chances[index, _OUT] - by_label[index, LABELS.index("PUBLIC")]
            if naming > DOUBT and pieces[index].text[0].isalnum():
                found.append(_stretch(features, by_label, chances, index, index + 1, None))
            index += 1
            continue
        label = _LABEL_OF[path[index]]
        last = index + 1
        while last < len(path) and path[last] % 2 == 0 and path[last] > 0 and pieces[last].text != TURN:
            last += 1
        if pieces[index].text != TURN:
            found.append(_stretch(features, by_label, chances, index, last, int(label)))
        index = last
    return found


def _stretch(
    features: Features, by_label: Array, chances: Array, first: int, last: int, label: int | None
) -> Stretch:  # fmt: skip
    mean = by_label[first:last].mean(axis=0)
    named = mean.copy()
    named[LABELS.index("PUBLIC")] = 0.0
    best = int(named.argmax()) if label is None else label
    pieces = features.pieces
    return Stretch(
        pieces[first].turn, pieces[first].start, pieces[last - 1].end, first, last, LABELS[best],
        float(1.0 - chances[first:last, _OUT].mean()), tuple(float(x) for x in mean), label is not None,
    )  # fmt: skip
