"""What the trained tagger sees of a session: one row of numbers for each token.

Rules of the module:
- A token is a word (with its hyphens), an elided word with its apostrophe, or one sign; every turn is opened by a
  token of its own, so that the network sees who speaks when. What the egress guard has blanked
  (NUL) is one token, read as a name like any other: around a hole, the network would take the next word for it.
- Nothing here is learnt: the features are the lists of anonymize/data, the shape of the word, hashes of its letters
  (BLAKE2, so the same on every machine), and how the word behaves in the whole session.
- The same function serves training and use. FORMAT is raised when a column or a part of the network
  changes; weights name the format they were trained on.
"""

import hashlib
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from anonymize.french.folding import fold
from anonymize.french.lexicon import DETERMINERS, FUNCTION_WORDS, TITLES, Lexicon

FORMAT = 4
_TOKEN = re.compile(r"\x00(?:[\x00 ]*\x00)?|[^\W_]+['’](?=[^\W_])|[^\W_]+(?:-[^\W_]+)*|[^\s]")
HASH_SIZES = (4096, 2048, 2048, 1024, 512)
"""Rows of the hashed tables: whole word, beginning, end of three, end of two, shape."""
TURN = "\n"
"""The token that opens a turn."""
BLANKED = "Camille"
"""How a blanked stretch is read."""
_END = frozenset('.!?…:«"“()[]–—*')


@dataclass(frozen=True, slots=True, repr=False)
class Piece:
    """A token: its turn, half-open offsets in it, and its spelling, which no repr shows."""

    turn: int
    start: int
    end: int
    text: str


@dataclass(frozen=True, repr=False)
class Features:
    """Of ``n`` tokens: vector rows ``(n, 2)``, -1 where there is none; hashes ``(n, 5)``; dense values
    ``(n, DENSE)``; ``forms`` ``(n,)``: one number for each folded spelling of the session."""

    pieces: tuple[Piece, ...]
    rows: NDArray[np.int32]
    hashes: NDArray[np.int32]
    dense: NDArray[np.float32]
    forms: NDArray[np.int32]


DENSE_NAMES = (
    "turn", "word", "elided", "digits", "sign", "comma", "stop", "quote opens", "quote closes", "capital", "capitals",
    "capital inside", "opens sentence", "hyphen", "length", "one letter", "cased turn", "ordinary", "ordinary level",
    "spoken", "function", "determiner", "title", "first name", "first name level", "surname", "surname level",
    "place", "place of words", "first name more than word", "after determiner", "after elision", "before sign",
    "session count", "session turns", "session capital", "session determiner", "session first in turn",
)  # fmt: skip
DENSE = len(DENSE_NAMES)


def pieces_of(turns: Sequence[str]) -> list[Piece]:
    """Return the tokens of ``turns``, each turn opened by TURN (an empty span)."""
    found: list[Piece] = []
    for number, text in enumerate(turns):
        found.append(Piece(number, 0, 0, TURN))
        for match in _TOKEN.finditer(text):
            shown = BLANKED if match[0][0] == "\x00" else match[0]
            found.append(Piece(number, match.start(), match.end(), shown))
    return found


