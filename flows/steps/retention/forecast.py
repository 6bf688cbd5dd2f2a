"""What a policy will do: the end of every record, of a workshop that is there or of one that is imagined.

Reads only, and needs no passphrase. Events that have not happened are taken from what the policy plans, and every
date that rests on one is marked as assumed. Nothing here decides a destruction: retain.py does.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from flows.steps.retention.clocks import Clocks
from flows.steps.retention.in_force import InForce, in_force
from infra.home import check_home
from infra.settings import Settings
from policies.grace import Former, grace_ends
from policies.imagined import imagine
from policies.loosening import shortens
from policies.policy import SCHEDULED, Policy, Rule
from policies.schedule import Due, day_of, due, today
from storage.archive import ARCHIVE
from storage.catalog.catalog import Catalog
from storage.catalog.database import FILE
from storage.rows.walk import RecordRow
from vocabulary.choices import Disposal, RecordClass, Trigger
from vocabulary.ids import SessionName

FAR = datetime.max.year - 1


@dataclass(frozen=True)
class End:
    """How a record ends: on a day (None: it cannot be told yet), by which action.

    ``waits_for`` is the event that could still set the day or bring it forward; ``assumed``: the day rests on an event
    that is only planned.
    """

    on: date | None
    disposal: Disposal
    because: str = ""
    waits_for: Trigger | None = None
    assumed: bool = False


@dataclass(frozen=True)
class Ending:
    """``count`` records of one class and one place that end alike. ``session`` is None for the workshop's own."""

    session: str | None
    record_class: RecordClass
    since: date
    end: End
    count: int = 1


@dataclass(frozen=True)
class Forecast:
    """What ends when, the first ends first, what has no day last. ``workshop`` is None for an imagined one.

    ``planned`` are the events that were assumed; ``later`` counts the records that end after ``until``.
    """

    workshop: str | None
    policy: Policy
    today: date
    until: date | None
    planned: Mapping[Trigger, date]
    endings: tuple[Ending, ...]
    later: int


@dataclass(frozen=True)
class Fate:
    """Records of one class and one place whose end another policy changes."""

    session: str | None
    record_class: RecordClass
    before: End
    after: End
    count: int = 1


@dataclass(frozen=True)
class Foreseeing:
    """The events of records, and those that are only planned as if they had come."""

    clocks: Clocks
    foreseen: Mapping[Trigger, datetime]

    def of(self, record: RecordRow) -> Mapping[Trigger, datetime]:
        return {**self.foreseen, **self.clocks.of(record)}

    def expected(self, record: RecordRow) -> Mapping[Trigger, datetime]:
        return self.clocks.expected(record)

    def extended(self, record: RecordRow) -> bool:
        return self.clocks.extended(record)


def policy_of(settings: Settings, code: str) -> Policy:
    """The policy that a workshop follows; UnknownError when there is no such workshop."""
    return _followed(settings, code, datetime.now().astimezone())[1].policy


def forecast(settings: Settings, code: str, now: datetime, until: date | None = None) -> Forecast:
    """What ends when in a workshop that is there, under the policy it follows."""
    catalog, follows = _followed(settings, code, now)
    policy, clocks = follows.policy, Clocks(catalog)
    planned = _planned(policy)
    endings = [
        Ending(_place(clocks, record), RecordClass(record.record_class), _since(policy, record),
               _end(follows, record, clocks, planned, now))
        for record in _records(catalog, code)
    ]  # fmt: skip
    return _forecast(code, policy, now, until, planned, endings)


def imagined(policy: Policy, now: datetime, until: date | None = None, sessions: int | None = None) -> Forecast:
    """What would end when in a workshop of ``sessions`` that begins today, unless the policy plans otherwise."""
    records = imagine(policy, today(policy, now), sessions)
    far = now.replace(year=FAR, month=1, day=1)
    endings = [
        Ending(str(one.number) if one.number else None, one.record_class, one.since,
               _as_end(due(policy, one.record_class, one.events, far), assumed=True))
        for one in records
    ]  # fmt: skip
    shared: dict[Trigger, date] = {
        trigger: day_of(policy, records[-1].events[trigger])
        for trigger in (Trigger.WORKSHOP_CLOSED, Trigger.RESEARCH_ENDED)
    }
    return _forecast(None, policy, now, until, shared, endings)


