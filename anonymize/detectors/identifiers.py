# ruff: noqa: E501 (a pattern stands on one line, so that the table can be read)
"""Identification numbers: plates, social security numbers, case and file numbers.

A number is an identifier by its shape, its length, or the word before it (dossier, écrou, RG); sums are none.
"""

import re
from collections.abc import Callable

from anonymize.detectors.pattern import PatternLayer, pattern
from anonymize.french.numbers import SPELLED
from vocabulary.choices import EntityType

_ID_CUE = r"(?:num[ée]ros?|n°|nº|r[ée]f[ée]rences?|r[ée]f|dossiers?|matricule|parquet|[ée]crou|RG|proc[ée]dure|jugement|plaque|immatricul[ée]e?|identifiant|allocataire|s[ée]cu(?:rit[ée] sociale)?|NIR|INE|convocation|passeport|carte|titre de s[ée]jour|IPP?|minute)"


_DATE_IN_DIGITS = re.compile(r"(?:0[1-9]|[12]\d|3[01]) (?:0[1-9]|1[0-2]) (?:19|20)\d\d")


def _no_sum(text: str, match: re.Match[str]) -> bool:
    return not re.match(
        r"\s*(?:€|euros?|balles|%|k€|francs|habitants|personnes|mètres|m\b|km)", text[match.end() :], re.IGNORECASE
    )


def _has_digits(count: int) -> Callable[[str, re.Match[str]], bool]:
    def keep(text: str, match: re.Match[str]) -> bool:
        found = match["x"] if "x" in match.re.groupindex else match[0]
        return sum(char.isdigit() for char in found) >= count and _no_sum(text, match)

    return keep


IDENTIFIERS = (
    pattern(r"(?<![\w-])[A-Z]{2}[-–]\d{3}[-–][A-Z]{2}(?![\w-])", EntityType.ID, 0.98, "number plate"),
    pattern(r"(?<![\w-])[A-Z]{2}[ .]?\d{3}[ .]?[A-Z]{2}(?![\w-])", EntityType.ID, 0.95, "number plate", flags=0),
    pattern(r"(?<![\w-])\d{1,4}[ -]?[A-Z]{2,3}[ -]?(?:\d{2}|2[AB])(?![\w-])", EntityType.ID, 0.85, "number plate", flags=0),
    pattern(r"\b(?:plaque|immatricul[ée]e?)\b[^.!?\n]{0,60}?(?<![\w-])(?P<x>[a-z]{1,3}[ -]?\d{1,4}(?:[ -]?(?:[a-z]{1,3}|\d{1,4}))?)(?![\w-])", EntityType.ID, 0.85, "number plate", keep=_has_digits(2)),
    pattern(r"(?<![\w-])[12][\s.]?\d\d[\s.]?(?:0[1-9]|1[0-2]|[2-9]\d)[\s.]?(?:\d\d|2[AB])[\s.]?\d{3}[\s.]?\d{3}(?:[\s.]?\d\d)?(?!\d)", EntityType.ID, 0.97, "social security number"),
    pattern(r"(?<![\w-])(?=[\w/-]*\d[\w/-]*\d[\w/-]*\d)(?:[^\W_]{1,6}[-/]){1,4}[^\W_]{2,10}(?![\w/-])", EntityType.ID, 0.9, "file number", keep=lambda t, m: _has_digits(4)(t, m) and _is_code(m[0])),
    pattern(r"(?<![\w/-])\d{1,4}/\d{2,6}(?![\w/])", EntityType.ID, 0.7, "file number", keep=_has_digits(4)),
    pattern(r"(?<![\w.,-])(?:\d{2,6}[ ]){2,6}\d{2,6}(?![\w-])", EntityType.ID, 0.75, "long number", keep=lambda t, m: _has_digits(8)(t, m) and not _DATE_IN_DIGITS.fullmatch(m[0])),
    pattern(r"(?<![\w.,-])\d{7,15}(?![\w-])", EntityType.ID, 0.8, "long number", keep=_no_sum),
    pattern(rf"\b{_ID_CUE}\b(?:\s+(?:de|d'|du|des|la|le|un|c'est|est|numéro|n°|dossier|écrou|parquet|procédure|série|:|,|chez nous|enfin)|\s*[:,°]|'\w+){{0,5}}\s*(?P<x>(?:[A-Z]{{1,6}}[ -]?)?\d[\w]*(?:[ ./-][A-Z]?\d[\w]*)*)", EntityType.ID, 0.85, "number after its name", keep=_has_digits(4)),
    pattern(rf"\b(?:num[ée]ro (?:de dossier|d'[ée]crou|de parquet|de proc[ée]dure|d'allocataire)|[ée]crou|dossier num[ée]ro|num[ée]ro de s[ée]cu)\b(?:\s+(?:c'est|est|le)|\s*[:,])*\s+(?P<x>{SPELLED}(?:[\s,]+{SPELLED})*)", EntityType.ID, 0.8, "number after its name", keep=lambda _, m: len(m["x"].split()) >= 2),
    pattern(rf"(?<![\w'’-])[a-z](?:[ ,.-]{{1,2}}[a-z])?[ ,.-]{{1,2}}(?:\d{{2,3}}|{SPELLED})[ ,.-]{{1,2}}[a-z][ ,.-]{{1,2}}[a-z](?![\w'’-])", EntityType.ID, 0.85, "spelled number plate"),
    pattern(r"(?<![\w.,-])(?<!à )(?<!de )(?<!pour )\d{2,3} \d{3}(?=\s*(?:[.;!?]|$))", EntityType.ID, 0.4, "long number", sure=False),
    pattern(r"(?<!\w)[A-Z]{1,3}\d{4,}[A-Z0-9]*(?!\w)", EntityType.ID, 0.8, "file number", flags=0),
)  # fmt: skip


def _is_code(text: str) -> bool:
    if re.fullmatch(r"(?:19|20)\d\d[-/](?:19|20)?\d\d", text) or re.fullmatch(r"\d{1,2}/\d{1,2}(?:/\d{2,4})?", text):
        return False
    return any(char.isdigit() for char in text)


def identifiers_layer() -> PatternLayer:
    return PatternLayer("identifiers", IDENTIFIERS)
