"""French around a replacement: articles, contractions and elisions mended.

Rules of the module:
- Only the words that touch the replaced stretch on the left are ever changed: an article (le, la, les,
  l'), a contraction (au, aux, du, des), a preposition (à, de, d') or an elided word (qu', jusqu').
- A code of a person or a place takes no article: "aux Minguettes" gives "à Lieu 2", "le Fennec" "Adulte 1".
- A code of an institution takes its own: "au collège Renoir" gives "au Collège 1", "à Diderot" "au Lycée 1".
- A general term brings its own: "du Clos" gives "d'un lieu"; one that a person is *in* takes "dans":
  "aux Oliviers" gives "dans une cité".
- A season or a year takes what its place asks: "le 4 mars" gives "au printemps", "du 4 mars" "du printemps",
  "depuis le 4 mars 2022" "depuis 2022".
- Words elide before a vowel and a mute h, not before y and a vowel (de Yanis) nor before an aspirate h; first
  names in ha- (Hamza, Hakim) are held to be aspirate.
- A mask in brackets takes what stands before it, elisions undone.
"""

import re
from dataclasses import dataclass

from anonymize.french.folding import fold

_LEFT = re.compile(
    r"(?<![^\W_])(?:(?P<prep>à|de)\s+(?P<det>la\s+|l['’]\s*|les\s+)?"
    r"|(?P<elided>d['’])\s*"
    r"|(?P<contracted>au|aux|du|des)\s+"
    r"|(?P<alone>le\s+|la\s+|les\s+|l['’]\s*)"
    r"|(?P<whole>que|lorsque|puisque|quoique)\s+"
    r"|(?P<que>jusqu['’]|lorsqu['’]|puisqu['’]|qu['’]|quoiqu['’])\s*)$",
    re.IGNORECASE,
)
_VOWEL = re.compile(r"^(?:[aeiouéèêëàâïîôöùûüœæ]|y(?![aeiouéèêëàâïîôöùûüœæ])|h(?!a))", re.IGNORECASE)
_NOT_IN = re.compile(
    r"(?:jusqu['’]|\b(?:rapport|grâce|face|quant|suite|pens\w+|rêv\w+|ressembl\w+|tien\w*|touch\w+|renonc\w+"
    r"|appartien\w+|attachée?s?|habituée?s?))\s*$",
    re.IGNORECASE,
)
"""What "à" belongs to, so that it does not say where somebody is."""
_TIME_LEFT = re.compile(
    r"(?<![^\W_])(?:(?P<until>jusqu['’]\s*(?:au|en|à))\s+|(?P<of>du|de|d['’])\s*|(?P<at>au|en|le|ce|l['’])\s*"
    r"|(?P<prep>depuis|avant|après|pour|dès|vers|entre|et|pendant|sur)\s+(?:(?:le|en|l['’])\s+)?)$",
    re.IGNORECASE,
)
_CONTRACTION = {"au": "à", "aux": "à", "du": "de", "des": "de"}


@dataclass(frozen=True)
class Replacement:
    """What takes the place of a span. ``gender`` is set for a code that takes an article; ``bracketed``
    for a mask; ``inside`` for a general term that one is in. ``noun`` is set for a stretch of time, whose
    ``text`` says when ("au printemps") and whose noun stands after a preposition ("le printemps")."""

    text: str
    gender: str | None = None
    bracketed: bool = False
    inside: bool = False
    noun: str | None = None

    @property
    def vowel(self) -> bool:
        return _VOWEL.match(self.text) is not None

    @property
    def general(self) -> bool:
        return self.text.startswith(("un ", "une "))


def join(before: str, replacement: Replacement) -> str:
    """Return ``before`` and the replacement, joined as French asks."""
    if replacement.noun is not None:
        return _join_time(before, replacement.text, replacement.noun)
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
    if preposition == "à" and replacement.inside and not _NOT_IN.search(kept):
        preposition = "dans"
    written = _written(preposition, article, replacement)
    return kept + _cased(written, upper and bool(preposition)) + replacement.text


def _join_time(before: str, when: str, noun: str) -> str:
    """Return ``before`` and a stretch of time: ``when`` stands alone, ``noun`` after a preposition."""
    match = _TIME_LEFT.search(before)
    if match is None:
        return before + when
    kept, found = before[: match.start()], match[0]
    upper = found[0].isupper()
    if match["until"]:
        return kept + _cased(f"jusqu'{when if when.startswith(('au ', 'en 2', 'en 1')) else 'à ' + noun}", upper)
    if match["of"]:
        return kept + _cased(f"du {noun[3:]}" if noun.startswith("le ") else f"de {noun}", upper)
    if match["prep"]:
        return kept + f"{match['prep']} {noun}"
    return kept + _cased(when, upper)


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
