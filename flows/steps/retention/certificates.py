"""Certificates of destruction: what was destroyed, when, on whose order and why; they name nobody.

Rules kept here:
- a certificate is owed for every intent to destroy that the log holds, but for what a hold took back. Which are
  still owed is read from the log itself, so that one a crash prevented is sealed by the next run;
- it says since when the destruction is effective on this machine (D1), and lists what left the machine before and
  may still hold what was destroyed: backups, recovery exports, workshops handed over;
- where it lists any, or where the copy at the recovery place could not be renewed, it cannot say since when the
  destruction is effective everywhere (D2). Once each of them is confirmed as renewed or destroyed, and that copy is
  written again, a second certificate that refers to the first says so;
- it carries the proofs that its entries are in the log, under a signed checkpoint.

The sealed form is ``huisclos-certificate/2`` (docs/reference/archive.md).
"""

import contextlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flows.steps.holding import hold, hold_vault
from flows.steps.sealing import Facts, stamp
from infra.recovery_copies import recovery_copies, recovery_state
from infra.wiring import Services
from policies.deciding import leads_to_destruction
from policies.schedule import FOLLOWS
from storage.commit import Change
from storage.copies.manifest import ORIGIN
from storage.log.entry import Entry, LoggedEntry, WrittenRow
from storage.log.log import Log
from storage.log.proof import inclusion
from storage.rows.custody import ExportRow
from storage.rows.walk import RecordRow
from vocabulary.choices import Disposal, ExportKind, RecordClass, RecordLife
from vocabulary.errors import BusyError, DamagedError, KeysError, UnknownError
from vocabulary.messages import N_

FORMAT = "huisclos-certificate/2"
METHOD = N_("cryptographic erase (NIST SP 800-88), then removal of the sealed bytes")
_REASONS = {
    "discarded": N_("discarded by two people"),
    "workshop-left": N_("handed over to another home"),
    "withdrawn": N_("withdrawn by whom it came from, or erased for whom it spoke of"),
}
_INTENTS = ("destruction-intended", *_REASONS)
_TAKES_BACK = "hold-placed"
_EARLIER: dict[str, Any] = {
    "effective_here_since": None, "effective_everywhere_since": None, "exports": [], "completes": None, "proofs": [],
    "days_late": None,
}  # fmt: skip
"""What a certificate of the first format did not say, and earlier ones of the second."""


@dataclass(frozen=True)
class Certificate:
    """A certificate of destruction: its record, when it was sealed, what it says (``huisclos-certificate/2``).

    ``session`` is CODE/N, or None for records of a whole workshop; ``completed_by`` the certificate that says since
    when the destruction is effective everywhere.
    """

    record: str
    issued_at: str
    session: str | None
    completed_by: str | None
    content: dict[str, Any]


def certify(services: Services) -> tuple[str, ...]:
    """Seal every certificate that is owed or can be completed; return their record ids. Safe to run again.

    One for records not wholly destroyed yet, or in a session another process is at work on, waits.
    """
    sealed: list[str] = []
    copies = recovery_copies(services.settings, services.now)
    if copies is not None:
        copies.renew(services.archive.keystore)
    told = _told(services.archive.log)
    for intent in _unanswered(services, told):
        records = _destroyed(services, intent)
        if not records:
            continue
        with contextlib.suppress(BusyError), _holding(services, intent.session, records[0].workshop):
            if intent in _unanswered(
                services, _told(services.archive.log)
            ):  # another process may have sealed it before this one held it
                sealed.append(_seal_first(services, intent, records))
    for first in _incomplete(services, _told(services.archive.log) if sealed else told):
        with contextlib.suppress(BusyError), _holding(services, first.session_id, first.workshop):
            standing = _incomplete(services, _told(services.archive.log))
            completed = _completed(services, first) if first in standing else None
            if completed is not None:
                facts: Facts = {"completes": first.id, "exports": 0}
                sealed.append(_seal(services, completed, first.workshop, first.session_id, None, facts))
    return tuple(sealed)


def certificates(services: Services) -> list[Certificate]:
    """Every certificate that is kept, the oldest first."""
    catalog = services.archive.catalog
    found: list[Certificate] = []
    for row in catalog.records(record_class=RecordClass.CERTIFICATE):
        if row.format == ORIGIN:  # what another home's log says of a workshop it gave here
            continue
        session = None if row.session_id is None else str(catalog.session_by_id(row.session_id).name)
        content = {**_EARLIER, "workshop": row.workshop, **_read(services, row)}
        if content["effective_here_since"] is None:
            content["effective_here_since"] = max(str(record["destroyed_at"]) for record in content["records"])
        found.append(Certificate(row.id, row.created_at, session, None, content))
    completing = {str(one.content["completes"]): one.record for one in found if one.content["completes"]}
    return [replace(one, completed_by=completing.get(one.record)) for one in found]


