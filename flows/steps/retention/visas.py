"""The visa that the archives service gives for the elimination of public archives (Code du patrimoine).

A visa covers what comes due in a session or a workshop up to the day it names; its reference stays on paper.
"""

from collections.abc import Sequence
from datetime import date

from flows.steps.retention import places
from flows.steps.sealing import Facts, stamp
from infra.wiring import Services
from policies.reference import is_reference
from storage.commit import Change
from storage.log.entry import Entry
from storage.rows.retention import VisaRow
from storage.rows.walk import RecordRow
from vocabulary.errors import StateError, UsageError
from vocabulary.ids import new_id
from vocabulary.messages import N_


def note(services: Services, where: str, until: date, reference: str, person: str) -> VisaRow:
    """Note a visa for CODE or CODE/N; StateError where the policy asks for none, UsageError for a reference that
    could be anything."""
    found = places.find(services.archive.catalog, where)
    if found.record is not None:
        raise UsageError(N_("A visa is given for a workshop or a session: write CODE or CODE/N."))
    services.archive.check_reaches(found.workshop.code)
    if not services.policy(found.workshop.code).processing.public_archives:
        message = N_("The policy of workshop {code} does not speak of public archives (processing.public_archives): no "
                     "visa is asked for.")  # fmt: skip
        raise StateError(message, place=found.workshop.code, code=found.workshop.code)
    if not is_reference(reference):
        message = N_("A reference has a digit, up to 40 letters without accents, digits, spaces, dots, slashes and "
                     "hyphens, and names nobody: BE 2026-12")  # fmt: skip
        raise UsageError(message, place="--reference")
    actor = services.person(person)
    row = VisaRow(
        new_id("v"), found.workshop.code, found.session_id, until.isoformat(), reference, actor, stamp(services.now())
    )
    facts: Facts = {"visa": row.id, "workshop": row.workshop, "until": row.until}
    services.commit(Change(add=(row,)), Entry("visa-noted", session=row.session_id, actor=actor, facts=facts))
    return row


def has_visa(visas: Sequence[VisaRow], record: RecordRow, due_on: date) -> bool:
    """Whether a visa covers a record that comes due on ``due_on``."""
    return any(
        row.workshop == record.workshop
        and row.session_id in (None, record.session_id)
        and due_on.isoformat() <= row.until
        for row in visas
    )
