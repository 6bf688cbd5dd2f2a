"""What every layer sees of one turn: its words, and whether it is written with capitals.

Rules of the module:
- A word keeps its hyphens (Marcel-Aymard) and not its elisions (d'Amine is two words), except where
  the apostrophe belongs to a name (N'Diaye).
- A turn is *cased* when its session is written with capitals and the turn itself shows some, or is too
  short to tell. Layers that lean on capitals work on cased turns; others say how they do without.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from anonymize.french.folding import fold
from anonymize.french.lexicon import Lexicon

_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_ELIDED = re.compile(r"(?<![^\W_])(?:[NMOD]['’])(?=[A-ZÀ-Þ][^\W\d_]{2})|(?<![^\W_])(?:[nmo]['’])(?=[^\W\d_]{4})")
_CASED_SHARE = 0.015
_TELLING_LENGTH = 12


@dataclass(frozen=True, slots=True)
class Word:
    """A word with half-open offsets. ``initial``: it begins a sentence or a quotation, so its capital
    says nothing. ``ordinary``: it is an ordinary French word."""

    start: int
    end: int
    text: str
    folded: str
    capital: bool
    initial: bool
    ordinary: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """One turn as the layers see it."""

    text: str
    words: tuple[Word, ...]
    cased: bool

    def before(self, index: int, count: int = 1) -> str:
        """The folded word ``count`` places before, or an empty string."""
        return self.words[index - count].folded if index >= count else ""

    def joined(self, index: int) -> bool:
        """Whether only a space parts a word from the one before it."""
        return index > 0 and self.text[self.words[index - 1].end : self.words[index].start] == " "


def _initial(text: str, start: int) -> bool:
    head = text[:start].rstrip(" \u00a0\u202f")
    return not head or head[-1] in '.!?:…«"“”\n()[]-–—*' or head.endswith("...")


def read(text: str, lexicon: Lexicon, cased: bool) -> Reading:
    """Return the reading of ``text``."""
    words: list[Word] = []
    position = 0
    while True:
        match = _WORD.search(text, position)
        if match is None:
            break
        start, end = match.span()
        elided = _ELIDED.match(text, start)
        if elided is not None and end == elided.end() - 1:
            after = _WORD.match(text, elided.end())
            if after is not None and not lexicon.ordinary(fold(after[0])):
                end = after.end()
        word = text[start:end]
        folded = fold(word)
        words.append(Word(start, end, word, folded, word[0].isupper(), _initial(text, start), lexicon.ordinary(folded)))
        position = end
    return Reading(text, tuple(words), cased)


def read_session(turns: Sequence[str], lexicon: Lexicon) -> list[Reading]:
    """Return the readings of a session's turns; the session decides what a short turn cannot show."""
    bare = [read(turn, lexicon, True) for turn in turns]
    total = sum(len(reading.words) for reading in bare)
    capitals = sum(word.capital for reading in bare for word in reading.words)
    cased = total > 0 and capitals >= _CASED_SHARE * total
    return [
        reading
        if cased and (len(reading.words) < _TELLING_LENGTH or any(word.capital for word in reading.words))
        else Reading(reading.text, reading.words, False)
        for reading in bare
    ]


def truecase(reading: Reading) -> str:
    """Return a lower-case turn with a capital on words that are no ordinary words; the length is kept.

    The statistical model was trained on written French and hardly finds a name without its capital.
    """
    chars = list(reading.text)
    for word in reading.words:
        if not word.ordinary or word.start == 0:
            for offset in range(word.start, word.end):
                if (offset == word.start or chars[offset - 1] in "-'’") and len(chars[offset].upper()) == 1:
                    chars[offset] = chars[offset].upper()
    return "".join(chars)