def of(services: Services, record: str) -> list[Certificate]:
    """The certificate with this id, or those of the destroyed record with this id; UnknownError if there is none."""
    everything = certificates(services)
    found = [one for one in everything if one.record == record] or [
        one for one in everything if record in {listed["id"] for listed in one.content["records"]}
    ]
    if not found:
        message = N_("{id} is no certificate of destruction, nor a record that has one. `huisclos retention "
                     "certificate list` shows those there are.")  # fmt: skip
        raise UnknownError(message, place=record, id=record)
    return found


def _read(services: Services, row: RecordRow) -> dict[str, Any]:
    archive = services.archive
    value: dict[str, Any] = json.loads(archive.objects.unseal(archive.scope_of(row), archive.sealed_of(row)))
    return value


@contextlib.contextmanager
def _holding(services: Services, session_id: str | None, workshop: str) -> Iterator[None]:
    held: contextlib.AbstractContextManager[object] = (
        hold_vault(services, workshop, wait=False, away_too=True)
        if session_id is None
        else hold(services, services.archive.catalog.session_by_id(session_id), away_too=True)
    )
    with held:
        yield


def still_owed(log: Log) -> set[str]:
    """The ids of the entries a certificate has still to be made of, or completed for."""
    entries = _told(log)
    certified = [entry for entry in entries if entry.kind == "certified"]
    answered = {entry.facts.get("intent") for entry in certified}
    completed = {entry.facts.get("completes") for entry in certified}
    intents = {entry.id for entry in entries if entry.kind in _INTENTS and entry.id not in answered and entry.rows}
    return intents | {
        entry.id for entry in certified if entry.facts.get("exports") and entry.facts["certificate"] not in completed
    }


def _told(log: Log) -> list[LoggedEntry]:
    """The entries that tell of destructions and of certificates, oldest first: a small part of the log.

    An intent is without the records that a hold took back from it later; one that a hold took all from is left out.
    """
    kinds = (*_INTENTS, _TAKES_BACK)
    told, back = list[LoggedEntry](), set[str]()
    for entry in reversed(list(log.entries_with(b'"certificate":', *(f'"kind":"{kind}"'.encode() for kind in kinds)))):
        if entry.kind == _TAKES_BACK:
            back |= {row.key for row in entry.rows if row.table == RecordRow.TABLE}
        elif entry.kind in _INTENTS and (left := [row for row in entry.rows if row.key not in back]) != [*entry.rows]:
            told += [replace(entry, rows=tuple(left))] if any(map(_is_condemned, left)) else []
        else:
            told.append(entry)
    return told[::-1]


def _unanswered(services: Services, told: Sequence[LoggedEntry]) -> list[LoggedEntry]:
    """The intents to destroy that no certificate answers, oldest first; one that a restore lost answers nothing."""
    known = _known(services)
    answered = {entry.facts.get("intent") for entry in told if entry.facts.get("certificate") in known}
    return [entry for entry in told if entry.kind in _INTENTS and entry.id not in answered]


def owed(services: Services) -> int:
    """How many destructions the log tells of whose certificate is not there: the next run seals it (again)."""
    return sum(any(map(_is_condemned, intent.rows)) for intent in _unanswered(services, _told(services.archive.log)))


def _is_condemned(row: WrittenRow) -> bool:
    """Whether a row that an intent wrote announces a destruction: it may write what takes a record's place too."""
    return row.table == RecordRow.TABLE and row.values is not None and row.values["destroy_intended_at"] is not None


def _known(services: Services) -> set[object]:
    return {row.id for row in services.archive.catalog.records(record_class=RecordClass.CERTIFICATE, life=None)}


def _destroyed(services: Services, intent: LoggedEntry) -> list[RecordRow]:
    """The records an intent named, if all of them are destroyed; else none."""
    catalog = services.archive.catalog
    records = [catalog.record(row.key) for row in intent.rows if _is_condemned(row)]
    return [] if any(record.life != RecordLife.DESTROYED for record in records) else records


def _incomplete(services: Services, told: Sequence[LoggedEntry]) -> list[RecordRow]:
    """The certificates that list exports and that no other completes, oldest first."""
    known = _known(services)
    entries = [one for one in told if one.kind == "certified" and one.facts["certificate"] in known]
    completed = {entry.facts.get("completes") for entry in entries}
    waiting = [
        str(entry.facts["certificate"])
        for entry in entries
        if entry.facts.get("exports") and entry.facts["certificate"] not in completed
    ]
    rows = [services.archive.catalog.record(certificate) for certificate in waiting]
    return [row for row in rows if row.life != RecordLife.DESTROYED and row.destroy_intended_at is None]


def _scheduled_as(record: RecordRow) -> RecordClass:
    """The class whose schedule ended a record: a sealed fault goes with the verbatim, others as the one they follow."""
    record_class = RecordClass(record.record_class)
    return RecordClass.VERBATIM if record_class is RecordClass.FAULT else FOLLOWS.get(record_class, record_class)


