"""Whether a transcript has what detection lives on: capitals and ends of sentences.

Rules this module keeps:

* A model that writes neither is told by the whole transcript, not by a turn: short turns show nothing.
* Nothing is restored. Capitals at the beginnings of turns, and on the names that are known, make a text pass for one
  with capitals, and then more of the other names is missed than in a text without any (benchmarks/casing.py). Detection
  has ways of its own for talk without capitals; the facilitator is told to read more carefully.
"""

from collections.abc import Iterable

_TELLING = 60  # words
_ENDS = 0.01  # of the words
_CAPITALS = 0.015
_MARKS = ".?!…"
_CLOSING = '»”")'


def is_bare(words: Iterable[str]) -> bool:
    """Whether a transcript, given word by word, has hardly any ends of sentences or hardly any capitals.

    French talk has an end of a sentence every ten words and more capitals than that. Fewer than sixty words tell
    nothing.
    """
    count = ends = capitals = 0
    for word in words:
        if not any(map(str.isalnum, word)):  # a sign written apart: "Tu viens ?"
            ends += word.rstrip(_CLOSING)[-1:] in _MARKS if word.rstrip(_CLOSING) else 0
            continue
        count += 1
        ends += word.rstrip(_CLOSING)[-1] in _MARKS
        capitals += next(filter(str.isalpha, word), "").isupper()
    return count >= _TELLING and (ends < _ENDS * count or capitals < _CAPITALS * count)
