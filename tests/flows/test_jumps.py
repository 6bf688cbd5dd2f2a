"""A clock that was set ahead, and set back again: what one person can make of it, and what a run may do meanwhile."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from flows.steps import walk
from flows.steps.retention import daily, holds, retain
from flows.steps.rights import request_answers, requests
from infra.wiring import Services
from policies.caution import Stop
from storage.clocks import moment
from storage.rows.walk import RecordRow
from tests import factory
from vocabulary.choices import Article, Ground, RecordClass, RequestKind, RequestState, Ruling, SessionState, Suspends
from vocabulary.errors import StateError
from vocabulary.text import IdentifiedText

YEAR = timedelta(days=366)


class Clock:
    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def home(tmp_path: Path, clock: Clock) -> Iterator[Services]:
    """A home with a session in review, whose day of retention was done a day after."""
    with factory.copied(tmp_path / "home", SessionState.IN_REVIEW).open(now=clock) as services:
        clock.now = moment(services.archive.log.newest().at) + timedelta(days=1)
        daily.run_day(services)
        yield services


def kept(services: Services) -> list[RecordRow]:
    return [row for row in services.archive.catalog.records() if row.record_class != RecordClass.CERTIFICATE]


def write_an_entry(services: Services) -> None:
    placed = holds.place(services, Suspends.DESTRUCTION, "essai/1", Ground.DISPUTE, date(2050, 1, 1), "Camille")
    holds.lift(services, Suspends.DESTRUCTION, placed.id, "Camille")


def answered_request(services: Services) -> str:
    opened = requests.open_request(
        services, RequestKind.ACCESS, None, IdentifiedText("Zed"), "Dominique", speaks=False
    ).id
    requests.decide(services, opened, Ruling.REFUSED, Article.GDPR_12_5, IdentifiedText(""), "Dominique")
    request_answers.answer(services, opened, "Dominique")
    return opened


def test_a_run_under_a_clock_that_jumped_destroys_nothing_of_a_request_or_the_log(home: Services, clock: Clock) -> None:
    """The walk, and a plan applied by hand that shows nothing, stop at the clock; both end with the day once it is
    believed."""
    request, back = answered_request(home), clock.now
    clock.now += 3 * YEAR
    report = walk.run(home, lambda waiting: None)
    assert report.day is not None and report.day.stopped is not None
    with pytest.raises(StateError):
        daily.apply(home, "Camille", retain.Plan(clock.now.date(), (), (), ()))
    assert home.archive.catalog.request(request).request_state == RequestState.ANSWERED
    assert not {"request-expired", "segment-expired"} & {entry.kind for entry in home.archive.log.entries()}
    for person in ("Camille", "Dominique"):
        daily.confirm(home, person)
    for _ in range(9):
        walk.run(home, lambda waiting: None)
        daily.confirm(home, "Camille")
        clock.now += timedelta(days=1)
    assert home.archive.catalog.request(request).request_state == RequestState.CLOSED
    assert back < clock.now


def test_what_a_request_held_ends_in_a_home_that_has_nothing_else(tmp_path: Path, clock: Clock) -> None:
    """No record is under a schedule there, and the day is done all the same."""
    with factory.bare(tmp_path / "home", clock.now).open(now=clock) as services:
        request = answered_request(services)
        walk.run(services, lambda waiting: None)
        clock.now += YEAR + timedelta(days=10)
        report = walk.run(services, lambda waiting: None)
        assert report.day is not None and report.day.stopped is not None
        for person in ("Camille", "Dominique"):
            daily.confirm(services, person)
        walk.run(services, lambda waiting: None)
        assert services.archive.catalog.request(request).request_state == RequestState.CLOSED
        assert walk.run(services, lambda waiting: None).day is None


@pytest.mark.parametrize("far", [timedelta(days=300), YEAR + timedelta(days=2)])
def test_two_who_confirm_the_real_day_after_a_jump_was_taken_back_do_not_confirm_the_jump(
    home: Services, clock: Clock, far: timedelta
) -> None:
    """Ahead, an entry, back again, and two confirm what the clock shows: ahead once more, before that entry or past it,
    one person alone destroys nothing; a second one makes it true."""
    begun, there = clock.now, kept(home)
    clock.now = begun + YEAR
    write_an_entry(home)
    clock.now = begun + timedelta(days=1)
    stopped = daily.run_day(home)
    assert stopped is not None and stopped.stopped is not None and stopped.stopped.facts["why"] is Stop.BEHIND
    for person in ("Dominique", "Camille"):
        assert not daily.confirm(home, person).asks_second
    assert daily.run_day(home) is not None and daily.run_day(home) is None  # today is believed, and done once
    clock.now = begun + far
    with pytest.raises(StateError):
        daily.apply(home, "Camille", retain.plan(home.settings, clock.now))
    for _ in range(9):
        assert daily.confirm(home, "Camille").asks_second
        daily.apply(home, "Camille", retain.plan(home.settings, clock.now))
        daily.run_day(home)
        clock.now += timedelta(days=1)
    assert {row.id for row in there} <= {row.id for row in kept(home)}
    assert not daily.confirm(home, "Dominique").asks_second


def test_a_clock_set_to_and_fro_between_two_entries_is_not_walked_ahead_by_one_person(
    home: Services, clock: Clock
) -> None:
    """Far ahead and back to a day in between: the way from the last day that was told of is a jump, too."""
    begun = clock.now
    clock.now = begun + YEAR
    assert daily.confirm(home, "Camille").asks_second
    for days in (300, 200, 100):
        clock.now = begun + timedelta(days=days)
        assert daily.confirm(home, "Camille").asks_second
        assert not retain.plan(home.settings, clock.now).to_destroy
