"""The reason a person types for what they order: sealed, in no catalog and in no log.

A reason may name somebody. It is a record of its workshop, of class ``reason``, and ends as a verbatim does whose
session was received on the day it was typed; while the order stands that it was given for, it is kept.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from flows.steps.holding import hold_vault
from infra.wiring import Services
from storage.rows.walk import RecordRow
from vocabulary.choices import RecordClass
from vocabulary.errors import UsageError
from vocabulary.messages import N_
from vocabulary.text import IdentifiedText

LONGEST = 2_000


def check_reason(reason: IdentifiedText) -> None:
    """UsageError for a reason that says nothing, or too much."""
    if not 1 <= len(reason.reveal().strip()) <= LONGEST:
        message = N_("A reason has between 1 and {longest} characters. Nothing was changed.")
        raise UsageError(message, longest=LONGEST)


@contextmanager
def sealed_reason(services: Services, workshop: str, reason: IdentifiedText | None) -> Iterator[RecordRow | None]:
    """Seal a reason and give its row, for the caller's one commit inside; None where none is given."""
    if reason is None:
        yield None
        return
    check_reason(reason)
    archive = services.archive
    with hold_vault(services, workshop, wait=True):
        scope = archive.scope(workshop, 0, RecordClass.REASON)
        sealed = archive.objects.seal(scope, reason.reveal().strip().encode())
        yield archive.new_record(scope, sealed, services.now())


def open_reason(services: Services, note: str) -> IdentifiedText | None:
    """What was typed; None once it is destroyed."""
    archive = services.archive
    record = archive.catalog.record(note)
    if record.destroyed_at is not None or record.destroy_intended_at is not None:
        return None
    return IdentifiedText(archive.objects.unseal(archive.scope_of(record), archive.sealed_of(record)).decode())
