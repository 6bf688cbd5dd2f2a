"""What a command of retention is told of: a workshop, a session, or one record, as people write it."""

from dataclasses import dataclass

from storage.catalog.catalog import Catalog
from storage.rows.forms import HOME
from storage.rows.walk import RecordRow, SessionRow, WorkshopRow
from vocabulary.errors import UsageError
from vocabulary.ids import SessionName, is_id
from vocabulary.messages import N_


@dataclass(frozen=True)
class Place:
    """A workshop; one of its sessions; one of the records of either."""

    workshop: WorkshopRow
    session: SessionRow | None = None
    record: RecordRow | None = None

    def __str__(self) -> str:
        if self.record is not None:
            return self.record.id
        return str(self.session.name) if self.session is not None else self.workshop.code

    @property
    def session_id(self) -> str | None:
        return None if self.session is None else self.session.id

    @property
    def record_id(self) -> str | None:
        return None if self.record is None else self.record.id

    def records(self, catalog: Catalog) -> list[RecordRow]:
        """Everything live in it, the oldest first."""
        if self.record is not None:
            return [self.record]
        return catalog.records(workshop=self.workshop.code, session_id=self.session_id)


def find(catalog: Catalog, text: str) -> Place:
    """Read CODE, CODE/N or the id of a record; UnknownError when there is none, UsageError for a record of the home."""
    if is_id(text) or (text.startswith("r-") and not _is_workshop(catalog, text)):
        record = catalog.record(text)
        if record.workshop == HOME:
            message = N_("Record {id} belongs to no workshop: the schedule says nothing of it.")
            raise UsageError(message, place=text, id=text)
        session = None if record.session_id is None else catalog.session_by_id(record.session_id)
        return Place(catalog.workshop(record.workshop), session, record)
    if "/" in text:
        session = catalog.session(SessionName.parse(text))
        return Place(catalog.workshop(session.workshop), session)
    return Place(catalog.workshop(text))


def _is_workshop(catalog: Catalog, text: str) -> bool:
    """Whether there is a workshop of this code: else ``r-...`` is meant as a record, mistyped or not whole."""
    return text in {workshop.code for workshop in catalog.workshops()}
