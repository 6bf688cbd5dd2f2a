"""How long entries of the log are kept, as the policy says."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from policies.log_retention import (
    can_accesses_go,
    can_home_decisions_go,
    can_session_decisions_go,
    day_after,
    is_over,
)
from policies.period import Period
from policies.policy import LogRetention, Policy
from policies.policy_file import parse_policy

SAMPLE = Path(__file__).parents[2] / "policies" / "samples" / "demo.yaml"
POLICY = parse_policy(SAMPLE.read_text(encoding="utf-8"), "demo.yaml")


def keeping(accesses: str, decisions: str) -> Policy:
    return replace(POLICY, log=LogRetention(Period.parse(accesses), Period.parse(decisions)))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(("month", "day"), [("2026-03", date(2026, 4, 1)), ("2026-12", date(2027, 1, 1))])
def test_a_month_ends_on_the_first_of_the_next(month: str, day: date) -> None:
    """December too."""
    assert day_after(month) == day


def test_a_month_is_over_when_utc_says_so() -> None:
    """Not before its last second there."""
    assert not is_over("2026-03", at("2026-03-31T23:59:59"))
    assert is_over("2026-03", at("2026-04-01T00:00:00"))


def test_accesses_go_when_the_longest_period_has_run_out() -> None:
    """Of all policies in force, counted from the end of the month."""
    policies = [keeping("1 month", "5 years"), keeping("2 months", "5 years")]
    assert not can_accesses_go("2026-03", policies, at("2026-05-31T12:00:00"))
    assert can_accesses_go("2026-03", policies, at("2026-06-01T12:00:00"))


def test_nothing_goes_within_its_month_or_without_a_policy() -> None:
    """A period of no days does not end a month early, and no policy is no period."""
    now = at("2026-03-31T12:00:00")
    assert not can_accesses_go("2026-03", [keeping("0 days", "0 days")], now)
    assert not can_home_decisions_go("2026-03", [keeping("0 days", "0 days")], now)
    assert not can_session_decisions_go("2026-03", keeping("0 days", "0 days"), date(2026, 3, 1), now)
    assert not can_accesses_go("2026-03", [], at("2099-01-01T00:00:00"))
    assert not can_home_decisions_go("2026-03", [], at("2099-01-01T00:00:00"))


@pytest.mark.parametrize(
    ("ended", "now", "goes"),
    [
        (None, "2099-01-01T00:00:00", False),
        (date(2027, 1, 10), "2029-01-09T12:00:00", False),
        (date(2027, 1, 10), "2029-01-10T12:00:00", True),
        (date(2026, 3, 2), "2028-03-31T12:00:00", False),
        (date(2026, 3, 2), "2028-04-01T12:00:00", True),
    ],
)
def test_decisions_about_a_session_wait_for_its_end(ended: date | None, now: str, goes: bool) -> None:
    """While anything of it is kept they stay; then its policy's period runs, and never before the month is over."""
    assert can_session_decisions_go("2026-03", keeping("1 month", "2 years"), ended, at(now)) is goes
