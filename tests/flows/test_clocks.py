"""Events, announcements, holds and the day of retention, in a real home under a clock that is set by hand."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import told_twice

from flows.steps import sessions, workshops
from flows.steps.leaving import release
from flows.steps.retention import daily, events, extensions, holds, retain, visas, whys
from flows.steps.retention.attention import attention
from flows.steps.retention.certificates import certificates, owed
from flows.steps.retention.clocks import Clocks
from flows.steps.reviewing import clear, review
from flows.steps.sealing import condemn, finish_erasures
from infra.wiring import Services
from policies.caution import Stop
from policies.destruction import Why
from storage.commit import Change
from storage.log.entry import Entry
from storage.verify import verify_archive
from tests import factory
from vocabulary.choices import Audience, Disposal, Ground, Notice, RecordClass, SessionState, Suspends, Trigger
from vocabulary.errors import StateError, UsageError
from vocabulary.ids import SessionName
from vocabulary.text import IdentifiedText

BEGUN = datetime(2027, 3, 1, 9, tzinfo=UTC)
REASON = IdentifiedText("le juge Bartholdi Canari l'a demandé")


class Clock:
    """A clock a test sets; later than whatever the home's own making logged."""

    def __init__(self) -> None:
        self.now = BEGUN

    def __call__(self) -> datetime:
        return self.now

    def on(self, month: int, day: int, year: int = 2027) -> None:
        self.now = datetime(year, month, day, 9, tzinfo=UTC)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose one session was received on 1 March 2027 and is in review since, closed."""
    place = tmp_path_factory.mktemp("pristine")
    built = factory.bare(place / "home", BEGUN)
    with built.open(now=Clock()) as services:
        workshops.add(services, factory.CODE, factory.POLICY)
        factory.walk(services, SessionState.IN_REVIEW, place)
    return built.path


@pytest.fixture
def home(pristine: Path, clock: Clock, tmp_path: Path) -> Iterator[Services]:
    """A copy of it, open."""
    copy = factory.Built(Path(shutil.copytree(pristine, tmp_path / "home")))
    with copy.open(now=clock) as services:
        yield services


def of(services: Services, record_class: RecordClass):  # type: ignore[no-untyped-def]
    return services.archive.catalog.records(record_class=record_class)


def due_on(services: Services, record_class: RecordClass) -> set[str]:
    dates = services.archive.catalog.due_dates()
    return {dates[record.id] for record in of(services, record_class)}


def kinds(services: Services) -> list[str]:
    return [entry.kind for entry in services.archive.log.entries()]


def confirm_by_two(services: Services) -> None:
    """Two people say that the clock is right."""
    for person in ("Dominique", "Camille"):
        daily.confirm(services, person)


def day_by_day(services: Services, clock: Clock, last: datetime) -> list[daily.Day]:
    """Let the days come until ``last``, as on a machine that is on: one in six, and each of the last sixteen."""
    days = []
    while clock.now < last:
        clock.now += timedelta(days=1 if (last - clock.now).days <= 16 else 6)
        day = daily.run_day(services)
        if day is not None:
            days.append(day)
    return days


# Events


def test_an_event_dates_what_waits_for_it_and_can_be_corrected(home: Services, clock: Clock) -> None:
    """The closing of the return dates the verbatim; a correction moves the date; both entries stay to be read."""
    assert due_on(home, RecordClass.VERBATIM) == {"2028-03-01"}
    clock.on(4, 10)
    noted = events.note(home, Trigger.RETURN_CLOSED, str(factory.SESSION), date(2027, 4, 2), "Dominique")
    assert due_on(home, RecordClass.VERBATIM) == {"2027-05-02"}
    assert noted.dated >= 3
    clock.on(4, 11)
    corrected = events.correct(home, noted.row.id, date(2027, 4, 9), "Dominique")
    assert due_on(home, RecordClass.VERBATIM) == {"2027-05-09"}
    clock.on(4, 12)
    events.correct(home, corrected.row.id, None, "Dominique")
    assert due_on(home, RecordClass.VERBATIM) == {"2028-03-01"}
    assert [one.stands for one in events.listed(home.settings)] == [False, False, True]
    assert [kind for kind in kinds(home) if kind.startswith("event-")] == ["event-noted", *["event-corrected"] * 2]


@pytest.mark.parametrize(
    ("trigger", "of_what", "day", "error"),
    [
        (Trigger.RETURN_CLOSED, "essai/1", date(2027, 4, 11), StateError),
        (Trigger.RETURN_CLOSED, "essai/1", date(2027, 2, 28), StateError),
        (Trigger.RETURN_CLOSED, "essai", date(2027, 4, 2), UsageError),
        (Trigger.RETURN_CLOSED, None, date(2027, 4, 2), UsageError),
        (Trigger.WORKSHOP_CLOSED, "essai/1", date(2027, 4, 2), UsageError),
        (Trigger.RESEARCH_ENDED, "essai/1", date(2027, 4, 2), UsageError),
    ],
)
def test_an_event_that_cannot_be_is_refused(
    home: Services, clock: Clock, trigger: Trigger, of_what: str | None, day: date, error: type[Exception]
) -> None:
    """Neither a day to come nor one before the session, nor an event of the wrong thing; nothing is noted."""
    clock.on(4, 10)
    with pytest.raises(error):
        events.note(home, trigger, of_what, day, "Dominique")
    assert events.listed(home.settings) == []


def test_an_event_is_noted_once(home: Services, clock: Clock) -> None:
    """The same event a second time is refused, and the way to correct the first is said."""
    clock.on(4, 10)
    first = events.note(home, Trigger.WORKSHOP_CLOSED, "essai", date(2027, 4, 2), "Dominique")
    with pytest.raises(StateError) as caught:
        events.note(home, Trigger.WORKSHOP_CLOSED, "essai", date(2027, 4, 3), "Camille")
    assert caught.value.facts["id"] == first.row.id


def test_the_end_of_all_research_counts_for_every_workshop_and_a_workshops_own_before_it(
    home: Services, clock: Clock
) -> None:
    """Without a code the research has ended everywhere; the day of one workshop is its own."""
    clock.on(4, 10)
    record = of(home, RecordClass.CONSENT)[0]
    events.note(home, Trigger.RESEARCH_ENDED, None, date(2027, 4, 2), "Dominique")
    assert home.archive.catalog.due_dates()[record.id] == "2032-04-02"
    events.note(home, Trigger.RESEARCH_ENDED, "essai", date(2027, 4, 5), "Dominique")
    assert home.archive.catalog.due_dates()[record.id] == "2032-04-05"
    assert Clocks(home.archive.catalog).of(record)[Trigger.RESEARCH_ENDED].date() == date(2027, 4, 5)


def test_an_event_nobody_noted_is_asked_for_and_bounds_meanwhile(home: Services, clock: Clock) -> None:
    """A year after receipt the steward is asked for the closing of the return; the latest end has counted by then."""
    assert attention(home.settings, clock.now).awaited == ()
    clock.on(3, 1, 2028)
    asked = attention(home.settings, clock.now).awaited
    assert [(one.event, one.of, one.latest) for one in asked] == [(Trigger.RETURN_CLOSED, "essai/1", date(2028, 3, 1))]
    judged = {one.record_class: one for one in whys.explain(home.settings, "essai/1", clock.now)}
    assert judged[RecordClass.VERBATIM].due == date(2028, 3, 1)


def test_nobody_is_asked_for_an_event_that_nothing_waits_for(home: Services, clock: Clock) -> None:
    """Once verbatim, draft and dossier are destroyed, their certificates are no reason to ask for the return."""
    clock.on(3, 2, 2028)
    confirm_by_two(home)
    retain.apply(home, "Dominique")
    assert not of(home, RecordClass.VERBATIM) and of(home, RecordClass.CERTIFICATE)
    assert attention(home.settings, clock.now).awaited == ()


@pytest.mark.parametrize(
    ("trigger", "of_what", "record_class", "until"),
    [
        (Trigger.WORKSHOP_CLOSED, "essai", RecordClass.VAULT, "2030"),
        (Trigger.RESEARCH_ENDED, None, RecordClass.CONSENT, "2038"),
    ],
)
def test_an_event_ends_nothing_that_comes_after_it(
    home: Services, clock: Clock, tmp_path: Path, trigger: Trigger, of_what: str | None, record_class: RecordClass,
    until: str,
) -> None:  # fmt: skip
    """A session received after a closing puts it out of count; it is asked for in its time, and can be noted again."""
    clock.on(3, 2)
    events.note(home, trigger, of_what, date(2027, 3, 2), "Dominique")
    clock.on(3, 1, 2028)
    told_twice.bring(home, SessionName("essai", 2), told_twice.FIRST_DOSSIER.replace("= 1", "= 2", 1), tmp_path)
    assert {day[:4] for day in due_on(home, record_class)} == {until}
    with pytest.raises(StateError):
        events.note(home, trigger, of_what, date(2028, 2, 28), "Dominique")
    clock.on(6, 1, 2033)
    assert trigger in {one.event for one in events.awaited(home.settings, clock.now)}
    events.note(home, trigger, of_what, date(2033, 5, 1), "Dominique")
    assert trigger not in {one.event for one in events.awaited(home.settings, clock.now)}
    assert verify_archive(home.home, home.archive).findings == ()


# Due dates in the catalog


def test_whatever_changes_a_due_date_changes_it_in_the_catalog(home: Services, clock: Clock) -> None:
    """After events, an extension, a clearance and a destruction, every date is the one that follows from the log."""
    clock.on(4, 10)
    extensions.extend(home, factory.SESSION, "Dominique", REASON)
    events.note(home, Trigger.RETURN_CLOSED, "essai/1", date(2027, 4, 2), "Dominique")
    review.accept(home, factory.SESSION, "Camille")
    clear.clear(home, factory.SESSION, Audience.GROUP, "Camille")
    clear.clear(home, factory.SESSION, Audience.GROUP, "Dominique")
    retain.apply(home, "Dominique")
    gone = {record.id for record in home.archive.catalog.records(life=None) if record.destroyed_at}
    assert gone and not gone & home.archive.catalog.due_dates().keys()
    assert verify_archive(home.home, home.archive).findings == ()


def test_a_due_date_that_was_edited_is_found_and_destroys_nothing(home: Services, clock: Clock) -> None:
    """Whoever moves a date in the catalog is found out, and the record is judged from its own rows."""
    record = of(home, RecordClass.VERBATIM)[0].id
    with closing(sqlite3.connect(home.home / "archive" / "catalog.sqlite")) as connection, connection:
        connection.execute("UPDATE due_dates SET due_on = '2027-03-01' WHERE record_id = ?", (record,))
    found = verify_archive(home.home, home.archive).findings
    assert [one.place for one in found] == [f"due_dates/{record}"]
    clock.on(3, 20)
    assert record not in {item.record for item in retain.plan(home.settings, clock.now).to_destroy}


# Announcing, warning, destroying


def test_nothing_goes_by_itself_before_it_was_announced_for_seven_days(home: Services, clock: Clock) -> None:
    """A verbatim due on 2 May is announced on 25 April and goes on 2 May, with a certificate that is not late."""
    clock.on(4, 22)
    events.note(home, Trigger.RETURN_CLOSED, "essai/1", date(2027, 4, 2), "Dominique")
    confirm_by_two(home)
    day_by_day(home, clock, datetime(2027, 5, 1, 9, tzinfo=UTC))
    assert of(home, RecordClass.VERBATIM)
    said = {
        (row.notice, row.due_on, row.at[:10])
        for row in home.archive.catalog.notices(of(home, RecordClass.VERBATIM)[0].id)
    }
    assert said == {(Notice.ANNOUNCED.value, "2027-05-02", "2027-04-25")}
    clock.on(5, 2)
    stopped = daily.run_day(home)
    assert stopped is not None and stopped.stopped is not None  # most of this small archive is due at once
    assert daily.confirm(home, "Dominique") == daily.Confirmed(due=3, in_doubt=0, asks_second=False)
    day = daily.run_day(home)
    assert day is not None and day.applied is not None
    assert {item.record_class for item in day.applied.destroyed} == {
        RecordClass.VERBATIM, RecordClass.DOSSIER, RecordClass.DRAFT,
    }  # fmt: skip
    assert [one.content["days_late"] for one in certificates(home)][-1] == 0


def test_what_a_person_noted_dates_nothing_at_once(home: Services, clock: Clock) -> None:
    """A steward who notes an old closing and applies the plan in the same hour destroys nothing by it."""
    clock.on(6, 10)
    events.note(home, Trigger.RETURN_CLOSED, "essai/1", date(2027, 4, 2), "Dominique")
    assert retain.apply(home, "Dominique").destroyed == ()
    why = {one.record_class: one.why for one in whys.explain(home.settings, "essai/1", clock.now)}
    assert why[RecordClass.VERBATIM] == Why.NOT_ANNOUNCED


def test_what_moved_later_after_its_announcement_is_announced_anew(home: Services, clock: Clock) -> None:
    """An extension after the announcement keeps the recording past its first day; its new day is announced again."""
    days = day_by_day(home, clock, datetime(2027, 4, 10, 9, tzinfo=UTC))
    assert sum(day.announced for day in days) == 1
    assert extensions.extend(home, factory.SESSION, "Dominique", REASON) == date(2027, 5, 15)
    days = day_by_day(home, clock, datetime(2027, 5, 14, 9, tzinfo=UTC))
    assert of(home, RecordClass.RECORDING)
    assert sum(day.announced for day in days) == 1
    days = day_by_day(home, clock, datetime(2027, 5, 15, 9, tzinfo=UTC))
    assert [item.record_class for day in days if day.applied for item in day.applied.destroyed] == [
        RecordClass.RECORDING
    ]


def test_a_day_that_comes_back_is_announced_anew(home: Services, clock: Clock) -> None:
    """A closing that was noted, announced, taken back and noted again for its day waits for a new announcement."""
    clock.on(6, 10)
    daily.confirm(home, "Dominique")
    noted = events.note(home, Trigger.RETURN_CLOSED, "essai/1", date(2027, 4, 2), "Dominique")
    daily.run_day(home)
    assert len(home.archive.catalog.announcements({one.id for one in of(home, RecordClass.VERBATIM)})) == 1
    events.correct(home, noted.row.id, None, "Camille")
    clock.on(9, 20)
    events.note(home, Trigger.RETURN_CLOSED, "essai/1", date(2027, 4, 2), "Dominique")
    retain.apply(home, "Dominique")
    why = {one.record_class: one.why for one in whys.explain(home.settings, "essai/1", clock.now)}
    assert why[RecordClass.VERBATIM] == Why.NOT_ANNOUNCED
    assert verify_archive(home.home, home.archive).findings == ()


def test_the_facilitator_is_warned_once_each_fourteen_seven_and_two_days_ahead(home: Services, clock: Clock) -> None:
    """An uncleared recording that ends on 15 April is warned of on the 1st, the 8th and the 13th, and in status."""
    days = day_by_day(home, clock, datetime(2027, 4, 14, 9, tzinfo=UTC))
    assert [one.days for day in days for one in day.warned] == [14, 7, 2]
    assert kinds(home).count("destruction-warned") == 3
    ending = attention(home.settings, clock.now).ending
    assert [(str(one.session), one.on, one.days, one.can_extend) for one in ending] == [
        ("essai/1", date(2027, 4, 15), 1, True)
    ]


def test_an_extension_is_given_once_and_its_reason_stays_sealed(home: Services) -> None:
    """A second extension is refused, and nothing on the disk holds what was typed."""
    extensions.extend(home, factory.SESSION, "Dominique", REASON)
    with pytest.raises(StateError):
        extensions.extend(home, factory.SESSION, "Camille", REASON)
    assert len(of(home, RecordClass.REASON)) == 1
    _is_nowhere(home.home, b"Bartholdi")


# Holds and restrictions


@pytest.mark.parametrize("level", ["workshop", "session", "record"])
def test_a_hold_is_inherited_and_keeps_from_every_destruction(home: Services, clock: Clock, level: str) -> None:
    """On the workshop, the session or the record: no plan, no day, no discard destroys what it stands over."""
    recording = of(home, RecordClass.RECORDING)[0]
    where = {"workshop": "essai", "session": "essai/1", "record": recording.id}[level]
    placed = holds.place(home, Suspends.DESTRUCTION, where, Ground.AUTHORITY, date(2027, 6, 1), "Dominique", REASON)
    clock.on(6, 10)
    daily.confirm(home, "Dominique")
    assert retain.apply(home, "Dominique").destroyed == ()
    daily.run_day(home)
    for person in ("Camille", "Dominique"):
        with pytest.raises(StateError):
            sessions.discard(home, factory.SESSION, person)
    assert recording in home.archive.catalog.records()
    explained = whys.explain(home.settings, recording.id, clock.now)[0]
    assert (explained.why, explained.orders) == (Why.HELD.value, (placed.id,))
    assert [one.row.id for one in attention(home.settings, clock.now).to_review] == [placed.id]
    _is_nowhere(home.home, b"Bartholdi")


def test_a_fault_on_hold_stays_when_what_it_quotes_ends(home: Services, clock: Clock) -> None:
    """Faults end with the recording of their session, and not one that a hold is set on."""
    session = home.archive.catalog.session(factory.SESSION).id
    held, other = (home.archive.seal_fault("Traceback", session, now=clock.now) for _ in range(2))
    holds.place(home, Suspends.DESTRUCTION, held, Ground.INCIDENT, date(2027, 9, 1), "Dominique")
    clock.on(6, 10)
    confirm_by_two(home)
    day_by_day(home, clock, datetime(2027, 6, 18, 9, tzinfo=UTC))
    assert not of(home, RecordClass.RECORDING)
    rows = {row.id: row for row in home.archive.catalog.records(record_class=RecordClass.FAULT, life=None)}
    assert (rows[held].life, rows[held].destroy_intended_at, rows[other].life) == ("live", None, "destroyed")


def test_a_lifted_hold_lets_go_what_is_announced_anew(home: Services, clock: Clock) -> None:
    """What was announced before a hold is not destroyed on the day the hold is lifted."""
    day_by_day(home, clock, datetime(2027, 4, 10, 9, tzinfo=UTC))
    placed = holds.place(home, Suspends.DESTRUCTION, "essai/1", Ground.DISPUTE, date(2027, 4, 20), "Dominique")
    day_by_day(home, clock, datetime(2027, 4, 20, 9, tzinfo=UTC))
    assert of(home, RecordClass.RECORDING)
    holds.lift(home, Suspends.DESTRUCTION, placed.id, "Camille")
    day_by_day(home, clock, datetime(2027, 4, 27, 9, tzinfo=UTC))
    assert of(home, RecordClass.RECORDING)
    days = day_by_day(home, clock, datetime(2027, 4, 28, 9, tzinfo=UTC))
    assert not of(home, RecordClass.RECORDING)
    assert [day.applied.destroyed[0].record_class for day in days if day.applied] == [RecordClass.RECORDING]
    assert certificates(home)[-1].content["days_late"] == 13


def test_what_was_announced_for_erasure_before_a_hold_is_kept_while_it_stands(home: Services) -> None:
    """A hold that comes between a version that was replaced and the loss of its key wins; lifted, that is finished."""
    drafts = of(home, RecordClass.DRAFT)
    home.commit(Change(replace=tuple(condemn(drafts, home.now()))), Entry("drafted"))
    placed = holds.place(home, Suspends.DESTRUCTION, "essai/1", Ground.AUTHORITY, date(2027, 6, 1), "Dominique")
    assert placed.going == 1
    assert finish_erasures(home) == 0
    assert home.archive.keystore.has(home.archive.scope_of(drafts[0]))
    holds.lift(home, Suspends.DESTRUCTION, placed.id, "Camille")
    assert finish_erasures(home) == 1


def test_a_hold_takes_back_a_destruction_of_the_schedule_that_had_begun(home: Services, clock: Clock) -> None:
    """Cut off before its key went, and held: once the hold is lifted it is judged and announced as all others are."""
    recordings = of(home, RecordClass.RECORDING)
    home.commit(Change(replace=tuple(condemn(recordings, home.now()))), Entry("destruction-intended"))
    placed = holds.place(home, Suspends.DESTRUCTION, "essai/1", Ground.AUTHORITY, date(2027, 6, 1), "Dominique")
    assert placed.going == 0
    clock.on(5, 1)
    holds.lift(home, Suspends.DESTRUCTION, placed.id, "Camille")
    assert finish_erasures(home) == 0
    assert owed(home) == 0
    confirm_by_two(home)
    daily.run_day(home)
    assert due_on(home, RecordClass.RECORDING) == {"2027-04-15"}
    why = {one.record_class: one.why for one in whys.explain(home.settings, "essai/1", clock.now)}
    assert why[RecordClass.RECORDING] == Why.NOT_ANNOUNCED
    assert verify_archive(home.home, home.archive).findings == ()
    day_by_day(home, clock, datetime(2027, 5, 8, 9, tzinfo=UTC))
    assert [len(one.content["records"]) for one in certificates(home)] == [len(recordings)]


def test_a_version_on_hold_stays_when_a_newer_one_counts(home: Services) -> None:
    """Clearing under a hold destroys no draft, and the session goes on."""
    holds.place(home, Suspends.DESTRUCTION, "essai/1", Ground.AUTHORITY, date(2027, 6, 1), "Dominique")
    before = len(of(home, RecordClass.DRAFT))
    review.accept(home, factory.SESSION, "Camille")
    for person in ("Camille", "Dominique"):
        clear.clear(home, factory.SESSION, Audience.GROUP, person)
    assert len(of(home, RecordClass.DRAFT)) == before + 1
    with pytest.raises(StateError):
        review.reopen(home, factory.SESSION, "Camille")
    assert verify_archive(home.home, home.archive).findings == ()


def test_a_restriction_stops_every_use_and_no_destruction(home: Services, clock: Clock, tmp_path: Path) -> None:
    """Nothing is read, accepted, cleared, released or given back; the schedule goes on; lifted, work goes on."""
    placed = holds.place(home, Suspends.USE, "essai", Ground.REQUEST, date(2027, 6, 1), "Dominique")
    uses = [
        lambda: review.show(home, factory.SESSION, "Camille"),
        lambda: review.accept(home, factory.SESSION, "Camille"),
        lambda: clear.clear(home, factory.SESSION, Audience.GROUP, "Camille"),
        lambda: release.release(home, factory.SESSION, Audience.GROUP, ["txt"], "Camille"),
        lambda: sessions.recover(home, factory.SESSION, tmp_path / "out", "Camille"),
    ]
    for use in uses:
        with pytest.raises(StateError) as caught:
            use()
        assert "restricted" in str(caught.value)
    assert whys.explain(home.settings, "essai/1", clock.now)[0].why == Why.NOT_DUE.value
    holds.lift(home, Suspends.USE, placed.id, "Camille")
    assert review.accept(home, factory.SESSION, "Camille").session == factory.SESSION


# The clock, and how much


def test_a_machine_that_was_off_asks_first_and_catches_up(home: Services, clock: Clock) -> None:
    """After a month off nothing goes until two people confirm the clock; then it does, announced, and says how late."""
    day_by_day(home, clock, datetime(2027, 4, 12, 9, tzinfo=UTC))
    clock.on(5, 20)
    before = len(kinds(home))
    asked = daily.run_day(home)
    assert asked is not None and asked.stopped is not None and asked.applied is None
    assert daily.stopped(home.settings, clock.now) == asked.stopped
    assert len(kinds(home)) == before
    confirm_by_two(home)
    day = daily.run_day(home)
    assert day is not None and [one.days for one in day.warned] == [-35]  # the one that the pause left out
    assert of(home, RecordClass.RECORDING)
    clock.on(5, 21)
    assert daily.run_day(home) is not None
    assert not of(home, RecordClass.RECORDING)
    assert certificates(home)[-1].content["days_late"] == 36


def test_a_machine_that_was_off_for_three_months_warns_announces_and_catches_up(home: Services, clock: Clock) -> None:
    """Nobody was warned before: the three warnings are given day by day, and the recording goes after its week."""
    clock.on(3, 2)
    daily.run_day(home)
    clock.on(6, 1)
    daily.run_day(home)
    confirm_by_two(home)
    daily.run_day(home)
    days = day_by_day(home, clock, datetime(2027, 6, 7, 9, tzinfo=UTC))
    assert kinds(home).count("destruction-warned") == 3
    assert [day.stopped for day in days] == [None] * 6
    assert of(home, RecordClass.RECORDING)
    day_by_day(home, clock, datetime(2027, 6, 8, 9, tzinfo=UTC))
    assert not of(home, RecordClass.RECORDING)
    assert verify_archive(home.home, home.archive).findings == ()


def test_one_person_who_sets_the_clock_ahead_and_confirms_it_destroys_nothing(home: Services, clock: Clock) -> None:
    """Two years on, confirmed, applied, and applied again day by day: all stays, and why says what to do."""
    there = set(home.archive.catalog.records())
    review.show(home, factory.SESSION, "Camille")  # an access, which the log keeps for 12 months
    clock.on(3, 1, 2029)
    with pytest.raises(StateError):
        daily.apply(home, "Camille", retain.plan(home.settings, clock.now))
    for _ in range(2):  # the same person twice is one person
        confirmed = daily.confirm(home, "Camille")
        assert confirmed.asks_second and confirmed.due == 0
    for _ in range(12):
        daily.apply(home, "Camille", retain.plan(home.settings, clock.now))
        day = daily.run_day(home)
        clock.now += timedelta(days=1)
    assert there <= set(home.archive.catalog.records())
    assert not {"destruction-intended", "segment-expired"} & set(kinds(home))
    assert day is not None and day.stopped is not None and day.stopped.facts["why"] is Stop.JUMP
    assert daily.stopped(home.settings, clock.now) == day.stopped
    why = {one.why for one in whys.explain(home.settings, "essai/1", clock.now)}
    assert Why.IN_DOUBT.value in why and None not in why
    confirmed = daily.confirm(home, "Dominique")
    assert confirmed.due > 0 and not confirmed.asks_second
    daily.apply(home, "Camille", retain.plan(home.settings, clock.now))
    assert not of(home, RecordClass.RECORDING) and "segment-expired" in kinds(home)


def test_what_one_person_confirmed_lets_go_what_was_due_before_the_jump(home: Services, clock: Clock) -> None:
    """A jump doubts what came due by it, and not what was announced and due already."""
    day_by_day(home, clock, datetime(2027, 4, 14, 9, tzinfo=UTC))
    clock.on(4, 15)
    review.show(home, factory.SESSION, "Camille")  # the machine was on that day, and retention not at work yet
    review.accept(home, factory.SESSION, "Camille")
    clock.on(5, 20)
    daily.confirm(home, "Camille")
    daily.apply(home, "Camille", retain.plan(home.settings, clock.now))
    assert not of(home, RecordClass.RECORDING)


def test_a_jump_does_not_make_the_time_of_an_announcement_pass(home: Services, clock: Clock) -> None:
    """An old closing, announced for a day that is over: nine days on by the clock it stays, until two confirm."""
    day_by_day(home, clock, datetime(2027, 4, 10, 9, tzinfo=UTC))
    events.note(home, Trigger.RETURN_CLOSED, "essai/1", date(2027, 3, 2), "Camille")
    clock.on(4, 11)
    daily.run_day(home)
    clock.on(4, 20)
    daily.confirm(home, "Camille")
    daily.apply(home, "Camille", retain.plan(home.settings, clock.now))
    assert of(home, RecordClass.VERBATIM)
    why = {one.record_class: one.why for one in whys.explain(home.settings, "essai/1", clock.now)}
    assert why[RecordClass.VERBATIM] == Why.IN_DOUBT
    daily.confirm(home, "Dominique")
    daily.apply(home, "Camille", retain.plan(home.settings, clock.now))
    assert not of(home, RecordClass.VERBATIM)


def test_a_jump_that_was_taken_back_is_not_forgotten(home: Services, clock: Clock) -> None:
    """Ahead, an entry, back again and confirmed: today is believed, and when the day comes that the entry has, two are
    asked for."""
    day_by_day(home, clock, datetime(2027, 3, 7, 9, tzinfo=UTC))
    clock.on(6, 1)
    review.accept(home, factory.SESSION, "Camille")
    clock.on(3, 8)
    assert not daily.confirm(home, "Camille").asks_second
    daily.run_day(home)
    clock.on(6, 2)
    assert daily.confirm(home, "Camille").asks_second
    day_by_day(home, clock, datetime(2027, 6, 20, 9, tzinfo=UTC))
    assert of(home, RecordClass.RECORDING)


def test_an_uncleared_recording_that_is_due_goes_by_hand_only_after_its_warnings(home: Services, clock: Clock) -> None:
    """Announced and warned of it goes when a person asks; a cleared one goes at once, as two people cleared it."""
    day_by_day(home, clock, datetime(2027, 4, 12, 9, tzinfo=UTC))
    clock.on(4, 15)
    assert retain.apply(home, "Dominique").destroyed == ()
    why = {one.record_class: one.why for one in whys.explain(home.settings, "essai/1", clock.now)}
    assert why[RecordClass.RECORDING] == Why.NOT_WARNED
    daily.run_day(home)
    clock.on(4, 16)
    assert [item.record_class for item in retain.apply(home, "Dominique").destroyed] == [RecordClass.RECORDING]


def test_a_machine_that_waits_for_an_answer_is_not_taken_for_one_that_was_off(home: Services, clock: Clock) -> None:
    """When nobody answers for ten days that too much is due, that stays the reason, and an answer still lets it go."""
    clock.on(4, 22)
    events.note(home, Trigger.RETURN_CLOSED, "essai/1", date(2027, 4, 2), "Dominique")
    confirm_by_two(home)
    days = day_by_day(home, clock, datetime(2027, 5, 12, 9, tzinfo=UTC))
    assert days[-1].stopped is not None and days[-1].stopped.facts == {"why": Stop.SHARE}
    before = len(kinds(home))
    daily.run_day(home)
    assert len(kinds(home)) == before
    daily.confirm(home, "Dominique")
    daily.run_day(home)
    assert not of(home, RecordClass.VERBATIM)


def test_what_others_wrote_meanwhile_does_not_hide_a_jump_of_the_clock(home: Services, clock: Clock) -> None:
    """A jump is seen between the entries themselves, also after a command that wrote one since."""
    day_by_day(home, clock, datetime(2027, 4, 5, 9, tzinfo=UTC))
    clock.on(6, 30)
    review.accept(home, factory.SESSION, "Camille")
    day = daily.run_day(home)
    assert day is not None and day.stopped is not None


def test_a_clock_before_the_last_entry_is_not_believed(home: Services, clock: Clock) -> None:
    """A clock set back stops the day; a person who confirms it is believed."""
    clock.on(2, 20)
    day = daily.run_day(home)
    assert day is not None and day.stopped is not None
    daily.confirm(home, "Dominique")
    clock.now += timedelta(hours=1)
    day = daily.run_day(home)
    assert day is not None and day.stopped is None


def test_each_day_is_done_once(home: Services, clock: Clock) -> None:
    """A second sweep on the same day does nothing and logs nothing."""
    clock.on(3, 2)
    assert daily.run_day(home) is not None
    before = len(kinds(home))
    assert daily.run_day(home) is None
    assert len(kinds(home)) == before


# Visas


def test_public_archives_wait_for_their_visa(tmp_path: Path, clock: Clock) -> None:
    """Under a policy of public archives a due record stays until a visa covers its day."""
    policy = tmp_path / "public.yaml"
    text = factory.POLICY.read_text(encoding="utf-8").replace("public_archives: false", "public_archives: true")
    policy.write_text(text, encoding="utf-8")
    built = factory.bare(tmp_path / "home", BEGUN)
    with built.open(now=clock) as home:
        workshops.add(home, factory.CODE, policy)
        factory.walk(home, SessionState.RECEIVED, tmp_path)
        day_by_day(home, clock, datetime(2027, 5, 1, 9, tzinfo=UTC))
        assert of(home, RecordClass.RECORDING)
        with pytest.raises(UsageError):
            visas.note(home, "essai", date(2027, 4, 14), "Karim Benali", "Dominique")
        visas.note(home, "essai", date(2027, 4, 14), "BE 2027-3", "Dominique")
        assert retain.apply(home, "Dominique").destroyed == ()
        visas.note(home, "essai/1", date(2027, 4, 15), "BE 2027-4", "Dominique")
        assert [item.record_class for item in retain.apply(home, "Dominique").destroyed] == [RecordClass.RECORDING]


# Drop folder


def test_an_untaken_file_is_told_and_never_removed(home: Services, clock: Clock) -> None:
    """What nobody can take lies in the drop folder, is named with its age, and stays."""
    path = home.home / "drop" / "essai" / "memo.m4a"
    path.write_bytes(b"voice")
    old = BEGUN.timestamp()
    os.utime(path, (old, old))
    clock.on(3, 2)
    assert [one.is_overdue for one in attention(home.settings, clock.now).drop] == [False]
    clock.on(3, 3)
    found = attention(home.settings, clock.now).drop
    assert [(one.file, one.since, one.is_overdue) for one in found] == [("essai/memo.m4a", BEGUN, True)]
    daily.run_day(home)
    checked = [entry for entry in home.archive.log.entries() if entry.kind == "retention-checked"]
    assert checked[-1].facts["drop_overdue"] == 1
    assert path.exists()


def test_a_record_a_person_decides_on_is_told_at_its_end(home: Services, clock: Clock) -> None:
    """Cleared text at the end of its period is never destroyed by itself; status counts what waits for a person."""
    review.accept(home, factory.SESSION, "Camille")
    for person in ("Camille", "Dominique"):
        clear.clear(home, factory.SESSION, Audience.GROUP, person)
    clock.on(4, 10)
    events.note(home, Trigger.RESEARCH_ENDED, "essai", date(2027, 4, 2), "Dominique")
    clock.on(4, 2, 2029)
    assert [one.disposal for one in attention(home.settings, clock.now).undecided] == [Disposal.REVIEW]


def _is_nowhere(home: Path, text: bytes) -> None:
    files = [path for path in home.rglob("*") if path.is_file()]
    assert files
    assert [path for path in files if text in path.read_bytes()] == []


@pytest.mark.nightly
def test_the_day_runs_as_a_prefect_flow(home: Services, pristine: Path, clock: Clock, tmp_path: Path) -> None:
    """With something due the day is walked under a Prefect server, and comes to what it comes to without, in the home
    it was asked for, whatever else is open."""
    from flows.run import run

    day_by_day(home, clock, datetime(2027, 4, 14, 9, tzinfo=UTC))
    clock.on(4, 15)
    with factory.Built(Path(shutil.copytree(pristine, tmp_path / "other"))).open(now=clock):
        report = run(home)
    assert report.day is not None and report.day.applied is not None
    assert [item.record_class for item in report.day.applied.destroyed] == [RecordClass.RECORDING]
    assert report.troubles == ()
