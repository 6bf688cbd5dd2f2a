"""Dates as people say them: read, shifted, and written again in the same way.

Rules of the module:
- A day and a month shift by a whole number of weeks, so that intervals and weekdays hold; without a year
  the shift is made in a year that has no 29 February.
- A month and a year shift by the nearest number of months.
- What cannot be read is not shifted: ``shift`` returns None, and the caller masks it.
"""

import datetime
import re

from anonymize.folding import fold
from anonymize.numbers import number

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


def shift(text: str, weeks: int) -> str | None:
    """Return the date ``text`` shifted by ``weeks``, or None if it cannot be read."""
    numeric = _NUMERIC.match(text.strip())
    try:
        return _numeric(numeric, weeks) if numeric is not None else _worded(text, weeks)
    except (ValueError, OverflowError):
        return None


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
