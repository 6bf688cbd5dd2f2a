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


def without_hesitations(spoken: Sequence[Sequence[Word]]) -> list[tuple[Word, ...]]:
    """Utterances in order, hesitations left out; one that is nothing else is left out with them."""
    words = [word for utterance in spoken for word in utterance]
    kept = _kept(words)
    result, end = [], 0
    for utterance in spoken:
        first, end = end, end + len(utterance)
        result.append(tuple(kept[place] for place in range(first, end) if place in kept))
    return [utterance for utterance in result if utterance]


def _kept(words: Sequence[Word]) -> dict[int, Word]:
    """The words that stay, by their places."""
    kept: dict[int, Word] = {}
    capital = False
    for place, word in enumerate(words):
        text = word.text.reveal()
        last = next(reversed(kept), None)
        if is_hesitation(text):
            starts = last is None or _ENDED.search(kept[last].text.reveal()) is not None
            capital = capital or (starts and _parts(text)[1][:1].isupper())
            if last is not None and (sign := _END.search(_parts(text)[2])):
                kept[last] = _ended(kept[last], sign[0])
            continue
        if capital and any(letter.isalpha() for letter in text):
            word, capital = _written(word, _capitalised(text)), False
        elif last is not None and _END.fullmatch(text):  # written apart: "Tu viens ?"
            kept[last] = _ended(kept[last], "")
        kept[place] = word
    return kept


def _ended(word: Word, sign: str) -> Word:
    """A word with the end of its sentence, where it has none; a comma that waited for more goes."""
    text = word.text.reveal()
    bare = text.rstrip(",;")
    return word if _ENDED.search(text) or not bare else _written(word, bare + sign)


def _capitalised(text: str) -> str:
    at = next(place for place, letter in enumerate(text) if letter.isalpha())
    return text[:at] + text[at].upper() + text[at + 1 :]


def _written(word: Word, text: str) -> Word:
    return replace(word, text=IdentifiedText(text))


def _parts(word: str) -> tuple[str, str, str]:
    found = _PARTS.fullmatch(word)
    return (found[1], found[2], found[3]) if found else ("", word, "")
