"""The machine's clock as the log tells of it: pauses and jumps since retention was at work, and who confirmed them.

Rules kept here:
- the log is read back to the last time retention was at work, and each pair of entries on the way is looked at: what
  others wrote meanwhile hides no jump;
- a confirmation names the jump it is about by the time of the entry before it, and counts for that one alone;
- a jump that too few people confirmed is never forgotten: it is read from the whole log, and not from the last day.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from flows.steps.record.checkpoints import decisions_backward
from policies.caution import LONGEST_PAUSE, Jump, Stop, stop_of_clock
from storage.clocks import moment
from storage.log.entry import LoggedEntry, parse_line
from storage.log.log import Log

CHECKED, CONFIRMED = "retention-checked", "retention-confirmed"
BEFORE = "before"
"""The fact of a confirmation that names a jump."""

_IS_CONFIRMATION = f'"kind":"{CONFIRMED}"'.encode()


@dataclass(frozen=True)
class Since:
    """What the log tells since retention was last at work.

    ``pause`` is the longest between two entries, now included, ``jumped_after`` the entry before the first that was
    too long; ``last`` the time of the last entry, ``stopped_at`` when too much was due.
    """

    checked_at: datetime | None
    confirmed: LoggedEntry | None
    pause: timedelta
    jumped_after: datetime | None
    last: datetime | None
    stopped_at: datetime | None

    def stop(self, now: datetime) -> Stop | None:
        """Why the clock is not believed; None if it is, or one person said that it is right."""
        clock = None if self.confirmed is None else self.confirmed.facts.get("clock")
        return stop_of_clock(now, self.last, self.pause, moment(clock) if isinstance(clock, str) else None)

    def by_the_log(self, now: datetime) -> datetime:
        """The time that an entry made now has: never before the last."""
        return now if self.last is None else max(now, self.last)


def since_last_at_work(log: Log, now: datetime) -> Since:
    """Read the log backward to the last time retention was at work."""
    times, checked, confirmed, stopped = [now], None, None, None
    for _, line in decisions_backward(log):
        entry = parse_line(line)
        times.append(moment(entry.at))
        if entry.kind == CHECKED and "stopped" in entry.facts:
            stopped = stopped or moment(entry.at)
        elif entry.kind in (CHECKED, CONFIRMED):
            checked = moment(entry.at) if entry.kind == CHECKED else None
            confirmed = entry if entry.kind == CONFIRMED else None
            break
    pauses = [(later - earlier, earlier) for later, earlier in pairwise(times)]
    return Since(
        checked_at=checked,
        confirmed=confirmed,
        pause=max((pause for pause, _ in pauses), default=timedelta()),
        jumped_after=next((earlier for pause, earlier in reversed(pauses) if pause > LONGEST_PAUSE), None),
        last=times[1] if len(times) > 1 else None,
        stopped_at=stopped,
    )


def jumps(log: Log) -> list[Jump]:
    """The jumps of the clock that anybody has confirmed, the earliest first, and who did."""
    found: dict[datetime, Jump] = {}
    for _, line in decisions_backward(log):
        if _IS_CONFIRMATION not in line:
            continue
        entry = parse_line(line)
        before = entry.facts.get(BEFORE)
        if entry.kind == CONFIRMED and isinstance(before, str) and entry.actor is not None:
            at = moment(before)
            found[at] = found.get(at, Jump(at)).confirmed(entry.actor)
    return [found[at] for at in sorted(found)]