def fates(settings: Settings, code: str, old: Policy | None, new: Policy | None, now: datetime) -> tuple[Fate, ...]:
    """The records of a workshop that another policy would end otherwise, with the grace that it would wait.

    None stands for the policy the workshop follows, with those before it that still count.
    """
    catalog, follows = _followed(settings, code, now)
    before = InForce(old, ()) if old else follows
    after = InForce(new, (*before.formers, *_grace(before.policy, new, now))) if new else follows
    clocks = Clocks(catalog)
    found: Counter[Fate] = Counter()
    for record in _records(catalog, code):
        record_class = RecordClass(record.record_class)
        was, becomes = (_end(one, record, clocks, {}, now) for one in (before, after))
        if _differs(was, becomes, before.policy.schedule[record_class], after.policy.schedule[record_class]):
            found[Fate(_place(clocks, record), record_class, was, becomes)] += 1
    return tuple(replace(fate, count=count) for fate, count in found.items())


def _differs(was: End, becomes: End, old: Rule, new: Rule) -> bool:
    """Whether a record ends on another day or otherwise; or, where no day can be told, by another rule."""
    if was.on is None and becomes.on is None:
        return replace(old, because="") != replace(new, because="")
    return (was.on, was.disposal) != (becomes.on, becomes.disposal)


def _grace(old: Policy, new: Policy, now: datetime) -> tuple[Former, ...]:
    return (Former(old, grace_ends(old, now)),) if shortens(old, new) else ()


def _followed(settings: Settings, code: str, now: datetime) -> tuple[Catalog, InForce]:
    check_home(settings.home)
    catalog = Catalog(settings.home / ARCHIVE / FILE)
    row = catalog.workshop(code)
    return catalog, in_force(settings.home, catalog, now, [row.code])[row.code]


def _records(catalog: Catalog, code: str) -> list[RecordRow]:
    return [one for one in catalog.records(workshop=code) if one.record_class in SCHEDULED]


def _place(clocks: Clocks, record: RecordRow) -> str | None:
    session = clocks.session_of(record)
    return str(SessionName(session.workshop, session.number)) if session else None


def _since(policy: Policy, record: RecordRow) -> date:
    return day_of(policy, datetime.fromisoformat(record.created_at))


def _planned(policy: Policy) -> dict[Trigger, date]:
    days = {
        Trigger.WORKSHOP_CLOSED: policy.planned.workshop_closes,
        Trigger.RESEARCH_ENDED: policy.planned.research_ends,
    }
    return {trigger: day for trigger, day in days.items() if day is not None}


def _end(follows: InForce, record: RecordRow, clocks: Clocks, planned: Mapping[Trigger, date], now: datetime) -> End:
    """The end of a record, once all that is planned has happened."""
    known = follows.due(record, clocks, now)
    noted = clocks.of(record)
    foreseen = {
        trigger: datetime.combine(day, time(12), follows.policy.zone)
        for trigger, day in planned.items()
        if trigger not in noted
    }
    if known.waits_for not in foreseen:
        return _as_end(known, assumed=known.assumed)
    found = follows.due(record, Foreseeing(clocks, foreseen), max(now, *foreseen.values()))
    return _as_end(found, assumed=found.assumed or found.on != known.on)


def _as_end(found: Due, *, assumed: bool) -> End:
    return End(found.on, found.disposal, found.because, found.waits_for, assumed)


def _forecast(
    code: str | None,
    policy: Policy,
    now: datetime,
    until: date | None,
    planned: Mapping[Trigger, date],
    endings: Iterable[Ending],
) -> Forecast:
    grouped = _grouped(endings)
    shown = [one for one in grouped if until is None or (one.end.on is not None and one.end.on <= until)]
    hidden = sum(one.count for one in grouped) - sum(one.count for one in shown)
    shown.sort(key=lambda one: (one.end.on or date.max, one.session or "", one.record_class))
    return Forecast(code, policy, today(policy, now), until, planned, tuple(shown), hidden)


def _grouped(endings: Iterable[Ending]) -> Sequence[Ending]:
    """Records of one place and class that end alike, as one."""
    found: dict[tuple[object, ...], Ending] = {}
    for one in endings:
        key = (one.session, one.record_class, one.end)
        first = found.get(key)
        found[key] = one if first is None else replace(
            first, since=min(first.since, one.since), count=first.count + one.count
        )  # fmt: skip
    return list(found.values())
