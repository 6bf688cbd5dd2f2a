"""Events that start the clocks of records, as people note them.

Rules kept here:
- an event is noted with its day, once; what was noted wrongly is corrected by a further entry that names the first,
  which stays to be read;
- its day lies between the last receipt of what it is told of and today, in the time zone of the policy; what is
  received later opens the question again, and the event is noted anew;
- what is dated anew by it is dated in the same commit, and its announcement is void (storage/due_dates.py).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from flows.steps.retention import places
from flows.steps.retention.clocks import Clocks
from flows.steps.sealing import Facts, stamp
from infra.home import check_home
from infra.settings import Settings
from infra.wiring import Services, read_policy
from policies.schedule import day_of, today
from policies.triggers import TRIGGERS, Place, check_can_happen
from storage.archive import ARCHIVE
from storage.catalog.catalog import Catalog
from storage.catalog.database import FILE
from storage.clocks import moment, standing
from storage.commit import Change
from storage.log.entry import Entry
from storage.rows.forms import HOME
from storage.rows.retention import EventRow
from storage.rows.walk import WorkshopRow
from vocabulary.choices import RecordClass, Trigger
from vocabulary.errors import StateError, UnknownError, UsageError
from vocabulary.ids import new_id
from vocabulary.messages import N_


@dataclass(frozen=True)
class Noted:
    """An event as it was noted: ``of`` is CODE/N, CODE, or ``-`` for the whole home; ``dated`` counts the records
    that have another due date since; ``stands`` that no later entry corrects it."""

    row: EventRow
    of: str
    stands: bool = True
    dated: int = 0


@dataclass(frozen=True)
class Awaited:
    """An event that should have been noted by ``latest``: the person in charge is asked for it."""

    event: Trigger
    of: str
    latest: date


def note(services: Services, event: Trigger, of: str | None, day: date, person: str) -> Noted:
    """Note that an event happened on a day.

    StateError for a day that cannot be, or when the event is noted already; UsageError for a wrong place.
    """
    catalog = services.archive.catalog
    workshop, session_id = _place(services, event, of)
    row = EventRow(
        new_id("n"), event, workshop, session_id, day.isoformat(), services.person(person), stamp(services.now())
    )
    same = [one for one in _counting(catalog, workshop) if _about(one) == _about(row)]
    if same:
        message = N_("{event} is noted already, for {day} ({id}). If that is wrong: huisclos event correct {id} --on "
                     "DATE --as NAME")  # fmt: skip
        noted = date.fromisoformat(str(same[0].day))
        raise StateError(message, place=same[0].id, event=event, day=noted, id=same[0].id)
    return _write(services, row, "event-noted")


def correct(services: Services, event: str, day: date | None, person: str) -> Noted:
    """Note another day for an event, or with None that it has not happened after all; the first entry stays to be
    read. StateError for a day that cannot be, or for an event that was corrected already."""
    catalog = services.archive.catalog
    old = next((row for row in catalog.events() if row.id == event), None)
    if old is None:
        message = N_("There is no event {id}. `huisclos event list` shows those that were noted.")
        raise UnknownError(message, place=event, id=event)
    if old not in standing(catalog.events()):
        raise StateError(N_("{id} was corrected already: correct the entry that took its place."), id=old.id)
    row = EventRow(
        new_id("n"), old.event, old.workshop, old.session_id, None if day is None else day.isoformat(),
        services.person(person), stamp(services.now()), old.id,
    )  # fmt: skip
    return _write(services, row, "event-corrected")


def listed(settings: Settings) -> list[Noted]:
    """Every event that was noted, in the order of noting. Needs no passphrase."""
    check_home(settings.home)
    catalog = Catalog(settings.home / ARCHIVE / FILE)
    rows = catalog.events()
    kept = {row.id for row in standing(rows)}
    return [Noted(row, _shown(catalog, row), row.id in kept) for row in rows]


def awaited(settings: Settings, now: datetime) -> list[Awaited]:
    """The events that should have been noted by now and were not, for what still holds a record that waits for one.

    Those of a session, then those of a workshop; by code and number.
    """
    catalog = Catalog(settings.home / ARCHIVE / FILE)
    clocks = Clocks(catalog)
    found: dict[Awaited, None] = {}
    for workshop in catalog.workshops():
        if workshop.left_at is not None:
            continue
        policy = read_policy(settings.home, workshop.policy_digest)
        waiting: dict[Trigger, set[RecordClass]] = defaultdict(set)
        for record_class, rule in policy.schedule.items():
            if rule.clock is not None and TRIGGERS[rule.clock.after].by_person:
                waiting[rule.clock.after].add(record_class)
        for trigger, classes in waiting.items():
            for session_id, shown, begun in _begun(catalog, clocks, workshop, trigger, classes):
                latest = day_of(policy, clocks.latest_of(trigger, begun))
                if latest <= today(policy, now) and clocks.event(trigger, workshop.code, session_id) is None:
                    found[Awaited(trigger, shown, latest)] = None
    return sorted(found, key=lambda one: (one.of, one.latest, one.event))


def _begun(
    catalog: Catalog, clocks: Clocks, workshop: WorkshopRow, trigger: Trigger, classes: Collection[RecordClass]
) -> Iterable[tuple[str | None, str, str]]:
    """What an event is told of in a workshop, as people write it, and when it began; only where something of
    these classes is left."""
    if TRIGGERS[trigger].place is not Place.SESSION:
        if catalog.holds_records(workshop.code, None, classes):
            yield None, workshop.code, clocks.last_received(workshop.code)
        return
    for session in catalog.sessions(workshop=workshop.code):
        if catalog.holds_records(workshop.code, session.id, classes):
            yield session.id, str(session.name), session.created_at


def _counting(catalog: Catalog, workshop: str) -> list[EventRow]:
    """The events that stand and still count: for a workshop, or for HOME for every one that is here."""
    clocks = Clocks(catalog)
    codes = [one.code for one in catalog.workshops() if one.left_at is None] if workshop == HOME else [workshop]
    return [row for row in standing(catalog.events()) if row.day and all(clocks.counts(row, code) for code in codes)]


def _write(services: Services, row: EventRow, kind: str) -> Noted:
    catalog = services.archive.catalog
    if row.day is not None:
        _check_day(services, row, date.fromisoformat(row.day))
    before = _dates(catalog, row)
    facts: Facts = {"event": row.event, "workshop": row.workshop, "day": row.day}
    services.commit(Change(add=(row,)), Entry(kind, session=row.session_id, actor=row.person, facts=facts))
    moved = sum(before.get(record) != day for record, day in _dates(catalog, row).items())
    return Noted(row, _shown(catalog, row), dated=moved)


def _check_day(services: Services, row: EventRow, day: date) -> None:
    """The day lies between the last receipt of what the event is told of and today, where the policy counts days."""
    catalog = services.archive.catalog
    concerned = [one for one in catalog.workshops() if row.workshop in (HOME, one.code)]
    clocks = Clocks(catalog)
    begun = {one.code: clocks.last_received(one.code) for one in concerned}
    if row.session_id is not None:
        begun[row.workshop] = catalog.session_by_id(row.session_id).created_at
    policies = {one.code: services.policy(one.code) for one in concerned}
    first = min(day_of(policies[code], moment(at)) for code, at in begun.items())
    check_can_happen(day, first, min(today(policy, services.now()) for policy in policies.values()))


def _dates(catalog: Catalog, row: EventRow) -> dict[str, str]:
    return catalog.due_dates(None if row.workshop == HOME else row.workshop)


def _place(services: Services, event: Trigger, of: str | None) -> tuple[str, str | None]:
    """The workshop and the session an event is told of; every workshop where none is named for the research."""
    archive, place = services.archive, TRIGGERS[event].place
    if of is None:
        if place is not Place.RESEARCH or not archive.catalog.workshops():
            raise UsageError(_SAY[place], event=event)
        archive.check_reaches(HOME)
        return HOME, None
    found = places.find(archive.catalog, of)
    if found.record is not None or (found.session is not None) is not (place is Place.SESSION):
        raise UsageError(_SAY[place], event=event)
    archive.check_reaches(found.workshop.code)
    return found.workshop.code, found.session_id


_SAY = {
    Place.SESSION: N_("{event} is told of a session: write CODE/N."),
    Place.WORKSHOP: N_("{event} is told of a workshop: write its CODE."),
    Place.RESEARCH: N_("{event} is told of a workshop, by its CODE, or of all there are: then write none."),
}


def _about(row: EventRow) -> tuple[str, str, str | None]:
    return row.event, row.workshop, row.session_id


def _shown(catalog: Catalog, row: EventRow) -> str:
    return row.workshop if row.session_id is None else str(catalog.session_by_id(row.session_id).name)
