"""The acts and events that start the clocks of a record, as the catalog knows them.

What a clock counts from is a ``Trigger`` of the policy; this is the one place that finds its day.
"""

from collections.abc import Mapping
from datetime import datetime

from storage.catalog import Catalog
from storage.rows import RecordRow, SessionRow
from vocabulary.choices import Trigger


class Clocks:
    """The events of a whole catalog, read once; ``of`` tells those of one record."""

    def __init__(self, catalog: Catalog) -> None:
        self._sessions = {row.id: row for row in catalog.sessions()}

    def session_of(self, record: RecordRow) -> SessionRow | None:
        """The session a record belongs to; None for a record of a workshop."""
        return self._sessions.get(record.session_id or "")

    def of(self, record: RecordRow) -> Mapping[Trigger, datetime]:
        """The acts that have started a clock for this record, and when."""
        session = self.session_of(record)
        events = {Trigger.ISSUED: _moment(record.created_at), Trigger.RECEIVED: _moment(record.created_at)}
        if session is not None:
            events[Trigger.RECEIVED] = _moment(session.created_at)
            if session.cleared_at:
                events[Trigger.CLEARED] = _moment(session.cleared_at)
        return events


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
