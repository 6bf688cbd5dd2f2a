"""How long entries of the processing log are kept: they go by the month, accesses before decisions.

Rules kept here:
- a month is one of UTC, and nothing of it goes before it is over;
- accesses go once the longest period that a policy in force gives them has run out, counted from the end of their
  month;
- decisions about a session are kept as long as anything of the session is, and its policy's period after that and
  after the end of their month; those about the home, for the longest period, counted from the end of their month;
- without a policy no period is known, and everything is kept.
"""

import datetime
from collections.abc import Iterable

from policies.period import Period
from policies.policy import Policy
from policies.schedule import today


def day_after(month: str) -> datetime.date:
    """The first day after a month (``2026-03``)."""
    year, number = int(month[:4]), int(month[5:])
    return datetime.date(year + number // 12, number % 12 + 1, 1)


def is_over(month: str, now: datetime.datetime) -> bool:
    """Whether nothing more can happen in a month."""
    return now.astimezone(datetime.UTC).date() >= day_after(month)


def can_accesses_go(month: str, policies: Iterable[Policy], now: datetime.datetime) -> bool:
    """Whether the accesses of a month have come to their end under every policy in force."""
    periods = [(policy, policy.log.accesses) for policy in policies]
    return is_over(month, now) and _have_run_out(periods, day_after(month), now)


def can_home_decisions_go(month: str, policies: Iterable[Policy], now: datetime.datetime) -> bool:
    """Whether the decisions of a month that concern no session have come to their end."""
    periods = [(policy, policy.log.decisions) for policy in policies]
    return is_over(month, now) and _have_run_out(periods, day_after(month), now)


def can_session_decisions_go(month: str, policy: Policy, ended: datetime.date | None, now: datetime.datetime) -> bool:
    """Whether the decisions of a month about one session have come to their end.

    ``ended`` is the day after which nothing of the session was kept, None while anything is.
    """
    if ended is None or not is_over(month, now):
        return False
    return _have_run_out([(policy, policy.log.decisions)], max(ended, day_after(month)), now)


def _have_run_out(periods: list[tuple[Policy, Period]], since: datetime.date, now: datetime.datetime) -> bool:
    return bool(periods) and all(period.counted_from(since) <= today(policy, now) for policy, period in periods)
