"""French around a replacement: articles, contractions and elisions mended.

Rules of the module:
- Only the words that touch the replaced stretch on the left are ever changed: an article (le, la, les,
  l'), a contraction (au, aux, du, des), a preposition (à, de, d') or an elided word (qu', jusqu').
- A code of a person or a place takes no article: "aux Minguettes" gives "à Lieu 2", "le Fennec" "Adulte 1".
- A code of an institution takes its own: "au collège Renoir" gives "au Collège 1", "à Diderot" "au Lycée 1".
- A general term brings its own: "du Clos" gives "d'un lieu".
- A mask in brackets takes what stands before it, elisions undone.
"""

import re
from dataclasses import dataclass

from anonymize.folding import fold

_LEFT = re.compile(
    r"(?<![^\W_])(?:(?P<prep>à|de)\s+(?P<det>la\s+|l['’]\s*|les\s+)?"
    r"|(?P<elided>d['’])\s*"
    r"|(?P<contracted>au|aux|du|des)\s+"
    r"|(?P<alone>le\s+|la\s+|les\s+|l['’]\s*)"
    r"|(?P<whole>que|lorsque|puisque|quoique)\s+"
    r"|(?P<que>jusqu['’]|lorsqu['’]|puisqu['’]|qu['’]|quoiqu['’])\s*)$",
    re.IGNORECASE,
)
_VOWEL = re.compile(r"^[aeiouyhéèêàâîôœ]", re.IGNORECASE)
_CONTRACTION = {"au": "à", "aux": "à", "du": "de", "des": "de"}


@dataclass(frozen=True)
class Replacement:
    """What takes the place of a span. ``gender`` is set for a code that takes an article; ``bracketed``
    for a mask."""

    text: str
    gender: str | None = None
    bracketed: bool = False

    @property
    def vowel(self) -> bool:
        return _VOWEL.match(self.text) is not None

    @property
    def general(self) -> bool:
        return self.text.startswith(("un ", "une "))


def join(before: str, replacement: Replacement) -> str:
    """Return ``before`` and the replacement, joined as French asks."""
    match = _LEFT.search(before)
    if match is None:
        return before + replacement.text
    kept, found = before[: match.start()], match[0]
    upper = found[0].isupper()
    if match["whole"]:
        elided = replacement.vowel and not replacement.bracketed
        return kept + (f"{found.rstrip()[:-1]}'" if elided else found) + replacement.text
    if match["que"]:
        word = fold(match["que"])[:-1] + "e"
        if word == "jusque":
            return kept + _cased("jusqu'à ", upper) + replacement.text
        joined = found if replacement.vowel and not replacement.bracketed else f"{word} "
        return kept + _cased(joined, upper) + replacement.text
    preposition, article = _parts(match)
    if replacement.bracketed:
        return kept + _cased(_bracket(match, found), upper) + replacement.text
    written = _written(preposition, article, replacement)
    return kept + _cased(written, upper and bool(preposition)) + replacement.text


def _parts(match: re.Match[str]) -> tuple[str, bool]:
    """Return the preposition (à, de or none) on the left, and whether an article came with it."""
    if match["prep"]:
        return fold(match["prep"]).replace("a", "à"), match["det"] is not None
    if match["elided"]:
        return "de", False
    if match["contracted"]:
        return _CONTRACTION[fold(match["contracted"])], True
    return "", True


def _bracket(match: re.Match[str], found: str) -> str:
    if match["elided"]:
        return "de "
    if found.rstrip()[-1] in "'’":
        return f"{match['prep']} " if match["prep"] else ""
    return found


def _written(preposition: str, article: bool, replacement: Replacement) -> str:
    if replacement.general or replacement.gender is None:
        if preposition == "de" and replacement.vowel:
            return "d'"
        return f"{preposition} " if preposition else ""
    if not preposition and not article:
        return ""
    if replacement.vowel:
        return f"{preposition} l'" if preposition else "l'"
    if replacement.gender == "f":
        return f"{preposition} la " if preposition else "la "
    return {"à": "au ", "de": "du ", "": "le "}[preposition]


def _cased(text: str, upper: bool) -> str:
    return text[0].upper() + text[1:] if upper and text else text
