"""When a record comes due, under the retention schedule of its policy.

Rules kept here:
- days are calendar days of the policy's time zone; a period of N days counted from an event of day D runs
  out on day D + N, and the record may be disposed of from that day on;
- a clock whose event is not known at ``now`` does not run; the ``latest`` clock bounds it meanwhile, and
  when both run, the earlier date counts;
- what no running clock dates is not computable, and is never destroyed.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from policies.policy import SCHEDULED, Clock, Policy
from vocabulary.choices import Disposal, RecordClass, Trigger


@dataclass(frozen=True)
class Due:
    """When and how a record ends.

    ``on`` is the date that counts, None if it cannot be computed; ``latest`` the date of the bound, where
    one runs; ``counted_from`` the event whose clock gave ``on``, ``since`` the day of that event.
    ``waits_for`` is the event that has not happened yet and could bring the date forward or set it.
    ``is_past`` says whether ``on`` has come.
    """

    on: datetime.date | None
    latest: datetime.date | None
    disposal: Disposal
    because: str
    counted_from: Trigger | None = None
    since: datetime.date | None = None
    waits_for: Trigger | None = None
    is_past: bool = False

    @property
    def computable(self) -> bool:
        return self.on is not None


def due(
    policy: Policy,
    record_class: RecordClass,
    events: Mapping[Trigger, datetime.datetime],
    now: datetime.datetime,
) -> Due:
    """Return when a record of ``record_class`` comes due, given the ``events`` known for it.

    Events after ``now`` have not happened. Times without a zone are refused (ValueError). A class that no
    workshop's policy schedules (people, fault) is kept.
    """
    if record_class not in SCHEDULED:
        return Due(None, None, Disposal.KEEP, "")
    rule = policy.schedule[record_class]
    days = {trigger: day_of(policy, at) for trigger, at in events.items() if _instant(at) <= _instant(now)}

    def ends(clock: Clock | None) -> datetime.date | None:
        if clock is None or clock.after not in days:
            return None
        return clock.keep.counted_from(days[clock.after])

    regular, latest = ends(rule.clock), ends(rule.latest)
    on, clock = regular, rule.clock
    if latest is not None and (on is None or latest < on):
        on, clock = latest, rule.latest
    trigger = clock.after if clock is not None and on is not None else None
    return Due(
        on=on,
        latest=latest,
        disposal=rule.then,
        because=rule.because,
        counted_from=trigger,
        since=days[trigger] if trigger is not None else None,
        waits_for=rule.clock.after if rule.clock is not None and regular is None else None,
        is_past=on is not None and today(policy, now) >= on,
    )


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
