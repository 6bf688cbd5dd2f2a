"""A shorter policy does not count before the grace is over."""

import datetime
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.grace import Former, counting, due_with_grace, grace_ends
from policies.period import Period
from policies.policy import Clock, Policy
from policies.policy_file import parse_policy
from policies.schedule import due
from vocabulary.choices import RecordClass, Trigger

D = datetime.date
RECEIVED = datetime.datetime(2026, 3, 1, 9, tzinfo=datetime.UTC)
NOW = datetime.datetime(2026, 3, 20, 9, tzinfo=datetime.UTC)
SAMPLE = Path(__file__).parents[2] / "policies" / "samples" / "demo.yaml"
DEMO = parse_policy(SAMPLE.read_bytes(), SAMPLE.name)
EVENTS = {Trigger.RECEIVED: RECEIVED}


CLEARED_THEN = {Trigger.CLEARED: RECEIVED}


def _kept(text: str, keep: str, then: str) -> Policy:
    """The policy with another rule for cleared text, counted from its clearance."""
    rule = "after: research_ended, keep: 2 years, then: review"
    assert rule in text
    return parse_policy(text.replace(rule, f"after: cleared, keep: {keep}, then: {then}"), "a.yaml")


def with_latest(policy: Policy, days: int) -> Policy:
    """The policy with another bound for the recording."""
    rule = policy.schedule[RecordClass.RECORDING]
    bounded = replace(rule, latest=Clock(Trigger.RECEIVED, Period(days)))
    return replace(policy, schedule={**policy.schedule, RecordClass.RECORDING: bounded})


@pytest.mark.parametrize(
    ("old", "new", "until", "on"),
    [
        (45, 30, D(2026, 4, 3), D(2026, 4, 3)),  # the new date comes before the end of the grace
        (45, 30, D(2026, 3, 25), D(2026, 3, 31)),  # and after it
        (20, 10, D(2026, 4, 3), D(2026, 3, 21)),  # the old date comes first
        (10, 45, D(2026, 4, 3), D(2026, 4, 15)),  # longer: counts at once
    ],
)
def test_a_record_ends_when_the_new_date_is_past_and_the_old_one_or_the_grace_is_too(
    demo: Policy, old: int, new: int, until: datetime.date, on: datetime.date
) -> None:
    """max(new, min(old, until))."""
    former = Former(with_latest(demo, old), until)
    found = due_with_grace(with_latest(demo, new), [former], RecordClass.RECORDING, EVENTS, NOW)
    assert found.on == on


@pytest.mark.parametrize("edit", [
    ("keep: 2 years, then: review", "keep: 2 years, then: destroy"),
])  # fmt: skip
def test_what_was_not_to_be_destroyed_is_kept_until_the_grace_is_over(demo_text: str, edit: tuple[str, str]) -> None:
    """Whatever its new date, if it is due before."""
    old, new = parse_policy(demo_text, "a.yaml"), parse_policy(demo_text.replace(*edit), "b.yaml")
    ended = {Trigger.RESEARCH_ENDED: datetime.datetime(2023, 1, 1, tzinfo=datetime.UTC)}
    found = due_with_grace(new, [Former(old, D(2026, 4, 3))], RecordClass.CLEARED, ended, NOW)
    assert (found.on, found.is_past) == (D(2026, 4, 3), False)
    assert due_with_grace(new, [], RecordClass.CLEARED, ended, NOW).is_past


@pytest.mark.parametrize(
    ("was", "then", "on"),
    [
        ("destroy", "review", D(2026, 4, 3)),  # asked when the grace is over, and not after 20 days
        ("review", "review", D(2026, 4, 3)),
        ("transfer", "transfer", D(2026, 4, 3)),
        ("transfer", "review", D(2026, 4, 3)),
        ("review", "transfer", D(2026, 4, 3)),
    ],
)
def test_a_person_is_asked_no_earlier_than_the_grace_lets_a_policy_destroy(
    demo_text: str, was: str, then: str, on: datetime.date
) -> None:
    """A text kept 2 years, then one kept 20 days: whatever its end, the grace stands between."""
    formers = [Former(_kept(demo_text, "2 years", was), on)]
    found = due_with_grace(_kept(demo_text, "20 days", then), formers, RecordClass.CLEARED, CLEARED_THEN, NOW)
    assert (found.on, found.is_past) == (on, False)


def test_an_end_that_was_near_stays_where_it_was(demo_text: str) -> None:
    """Reviewed on the day the replaced policy said, when that comes before the end of the grace."""
    formers = [Former(_kept(demo_text, "25 days", "review"), D(2026, 4, 3))]
    found = due_with_grace(_kept(demo_text, "20 days", "review"), formers, RecordClass.CLEARED, CLEARED_THEN, NOW)
    assert found.on == D(2026, 3, 26)


def test_the_grace_is_that_of_the_policy_which_is_replaced(demo_text: str) -> None:
    """A policy without grace gives itself none: 14 days from its last day in force."""
    assert grace_ends(parse_policy(demo_text, "a.yaml"), NOW) == D(2026, 4, 3)


def test_a_copy_stays_as_long_as_the_longest_policy_that_counts_says(demo_text: str) -> None:
    """On the last day of the grace still, on the day after no more."""
    old = parse_policy(demo_text.replace("outbox: 7 days", "outbox: 20 days"), "a.yaml")
    new, former = parse_policy(demo_text, "b.yaml"), Former(old, D(2026, 4, 3))
    assert counting(new, [former], D(2026, 4, 2)).copies.outbox == Period(20)
    assert counting(new, [former], D(2026, 4, 3)) == new


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 40)), max_size=4), st.integers(0, 60), st.integers(0, 80))
def test_no_day_destroys_what_a_counting_policy_keeps(formers: list[tuple[int, int]], new: int, day: int) -> None:
    """On any day it is past under the policy in force and each replaced one whose grace is not over, or it stays."""
    policy = with_latest(DEMO, new)
    kept = [Former(with_latest(DEMO, days), RECEIVED.date() + datetime.timedelta(until)) for days, until in formers]
    now = RECEIVED + datetime.timedelta(day)
    asked = [policy, *(one.policy for one in kept if now.date() < one.until)]
    expected = all(due(one, RecordClass.RECORDING, EVENTS, now).is_past for one in asked)
    assert due_with_grace(policy, kept, RecordClass.RECORDING, EVENTS, now).is_past is expected
