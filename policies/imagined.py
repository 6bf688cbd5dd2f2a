"""The records of a workshop that does not exist yet, to show what a policy will do with them.

Rules kept here: what the policy plans counts; the rest is assumed as practice has it, a session a month, cleared three
weeks later, its return closed with the next session, the workshop closed a month after the last, the research ended a
year after that.
"""

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from policies.period import Period, Unit
from policies.policy import Policy
from policies.schedule import due
from vocabulary.choices import RecordClass, Trigger

SESSIONS = 8
EVERY = Period(1, Unit.MONTH)
REVIEW = Period(21)
CLOSING = Period(1, Unit.MONTH)
RESEARCH = Period(12, Unit.MONTH)

_OF_A_SESSION: Mapping[RecordClass, Trigger] = {
    RecordClass.RECORDING: Trigger.RECEIVED,
    RecordClass.DOSSIER: Trigger.RECEIVED,
    RecordClass.CONSENT: Trigger.RECEIVED,
    RecordClass.VERBATIM: Trigger.RECEIVED,
    RecordClass.DRAFT: Trigger.RECEIVED,
    RecordClass.CLEARED: Trigger.CLEARED,
    RecordClass.OUTPUT: Trigger.CLEARED,
    RecordClass.AMENDMENT: Trigger.RETURN_CLOSED,
    RecordClass.THEME: Trigger.RETURN_CLOSED,
}
"""The records of one session, and the event with which each of them is made."""


@dataclass(frozen=True)
class Imagined:
    """A record of the session ``number`` (None: of the workshop), made on ``since``, and the events it counts from."""

    number: int | None
    record_class: RecordClass
    since: datetime.date
    events: Mapping[Trigger, datetime.datetime]


def imagine(policy: Policy, today: datetime.date, sessions: int | None = None) -> tuple[Imagined, ...]:
    """Return the records of a workshop of ``sessions`` under ``policy``, begun ``today`` unless it plans otherwise."""
    days = _session_days(policy, today, sessions or policy.planned.sessions or SESSIONS)
    every = policy.planned.every or EVERY
    closes = policy.planned.workshop_closes or CLOSING.counted_from(days[-1])
    ends = policy.planned.research_ends or RESEARCH.counted_from(closes)
    shared = {Trigger.WORKSHOP_CLOSED: closes, Trigger.RESEARCH_ENDED: ends}
    found = [
        one
        for number, day in enumerate(days, 1)
        for one in _of_session(policy, number, day, every.counted_from(day), shared)
    ]
    vault = Imagined(None, RecordClass.VAULT, days[0], _moments(policy, {Trigger.RECEIVED: days[0], **shared}))
    return (*found, vault)


def _session_days(policy: Policy, today: datetime.date, sessions: int) -> list[datetime.date]:
    first, every = policy.planned.first_session or today, policy.planned.every or EVERY
    return [Period(every.count * number, every.unit).counted_from(first) for number in range(sessions)]


def _of_session(
    policy: Policy, number: int, day: datetime.date, returned: datetime.date, shared: Mapping[Trigger, datetime.date]
) -> Iterator[Imagined]:
    days = {
        Trigger.RECEIVED: day,
        Trigger.CLEARED: min(REVIEW.counted_from(day), returned),
        Trigger.RETURN_CLOSED: returned,
        **shared,
    }
    for record_class, made in _OF_A_SESSION.items():
        since = days[made]
        yield Imagined(number, record_class, since, _moments(policy, {**days, Trigger.ISSUED: since}))
    gone = due(policy, RecordClass.RECORDING, _moments(policy, days), _noon(policy, datetime.date.max)).on
    if gone is not None:
        certified = _moments(policy, {**days, Trigger.ISSUED: gone})
        yield Imagined(number, RecordClass.CERTIFICATE, gone, certified)


def _moments(policy: Policy, days: Mapping[Trigger, datetime.date]) -> dict[Trigger, datetime.datetime]:
    return {trigger: _noon(policy, day) for trigger, day in days.items()}


def _noon(policy: Policy, day: datetime.date) -> datetime.datetime:
    return datetime.datetime.combine(min(day, datetime.date(9999, 12, 30)), datetime.time(12), policy.zone)
