"""When retention stops of itself and asks a person: the clock cannot be right, or too much is due at once.

Rules kept here:
- a clock before the last entry of the processing log, or more than ``LONGEST_PAUSE`` after the entry before it, is
  not believed until a person says that it is right;
- what could not have been destroyed at the last moment before such a jump is destroyed only once two different people
  said so: whoever sets the clock ahead is not believed alone;
- who says that the clock is right speaks of what it shows then: of a jump to a later moment, taken back since, that
  says nothing. Such a jump is in doubt again once the clock shows that moment, and not before;
- when more than the stated share of the archive is to go at once (``retention.stop_if_share_due``), a person says
  that this is meant; what was confirmed covers as much, and no more.
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from policies.policy import Policy
from vocabulary.choices import Worded
from vocabulary.messages import N_

LONGEST_PAUSE = datetime.timedelta(days=7)


CONFIRMED_BY = 2
"""Different people who say of a jump that the clock is right."""


@dataclass(frozen=True)
class Jump:
    """A jump of the clock ahead: the last moment ``before`` it, the first ``after`` it, and who has said, when the
    clock showed that moment or a later one, that it is right."""

    before: datetime.datetime
    after: datetime.datetime
    people: frozenset[str] = frozenset()

    def confirmed(self, person: str, clock: datetime.datetime) -> "Jump":
        """The jump once ``person`` has said that the clock is right, which showed ``clock``."""
        return Jump(self.before, self.after, self.people | {person}) if clock >= self.after else self

    @property
    def is_believed(self) -> bool:
        return len(self.people) >= CONFIRMED_BY


def in_doubt_after(jumps: Iterable[Jump], now: datetime.datetime) -> datetime.datetime | None:
    """The moment after which it is in doubt what day it is ``now``, by a jump that too few people have confirmed. None
    if there is no such jump, or each was taken back."""
    return min((jump.before for jump in jumps if jump.after <= now and not jump.is_believed), default=None)


class Stop(Worded):
    """Why retention stopped."""

    BEHIND = "behind", N_("the clock of this machine stands before the last entry of the processing log")
    PAUSE = "pause", N_("more than seven days lie between two entries of the processing log")
    JUMP = "jump", N_("a jump of the clock ahead was confirmed by one person alone, and it takes two")
    SHARE = "share", N_("more of the archive is due at once than the policy lets go unasked")


def stop_of_clock(
    now: datetime.datetime,
    last: datetime.datetime | None,
    pause: datetime.timedelta,
    confirmed_at: datetime.datetime | None,
) -> Stop | None:
    """Whether the clock is not believed. ``last`` is the time of the last entry, ``pause`` the longest between two
    entries since retention was last at work, now included; ``confirmed_at`` what the clock showed when a person
    confirmed it since then."""
    if last is not None and now < last:
        believed = confirmed_at is not None and datetime.timedelta() <= now - confirmed_at <= LONGEST_PAUSE
        return None if believed else Stop.BEHIND
    return Stop.PAUSE if pause > LONGEST_PAUSE else None


def stop_of_share(policies: Iterable[Policy], due: int, stored: int, confirmed: int) -> Stop | None:
    """Whether ``due`` of ``stored`` records are too many at once, for the most careful of the policies in force."""
    allowed = min((policy.retention.stop_if_share_due for policy in policies), default=1.0)
    return Stop.SHARE if due > confirmed and due > allowed * stored else None
