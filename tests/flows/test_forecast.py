"""What a policy will do: for a workshop that is there, and for one that is imagined."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from flows.steps.retention import policy_change, retain
from flows.steps.retention.forecast import fates, forecast, imagined
from flows.steps.retention.outcomes import PlanItem
from policies.destruction import Why
from policies.policy import Planned, Policy
from policies.policy_file import parse_policy
from tests import factory
from tests.factory import CODE, POLICY, Built
from vocabulary.choices import Disposal, RecordClass, SessionState, Trigger

DAY = timedelta(days=1)
PLANNED = "\nplanned: {workshop_closes: 2027-06-15, research_ends: 2028-06-30}\n"
DEMO = parse_policy(POLICY.read_bytes(), POLICY.name)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """One session received, under a policy that plans the end."""
    folder = tmp_path_factory.mktemp("forecast")
    policy = folder / "planned.yaml"
    policy.write_text(POLICY.read_text(encoding="utf-8") + PLANNED, encoding="utf-8")
    return factory.build(folder / "home", SessionState.RECEIVED, policy=policy)


def has_come(item: PlanItem) -> bool:
    """Whether nothing keeps a record but what is said before an uncleared recording ends."""
    told = {Why.NOT_ANNOUNCED.word, Why.NOT_WARNED.word}
    return item.destroy or (item.why is not None and item.why.message in told)


def test_every_end_is_the_day_from_which_the_plan_destroys(home: Built) -> None:
    """The forecast and ``retention plan`` agree, the day before and the day itself."""
    now = datetime.now(UTC)
    dated = [one for one in forecast(home.settings, CODE, now).endings if one.end.on and not one.end.assumed]
    assert {one.record_class for one in dated} == {RecordClass.RECORDING, RecordClass.DOSSIER}
    for one in dated:
        assert one.end.on is not None
        noon = datetime(one.end.on.year, one.end.on.month, one.end.on.day, 12, tzinfo=UTC)
        for moment, come in ((noon - DAY, False), (noon, True)):
            found = [
                item
                for item in retain.plan(home.settings, moment, everything=True).items
                if item.record_class is one.record_class and str(item.session) == one.session
            ]
            assert [has_come(item) for item in found] == [come] * one.count


def test_what_waits_for_a_planned_event_is_dated_and_marked(home: Built) -> None:
    """The proof of consent counts from the end of the research, which has not come."""
    (consent,) = [
        one
        for one in forecast(home.settings, CODE, datetime.now(UTC)).endings
        if one.record_class is RecordClass.CONSENT
    ]
    assert (consent.end.on, consent.end.assumed) == (date(2033, 6, 30), True)


def test_until_leaves_out_what_ends_later_and_counts_it(home: Built) -> None:
    """A record whose day cannot be told ends later, too."""
    now = datetime.now(UTC)
    whole = forecast(home.settings, CODE, now)
    part = forecast(home.settings, CODE, now, (now + 60 * DAY).date())
    assert [one.record_class for one in part.endings] == [RecordClass.RECORDING]
    assert sum(one.count for one in part.endings) + part.later == sum(one.count for one in whole.endings)


def test_another_policy_changes_the_fate_of_the_records_it_shortens_with_the_grace(home: Built) -> None:
    """45 days become 5, but not before the 14 days of grace; what the policy leaves alone is not named."""
    now = datetime.now(UTC)
    shorter = parse_policy((POLICY.read_text(encoding="utf-8") + PLANNED).replace("keep: 45 days", "keep: 5 days"), "x")
    (fate,) = fates(home.settings, CODE, None, shorter, now)
    received = datetime.now(UTC).date()
    assert (fate.session, fate.record_class, fate.count) == (f"{CODE}/1", RecordClass.RECORDING, 1)
    assert fate.before.on is not None and abs((fate.before.on - received).days - 45) <= 1
    assert fate.after.on is not None and abs((fate.after.on - received).days - 14) <= 1


def test_a_rule_that_changes_where_no_day_can_be_told_is_named(home: Built) -> None:
    """The proof of consent has no day yet; a longer period is still another fate."""
    text = (POLICY.read_text(encoding="utf-8") + PLANNED).replace("keep: 5 years, then", "keep: 9 years, then", 1)
    assert [
        one.record_class for one in fates(home.settings, CODE, None, parse_policy(text, "x"), datetime.now(UTC))
    ] == [RecordClass.CONSENT]
    assert fates(home.settings, CODE, None, None, datetime.now(UTC)) == ()


def test_the_forecast_knows_the_grace_that_runs(home: Built, tmp_path: Path) -> None:
    """After a shorter policy was applied, the recording still ends with the grace."""
    import shutil

    shutil.copytree(home.path, tmp_path / "home")
    built = Built(tmp_path / "home")
    file = tmp_path / "b.yaml"
    text = POLICY.read_text(encoding="utf-8").replace("version: 1\n", "version: 2\n").replace("45 days", "5 days")
    file.write_text(text, encoding="utf-8")
    with built.open() as services:
        done = policy_change.apply(services, CODE, file, "Dominique")
    (recording,) = [
        one
        for one in forecast(built.settings, CODE, datetime.now(UTC)).endings
        if one.record_class is RecordClass.RECORDING
    ]
    assert recording.end.on == done.counts_from


NOW = datetime(2026, 9, 1, 9, tzinfo=UTC)


def first(policy: Policy, record_class: RecordClass) -> tuple[date | None, Disposal]:
    ends = [one.end for one in imagined(policy, NOW).endings if one.record_class is record_class]
    return ends[0].on, ends[0].disposal


@pytest.mark.parametrize(
    ("record_class", "end"),
    [
        (RecordClass.RECORDING, (date(2026, 9, 22), Disposal.DESTROY)),  # cleared three weeks later
        (RecordClass.VERBATIM, (date(2026, 10, 31), Disposal.DESTROY)),  # return closed on 1 October, and 30 days
        (RecordClass.VAULT, (date(2027, 11, 1), Disposal.DESTROY)),  # closed a month after the eighth session
        (RecordClass.CLEARED, (date(2030, 5, 1), Disposal.REVIEW)),
        (RecordClass.OUTPUT, (None, Disposal.KEEP)),
    ],
)
def test_an_imagined_workshop_ends_as_the_schedule_says(
    record_class: RecordClass, end: tuple[date | None, Disposal]
) -> None:
    """Begun on 1 September: eight sessions, one a month."""
    assert first(DEMO, record_class) == end


def test_what_the_policy_plans_counts_for_the_imagined_workshop() -> None:
    """Its sessions, their distance, and the days of the events."""
    planned = Planned(sessions=3, first_session=date(2026, 10, 5), workshop_closes=date(2027, 1, 31),
                      research_ends=date(2027, 12, 31))  # fmt: skip
    found = imagined(replace(DEMO, planned=planned), NOW)
    recordings = [one.since for one in found.endings if one.record_class is RecordClass.RECORDING]
    assert recordings == [date(2026, 10, 5), date(2026, 11, 5), date(2026, 12, 5)]
    assert found.planned == {Trigger.WORKSHOP_CLOSED: date(2027, 1, 31), Trigger.RESEARCH_ENDED: date(2027, 12, 31)}
    assert first(replace(DEMO, planned=planned), RecordClass.VAULT)[0] == date(2027, 7, 31)


def test_every_class_of_a_workshop_is_imagined() -> None:
    """Nothing of the schedule is left out of the picture."""
    assert {one.record_class for one in imagined(DEMO, NOW).endings} == set(DEMO.schedule)
