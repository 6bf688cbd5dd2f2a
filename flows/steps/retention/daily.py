"""What retention does by itself, once a day: warn, announce, and destroy what was announced long enough ago.

And what comes before a person's own ``retention apply``: the same look at the clock.

Rules kept here:
- before anything it looks at the clock, against the entries of the log since it was last at work; a clock that
  cannot be right, or too much due at once, stops it, and a person says by name that it is meant. The clock stops what
  a person asks for at the terminal as well, until it is confirmed;
- what requests hold, and entries of the log, end with the day, too, and by nothing else that runs by itself; that too
  much is due does not keep them;
- nothing is destroyed that was not announced for the time the policy asks, and is not still to go on that day;
- what came due by a jump of the clock alone waits until two different people have confirmed it (jumps.py);
- warnings and announcements are dated by the log, whose time never goes back;
- each warning and each announcement is a row and a log entry, made once;
- a day on which all was done is noted in the log; one that was stopped or that failed is tried again. That too much
  was due is noted, once a day: a machine that was on and waited is not taken for one that was off.
A machine that was off does the same at its next start; the certificate says how many days late.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from flows.steps.advice import Advice
from flows.steps.arrival.drop_folder import lying
from flows.steps.record import log_life
from flows.steps.retention.jumps import (
    AFTER,
    BEFORE,
    CHECKED,
    CLOCK,
    CONFIRMED,
    Since,
    jumps,
    since_last_at_work,
    why_stopped,
)
from flows.steps.retention.outcomes import Applied, Plan
from flows.steps.retention.planning import Judged, Schedule
from flows.steps.retention.retain import apply as destroy_due
from flows.steps.retention.retain import apply_announced, let_end
from flows.steps.retention.undecided import Waiting, asked, waiting
from flows.steps.rights.requests_due import is_any_over
from flows.steps.sealing import Facts, stamp
from infra.process import lock
from infra.settings import Settings
from infra.wiring import Services
from policies.announcing import FIRST_WARNING, is_to_announce, warning
from policies.caution import Stop, in_doubt_after, stop_of_share
from policies.destruction import Why
from policies.schedule import today
from storage.archive import ARCHIVE, LOG
from storage.catalog.catalog import Catalog
from storage.catalog.database import FILE
from storage.clocks import moment
from storage.commit import Change
from storage.log.entry import Entry
from storage.log.log import Log
from storage.rows.retention import NoticeRow
from vocabulary.choices import Disposal, Notice, RecordClass
from vocabulary.errors import StateError
from vocabulary.ids import SessionName, new_id
from vocabulary.messages import N_

ENDS = N_("Session {session} is not cleared, and its recording is destroyed on {day} ({days} days from now). Clear it "
          "before.")  # fmt: skip
ENDED = N_("Session {session} is not cleared, and the time of its recording was over on {day}: it is destroyed once "
           "this was announced and warned of for long enough. Clear it before.")  # fmt: skip
EXTENDS = N_("More time can be given once: huisclos retention extend {session} --as NAME")
STOPPED = N_("Nothing is destroyed by itself: {why}. If the clock is right and this is meant, a person confirms it: "
             "huisclos retention confirm --as NAME")  # fmt: skip

SECOND = N_("{count} records that came due after {day} are not destroyed: {why}. If the clock is right, somebody else "
            "confirms it, too: huisclos retention confirm --as NAME")  # fmt: skip


@dataclass(frozen=True)
class Ending:
    """A session whose recordings come to an end uncleared: on which day, in how many, and whether more time may be
    given."""

    session: SessionName
    on: date
    days: int
    can_extend: bool


@dataclass(frozen=True)
class Day:
    """What one day of retention came to.

    ``stopped`` says why it stopped; then nothing was destroyed, or, after a jump of the clock that one person
    confirmed, only what was due before. ``undecided`` are records at their end that wait for a person.
    """

    stopped: Advice | None = None
    warned: tuple[Ending, ...] = ()
    announced: int = 0
    applied: Applied | None = None
    undecided: tuple[Waiting, ...] = ()


@dataclass(frozen=True)
class Confirmed:
    """What a confirmation came to: how many records go the next time, how many wait for a second person to say the
    same, and whether a second person is asked for."""

    due: int
    in_doubt: int
    asks_second: bool


def is_to_do(services: Services) -> bool:
    """Whether the day of retention is still to be done, and anything is under a schedule."""
    catalog, now = services.archive.catalog, services.now()
    return _has_an_end(services.settings, catalog, now) and not _is_done(
        since_last_at_work(services.archive.log, now), now
    )


def is_anything_due(services: Services) -> bool:
    """Whether the day is still to be done and anything comes due by the end of the longest announcement or warning."""
    if not is_to_do(services):
        return False
    schedule = Schedule(services.home, services.archive.catalog, services.now())
    return bool(schedule.due(max(schedule.longest_announcement, FIRST_WARNING)))


def run_day(services: Services) -> Day | None:
    """Do what is to be done today; None if it was done today already, or nothing is under a schedule.

    BusyError for a session another process is at work on: what is left is done next time.
    """
    catalog, now = services.archive.catalog, services.now()
    with lock(services.home, "retention-day"):
        since = since_last_at_work(services.archive.log, now)
        if _is_done(since, now) or not _has_an_end(services.settings, catalog, now):
            return None
        stopped = since.stop(now)
        if stopped is not None:
            return Day(_asking(stopped))
        schedule = Schedule(services.home, catalog, now)
        told_at = since.by_the_log(now)
        warned = _warn(services, schedule, told_at)
        announced = _announce(services, schedule, told_at)
        judged = schedule.judge(schedule.due(), by_itself=True)
        undecided = tuple(waiting(judged))
        if _is_too_much(schedule, sum(one.why is None for one in judged), since):
            if not _is_on(since.stopped_at, now):
                facts: Facts = {"announced": announced, "stopped": Stop.SHARE.value}
                services.commit(Change(), Entry(CHECKED, facts=facts | _clock(since, now)))
            let_end(services)
            return Day(_asking(Stop.SHARE), warned, announced, None, undecided)
        applied = apply_announced(services)
        _note_day(services, schedule, announced, applied, len(undecided), _clock(since, now))
    return Day(_asking_second(schedule, judged), warned, announced, applied, undecided)


def stopped(settings: Settings, now: datetime) -> Advice | None:
    """Why the daily flow would stop now, for ``status``; None if it would not. Needs no passphrase."""
    catalog = Catalog(settings.home / ARCHIVE / FILE)
    if not _has_an_end(settings, catalog, now):
        return None
    since = since_last_at_work(Log(settings.home / ARCHIVE / LOG), now)
    why = None if _is_done(since, now) else since.stop(now)
    if why is None:
        schedule = Schedule(settings.home, catalog, now)
        judged = schedule.judge(schedule.due(), by_itself=True)
        if not _is_too_much(schedule, sum(one.why is None for one in judged), since):
            return _asking_second(schedule, judged)
        why = Stop.SHARE
    return _asking(why)


def apply(services: Services, person: str, shown: Plan) -> Applied:
    """Destroy what is due because a person asks (flows/steps/retention/retain.py).

    StateError while the clock is not believed, whatever the plan shows: more ends with it than a plan lists.
    """
    why = why_stopped(services.archive.log, services.now())
    if why is not None:
        message = N_("Nothing was destroyed: {why}. If the clock is right, a person confirms it first: huisclos "
                     "retention confirm --as NAME")  # fmt: skip
        raise StateError(message, why=why)
    return destroy_due(services, person, shown)


def confirm(services: Services, person: str) -> Confirmed:
    """Say by name that the clock is right and that what is due is meant to go.

    It covers what is due at this moment, and the next time retention is at work. What a jump of the clock made due goes
    once two different people have said so, while the clock showed what it had jumped to, or later.
    """
    actor, now, log = services.person(person), services.now(), services.archive.log
    with lock(services.home, "retention-day"):
        found = since_last_at_work(log, now)
        known = jumps(log)
        places = {(jump.before, jump.after) for jump in known}
        new = [jump for jump in found.jumps if (jump.before, jump.after) not in places]
        said = [jump.confirmed(actor, moment(stamp(now))) for jump in (*known, *new)]
        doubt = in_doubt_after(said, now)
        schedule = Schedule(services.home, services.archive.catalog, now, doubt=lambda: doubt)
        judged = schedule.judge(schedule.due(), by_itself=True)
        count = sum(one.why is None for one in judged)
        facts: Facts = {CLOCK: stamp(now), "due": count}
        news = [{BEFORE: stamp(jump.before), AFTER: stamp(jump.after)} for jump in said if jump not in known]
        for about in news or [{}]:
            services.commit(Change(), Entry(CONFIRMED, actor=actor, facts=facts | about))
    return Confirmed(count, 0 if doubt is None else _in_doubt(judged), doubt is not None)


def ending(schedule: Schedule) -> list[tuple[Ending, Judged]]:
    """The sessions whose recordings end uncleared within two weeks, the nearest first, each with its first record."""
    found: dict[str, tuple[Ending, Judged]] = {}
    for one in schedule.judge(schedule.due(FIRST_WARNING)):
        if one.record.record_class != RecordClass.RECORDING or one.session is None or one.session.cleared_at:
            continue
        if one.end.on is None or one.end.disposal is not Disposal.DESTROY or one.session.id in found:
            continue
        if one.why is Why.HELD:
            continue
        days = (one.end.on - today(one.policy, schedule.now)).days
        rule = one.policy.schedule[RecordClass.RECORDING]
        extendable = rule.extend_once is not None and not schedule.is_extended(one.record)
        found[one.session.id] = Ending(one.session.name, one.end.on, days, extendable), one
    return sorted(found.values(), key=lambda pair: (pair[0].on, pair[0].session))


def _warn(services: Services, schedule: Schedule, told_at: datetime) -> tuple[Ending, ...]:
    """Say once, fourteen, seven and two days ahead, that a recording ends uncleared; what was missed, a day later."""
    warned = []
    for found, one in ending(schedule):
        notice = warning(found.on, today(one.policy, told_at), schedule.warnings(one.record, one.policy, found.on))
        if notice is None:
            continue
        row = _notice(one, notice, found.on, told_at)
        facts: Facts = {"notice": notice.value, "due_on": row.due_on}
        entry = Entry("destruction-warned", session=one.record.session_id, facts=facts)
        services.commit(Change(add=(row,)), entry)
        warned.append(found)
    return tuple(warned)


def _announce(services: Services, schedule: Schedule, told_at: datetime) -> int:
    """Announce what comes due within the time the policies ask for, and was not announced for that day.

    What a hold keeps, or what it proves, is announced once it may go.
    """
    rows = [
        _notice(one, Notice.ANNOUNCED, one.end.on, told_at)
        for one in schedule.judge(schedule.due(schedule.longest_announcement), by_itself=True)
        if one.end.on is not None
        and one.why in (Why.NOT_DUE, Why.NOT_ANNOUNCED)
        and is_to_announce(one.policy, one.end.on, today(one.policy, schedule.now))
        and (one.announced is None or one.announced.due_on != one.end.on)
        and not schedule.is_held(one.record)
        and not schedule.is_used(one.record)
    ]
    if rows:
        days = {row.due_on for row in rows}
        facts: Facts = {"records": len(rows), "first": min(days), "last": max(days)}
        services.commit(Change(add=tuple(rows)), Entry("destruction-announced", facts=facts))
    return len(rows)


def _notice(one: Judged, notice: Notice, due_on: date, told_at: datetime) -> NoticeRow:
    return NoticeRow(new_id("a"), one.record.workshop, one.record.id, notice, due_on.isoformat(), stamp(told_at))


def _note_day(
    services: Services, schedule: Schedule, announced: int, applied: Applied, undecided: int, clock: Facts
) -> None:
    """Note the day: counts, how many files have lain readable in the drop folder for longer than they may, and how many
    records at their end wait for a person."""
    overdue = sum(one.is_overdue for one in lying(services.home, schedule.policies, schedule.now))
    facts: Facts = {"announced": announced, "destroyed": len(applied.destroyed), "drop_overdue": overdue}
    if undecided:
        facts["undecided"] = undecided
    services.commit(Change(), Entry(CHECKED, facts=facts | clock))


def told_of(one: Ending) -> Advice:
    """The warning, in a sentence."""
    facts: dict[str, object] = {"session": str(one.session), "day": one.on, "days": one.days}
    return Advice(ENDED if one.days < 0 else ENDS, facts)


def words_of(day: Day | None) -> list[Advice]:
    """What a day came to, in sentences."""
    if day is None:
        return []
    told = [] if day.stopped is None else [day.stopped]
    told += [told_of(one) for one in day.warned]
    told += [Advice(EXTENDS, {"session": str(one.session)}) for one in day.warned if one.can_extend]
    if day.announced:
        told.append(Advice(N_("Announced: {count} destructions. `huisclos retention why CODE` says what and when."),
                           {"count": day.announced}))  # fmt: skip
    if day.applied is not None and day.applied.destroyed:
        facts: dict[str, object] = {"count": len(day.applied.destroyed), "certificates": len(day.applied.certificates)}
        message = N_("Destroyed as announced: {count} records, with {certificates} certificates.")
        told.append(Advice(message, facts))
    return told + asked(day.undecided)


# The clock


def _has_an_end(settings: Settings, catalog: Catalog, now: datetime) -> bool:
    """Whether anything is under a schedule: a record, what a request held, entries of the log."""
    return catalog.count_dated() > 0 or is_any_over(settings, catalog, now) or bool(log_life.due(settings, now))


def _clock(since: Since, now: datetime) -> Facts:
    """What the clock shows, to be noted where the entry's own time does not say it."""
    return {CLOCK: stamp(now)} if since.is_behind(now) else {}


