"""Hesitations: what is uttered while looking for words, kept or dropped as the setting ``speech.hesitations`` says.

Rules this module keeps:

* Sounds ("euh", "hum", "mmh") and the fillers "ben", "bah", "beh" are hesitations where they stand alone. "Ben" with a
  capital may be somebody and stays; "eu" is a word.
* Dropping one changes nothing else of what was said: its full stop or question mark goes to the word before, its
  capital to the word after, its commas go with it.
* Times and probabilities of the words that stay are those that were heard.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from vocabulary.text import IdentifiedText
from vocabulary.transcript import Word

_SOUND = r"(?:e+u+h+|h+e+u+h*|h+u+m+|h+m+|m+h+m*|m{2,}|hem|b+[ae]+h+)"
_HESITATION = re.compile(rf"{_SOUND}(?:-{_SOUND})*", re.IGNORECASE)
_FILLER = "ben"
_PARTS = re.compile(r"([«“\"(–—-]*)(.*?)([.,;:?!…»”\")–—-]*)", re.DOTALL)
_END = re.compile(r"\.{3}|[.?!…]+")
_ENDED = re.compile(r"[.?!…][»”\")]*$")


def is_hesitation(word: str) -> bool:
    """Whether a word, with its punctuation, is nothing but a hesitation."""
    core = _parts(word)[1]
    return core == _FILLER or _HESITATION.fullmatch(core) is not None


def without_hesitations(words: Sequence[Word]) -> list[Word]:
    """The words of one stretch of talk, hesitations left out."""
    kept: list[Word] = []
    capital = False
    for word in words:
        text = word.text.reveal()
        if is_hesitation(text):
            starts = not kept or _ENDED.search(kept[-1].text.reveal()) is not None
            capital = capital or (starts and _parts(text)[1][:1].isupper())
            if sign := _END.search(_parts(text)[2]):
                _end(kept, sign[0])
            continue
        if capital and any(letter.isalpha() for letter in text):
            word, capital = _written(word, _capitalised(text)), False
        elif _END.fullmatch(text):  # written apart: "Tu viens ?"
            _end(kept, "")
        kept.append(word)
    return kept


def _end(kept: list[Word], sign: str) -> None:
    """Give the end of a sentence to the word before it, where it has none; a comma that waited for more goes."""
    if kept and not _ENDED.search(kept[-1].text.reveal()):
        bare = kept[-1].text.reveal().rstrip(",;")
        if bare:
            kept[-1] = _written(kept[-1], bare + sign)


def _capitalised(text: str) -> str:
    at = next(place for place, letter in enumerate(text) if letter.isalpha())
    return text[:at] + text[at].upper() + text[at + 1 :]


def _written(word: Word, text: str) -> Word:
    return replace(word, text=IdentifiedText(text))


def _parts(word: str) -> tuple[str, str, str]:
    found = _PARTS.fullmatch(word)
    return (found[1], found[2], found[3]) if found else ("", word, "")
