"""The elements of a session that the resolver weighs together: its turns and the names in them, and how two of them
stand to each other.

Rules of the module:
- An element is a turn (the token that opens it) or a mention of somebody or something named. Elements stand in the
  order of the talk, a turn before its mentions.
- A relation is a row of numbers for two elements, in that order: who speaks, how far, how the spellings compare, and
  what the rules of linking say of them. Spellings are compared once for each two forms that meet in a window.
- Nothing here is learnt; training and use share it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anonymize.french.folding import fold, sound
from anonymize.linking.resemblance import initials, opposed, shortened, sounds_alike

RELATIONS = (
    "itself", "both turns", "both names", "turn of a name", "name in a turn", "same turn", "next turn", "turn before",
    "same speaker", "distance", "later", "turns apart", "names side by side", "names between", "same form",
    "shares a word", "sounds alike", "shortened", "initials", "opposed", "one by rule", "tied", "same kind",
    "both people",
)  # fmt: skip


KINDS = ("YOUTH", "PERSON", "PLACE", "INSTITUTION")
"""The labels of what is named."""


@dataclass(frozen=True, slots=True, repr=False)
class Naming:
    """A mention among the tokens of a session: its first token, the one after the last, its turn, the folded words of
    the name, its label, and the number of the referent that the rules give it to (-1: none)."""

    first: int
    last: int
    turn: int
    words: tuple[str, ...]
    label: str
    group: int = -1


@dataclass(frozen=True)
class Elements:
    """Of ``n`` elements: the tokens ``(n, 2)``; the place in the list of mentions, or -1 for a turn; the turn; the
    number of its speaker; of a mention the numbers of its form, of the referent the rules give it to and of its label
    (-1 for a turn), all ``(n,)``. ``spellings`` compares the forms that stand near each other ``(forms, forms, 6)``;
    ``tied`` are pairs of elements that a phrase ties together ``(pairs, 2)``; ``reach``: how far apart
    spellings are compared."""

    tokens: NDArray[np.int32]
    mentions: NDArray[np.int32]
    turns: NDArray[np.int32]
    speakers: NDArray[np.int32]
    forms: NDArray[np.int32]
    groups: NDArray[np.int32]
    labels: NDArray[np.int32]
    spellings: NDArray[np.bool_]
    tied: NDArray[np.int32]
    reach: int

    def __len__(self) -> int:
        return len(self.mentions)


def elements_of(
    namings: Sequence[Naming], opened: Sequence[int], speakers: Sequence[str], tied: Sequence[tuple[int, int]] = (),
    reach: int | None = None,
) -> Elements:  # fmt: skip
    """Return the elements of a session; ``namings`` in order, ``opened`` the tokens that open the turns, ``speakers``
    the turns' speakers, ``tied`` pairs of places in ``namings`` that a phrase ties together. Spellings are compared
    of mentions less than ``reach`` elements apart, of all without it."""
    order = sorted(
        [(token, token + 1, -1, turn) for turn, token in enumerate(opened)]
        + [(one.first, one.last, place, one.turn) for place, one in enumerate(namings)]
    )
    mentions = [place for _, _, place, _ in order]
    numbers = {speaker: number for number, speaker in enumerate(dict.fromkeys(speakers))}
    forms = {words: number for number, words in enumerate(dict.fromkeys(one.words for one in namings))}
    at = {place: index for index, place in enumerate(mentions) if place >= 0}

    def of_mentions(value: Callable[[Naming], int]) -> NDArray[np.int32]:
        return np.array([value(namings[place]) if place >= 0 else -1 for place in mentions], np.int32)

    reach = reach or len(mentions)
    form_of = of_mentions(lambda one: forms[one.words])
    return Elements(
        tokens=np.array([[first, last] for first, last, _, _ in order], np.int32).reshape(-1, 2),
        mentions=np.array(mentions, np.int32),
        turns=np.array([turn for _, _, _, turn in order], np.int32),
        speakers=np.array([numbers[speakers[turn]] for _, _, _, turn in order], np.int32),
        forms=form_of,
        groups=of_mentions(lambda one: one.group),
        labels=of_mentions(lambda one: KINDS.index(one.label)),
        spellings=_spellings(list(forms), _meeting(form_of, len(forms), reach)),
        tied=np.array([[at[one], at[other]] for one, other in tied], np.int32).reshape(-1, 2),
        reach=reach,
    )


def relations(elements: Elements, low: int = 0, high: int | None = None) -> NDArray[np.float32]:
    """Return how each two elements of ``low:high`` stand to each other, ``(m, m, len(RELATIONS))``."""
    part = slice(low, len(elements) if high is None else high)
    first, turns, who = elements.tokens[part, 0], elements.turns[part], elements.speakers[part]
    form, group, label = elements.forms[part], elements.groups[part], elements.labels[part]
    named = form >= 0
    both = named[:, None] & named[None, :]
    apart = turns[None, :] - turns[:, None]
    rank = np.cumsum(named)
    between = np.abs(rank[None, :] - rank[:, None])
    tied = np.zeros(both.shape, bool)
    pairs = elements.tied - part.start
    pairs = pairs[((pairs >= 0) & (pairs < len(form))).all(axis=1)]
    tied[pairs[:, 0], pairs[:, 1]] = tied[pairs[:, 1], pairs[:, 0]] = True
    compared = np.zeros((*both.shape, _SPELLINGS), bool)
    if len(elements.spellings):
        compared = elements.spellings[np.maximum(form, 0)[:, None], np.maximum(form, 0)[None, :]] & both[:, :, None]
    columns = (
        np.eye(len(form), dtype=bool),
        ~named[:, None] & ~named[None, :],
        both,
        ~named[:, None] & named[None, :] & (apart == 0),
        named[:, None] & ~named[None, :] & (apart == 0),
        apart == 0,
        apart == 1,
        apart == -1,
        who[:, None] == who[None, :],
        np.log1p(np.abs(first[None, :] - first[:, None])) / 6,
        first[None, :] > first[:, None],
        np.minimum(np.abs(apart), 20) / 20,
        both & (between == 1),
        np.log1p(between) / 4 * both,
        *np.moveaxis(compared, 2, 0),
        both & (group[:, None] == group[None, :]) & (group[:, None] >= 0),
        tied,
        both & (np.maximum(label, 1)[:, None] == np.maximum(label, 1)[None, :]),
        both & (label[:, None] < 2) & (label[None, :] < 2),
    )
    return np.stack([np.asarray(column, np.float32) for column in columns], axis=2)


@dataclass(frozen=True)
class Candidates:
    """What may be one with what among ``m`` elements: the mentions, and everybody who speaks.

    ``share``: of each candidate how much of each element it is (a mention is one, a speaker the mean of their turns),
    ``(n, m)``; ``mentions``: the place in the list of mentions, or -1; ``speakers``: the number of the speaker, or -1,
    ``(n,)``; ``relations`` ``(n, n, len(RELATIONS))``: of a speaker those of any of their turns.
    """

    share: NDArray[np.float32]
    mentions: NDArray[np.int32]
    speakers: NDArray[np.int32]
    relations: NDArray[np.float32]


def candidates_of(
    elements: Elements, related: NDArray[np.float32], low: int = 0, high: int | None = None
) -> Candidates:
    """Return the candidates of ``low:high``; ``related`` are its relations."""
    part = slice(low, len(elements) if high is None else high)
    held, who = elements.mentions[part], elements.speakers[part]
    named, opened = np.flatnonzero(held >= 0), np.flatnonzero(held < 0)
    speaking = np.unique(who[opened])
    share = np.zeros((len(named) + len(speaking), len(held)), np.float32)
    share[np.arange(len(named)), named] = 1.0
    found = np.zeros((len(share), len(share), len(RELATIONS)), np.float32)
    found[: len(named), : len(named)] = related[np.ix_(named, named)]
    for row, speaker in enumerate(speaking, len(named)):
        turns = opened[who[opened] == speaker]
        share[row, turns] = 1.0 / len(turns)
        found[: len(named), row] = related[np.ix_(named, turns)].max(axis=1)
        found[row, : len(named)] = found[: len(named), row]
    return Candidates(
        share,
        np.concatenate([held[named], np.full(len(speaking), -1, np.int32)]),
        np.concatenate([np.full(len(named), -1, np.int32), speaking.astype(np.int32)]),
        found,
    )


_SPELLINGS = 6


def _meeting(form_of: NDArray[np.int32], count: int, reach: int) -> NDArray[np.bool_]:
    """Return which two forms stand less than ``reach`` elements apart somewhere, ``(count, count)``."""
    found = np.zeros((count, count), bool)
    for place in np.flatnonzero(form_of >= 0):
        others = form_of[place : place + reach]
        found[form_of[place], others[others >= 0]] = True
    meeting: NDArray[np.bool_] = found | found.T
    return meeting


def _spellings(forms: Sequence[tuple[str, ...]], meeting: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return how each two forms compare that are ``meeting``, ``(forms, forms, 6)``: the same, a word shared, alike by
    sound, one cut short, initials, opposed as full names."""
    found = np.zeros((len(forms), len(forms), _SPELLINGS), bool)
    found[:, :, 0] = np.eye(len(forms))
    for i, j in np.argwhere(np.triu(meeting, 1)):
        one, other = forms[i], forms[j]
        row = (
            False,
            bool(set(one) & set(other)),
            sounds_alike(list(one), list(other)),
            any(shortened(a, b) or shortened(sound(a), sound(b)) for a in one for b in other),
            any(initials("".join(a), b) for a, b in ((one, other), (other, one))),
            len(one) > 1 and len(other) > 1 and opposed(list(one), list(other)),
        )
        found[i, j] = found[j, i] = row
    return found


def words_of(surface: str) -> tuple[str, ...]:
    """Return the folded words of a name, hyphens kept."""
    return tuple(fold(word).strip(".,'-") for word in surface.split() if any(char.isalnum() for char in word))