def _is_done(since: Since, now: datetime) -> bool:
    return _is_on(since.checked_at, now)


def _is_on(at: datetime | None, now: datetime) -> bool:
    return at is not None and at.astimezone(UTC).date() == now.astimezone(UTC).date()


def _is_too_much(schedule: Schedule, due: int, since: Since) -> bool:
    confirmed = 0 if since.confirmed is None else since.confirmed.facts.get("due")
    stored = schedule.catalog.count_dated()
    return stop_of_share(schedule.in_force, due, stored, confirmed if isinstance(confirmed, int) else 0) is not None


def _asking(why: Stop) -> Advice:
    return Advice(STOPPED, {"why": why})


def _asking_second(schedule: Schedule, judged: Sequence[Judged]) -> Advice | None:
    """The question for a second person, where anything waits for them."""
    waiting = _in_doubt(judged)
    if not waiting or schedule.in_doubt is None:
        return None
    return Advice(SECOND, {"why": Stop.JUMP, "day": schedule.day(schedule.in_doubt), "count": waiting})


def _in_doubt(judged: Sequence[Judged]) -> int:
    """How many of what is due wait for a second person, now or once they were told of for long enough."""
    return sum(one.why in (Why.IN_DOUBT, Why.NOT_ANNOUNCED, Why.NOT_WARNED) for one in judged)
