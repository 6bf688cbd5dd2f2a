"""The statements that are kept beside sessions, as they are read with the talk and with their request."""

from flows.steps.rights.outcomes import Stated
from flows.steps.rights.standing import standing, unsealed
from infra.wiring import Services
from storage.rows.walk import SessionRow
from vocabulary.choices import RecordClass, RecordLife
from vocabulary.request import Sealed
from vocabulary.statement import Statement


def statements_of(services: Services, session: SessionRow) -> tuple[Stated, ...]:
    """Those of a session, in the order of the talk, those about all of it first."""
    found = [
        Stated(session.name, told.at, told.text)
        for record in standing(services, session.workshop, RecordClass.STATEMENT, session.id)
        for told in (Statement.from_bytes(unsealed(services, record)),)
    ]
    return tuple(sorted(found, key=lambda one: -1 if one.at is None else one.at))


def statements_of_request(services: Services, sealed: Sealed) -> tuple[Stated, ...]:
    """Those that a request was granted, as far as they stand and this passphrase reaches their workshop."""
    catalog = services.archive.catalog
    found = []
    for record in map(catalog.record, sealed.statements):
        gone = record.life == RecordLife.DESTROYED or record.destroy_intended_at is not None
        if not gone and services.archive.reaches(record.workshop):
            told = Statement.from_bytes(unsealed(services, record))
            found.append(Stated(catalog.session_by_id(str(record.session_id)).name, told.at, told.text))
    return tuple(found)
