"""The acts and events that start the clocks of a record, found in rows.

Rules kept here:
- an event that a later row corrects does not count; one of a workshop counts before one of the whole home;
- an event whose day was over when a session of the workshop was received does not count for it: it went on. Of several
  that count, the earliest does;
- the day of an event stands for its noon, in any time zone from Greenwich - 10 to Greenwich + 12;
- the latest day of what may fail to come is counted from receipt (policies/triggers.py): that of the session for
  what is told of a session, that of the last session for the rest, a workshop without one from its adding.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache

from policies.triggers import EVENTS, TRIGGERS, Place
from storage.rows.forms import HOME
from storage.rows.retention import EventRow, ExtensionRow
from storage.rows.walk import RecordRow, SessionRow, WorkshopRow
from vocabulary.choices import Trigger

_NOON = time(11, tzinfo=UTC)
_REST_OF_DAY = timedelta(hours=23)
"""From that noon until the day is over in every time zone of France, Greenwich - 10 the last."""


class RowClocks:
    """The events of some workshops, read once; ``of`` tells those of one record of theirs."""

    def __init__(
        self,
        workshops: Iterable[WorkshopRow],
        sessions: Iterable[SessionRow],
        events: Iterable[EventRow],
        extensions: Iterable[ExtensionRow],
    ) -> None:
        self._sessions = {row.id: row for row in sessions}
        self._last_received = {row.code: row.created_at for row in workshops}
        received: dict[str, str] = defaultdict(str)
        for row in self._sessions.values():
            received[row.workshop] = max(received[row.workshop], row.created_at)
        self._last_received |= received
        self._events: dict[tuple[str, str, str | None], list[EventRow]] = defaultdict(list)
        for event in sorted(standing(events), key=lambda row: (row.day or "", row.id)):
            if event.day is not None:
                self._events[event.event, event.workshop, event.session_id].append(event)
        self._expected: dict[tuple[str, str], Mapping[Trigger, datetime]] = {}
        self._extended = {(row.session_id, row.record_class) for row in extensions}

    def session_of(self, record: RecordRow) -> SessionRow | None:
        """The session a record belongs to; None for a record of a workshop."""
        return self._sessions.get(record.session_id or "")

    def of(self, record: RecordRow) -> Mapping[Trigger, datetime]:
        """The acts and events that have started a clock for this record, and when."""
        session = self.session_of(record)
        found = {Trigger.ISSUED: moment(record.created_at), Trigger.RECEIVED: moment(record.created_at)}
        if session is not None:
            found[Trigger.RECEIVED] = moment(session.created_at)
            if session.cleared_at:
                found[Trigger.CLEARED] = moment(session.cleared_at)
        for trigger in EVENTS:
            row = self.event(trigger, record.workshop, record.session_id)
            if row is not None and row.day is not None:
                found[trigger] = noon(row.day)
        return found

    def event(self, trigger: Trigger, workshop: str, session_id: str | None) -> EventRow | None:
        """The row that stands for an event, for what belongs to a session or, without one, to a workshop."""
        place, named = TRIGGERS[trigger].place, (workshop, HOME)
        if place is Place.SESSION and session_id is None:
            return None
        about = session_id if place is Place.SESSION else None
        found = (row for code in named for row in self._events.get((trigger.value, code, about), ()))
        return next((row for row in found if self.counts(row, workshop)), None)

    def counts(self, event: EventRow, workshop: str) -> bool:
        """Whether what an event ends was still ended when the last session of a workshop was received; what is told of
        a session always is."""
        last = self._last_received.get(workshop)
        if event.session_id is not None or event.day is None or last is None:
            return event.day is not None
        return moment(last) < noon(event.day) + _REST_OF_DAY

    def expected(self, record: RecordRow) -> Mapping[Trigger, datetime]:
        """When each of the triggers that may fail to come is expected at the latest, for this record."""
        session = self.session_of(record)
        last = self._last_received.get(record.workshop, record.created_at)
        place = last, session.created_at if session else last
        if place not in self._expected:
            self._expected[place] = self._latest(*place)
        return self._expected[place]

    def _latest(self, last: str, received: str) -> Mapping[Trigger, datetime]:
        found = {}
        for trigger, source in TRIGGERS.items():
            if source.latest is not None:
                found[trigger] = self.latest_of(trigger, received if source.place is Place.SESSION else last)
        return found

    @staticmethod
    def latest_of(trigger: Trigger, begun: str) -> datetime:
        """The moment at which ``trigger`` is expected at the latest, for what was received at ``begun``."""
        period, at = TRIGGERS[trigger].latest, moment(begun)
        return at if period is None else datetime.combine(period.counted_from(at.date()), at.timetz())

    def last_received(self, workshop: str) -> str:
        """When the last session of a workshop was received; when it was added, for one without sessions."""
        return self._last_received[workshop]

    def extended(self, record: RecordRow) -> bool:
        """Whether a steward extended the period of this record."""
        return (record.session_id, record.record_class) in self._extended


def standing(events: Iterable[EventRow]) -> list[EventRow]:
    """The events that no later row corrects."""
    rows = list(events)
    corrected = {row.corrects for row in rows}
    return [row for row in rows if row.id not in corrected]


@lru_cache(maxsize=4096)
def moment(text: str) -> datetime:
    """A time of a row."""
    return datetime.fromisoformat(text)


@lru_cache(maxsize=4096)
def noon(day: str) -> datetime:
    """A moment that lies on this calendar day in every time zone of France."""
    return datetime.combine(datetime.fromisoformat(day).date(), _NOON)
