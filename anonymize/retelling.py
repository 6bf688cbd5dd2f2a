"""Where the talk speaks of somebody, beyond their name: the sentences that name them, and those around.

Rules of the module:
1. A sentence ends with a full stop, a question or exclamation mark, or an ellipsis, and with its turn. Talk that was
   written down without any is one sentence a turn.
2. A sentence that names somebody speaks of them. So does one before or after it in the same turn, as long as it has a
   word that stands for a person ("il", "elle", "lui", "son", "ce gamin"), and names nobody else.
3. The next speakers go on about the same person under the same condition, for two turns at most.
4. "Il faut", "il y a" and their like stand for nobody.
It finds too much rather than too little; what it finds is shown to a person before anything is done with it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from vocabulary.span import Stretch

_SENTENCE = re.compile(r"\S(?:[^.?!…\n]|[.](?=\w))*[.?!…]*(?:\s?[»”\")\]])*")
_STANDS_FOR_SOMEBODY = re.compile(
    r"\b(?:il|elle|lui|son|sa|ses|celui-ci|celle-ci)\b"
    r"|\b(?:ce|cet|cette|le|la|notre|mon|ma)\s+(?:jeune|gamin|gamine|gosse|petit|petite|môme|minot|minote|garçon|fille|"
    r"fils|ado|adolescente?|mineure?|personne|collègue)\b",
    re.IGNORECASE,
)
_NOBODY = re.compile(
    r"\bil\s+(?:n['’]\s*)?(?:ne\s+)?(?:y\s+(?:en\s+)?a\w*|faut|fallait|faudra\w*|faille|suffit|s['’]agit|vaut|"
    r"pleut|est\s+(?:vrai|possible|important|temps|tard|clair|évident)|manque|reste)\b",
    re.IGNORECASE,
)
_TURNS_ON = 2


def sentences(text: str) -> list[tuple[int, int]]:
    """Return the half-open offsets of the sentences of ``text``, in order, without the spaces between them."""
    return [
        (found.start(), found.start() + len(found[0].rstrip()))
        for found in _SENTENCE.finditer(text)
        if any(letter.isalnum() for letter in found[0])
    ]


@dataclass(frozen=True, order=True)
class _Sentence:
    """A sentence, and what it does: name the person, name another, stand for somebody."""

    where: Stretch
    named: bool
    other: bool
    stands: bool

    @property
    def goes_on(self) -> bool:
        return self.stands and not self.other and not self.named


@dataclass(frozen=True)
class Told:
    """The sentences that name somebody, and those around where they are only "lui"; each in order."""

    named: tuple[Stretch, ...]
    around: tuple[Stretch, ...]


def told_of(texts: Sequence[str], mentions: Sequence[Stretch], others: Sequence[Stretch]) -> Told:
    """Return where ``texts``, one a turn, tell of whom ``mentions`` name; ``others`` are mentions of other people."""
    talk = [_read(number, text, mentions, others) for number, text in enumerate(texts)]
    named = tuple(one.where for turn in talk for one in turn if one.named)
    around: set[Stretch] = set()
    for number, turn in enumerate(talk):
        for place, one in enumerate(turn):
            if one.named:
                around |= {near.where for near in _run(turn[place + 1 :])}
                around |= {near.where for near in _run(turn[:place][::-1])}
        if turn and _ends_on(turn, around):
            around |= _taken_up(talk[number + 1 : number + 1 + _TURNS_ON])
    return Told(named, tuple(sorted(around)))


def _read(number: int, text: str, mentions: Sequence[Stretch], others: Sequence[Stretch]) -> list[_Sentence]:
    own = [one for one in mentions if one.turn == number]
    else_named = [one for one in others if one.turn == number]
    return [
        _Sentence(
            Stretch(number, start, end),
            any(one.meets(start, end) for one in own),
            any(one.meets(start, end) for one in else_named),
            _STANDS_FOR_SOMEBODY.search(_NOBODY.sub(" ", text[start:end])) is not None,
        )
        for start, end in sentences(text)
    ]


def _run(turn: Sequence[_Sentence]) -> list[_Sentence]:
    """Return the sentences that go on about somebody, up to the first that does not."""
    found: list[_Sentence] = []
    for one in turn:
        if not one.goes_on:
            break
        found.append(one)
    return found


def _ends_on(turn: Sequence[_Sentence], around: set[Stretch]) -> bool:
    """Whether the last sentence of a turn names the person, or goes on from one that does."""
    return turn[-1].named or turn[-1].where in around


def _taken_up(turns: Sequence[Sequence[_Sentence]]) -> set[Stretch]:
    """Return what the next speakers say of the same person, until somebody does not."""
    found: set[Stretch] = set()
    for turn in turns:
        run = _run(turn)
        found |= {one.where for one in run}
        if len(run) < len(turn):
            break
    return found