def _decided(services: Services, intent: LoggedEntry, record: RecordRow, then: Disposal) -> dict[str, object]:
    """What a steward decided of a record that ended by its schedule, if that led to its end; nothing where nobody had
    to decide."""
    rows = [row for row in services.archive.catalog.decisions() if row.record_id == record.id]
    if intent.kind in _REASONS or not rows or not leads_to_destruction(then, rows[-1]):
        return {}
    last = rows[-1]
    given = {"to": last.recipient, "receipt_on": last.receipt_on, "receipt": last.reference}
    return {"decided": {"what": last.decision, "at": last.at, **(given if last.recipient else {})}}


def _seal_first(services: Services, intent: LoggedEntry, records: list[RecordRow]) -> str:
    archive = services.archive
    workshop = records[0].workshop
    schedule = services.policy(workshop).schedule
    here = max(str(record.destroyed_at) for record in records)
    exports = [row for row in archive.catalog.exports(present=False) if _may_hold(row, workshop, here)]
    open_ones = sum(1 for row in exports if row.ended_at is None) + recovery_state(services.settings).stale
    value = {
        "format": FORMAT,
        "home": archive.home_id,
        "workshop": workshop,
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
                "because": _REASONS.get(intent.kind) or schedule[_scheduled_as(record)].because,
                **_decided(services, intent, record, schedule[_scheduled_as(record)].then),
            }
            for record in records
        ],
        "days_late": intent.facts.get("days_late"),
        "effective_here_since": here,
        "effective_everywhere_since": None if open_ones else _everywhere(here, exports),
        "exports": [_listed(row) for row in exports],
        "completes": None,
        "proofs": [inclusion(archive.log, seq) for seq in _entries_of(services, intent, records)],
    }
    facts: Facts = {"intent": intent.id, "exports": open_ones}
    return _seal(services, value, workshop, intent.session, intent.actor, facts)


def _completed(services: Services, first: RecordRow) -> dict[str, Any] | None:
    """What the second certificate says, or None while something has not ended, or the first does not open."""
    try:
        value = _read(services, first)
    except (DamagedError, KeysError):  # for `archive verify` to tell: it keeps nobody from working
        return None
    known = {row.id: row for row in services.archive.catalog.exports(present=False)}
    listed = [known[one["id"]] for one in value["exports"]]
    copies = recovery_state(services.settings)
    if copies.stale or any(row.ended_at is None for row in listed):
        return None
    here = value["effective_here_since"]
    if _open_ones(services, first) > sum(1 for one in value["exports"] if one["ended_at"] is None):
        here = max(here, copies.place.left_at or stamp(services.now()))  # the recovery place was behind
    return {
        **value,
        "effective_everywhere_since": _everywhere(here, listed),
        "exports": [_listed(row) for row in listed],
        "completes": first.id,
    }


def _open_ones(services: Services, first: RecordRow) -> int:
    """What had not ended when a certificate was sealed: exports, and the copy at the recovery place."""
    entries = services.archive.log.entries(kind="certified")
    return next((int(one.facts["exports"] or 0) for one in entries if one.facts["certificate"] == first.id), 0)


def _may_hold(row: ExportRow, workshop: str, destroyed_at: str) -> bool:
    """Whether it was made before the destruction, and had not ended then; a bundle holds its own workshop only."""
    if row.export_kind == ExportKind.WORKSHOP and row.place.split("/")[0] != workshop:
        return False
    return row.made_at <= destroyed_at and (row.ended_at is None or row.ended_at > destroyed_at)


def _everywhere(here: str, exports: list[ExportRow]) -> str:
    return max([here, *(str(row.ended_at) for row in exports)])


def _listed(row: ExportRow) -> dict[str, object]:
    return {
        "id": row.id,
        "kind": row.export_kind,
        "made_at": row.made_at,
        "generation": row.generation,
        "place": row.place,
        "holder": row.holder,
        "ended_at": row.ended_at,
    }


def _entries_of(services: Services, intent: LoggedEntry, records: list[RecordRow]) -> list[int]:
    """The numbers of the entries that announced the destruction and that completed it."""
    waiting, found = {record.id for record in records}, [intent.seq]
    for entry in services.archive.log.entries(kind="destroyed", session=intent.session):
        ended = {row.key for row in entry.rows if row.table == RecordRow.TABLE} & waiting
        if entry.seq > intent.seq and ended:
            found.append(entry.seq)
            waiting -= ended
    return found


def _seal(
    services: Services, value: dict[str, Any], workshop: str, session: str | None, actor: str | None, facts: Facts
) -> str:
    archive = services.archive
    number = archive.catalog.session_by_id(session).number if session else 0
    scope = archive.scope(workshop, number, RecordClass.CERTIFICATE)
    sealed = archive.objects.seal(scope, json.dumps(value, sort_keys=True, ensure_ascii=False).encode())
    row = archive.new_record(scope, sealed, services.now(), session_id=session)
    said = {"certificate": row.id, **facts}
    services.commit(Change(add=(row,)), Entry("certified", session=session, actor=actor, facts=said))
    return row.id
