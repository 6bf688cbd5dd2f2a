"""Periods: reading, writing, and counting in calendar days."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.period import MOST, Period, Unit

D = datetime.date
periods = st.sampled_from(list(Unit)).flatmap(lambda unit: st.builds(Period, st.integers(0, MOST[unit]), st.just(unit)))
days = st.dates(D(1970, 1, 1), D(2200, 12, 31))


@given(periods)
def test_a_period_written_and_read_is_the_same(period: Period) -> None:
    """Reading what was written gives the same period."""
    assert Period.parse(str(period)) == period


@given(st.text(max_size=20))
def test_a_text_is_a_period_or_refused(text: str) -> None:
    """Any text either reads as a period that writes back to it, give or take the plural, or is a ValueError."""
    try:
        period = Period.parse(text)
    except ValueError:
        return
    assert str(period).rstrip("s").lstrip("0") == text.rstrip("s").lstrip("0") or period.count == 0


@pytest.mark.parametrize(
    "text", ["", "45", "45days", "-1 days", "1.5 years", "2 weeks", "999999 days", "٣ days", "3 days "]
)
def test_what_is_not_a_period_is_refused(text: str) -> None:
    """A number without unit, a negative one, another unit and other digits are not periods."""
    with pytest.raises(ValueError):
        Period.parse(text)


@pytest.mark.parametrize(
    ("start", "period", "end"),
    [
        (D(2026, 3, 12), "30 days", D(2026, 4, 11)),
        (D(2026, 2, 24), "45 days", D(2026, 4, 10)),
        (D(2026, 5, 5), "0 days", D(2026, 5, 5)),
        (D(2026, 1, 31), "1 month", D(2026, 2, 28)),
        (D(2028, 1, 31), "1 month", D(2028, 2, 29)),
        (D(2026, 12, 31), "2 months", D(2027, 2, 28)),
        (D(2026, 10, 31), "12 months", D(2027, 10, 31)),
        (D(2028, 2, 29), "1 year", D(2029, 2, 28)),
        (D(2028, 2, 29), "4 years", D(2032, 2, 29)),
        (D(2026, 6, 30), "1 month", D(2026, 7, 30)),
    ],
)
def test_periods_run_out_on_calendar_days(start: D, period: str, end: D) -> None:
    """Days are added; months and years keep the day of the month, or end with a shorter month."""
    assert Period.parse(period).counted_from(start) == end


@given(days, periods)
def test_a_period_never_ends_before_it_begins(day: D, period: Period) -> None:
    """Counting goes forward, from any day, over any period."""
    assert period.counted_from(day) >= day


@given(days, st.integers(0, 100))
def test_a_year_is_twelve_months(day: D, years: int) -> None:
    """N years and 12 N months run out on the same day."""
    assert Period(years, Unit.YEAR).counted_from(day) == Period(12 * years, Unit.MONTH).counted_from(day)
