"""What is known of each word of a turn before it is compared with anything.

Rules of the module:
- A word is a token of anonymize/french/folding.py: elided words stand alone ("n'habile" is two).
- The recogniser's words and the tokens of a turn are matched in order; a token without one has no probability.
- A word is *unknown* when it is neither an ordinary word nor a name that France knows, *unsure* when the recogniser
  gives it less than ``UNSURE``, *marked* when it has a capital that its place does not ask for.
- A word is *right* when it belongs to a form that is known, letter for letter: no correction touches it.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from anonymize.forms import Forms
from anonymize.french.folding import tokens
from anonymize.french.lexicon import FUNCTION_WORDS, Lexicon
from anonymize.hearing.phonemes import foreign, french, spelled
from vocabulary.transcript import Turn, Word

UNSURE = 0.55
_ADDRESS = re.compile(r"[@_/\\]")
"""What stands against a word of an address or a handle: it is written, not heard."""


@dataclass(frozen=True, repr=False, slots=True)
class Heard:
    """One word of a turn: half-open offsets, how it sounds, and what speaks for and against its being what was said.

    ``right`` are the numbers of those whom a form that was heard right names; ``joined``: a window may run from the
    word before it to this one.
    """

    start: int
    end: int
    folded: str
    french: str
    foreign: str
    spelled: str | None
    probability: float | None
    ordinary: bool
    function: bool
    named: bool
    town: bool
    marked: bool
    right: frozenset[int]
    joined: bool
    elided: bool
    after_comma: bool

    @property
    def is_right(self) -> bool:
        return bool(self.right)

    @property
    def unknown(self) -> bool:
        return not (self.ordinary or self.named)

    @property
    def unsure(self) -> bool:
        return self.probability is not None and self.probability < UNSURE

    @property
    def suspect(self) -> bool:
        return not self.is_right and (not self.ordinary or self.unsure or self.marked)


_JOINED = re.compile(r"[ \u00a0\u202f]?[-–'’]?[ \u00a0\u202f]?|, ?")
_OPENS = re.compile(r"(?:^|[.?!…:;\n«»\"“”()]|\.\.\.)\s*[-–—]?\s*$")


def read_turn(turn: Turn, right: Forms, words: Lexicon) -> list[Heard]:
    """Return the words of a turn; ``right`` are the known forms, under the number of whom they name."""
    text = turn.text.reveal()
    runs = tokens(text)
    chances = _probabilities(text, turn.words)
    known = [found for found in right.find(text) if found.how != "sound"]
    read: list[Heard] = []
    at, end = 0, 0
    for token in runs:
        while at < len(known) and known[at].end <= token.start:
            at += 1
        met = at < len(known) and known[at].start < token.end
        surface = text[token.start : token.end]
        gap = text[end : token.start]
        around = text[max(0, token.start - 1) : token.start] + text[token.end : token.end + 1]
        letters = surface.isalpha() and not _ADDRESS.search(around)
        ordinary = words.ordinary(token.folded)
        read.append(
            Heard(
                start=token.start,
                end=token.end,
                folded=token.folded,
                french=french(surface) if letters else "",
                foreign=french(surface) if ordinary else foreign(surface),
                spelled=spelled(surface),
                probability=chances.get(token.start),
                ordinary=ordinary,
                function=token.folded in FUNCTION_WORDS,
                named=not ordinary and _is_name(token.folded, words),
                town=token.folded in words.places and token.folded not in words.first_names,
                marked=token.capital and not _opens(text, token.start),
                right=frozenset({int(known[at].referent)}) if met else frozenset(),
                joined=bool(read) and _JOINED.fullmatch(gap) is not None,
                elided=text[token.end : token.end + 1] in ("'", "’"),
                after_comma="," in gap,
            )
        )
        end = token.end
    return read


def _opens(text: str, start: int) -> bool:
    """Whether a word begins a sentence or a quotation, so that its capital says nothing."""
    return start == 0 or _OPENS.search(text, max(0, start - 6), start) is not None


def _is_name(folded: str, words: Lexicon) -> bool:
    return folded in words.first_names or folded in words.surnames or folded in words.places


def _probabilities(text: str, words: Iterable[Word]) -> dict[int, float]:
    """Return the probability of each token of ``text``, by its start."""
    found: dict[int, float] = {}
    at = 0
    for word in words:
        spoken = word.text.reveal()
        start = text.find(spoken, at)
        if start < 0:
            continue
        at = start + len(spoken)
        for token in tokens(spoken):
            found[start + token.start] = word.probability
    return found


def probability(words: Sequence[Heard]) -> float | None:
    """Return the least probability of some words, function words apart where there are others; None if none has one."""
    telling = [word for word in words if not word.function] or words
    given = [word.probability for word in telling if word.probability is not None]
    return min(given) if given else None
