"""When a shorter policy begins to count for what is already there.

Rules kept here:
- a policy that shortens a period counts for it from the day the grace ends, the grace being that of the policy it
  replaced; until then a record ends no earlier than the replaced policy said;
- that holds for every end: where the new policy asks a person, nobody is asked earlier either, and can order a
  destruction no earlier;
- where the replaced policy would not have destroyed a record, nor ended it as the new one does, the whole grace counts;
- nothing waits longer than either policy, or the grace, asks;
- several replaced policies can count at once, each until its own day.
With ``new`` the date under the policy in force, ``old`` under a replaced one and ``until`` the end of its grace, a
record ends on max(new, min(old, until)).
"""

import datetime
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from policies.period import Period
from policies.policy import Copies, LogRetention, Policy
from policies.schedule import Due, due, today
from vocabulary.choices import Disposal, RecordClass, Trigger


@dataclass(frozen=True)
class Former:
    """A replaced policy, and the first day on which its longer periods no longer count."""

    policy: Policy
    until: datetime.date


def grace_ends(replaced: Policy, now: datetime.datetime) -> datetime.date:
    """The day from which a policy applied now counts where it is shorter than ``replaced``."""
    return replaced.retention.grace_for_shorter.counted_from(today(replaced, now))


def due_with_grace(
    policy: Policy,
    formers: Iterable[Former],
    record_class: RecordClass,
    events: Mapping[Trigger, datetime.datetime],
    now: datetime.datetime,
    *,
    expected: Mapping[Trigger, datetime.datetime] = MappingProxyType({}),
    extended: bool = False,
) -> Due:
    """Return when a record comes due under the policy in force, as long as replaced ones keep it.

    The rest is as for ``policies.schedule.due``. The date does not move when a grace ends.
    """
    found = due(policy, record_class, events, now, expected=expected, extended=extended)
    if found.on is None:
        return found
    kept = [
        _kept_until(
            one, due(one.policy, record_class, events, now, expected=expected, extended=extended), found.disposal
        )
        for one in formers
    ]
    on = max([found.on, *kept])
    return found if on == found.on else replace(found, on=on, is_past=today(policy, now) >= on)


def counting(policy: Policy, formers: Iterable[Former], day: datetime.date) -> Policy:
    """The policy in force, with the longest life of copies and of log entries that counts on ``day``."""
    all_of_them = [policy, *(one.policy for one in formers if day < one.until)]
    if len(all_of_them) == 1:
        return policy

    def longest(period: Callable[[Policy], Period]) -> Period:
        return max(map(period, all_of_them), key=lambda one: one.days)

    return replace(
        policy,
        copies=Copies(
            outbox=longest(lambda one: one.copies.outbox),
            drop=longest(lambda one: one.copies.drop),
            backup=longest(lambda one: one.copies.backup),
        ),
        log=LogRetention(
            accesses=longest(lambda one: one.log.accesses),
            decisions=longest(lambda one: one.log.decisions),
        ),
    )


def _kept_until(former: Former, was: Due, ends_by: Disposal) -> datetime.date:
    if was.on is None or was.disposal not in (Disposal.DESTROY, ends_by):
        return former.until
    return min(was.on, former.until)
