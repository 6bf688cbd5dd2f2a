"""Rectification: what a person has to say is kept beside the talk, for whoever reviews it (GDPR 16).

Rules kept here:
- the talk stays what was said: a statement is a record of its own, sealed under keys of its session, an epoch each;
- it ends as the cleared text does, and goes when its person, or whoever it names, is withdrawn;
- it is shown where the talk is (`review show`) and with its request, and goes into no text that leaves: nobody has
  looked in it for names (docs/adr/0024);
- the log holds the request, the record and the session, and nothing of what it says.
"""

from dataclasses import replace

from flows.steps.holding import hold
from flows.steps.rights.requests import act_on, opened, progress_of, today
from flows.steps.rights.standing import standing
from flows.steps.sealing import Facts
from infra.wiring import Services
from policies.requests import Act, check_can_do
from storage.rows.rights import RequestRow
from vocabulary.choices import RecordClass
from vocabulary.errors import StateError, UsageError
from vocabulary.ids import SessionName
from vocabulary.messages import N_
from vocabulary.request import Sealed
from vocabulary.statement import Statement
from vocabulary.text import IdentifiedText

LONGEST = 4_000
"""Characters of a statement, at most."""

_TEXTS = (RecordClass.VERBATIM, RecordClass.CLEARED)


def keep_statement(
    services: Services, request_id: str, name: SessionName, at: int | None, text: IdentifiedText, person: str
) -> RequestRow:
    """Seal what a person has to say beside a session, at a moment of it (whole seconds) or about all of it.

    StateError for a request that is no granted rectification, or a session of which no text is left; UsageError for
    nothing, or too much; BusyError when a process is at work on the session.
    """
    archive = services.archive
    row = archive.catalog.request(request_id)
    check_can_do(progress_of(row), Act.STATE, today(services))
    said = IdentifiedText(text.reveal().strip())
    if not 1 <= len(said) <= LONGEST:
        raise UsageError(N_("A statement has between 1 and {longest} characters. Nothing was kept."), longest=LONGEST)
    with hold(services, archive.catalog.session(name)) as session:
        if not any(standing(services, name.workshop, one, session.id) for one in _TEXTS):
            raise StateError(
                N_("Session {session} has no text: there is nothing that a statement could be kept with."),
                place=str(name), session=str(name),
            )  # fmt: skip
        told = Statement(row.id, said, opened(services, row).forms, at)
        scope = archive.next_scope(name.workshop, name.number, RecordClass.STATEMENT)
        sealed = archive.objects.seal(scope, told.to_bytes())
        record = archive.new_record(scope, sealed, services.now(), session_id=session.id)

        def change(row: RequestRow, sealed: Sealed) -> tuple[RequestRow, Sealed, Facts]:
            return row, replace(sealed, statements=(*sealed.statements, record.id)), {"record": record.id}

        return act_on(services, row.id, Act.STATE, "statement-kept", person, change, beside=record)
