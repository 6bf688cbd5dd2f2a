"""Lengths of time as a policy states them, counted in calendar days.

Rules kept here:
- a period is a whole number of days, months or years; it is never negative, and it is bounded so that
  every date counted with it exists;
- months and years end on the same day of the month, or on the last day of a shorter month
  (31 January + 1 month is 28 or 29 February);
- ``Period.parse(str(period)) == period``.
"""

import datetime
import re
from calendar import monthrange
from dataclasses import dataclass
from enum import Enum
from math import ceil


class Unit(str, Enum):
    """What a period counts."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"

    def __str__(self) -> str:
        return str(self._value_)


MOST = {Unit.DAY: 36_500, Unit.MONTH: 1_200, Unit.YEAR: 100}
"""The longest period of each unit: a hundred years."""

_PERIOD = re.compile(r"([0-9]{1,6}) (day|month|year)s?")
_DAYS = {Unit.DAY: 1.0, Unit.MONTH: 365.25 / 12, Unit.YEAR: 365.25}


@dataclass(frozen=True)
class Period:
    """``count`` units of the calendar. ValueError if negative or longer than ``MOST``."""

    count: int
    unit: Unit = Unit.DAY

    def __post_init__(self) -> None:
        if not 0 <= self.count <= MOST[self.unit]:
            raise ValueError(f"a period counts 0 to {MOST[self.unit]} {self.unit}s, not {self.count}")

    @classmethod
    def parse(cls, text: str) -> "Period":
        """Read ``45 days``, ``12 months`` or ``2 years`` (singular too); ValueError otherwise."""
        match = _PERIOD.fullmatch(text)
        if match is None:
            raise ValueError("not a period")
        return cls(int(match[1]), Unit(match[2]))

    def __str__(self) -> str:
        return f"{self.count} {self.unit}{'' if self.count == 1 else 's'}"

    @property
    def days(self) -> int:
        """Its length in days, months and years taken at their average and rounded up.

        For comparing periods and for copies; the dates of the schedule come from ``counted_from``.
        """
        return ceil(self.count * _DAYS[self.unit])

    def counted_from(self, day: datetime.date) -> datetime.date:
        """Return the day on which a period begun on ``day`` has run out."""
        if self.unit is Unit.DAY:
            return day + datetime.timedelta(days=self.count)
        months = day.month - 1 + self.count * (12 if self.unit is Unit.YEAR else 1)
        year, month = day.year + months // 12, months % 12 + 1
        return datetime.date(year, month, min(day.day, monthrange(year, month)[1]))
