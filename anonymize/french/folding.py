"""Folding: the spellings of one word that are held to be the same.

Rules of the module:
- ``fold`` removes case, accents and ligatures, and nothing else; it never looks at the language.
- A *token* is a run of letters and digits with the marks that combine with them. Hyphens, apostrophes,
  spaces and every other sign separate tokens, so a match never needs offsets inside a token.
- ``sound`` gives two French spellings of a name that are pronounced alike the same key. It is lax on
  purpose: it serves to find what should be masked, never to tell two people apart.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l", "đ": "d", "ı": "i", "’": "'"})
_TOKEN = re.compile(r"(?:[^\W_][\u0300-\u036f]*)+")


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Return ``text`` in lower case, without accents, ligatures taken apart. Its length may change."""
    if text.isascii():
        return text.lower()
    spread = unicodedata.normalize("NFKD", text.lower().translate(_LIGATURES))
    return "".join(char for char in spread if not unicodedata.combining(char)).lower()


@dataclass(frozen=True, slots=True)
class Token:
    """A run of letters and digits: half-open offsets in the text, and its folded spelling."""

    start: int
    end: int
    folded: str
    capital: bool

    @property
    def letter(self) -> bool:
        """Whether it is one letter standing alone, as in a spelled name."""
        return len(self.folded) == 1 and self.folded.isalpha()


def tokens(text: str) -> list[Token]:
    """Return the tokens of ``text`` in order."""
    return [
        Token(m.start(), m.end(), fold(m[0]), m[0][0].isupper() or m[0][0].istitle()) for m in _TOKEN.finditer(text)
    ]


def squash(text: str) -> str:
    """Return the folded letters and digits of ``text`` joined: what spacing and hyphens do not change."""
    return "".join(token.folded for token in tokens(text))


_SOUNDS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), value)
    for pattern, value in (
        (r"[^a-z]", ""),
        (r"ph", "f"),
        (r"(?:t+|d)?sch|t*ch|sh", "S"),
        (r"dj|dg(?=[eiy])|g(?=[eiy])|j", "Z"),
        (r"gu(?=[eiy])", "g"),
        (r"sc(?=[eiy])|c(?=[eiy])|ç", "s"),
        (r"x", "ks"),
        (r"qu|q|ck|kh|cc|c|k", "k"),
        (r"h", ""),
        (r"z", "s"),
        (r"eau|au", "o"),
        (r"oo|ou|w", "u"),
        (r"ai|ei|ay|ey", "e"),
        (r"y", "i"),
        (r"(.)\1+", r"\1"),
        (r"(?<=..)(?:es|ts|e|s|t)$", ""),
        (r"(.)\1+", r"\1"),
    )
)


@lru_cache(maxsize=65536)
def sound(folded: str) -> str:
    """Return the key of how a folded word is pronounced; words of one key are pronounced alike."""
    key = folded
    for pattern, value in _SOUNDS:
        key = pattern.sub(value, key)
    return key
