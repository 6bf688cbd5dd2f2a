"""The table of triggers: whole, bounded, and enough to date whatever is to be destroyed."""

import datetime
from pathlib import Path

import pytest

from policies.policy import SCHEDULED, UNSCHEDULED, Policy
from policies.policy_file import parse_policy
from policies.schedule import due
from policies.triggers import EVENTS, TRIGGERS, can_happen, check_can_happen, latest_day, table
from vocabulary.choices import Disposal, RecordClass, Trigger
from vocabulary.errors import StateError

ROOT = Path(__file__).parents[2]
SAMPLES = sorted((ROOT / "policies" / "samples").glob("*.yaml"))
D = datetime.date
BEGUN = datetime.datetime(2026, 3, 14, 9, tzinfo=datetime.UTC)
NOW = datetime.datetime(2026, 3, 15, 9, tzinfo=datetime.UTC)


def expected() -> dict[Trigger, datetime.datetime]:
    """The latest day of each trigger that may fail to come, for what was received on 14 March 2026."""
    days = {trigger: latest_day(trigger, BEGUN.date()) for trigger in Trigger}
    return {
        trigger: datetime.datetime.combine(day, datetime.time(11), datetime.UTC) for trigger, day in days.items() if day
    }


def test_the_table_knows_every_trigger_and_no_other() -> None:
    """Each trigger a policy may name says what sets it; what a person sets has a latest day."""
    assert set(TRIGGERS) == set(Trigger)
    assert [trigger for trigger, source in TRIGGERS.items() if source.by_person and source.latest is None] == []
    assert EVENTS == (Trigger.RETURN_CLOSED, Trigger.WORKSHOP_CLOSED, Trigger.RESEARCH_ENDED)


def test_the_page_shows_the_table_as_it_is() -> None:
    """docs/reference/retention.md holds the table drawn from the code."""
    assert table() in (ROOT / "docs" / "reference" / "retention.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
@pytest.mark.parametrize("record_class", [*SCHEDULED, *sorted(UNSCHEDULED)])
def test_whatever_is_to_be_destroyed_has_a_latest_end(sample: Path, record_class: RecordClass) -> None:
    """Of every class, received and never seen to again, a record that ends in destruction has a date."""
    policy = parse_policy(sample.read_bytes(), sample.name)
    received = {Trigger.RECEIVED: BEGUN, Trigger.ISSUED: BEGUN}
    end = due(policy, record_class, received, NOW, expected=expected())
    assert end.disposal is not Disposal.DESTROY or end.on is not None


@pytest.mark.parametrize("trigger", list(Trigger))
@pytest.mark.parametrize("bound", [None, *Trigger])
def test_no_rule_leaves_a_record_without_an_end(demo: Policy, trigger: Trigger, bound: Trigger | None) -> None:
    """Whatever triggers a rule names, a record that was received comes to an end."""
    from dataclasses import replace

    from policies.period import Period
    from policies.policy import Clock, Rule

    latest = Clock(bound, Period.parse("2 years")) if bound else None
    rule = Rule(Disposal.DESTROY, "because", Clock(trigger, Period.parse("30 days")), latest)
    policy = replace(demo, schedule={**demo.schedule, RecordClass.VAULT: rule})
    received = {Trigger.RECEIVED: BEGUN, Trigger.ISSUED: BEGUN}
    assert due(policy, RecordClass.VAULT, received, NOW, expected=expected()).on is not None


def test_an_event_nobody_notes_counts_from_its_latest_day(demo: Policy) -> None:
    """The vault ends six months after the latest day of the closing of its workshop, and says what it waits for."""
    end = due(demo, RecordClass.VAULT, {Trigger.RECEIVED: BEGUN}, NOW, expected=expected())
    assert (end.on, end.since, end.assumed) == (D(2028, 9, 14), D(2028, 3, 14), True)
    assert (end.counted_from, end.waits_for) == (Trigger.WORKSHOP_CLOSED, Trigger.WORKSHOP_CLOSED)


def test_an_extension_moves_the_latest_end_and_not_what_clearance_sets(demo: Policy) -> None:
    """Extended, a recording that is not cleared gets thirty days more; once cleared it is due as ever."""
    received = {Trigger.RECEIVED: BEGUN}
    cleared = {**received, Trigger.CLEARED: NOW}
    assert due(demo, RecordClass.RECORDING, received, NOW).on == D(2026, 4, 28)
    assert due(demo, RecordClass.RECORDING, received, NOW, extended=True).on == D(2026, 5, 28)
    assert due(demo, RecordClass.RECORDING, cleared, NOW, extended=True).on == D(2026, 3, 15)


@pytest.mark.parametrize(
    ("day", "told"),
    [
        (D(2026, 3, 13), "before 2026-03-14"),
        (D(2026, 3, 14), None),
        (D(2026, 3, 20), None),
        (D(2026, 3, 21), "has not come"),
    ],
)
def test_an_event_lies_between_the_beginning_and_today(day: datetime.date, told: str | None) -> None:
    """A day before the session, or one that has not come, is refused."""
    first, today = D(2026, 3, 14), D(2026, 3, 20)
    assert can_happen(day, first, today) is (told is None)
    if told is None:
        check_can_happen(day, first, today)
    else:
        with pytest.raises(StateError) as caught:
            check_can_happen(day, first, today)
        assert told in str(caught.value.message.format(**caught.value.facts))
