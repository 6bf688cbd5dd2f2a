"""Certificates of destruction: what was destroyed, when, on whose order and why; they name nobody.

A certificate is owed for every intent to destroy that the log holds. Which are still owed is read from the
log itself, so that one a crash prevented is sealed by the next run.
"""

import contextlib
import json

from flows.steps.holding import hold, hold_vault
from infra.wiring import Services
from storage.commit import Change
from storage.log.entry import Entry, LoggedEntry
from storage.rows import RecordRow
from vocabulary.choices import RecordClass, RecordLife
from vocabulary.errors import BusyError

FORMAT = "huisclos-certificate/1"
METHOD = "cryptographic erase (NIST SP 800-88), then removal of the sealed bytes"
DISCARDED = "discarded by two people"
_INTENTS = ("destruction-intended", "discarded")


def certify(services: Services) -> tuple[str, ...]:
    """Seal every certificate that is owed; return their record ids. Safe to run again.

    One for records not wholly destroyed yet, or in a session another process is at work on, waits.
    """
    catalog = services.archive.catalog
    sealed: list[str] = []
    for intent in _unanswered(services):
        records = [catalog.record(row.key) for row in intent.rows if row.table == RecordRow.TABLE]
        if not records or any(record.life != RecordLife.DESTROYED for record in records):
            continue
        holding = (
            hold_vault(services, records[0].workshop, wait=False)
            if intent.session is None
            else hold(services, catalog.session_by_id(intent.session))
        )
        with contextlib.suppress(BusyError), holding:
            if intent in _unanswered(services):  # another process may have sealed it before this one held it
                sealed.append(_seal(services, intent, records))
    return tuple(sealed)


def _unanswered(services: Services) -> list[LoggedEntry]:
    """The intents to destroy that no certificate answers, oldest first."""
    entries = list(services.archive.log.entries())
    answered = {entry.facts.get("intent") for entry in entries if entry.kind == "certified"}
    return [entry for entry in entries if entry.kind in _INTENTS and entry.id not in answered]


def _scheduled_as(record: RecordRow) -> RecordClass:
    """The class whose schedule ended a record: a sealed fault goes with the verbatim."""
    record_class = RecordClass(record.record_class)
    return RecordClass.VERBATIM if record_class is RecordClass.FAULT else record_class


def _seal(services: Services, intent: LoggedEntry, records: list[RecordRow]) -> str:
    archive = services.archive
    workshop = records[0].workshop
    number = archive.catalog.session_by_id(intent.session).number if intent.session else 0
    schedule = services.policy(workshop).schedule
    value = {
        "format": FORMAT,
        "home": archive.home_id,
        "session": intent.session,
        "method": METHOD,
        "ordered_by": intent.actor,
        "ordered_at": intent.at,
        "intent": intent.id,
        "policy": archive.catalog.workshop(workshop).policy_digest,
        "records": [
            {
                "id": record.id,
                "class": record.record_class,
                "created_at": record.created_at,
                "destroyed_at": record.destroyed_at,
                "object": record.object_id,
                "because": (DISCARDED if intent.kind == "discarded" else schedule[_scheduled_as(record)].because),
            }
            for record in records
        ],
    }
    scope = archive.scope(workshop, number, RecordClass.CERTIFICATE)
    sealed = archive.objects.seal(scope, json.dumps(value, sort_keys=True, ensure_ascii=False).encode())
    row = archive.new_record(scope, sealed, services.now(), session_id=intent.session)
    facts = {"certificate": row.id, "intent": intent.id}
    services.commit(Change(add=(row,)), Entry("certified", session=intent.session, actor=intent.actor, facts=facts))
    return row.id
