"""When a record comes due, under the retention schedule of its policy.

Rules kept here:
- days are calendar days of the policy's time zone; a period of N days counted from an event of day D runs
  out on day D + N, and the record may be disposed of from that day on;
- a clock whose event is not known at ``now`` does not run; the ``latest`` clock bounds it meanwhile, and
  when both run, the earlier date counts;
- where neither runs, the latest day of the event that is waited for counts instead of the event
  (policies/triggers.py): the date is ``assumed``;
- what follows another class ends with it (``FOLLOWS``), and where that is for a person to decide, after it;
- an extension moves the latest end, or the end where there is no other, once;
- what none of these dates is not computable, and is never destroyed.
"""

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from policies.period import Period
from policies.policy import SCHEDULED, Clock, Policy, Rule
from vocabulary.choices import Disposal, RecordClass, Trigger


@dataclass(frozen=True)
class Due:
    """When and how a record ends.

    ``on`` is the date that counts, None if it cannot be computed; ``latest`` the date of the bound, where
    one runs; ``counted_from`` the event whose clock gave ``on``, ``since`` the day of that event.
    ``waits_for`` is the event that has not happened yet and could bring the date forward or set it.
    ``is_past`` says whether ``on`` has come, ``assumed`` that ``since`` is the latest day of an event nobody noted.
    """

    on: datetime.date | None
    latest: datetime.date | None
    disposal: Disposal
    because: str
    counted_from: Trigger | None = None
    since: datetime.date | None = None
    waits_for: Trigger | None = None
    is_past: bool = False
    assumed: bool = False

    @property
    def computable(self) -> bool:
        return self.on is not None


def due(
    policy: Policy,
    record_class: RecordClass,
    events: Mapping[Trigger, datetime.datetime],
    now: datetime.datetime,
    *,
    expected: Mapping[Trigger, datetime.datetime] = MappingProxyType({}),
    extended: bool = False,
) -> Due:
    """Return when a record of ``record_class`` comes due, given the ``events`` known for it.

    Events after ``now`` have not happened. ``expected`` are the latest days of events that may still come,
    ``extended`` says that a steward extended once. Times without a zone are refused (ValueError). A class that no
    workshop's policy schedules and that follows none (people, fault) is kept.
    """
    followed = FOLLOWS.get(record_class)
    record_class = followed or record_class
    if record_class not in SCHEDULED:
        return Due(None, None, Disposal.KEEP, "")
    rule = policy.schedule[record_class]
    days = {trigger: day_of(policy, at) for trigger, at in _named(rule, events) if _instant(at) <= _instant(now)}
    moved = rule.extend_once if extended else None
    regular = _end(rule.clock, days, moved if rule.latest is None else None)
    latest = _end(rule.latest, days, moved)
    running = [end for end in (regular, latest) if end is not None]
    counted = min(running, key=lambda end: end.on, default=None)
    assumed = None
    if counted is None:
        latest_days = {trigger: day_of(policy, at) for trigger, at in _named(rule, expected)}
        assumed = _end(rule.latest or rule.clock, latest_days, moved)
    end = counted or assumed
    return Due(
        on=end.on if end else None,
        latest=latest.on if latest else assumed.on if assumed else None,
        disposal=rule.then if followed is None or rule.then is Disposal.KEEP else Disposal.DESTROY,
        because=rule.because,
        counted_from=end.trigger if end else None,
        since=end.since if end else None,
        waits_for=rule.clock.after if rule.clock is not None and regular is None else None,
        is_past=end is not None and today(policy, now) >= end.on,
        assumed=assumed is not None,
    )


FOLLOWS = {RecordClass.REASON: RecordClass.VERBATIM, RecordClass.STATEMENT: RecordClass.CLEARED}
"""Classes whose end is that of another: a sealed reason ends as the verbatim does, and can quote it; what a person has
to say of a talk is kept as long as anybody may read of it. Where a person decides on what they follow, they are
destroyed after it, and nobody is asked about them."""


def goes_after(policy: Policy, record_class: RecordClass) -> RecordClass | None:
    """The class on which a person decides, and after whose records one of ``record_class`` ends; None for others."""
    followed = FOLLOWS.get(record_class)
    by_a_person = followed is not None and policy.schedule[followed].then in (Disposal.REVIEW, Disposal.TRANSFER)
    return followed if by_a_person else None


class _End(NamedTuple):
    """Where a clock ends, the day of the event it was counted from, and that event."""

    on: datetime.date
    since: datetime.date
    trigger: Trigger


def _named(rule: Rule, moments: Mapping[Trigger, datetime.datetime]) -> Iterator[tuple[Trigger, datetime.datetime]]:
    """Those of ``moments`` that a rule counts from."""
    for clock in (rule.clock, rule.latest):
        if clock is not None and clock.after in moments:
            yield clock.after, moments[clock.after]


def _end(clock: Clock | None, days: Mapping[Trigger, datetime.date], moved: Period | None) -> _End | None:
    if clock is None or clock.after not in days:
        return None
    on = clock.keep.counted_from(days[clock.after])
    return _End(on if moved is None else moved.counted_from(on), days[clock.after], clock.after)


def today(policy: Policy, now: datetime.datetime) -> datetime.date:
    """The day it is for the policy."""
    return day_of(policy, now)


def day_of(policy: Policy, at: datetime.datetime) -> datetime.date:
    """The calendar day of an instant in the policy's time zone."""
    return _instant(at).astimezone(policy.zone).date()


def _instant(at: datetime.datetime) -> datetime.datetime:
    if at.tzinfo is None:
        raise ValueError("a time without a zone is no instant")
    return at
