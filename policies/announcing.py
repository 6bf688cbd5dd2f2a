"""What is said ahead of a destruction: its announcement, and the warnings before a recording ends uncleared.

Rules kept here:
- an announcement counts for the due date it named, until that day moves; a record that comes due on another day, or
  on that day again after it had moved, is announced anew;
- nothing is destroyed by itself before it has been announced for the time the policy asks (``retention.announce``),
  and what a person decided to be destroyed for a day at least, whatever the policy asks;
- a recording that is not cleared is destroyed, by itself or because a person asks, only once it was announced for that
  time and its three warnings were given on three different days, all of them over;
- what a person noted dates nothing at once: a destruction whose date comes from an event needs its announcement even
  when a person asks for it. What the program noted itself, receipt and clearance, does not;
- of the warnings that fall due together after a pause, one is given a day, the earliest first.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from policies.destruction import Why
from policies.period import Period
from policies.policy import Policy
from policies.schedule import Due
from policies.triggers import EVENTS
from vocabulary.choices import Notice

WARNINGS: tuple[tuple[int, Notice], ...] = ((14, Notice.WARNED_14), (7, Notice.WARNED_7), (2, Notice.WARNED_2))
"""Days ahead, the earliest first, and what is said then."""

FIRST_WARNING = WARNINGS[0][0]


@dataclass(frozen=True)
class Announced:
    """That a destruction on ``due_on`` was announced on the day ``on``."""

    due_on: datetime.date
    on: datetime.date


def is_to_announce(policy: Policy, due_on: datetime.date, today: datetime.date) -> bool:
    """Whether the announcement of what comes due on ``due_on`` is to be made by now."""
    return due_on <= policy.retention.announce.counted_from(today)


def announced_for(policy: Policy) -> Period:
    """How long what a person decided to be destroyed is announced, at least."""
    return max(policy.retention.announce, Period(1), key=lambda one: one.days)


def may_go_from(
    policy: Policy, announced: Announced | None, due_on: datetime.date, *, by_decision: bool = False
) -> datetime.date | None:
    """The first day on which what comes due on ``due_on`` may go by itself; None until it is announced for that day.

    ``by_decision`` says that a person decided that it is destroyed.
    """
    if announced is None or announced.due_on != due_on:
        return None
    period = announced_for(policy) if by_decision else policy.retention.announce
    return max(due_on, period.counted_from(announced.on))


def needs_announcement(due: Due) -> bool:
    """Whether a destruction has to be announced even when a person asks for it: an event that was noted dates it."""
    return due.counted_from in EVENTS and not due.assumed


def warning(due_on: datetime.date, today: datetime.date, given: Mapping[Notice, datetime.date]) -> Notice | None:
    """What is to be said today of a recording that ends uncleared on ``due_on``; None while that is far, or once a
    warning was given today. ``given`` are the warnings before, and their days."""
    if today in given.values():
        return None
    left = (due_on - today).days
    return next((notice for days, notice in WARNINGS if left <= days and notice not in given), None)


def is_warned(given: Mapping[Notice, datetime.date], today: datetime.date) -> bool:
    """Whether every warning was given, each on a day of its own, and the last before ``today``."""
    days = {given[notice] for _, notice in WARNINGS if notice in given}
    return len(days) == len(WARNINGS) and max(days) < today


@dataclass(frozen=True)
class Said:
    """What was said ahead of the end of a record. ``warned`` is None where no warning is asked for; ``asked`` says
    whether an announcement is, ``by_decision`` that it is because a person decided that the record is destroyed."""

    announced: Announced | None
    warned: Mapping[Notice, datetime.date] | None
    asked: bool
    by_decision: bool = False


def not_yet(
    policy: Policy, said: Said, due_on: datetime.date, today: datetime.date, believed: datetime.date | None
) -> Why | None:
    """Why what comes due on ``due_on`` does not go ``today``; None if it does.

    ``believed`` is the last day that nobody doubts, after a jump of the clock (policies/caution.py): what could not go
    on that day would go by the jump alone. None where no day is in doubt.
    """
    why = _not_on(policy, said, due_on, today)
    if why is None and believed is not None and _not_on(policy, said, due_on, believed) is not None:
        return Why.IN_DOUBT
    return why


def _not_on(policy: Policy, said: Said, due_on: datetime.date, day: datetime.date) -> Why | None:
    if day < due_on:
        return Why.NOT_DUE
    first = may_go_from(policy, said.announced, due_on, by_decision=said.by_decision)
    if (said.asked or said.by_decision) and (first is None or day < first):
        return Why.NOT_ANNOUNCED
    if said.warned is not None and not is_warned(said.warned, day):
        return Why.NOT_WARNED
    return None
