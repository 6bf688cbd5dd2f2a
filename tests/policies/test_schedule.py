"""Due dates under the schedule, as tables of events and dates."""

import datetime
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.period import Period
from policies.policy import Clock, Policy, Rule
from policies.policy_file import parse_policy
from policies.schedule import due, today
from vocabulary.choices import Disposal, RecordClass, Trigger

D = datetime.date
SAMPLE = Path(__file__).parents[2] / "policies" / "samples" / "demo.yaml"
DEMO = parse_policy(SAMPLE.read_bytes(), SAMPLE.name)
UTC = datetime.UTC
RECEIVED, CLEARED, CLOSED = Trigger.RECEIVED, Trigger.CLEARED, Trigger.RETURN_CLOSED


def at(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text).replace(tzinfo=UTC)


NOW = at("2027-12-31T12:00")


@pytest.mark.parametrize(
    ("record_class", "events", "on", "latest", "counted_from"),
    [
        (RecordClass.RECORDING, {}, None, None, None),
        (RecordClass.RECORDING, {RECEIVED: "2026-02-24T09:00"}, D(2026, 4, 10), D(2026, 4, 10), RECEIVED),
        (
            RecordClass.RECORDING,
            {RECEIVED: "2026-02-24T09:00", CLEARED: "2026-03-05T09:00"},
            D(2026, 3, 5),
            D(2026, 4, 10),
            CLEARED,
        ),
        (
            RecordClass.RECORDING,
            {RECEIVED: "2026-02-24T09:00", CLEARED: "2026-05-05T09:00"},
            D(2026, 4, 10),
            D(2026, 4, 10),
            RECEIVED,
        ),
        (RecordClass.RECORDING, {CLEARED: "2026-03-05T09:00"}, D(2026, 3, 5), None, CLEARED),
        (RecordClass.VERBATIM, {CLOSED: "2026-03-12T10:00"}, D(2026, 4, 11), None, CLOSED),
        (RecordClass.DOSSIER, {CLOSED: "2026-03-12T10:00"}, D(2026, 4, 11), None, CLOSED),
        (RecordClass.VERBATIM, {RECEIVED: "2025-11-12T10:00"}, D(2026, 11, 12), D(2026, 11, 12), RECEIVED),
        (RecordClass.VAULT, {RECEIVED: "2026-01-01T10:00"}, None, None, None),
        (
            RecordClass.VAULT,
            {Trigger.WORKSHOP_CLOSED: "2025-08-31T10:00"},
            D(2026, 2, 28),
            None,
            Trigger.WORKSHOP_CLOSED,
        ),
        (RecordClass.CERTIFICATE, {Trigger.ISSUED: "2024-02-29T10:00"}, D(2029, 2, 28), None, Trigger.ISSUED),
        (RecordClass.OUTPUT, {RECEIVED: "2026-01-01T10:00", CLEARED: "2026-01-02T10:00"}, None, None, None),
        (RecordClass.FAULT, {RECEIVED: "2026-01-01T10:00"}, None, None, None),
    ],
)
def test_when_a_record_comes_due(
    demo: Policy,
    record_class: RecordClass,
    events: Mapping[Trigger, str],
    on: D | None,
    latest: D | None,
    counted_from: Trigger | None,
) -> None:
    """The date is counted from the event, bounded by the latest date, and absent when no clock runs."""
    answer = due(demo, record_class, {trigger: at(text) for trigger, text in events.items()}, NOW)
    assert (answer.on, answer.latest, answer.counted_from) == (on, latest, counted_from)
    assert answer.computable is (on is not None)


def test_a_due_date_says_why_and_how(demo: Policy) -> None:
    """Disposal, justification, the event counted from and the one still awaited come with the date."""
    answer = due(demo, RecordClass.RECORDING, {RECEIVED: at("2026-02-24T09:00")}, NOW)
    assert (answer.disposal, answer.because) == (Disposal.DESTROY, "la voix identifie")
    assert (answer.since, answer.waits_for) == (D(2026, 2, 24), CLEARED)


@pytest.mark.parametrize(
    ("zone", "event", "on"),
    [
        ("Europe/Paris", "2026-03-12T22:59", D(2026, 3, 12)),
        ("Europe/Paris", "2026-03-12T23:00", D(2026, 3, 13)),
        ("Europe/Paris", "2026-07-12T22:00", D(2026, 7, 13)),
        ("America/Guadeloupe", "2026-03-13T03:59", D(2026, 3, 12)),
        ("Indian/Reunion", "2026-03-12T20:00", D(2026, 3, 13)),
    ],
)
def test_days_are_those_of_the_policys_time_zone(demo: Policy, zone: str, event: str, on: D) -> None:
    """The same instant falls on another day elsewhere, summer time included."""
    policy = replace(demo, time_zone=zone)
    assert due(policy, RecordClass.RECORDING, {CLEARED: at(event)}, NOW).on == on


@pytest.mark.parametrize(
    ("now", "past"),
    [("2026-04-10T21:59", False), ("2026-04-10T22:00", True), ("2026-04-12T00:00", True)],
)
def test_a_record_is_due_from_midnight_of_its_day(demo: Policy, now: str, past: bool) -> None:
    """The due day begins at midnight of the policy's time zone."""
    answer = due(demo, RecordClass.VERBATIM, {CLOSED: at("2026-03-12T10:00")}, at(now))
    assert answer.on == D(2026, 4, 11)
    assert answer.is_past is past
    assert (today(demo, at(now)) >= D(2026, 4, 11)) is past


def test_an_event_after_now_has_not_happened(demo: Policy) -> None:
    """A clock never starts in the future."""
    events = {RECEIVED: at("2026-02-24T09:00"), CLEARED: at("2026-03-05T09:00")}
    answer = due(demo, RecordClass.RECORDING, events, at("2026-03-01T00:00"))
    assert answer.on == D(2026, 4, 10) and answer.waits_for is CLEARED


def test_times_without_a_zone_are_refused(demo: Policy) -> None:
    """A time without a zone is no instant, as event or as now."""
    naive = datetime.datetime(2026, 3, 1)
    with pytest.raises(ValueError, match="zone"):
        due(demo, RecordClass.RECORDING, {CLEARED: naive}, NOW)
    with pytest.raises(ValueError, match="zone"):
        due(demo, RecordClass.RECORDING, {CLEARED: at("2026-03-01T00:00")}, naive)


instants = st.datetimes(datetime.datetime(2020, 1, 1), datetime.datetime(2027, 1, 1), timezones=st.just(UTC))


@given(instants, instants, st.integers(0, 400), st.integers(0, 400))
def test_the_earlier_of_two_clocks_counts(
    received: datetime.datetime, cleared: datetime.datetime, keep: int, bound: int
) -> None:
    """With both clocks running, the date is the smaller one, and never later than the bound."""
    rule = Rule(Disposal.DESTROY, "x", Clock(CLEARED, Period(keep)), Clock(RECEIVED, Period(bound)))
    policy = replace(DEMO, schedule={**DEMO.schedule, RecordClass.RECORDING: rule})
    answer = due(policy, RecordClass.RECORDING, {RECEIVED: received, CLEARED: cleared}, NOW)
    alone = due(policy, RecordClass.RECORDING, {CLEARED: cleared}, NOW)
    assert answer.on is not None and answer.latest is not None and alone.on is not None
    assert answer.on == min(answer.latest, alone.on)
