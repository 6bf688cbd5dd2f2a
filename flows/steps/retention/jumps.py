"""The machine's clock as the log tells of it: pauses and jumps since retention was at work, and who confirmed them.

Rules kept here:
- the log is read back to the last time retention was at work, and each pair of entries on the way is looked at: what
  others wrote meanwhile hides no jump;
- the log's own time never goes back. While the clock stands before its last entry, what retention writes says what the
  clock showed, and jumps are looked for between these times: from the newest moment told of that is not after now;
- a confirmation names the jump it is about by the moments before and after it, and counts for that one alone, and only
  if the clock showed the later one by then: a jump that was taken back is named, and stays in doubt;
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
CLOCK, BEFORE, AFTER = "clock", "before", "after"
"""The facts that say what the clock showed, and name a jump."""

_IS_CONFIRMATION = f'"kind":"{CONFIRMED}"'.encode()


@dataclass(frozen=True)
class Since:
    """What the log tells since retention was last at work.

    ``pause`` is the longest between two entries, now included, ``jumps`` those that were too long, the earliest first;
    ``last`` the time of the last entry, ``stopped_at`` when too much was due.
    """

    checked_at: datetime | None
    confirmed: LoggedEntry | None
    pause: timedelta
    jumps: tuple[Jump, ...]
    last: datetime | None
    stopped_at: datetime | None

    def stop(self, now: datetime) -> Stop | None:
        """Why the clock is not believed; None if it is, or one person said that it is right."""
        return stop_of_clock(now, self.last, self.pause, None if self.confirmed is None else _shown(self.confirmed))

    def by_the_log(self, now: datetime) -> datetime:
        """The time that an entry made now has: never before the last."""
        return now if self.last is None else max(now, self.last)

    def is_behind(self, now: datetime) -> bool:
        """Whether the clock stands before the last entry."""
        return self.last is not None and now < self.last


def since_last_at_work(log: Log, now: datetime) -> Since:
    """Read the log backward to the last time retention was at work."""
    now = now.replace(microsecond=0)
    since, checked, confirmed, stopped = list[LoggedEntry](), None, None, None
    for _, line in decisions_backward(log):
        entry = parse_line(line)
        since.append(entry)
        if entry.kind == CHECKED and "stopped" in entry.facts:
            stopped = stopped or _shown(entry)
        elif entry.kind in (CHECKED, CONFIRMED):
            checked = _shown(entry) if entry.kind == CHECKED else None
            confirmed = entry if entry.kind == CONFIRMED else None
            break
    last = moment(since[0].at) if since else None
    times = [now, *_times(since, at_work=checked is not None or confirmed is not None)]
    if last is not None and now < last and (before := _newest_not_after(log, now)) is not None:
        times = [now, before, *times[1:]]
    found = [Jump(earlier, later) for later, earlier in pairwise(times) if later - earlier > LONGEST_PAUSE]
    return Since(
        checked_at=checked,
        confirmed=confirmed,
        pause=max((jump.after - jump.before for jump in found), default=timedelta()),
        jumps=tuple(reversed(found)),
        last=last,
        stopped_at=stopped,
    )


def jumps(log: Log) -> list[Jump]:
    """The jumps of the clock that confirmations name, the earliest first, and who confirmed them."""
    found: dict[tuple[datetime, datetime], Jump] = {}
    for _, line in decisions_backward(log):
        if _IS_CONFIRMATION not in line:
            continue
        entry = parse_line(line)
        before = entry.facts.get(BEFORE)
        if entry.kind == CONFIRMED and isinstance(before, str) and entry.actor is not None:
            place = moment(before), moment(str(entry.facts.get(AFTER) or before))
            found[place] = found.get(place, Jump(*place)).confirmed(entry.actor, _shown(entry))
    return [found[place] for place in sorted(found)]


def why_stopped(log: Log, now: datetime) -> Stop | None:
    """Why the clock is not believed now; None if it is."""
    return since_last_at_work(log, now).stop(now)


def _shown(entry: LoggedEntry) -> datetime:
    """What the clock showed at an entry: the time it has, unless it says otherwise."""
    clock = entry.facts.get(CLOCK)
    return moment(clock if isinstance(clock, str) else entry.at)


def _times(since: list[LoggedEntry], *, at_work: bool) -> list[datetime]:
    """The times of entries, the newest first; those that only repeat the time of the last work of retention, which was
    not what the clock showed, tell nothing."""
    if not at_work:
        return [moment(entry.at) for entry in since]
    return [*(moment(entry.at) for entry in since[:-1] if entry.at != since[-1].at), _shown(since[-1])]


def _newest_not_after(log: Log, now: datetime) -> datetime | None:
    """The newest moment that the log tells of and that is not after ``now``."""
    times = (_shown(parse_line(line)) for _, line in decisions_backward(log))
    return next((at for at in times if at <= now), None)