@lru_cache(maxsize=200_000)
def _hash(kind: int, text: str) -> int:
    digest = hashlib.blake2b(f"{kind}:{text}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "little") % HASH_SIZES[kind]


def _shape(text: str) -> str:
    marks = ("X" if char.isupper() else "x" if char.isalpha() else "d" if char.isdigit() else char for char in text)
    return re.sub(r"(.)\1{2,}", r"\1\1", "".join(marks))


@lru_cache(maxsize=200_000)
def _hashes(text: str) -> tuple[int, ...]:
    folded = fold(text)
    return (
        _hash(0, folded),
        _hash(1, folded[:3]),
        _hash(2, folded[-3:]),
        _hash(3, folded[-2:]),
        _hash(4, _shape(text)),
    )


def features_of(
    turns: Sequence[str], cased: Sequence[bool], row_of: Callable[[str], int], lexicon: Lexicon
) -> Features:
    """Return the features of a session.

    ``cased`` says of each turn whether it is written with capitals; ``row_of`` gives the row of a word's
    vector, or -1.
    """
    pieces = pieces_of(turns)
    count = len(pieces)
    folded = [fold(piece.text) for piece in pieces]
    numbers: dict[str, int] = {}
    forms = np.array([numbers.setdefault(word, len(numbers)) for word in folded], np.int32)
    rows = np.full((count, 2), -1, np.int32)
    hashes = np.zeros((count, len(HASH_SIZES)), np.int32)
    dense = np.zeros((count, DENSE), np.float32)
    cache: dict[str, tuple[int, int]] = {}
    for index, piece in enumerate(pieces):
        hashes[index] = _hashes(piece.text)
        if piece.text == TURN:
            dense[index, 0] = 1.0
            continue
        found = cache.get(piece.text)
        if found is None:
            bare = piece.text.rstrip("'’")
            low = row_of(piece.text.lower())
            found = (low if low >= 0 else row_of(bare.lower()), row_of(bare[:1].upper() + bare[1:].lower()))
            cache[piece.text] = found
        rows[index] = found
        _fill(dense[index], piece, folded, index, cased[piece.turn], pieces, lexicon)
    _places(dense, folded, lexicon)
    _session(dense, forms, pieces)
    return Features(tuple(pieces), rows, hashes, dense, forms)


def _fill(
    row: NDArray[np.float32], piece: Piece, folded: Sequence[str], index: int, cased: bool,
    pieces: Sequence[Piece], lexicon: Lexicon,
) -> None:  # fmt: skip
    text, word = piece.text, folded[index]
    lone = word.rstrip("'")
    before = folded[index - 1] if index else ""
    following = pieces[index + 1].text if index + 1 < len(pieces) else TURN
    is_word = text[0].isalnum()
    opens = before in ("", TURN) or before[-1:] in _END
    row[1] = is_word
    row[2] = is_word and text[-1] in "'’"
    row[3] = is_word and any(char.isdigit() for char in text)
    row[4] = not is_word
    row[5] = text == ","
    row[6] = text in ".!?…"
    row[7] = text in "«“"
    row[8] = text in "»”"
    row[16] = cased
    row[32] = not following[0].isalnum()
    if not is_word:
        return
    row[9] = text[0].isupper()
    row[10] = len(text) > 1 and text.isupper()
    row[11] = text[0].isupper() and not opens
    row[12] = opens
    row[13] = "-" in text
    row[14] = min(len(text), 12) / 12
    row[15] = len(lone) == 1
    ordinary = lexicon.ordinary(lone)
    level = lexicon.words.get(lone)
    row[17] = ordinary
    row[18] = 0.0 if level is None else 1.0 - level / 10
    row[19] = lone in lexicon.spoken
    row[20] = lone in FUNCTION_WORDS
    row[21] = lone in DETERMINERS
    row[22] = lone in TITLES
    first = lexicon.first_name(lone)
    row[23] = first is not None
    row[24] = 0.0 if first is None else 1.0 - first / 10
    last = lexicon.surnames.get(lone)
    row[25] = last is not None
    row[26] = 0.0 if last is None else 1.0 - last / 10
    row[27] = lone.replace("-", " ") in lexicon.places
    row[29] = first is not None and not ordinary
    row[30] = before.rstrip("'") in DETERMINERS
    row[31] = before[-1:] == "'" and len(before) > 1


def _places(dense: NDArray[np.float32], folded: Sequence[str], lexicon: Lexicon) -> None:
    """Mark the tokens of communes and countries of several words."""
    words = [word.replace("-", " ").replace("'", "") for word in folded]
    for index, word in enumerate(words):
        longest = lexicon.place_lengths.get(word.split(" ")[0], 0) if word else 0
        for size in range(longest, 1, -1):
            if " ".join(words[index : index + size]) in lexicon.places:
                dense[index : index + size, 28] = 1.0
                break


def _session(dense: NDArray[np.float32], forms: NDArray[np.int32], pieces: Sequence[Piece]) -> None:
    """Say of each word how it behaves in the session: how often, capitalised, after a determiner."""
    size = int(forms.max()) + 1 if len(forms) else 0
    count = np.bincount(forms, minlength=size)
    inside = np.bincount(forms, weights=(dense[:, 16] > 0) & (dense[:, 12] == 0), minlength=size)
    capital = np.bincount(forms, weights=dense[:, 11] * (dense[:, 16] > 0), minlength=size)
    determined = np.bincount(forms, weights=dense[:, 30], minlength=size)
    opening = np.bincount(forms, weights=dense[:, 12], minlength=size)
    turns: list[set[int]] = [set() for _ in range(size)]
    for form, piece in zip(forms, pieces, strict=True):
        turns[form].add(piece.turn)
    spread = np.array([len(found) for found in turns])
    is_word = dense[:, 1] > 0
    scale = math.log(20)
    dense[:, 33] = np.where(is_word, np.minimum(np.log1p(count[forms]) / scale, 1.5), 0)
    dense[:, 34] = np.where(is_word, np.minimum(np.log1p(spread[forms]) / scale, 1.5), 0)
    dense[:, 35] = np.where(is_word, capital[forms] / np.maximum(inside[forms], 1), 0)
    dense[:, 36] = np.where(is_word, determined[forms] / count[forms], 0)
    dense[:, 37] = np.where(is_word, opening[forms] / count[forms], 0)
