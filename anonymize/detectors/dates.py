# ruff: noqa: E501 (a pattern stands on one line, so that the table can be read)
"""Dates: a day and a month, a month and a year, a full date, in words or in digits.

Weekdays, bare months, feasts and bare years are no dates: they identify nobody by themselves.
"""

import re

from anonymize.detectors.pattern import PatternLayer, pattern
from anonymize.french.numbers import NUMERAL, SPELLED, number
from vocabulary.choices import EntityType

MONTH = r"(?:janvier|f[ée]vrier|mars|avril|mai|juin|juillet|ao[ûu]t|septembre|octobre|novembre|d[ée]cembre)"
YEAR = rf"(?:(?:19|20)\d\d|deux mille(?:[ -]{NUMERAL})*|mille neuf cent(?:[ -](?:et[ -])?{NUMERAL})*)"
_DAY = rf"(?:(?:0?[1-9]|[12]\d|3[01])(?:er)?|premier|{SPELLED})"


def _day_fits(_: str, match: re.Match[str]) -> bool:
    day = number(re.sub(r"er$", "", match["day"].lower()).replace("premi", "un"))
    return day is not None and 1 <= day <= 31


DATES = (
    pattern(rf"(?<![\w/])(?P<x>(?P<day>{_DAY})\s+{MONTH}(?:\s+{YEAR})?)(?![\w-])", EntityType.DATE, 0.95, "day and month", keep=_day_fits),
    pattern(rf"(?<![\w/])(?P<x>(?P<day>{_DAY})\s+(?:(?:au|et|ou|à)(?:\s+le)?)\s+{_DAY}\s+{MONTH}(?:\s+{YEAR})?)(?![\w-])", EntityType.DATE, 0.95, "days of a month", keep=_day_fits),
    pattern(rf"(?<!\w){MONTH}\s+{YEAR}(?![\w-])", EntityType.DATE, 0.9, "month and year"),
    pattern(r"(?<![\w/.-])(?:0?[1-9]|[12]\d|3[01])[/.](?:0?[1-9]|1[0-2])[/.](?:(?:19|20)\d\d|\d\d)(?![\w/])", EntityType.DATE, 0.95, "numeric date"),
    pattern(r"(?<![\w/-])(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?![\w-])", EntityType.DATE, 0.95, "numeric date"),
    pattern(r"(?:\ble|\bdu|\bné|\bnée|\bau)\s+(?P<x>(?:0?[1-9]|[12]\d|3[01])/(?:0?[1-9]|1[0-2]))(?![\w/])", EntityType.DATE, 0.8, "numeric date"),
    pattern(r"\b(?:n[ée]e?\s+(?:le\s+)?|naissance\s*,?\s*(?:le\s+)?)(?P<x>(?:0[1-9]|[12]\d|3[01])\s(?:0[1-9]|1[0-2])\s(?:(?:19|20)\d\d))(?!\w)", EntityType.DATE, 0.9, "numeric date"),
    pattern(r"(?<!\w)(?P<x>(?:0[1-9]|[12]\d|3[01])\s(?:0[1-9]|1[0-2])\s(?:(?:19|20)\d\d))(?!\s?\d)", EntityType.DATE, 0.7, "numeric date"),
)  # fmt: skip


def dates_layer() -> PatternLayer:
    return PatternLayer("dates", DATES)
