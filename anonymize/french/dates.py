"""Dates as people say them: read, shifted and written again in the same way, or made general.

Rules of the module:
- A day and a month shift by a whole number of weeks, so that intervals and weekdays hold; without a year
  the shift is made in a year that has no 29 February.
- A month and a year shift by the nearest number of months.
- A date with a year generalises to the year, one without to the season of its month (December to February is
  winter): what a birth or a conviction is known by goes, what tells the time of a life stays.
- What cannot be read is not shifted nor made general: None comes back, and the caller masks it.
"""

import datetime
import re

from anonymize.french.folding import fold
from anonymize.french.numbers import number

MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre",
    "novembre", "décembre",
)  # fmt: skip
_PLAIN_YEAR = 2023
_FOLDED = {fold(month): index for index, month in enumerate(MONTHS, 1)}
_WORDED = re.compile(r"^(?:(?P<day>.+?)\s+)?(?P<month>[^\W\d_]+)(?:\s+(?P<year>\d{4}|(?:deux\s)?mille.*))?$")
_NUMERIC = re.compile(
    r"^(?P<day>\d{1,2})(?P<sep>[/. ])(?P<month>\d{1,2})(?:[/. ](?P<year>\d{2,4}))?$"
    r"|^(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)$"
)
_WEEKS_IN_MONTH = 30.4375 / 7
_LAST_OF_CENTURY = 49
"""Last two figures of a year that is held to be of this century."""
_SEASONS = (("en hiver", "l'hiver"), ("au printemps", "le printemps"), ("en été", "l'été"), ("en automne", "l'automne"))


def shift(text: str, weeks: int) -> str | None:
    """Return the date ``text`` shifted by ``weeks``, or None if it cannot be read."""
    numeric = _NUMERIC.match(text.strip())
    try:
        return _numeric(numeric, weeks) if numeric is not None else _worded(text, weeks)
    except (ValueError, OverflowError):
        return None


def generalize(text: str) -> tuple[str, str] | None:
    """Return when a date is, in general, alone and after a preposition: ("au printemps", "le printemps"),
    ("en 2022", "2022"); None if it cannot be read."""
    numeric = _NUMERIC.match(text.strip())
    if numeric is not None:
        month = int(numeric["m"] or numeric["month"])
        digits = numeric["y"] or numeric["year"]
        year = None if digits is None else int(digits)
        if digits is not None and len(digits) == 2:
            year = int(digits) + (1900 if int(digits) > _LAST_OF_CENTURY else 2000)
    else:
        words = text.strip().split()
        places = [place for place, word in enumerate(words) if fold(word) in _FOLDED]
        if len(places) != 1:
            return None
        month, rest = _FOLDED[fold(words[places[0]])], words[places[0] + 1 :]
        year = number(" ".join(rest)) if rest else None
        if rest and year is None:
            return None
    if not 1 <= month <= 12:
        return None
    return _SEASONS[month % 12 // 3] if year is None else (f"en {year}", str(year))


def _numeric(match: re.Match[str], weeks: int) -> str:
    offset = datetime.timedelta(weeks=weeks)
    if match["y"]:
        return (datetime.date(int(match["y"]), int(match["m"]), int(match["d"])) + offset).isoformat()
    year = match["year"]
    full = _PLAIN_YEAR if year is None else int(year) + (2000 if len(year) == 2 else 0)
    moved = datetime.date(full, int(match["month"]), int(match["day"])) + offset
    sep = match["sep"]
    written = f"{moved.day:02d}{sep}{moved.month:02d}"
    if year is None:
        return written
    return f"{written}{sep}{moved.year % 100:02d}" if len(year) == 2 else f"{written}{sep}{moved.year}"


def _worded(text: str, weeks: int) -> str | None:
    match = _WORDED.match(text.strip())
    if match is None or fold(match["month"]) not in _FOLDED:
        return None
    month = _FOLDED[fold(match["month"])]
    year = number(match["year"]) if match["year"] else None
    if match["year"] and year is None:
        return None
    if match["day"] is None:
        if year is None:
            return None
        index = year * 12 + month - 1 + round(weeks / _WEEKS_IN_MONTH)
        return f"{MONTHS[index % 12]} {index // 12}"
    day = number(re.sub(r"(?<=\d)er$", "", fold(match["day"])).replace("premier", "un"))
    if day is None:
        return None
    moved = datetime.date(year or _PLAIN_YEAR, month, day) + datetime.timedelta(weeks=weeks)
    written = f"{'1er' if moved.day == 1 else moved.day} {MONTHS[moved.month - 1]}"
    return written if year is None else f"{written} {moved.year}"
