"""What starts a retention clock: every trigger a policy may name, in one table.

Rules kept here:
- ``TRIGGERS`` is the whole table: what sets a trigger, who notes it, what it is told of, and its latest day; the
  table of docs/reference/retention.md is drawn from it, and the policy file knows no other word;
- an act is noted by the program as it happens and cannot be back-dated; an event is noted by a person, with its day;
- an event of a workshop or of the research that lies before the last receipt there does not count, and is asked for
  again: what was said to have ended went on (storage/clocks.py);
- a trigger that may fail to come has a latest day, counted from one that cannot: nothing waits for ever. When that
  day passes, a person is asked, and meanwhile the latest end of the record counts (policies/schedule.py).
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from policies.period import Period
from vocabulary.choices import Trigger, Worded
from vocabulary.errors import StateError
from vocabulary.messages import N_


class Place(Worded):
    """What a trigger is told of."""

    RECORD = "record", N_("the record")
    SESSION = "session", N_("the session")
    WORKSHOP = "workshop", N_("the workshop")
    RESEARCH = "research", N_("the research: one workshop, or all of the home")


@dataclass(frozen=True)
class Source:
    """Where a trigger comes from.

    ``set_by`` is the act or the event, ``noted_by`` who records it, ``latest`` the time it may take, counted from
    the receipt of the session, or of the last session of the workshop (of a workshop without one, from its adding);
    None where it never fails to come.
    """

    place: Place
    set_by: str
    noted_by: str
    latest: Period | None
    by_person: bool = False


_PROGRAM = "the program"

TRIGGERS: Mapping[Trigger, Source] = MappingProxyType({
    Trigger.RECEIVED: Source(Place.SESSION, "the first recording of the session is sealed", _PROGRAM, None),
    Trigger.CLEARED: Source(
        Place.SESSION, "the last person the policy asks for clears the text", _PROGRAM, Period.parse("12 months")
    ),
    Trigger.RETURN_CLOSED: Source(
        Place.SESSION, "huisclos event add return-closed CODE/N", "a person",
        Period.parse("12 months"), by_person=True,
    ),
    Trigger.WORKSHOP_CLOSED: Source(
        Place.WORKSHOP, "huisclos event add workshop-closed CODE", "a person",
        Period.parse("2 years"), by_person=True,
    ),
    Trigger.RESEARCH_ENDED: Source(
        Place.RESEARCH, "huisclos event add research-ended [CODE]", "a person",
        Period.parse("5 years"), by_person=True,
    ),
    Trigger.ISSUED: Source(Place.RECORD, "the document is sealed", _PROGRAM, None),
})  # fmt: skip
"""Every trigger a policy may name."""

EVENTS: tuple[Trigger, ...] = tuple(trigger for trigger, source in TRIGGERS.items() if source.by_person)
"""The triggers that people note."""


def latest_day(trigger: Trigger, received: datetime.date) -> datetime.date | None:
    """The day by which ``trigger`` is expected, counted from ``received``; None where it never fails to come."""
    period = TRIGGERS[trigger].latest
    return None if period is None else period.counted_from(received)


def note_command(trigger: Trigger, of: str) -> str:
    """What a person types to note that an event happened, its day and name apart."""
    return f"huisclos event add {str(trigger).replace('_', '-')} {of} --on DATE --as NAME"


def check_can_happen(day: datetime.date, first: datetime.date, today: datetime.date) -> None:
    """Raise StateError unless an event can have happened on ``day``: not before ``first``, the day of the last receipt
    of what it is told of, and not after ``today``."""
    if day > today:
        message = N_("{day} has not come yet: an event is noted once it has happened. Today is {today}.")
        raise StateError(message, day=day, today=today)
    if day < first:
        message = N_("{day} lies before {first}, when the session, or the last one of the workshop, was received here: "
                     "it would not count. Check the date.")  # fmt: skip
        raise StateError(message, day=day, first=first)


def can_happen(day: datetime.date, first: datetime.date, today: datetime.date) -> bool:
    """Whether ``check_can_happen`` would let it pass."""
    return first <= day <= today


def table() -> str:
    """Write the table as Markdown, one line a trigger."""
    rows = ["| trigger | told of | set by | noted by | at the latest |", "|---|---|---|---|---|"]
    for trigger, source in TRIGGERS.items():
        set_by = f"`{source.set_by}`" if source.by_person else source.set_by
        latest = "never fails to come" if source.latest is None else f"{source.latest} after receipt"
        rows.append(f"| `{trigger}` | {source.place.word} | {set_by} | {source.noted_by} | {latest} |")
    return "\n".join([*rows, ""])
