"""Retention: what the schedule says of every record, and its carrying out.

Planning reads only; it needs no passphrase. Applying destroys only what a plan made at the same moment
says is to be destroyed: intent logged, key first, bytes after, certificate last. A session stays released
when its recording is gone.
"""

import json
from datetime import datetime
from pathlib import Path

from flows.steps.evidence import check_event
from flows.steps.outcomes import Advice, Applied, Plan, PlanItem
from flows.steps.sealing import Facts, condemn, finish_erasures, record_row, stamp
from infra.process import lock
from infra.settings import Settings
from infra.wiring import Services, read_policy
from policies.destruction import why_not
from policies.policy import Policy
from policies.schedule import day_of, due
from storage.catalog import Catalog
from storage.commit import Change
from storage.log.entry import Entry
from storage.rows import CopyRow, RecordRow, SessionRow
from vocabulary.choices import Disposal, RecordClass, RecordLife, Trigger
from vocabulary.ids import SessionName

CERTIFICATE_FORMAT = "huisclos-certificate/1"
_UNSCHEDULED = (RecordClass.PEOPLE, RecordClass.FAULT)


def plan(settings: Settings, now: datetime) -> Plan:
    """Say of every live record when it ends, how, and what keeps it. A dry run: nothing is changed."""
    catalog = Catalog(settings.home / "archive" / "catalog.sqlite")
    policies = {row.code: read_policy(settings.home, row.policy_digest) for row in catalog.workshops()}
    sessions = {row.id: row for row in catalog.sessions()}
    items = [
        _item(record, sessions.get(record.session_id or ""), policies[record.workshop], now)
        for record in catalog.records()
        if record.workshop in policies and record.record_class not in _UNSCHEDULED
    ]
    expired = _expired_copies(catalog, policies, now)
    return Plan(max((day_of(policy, now) for policy in policies.values()), default=now.date()), tuple(items),
                tuple(copy.path for copy in expired))  # fmt: skip


def apply(services: Services, person: str) -> Applied:
    """Destroy what is due, remove expired copies from the outbox, and seal a certificate for each session."""
    actor = services.person(person)
    with lock(services.home, "retention"):
        now = services.now()
        finish_erasures(services)
        planned = plan(services.settings, now)
        certificates: list[str] = []
        doomed = planned.to_destroy
        for session_id in dict.fromkeys(_session_of(services, item) for item in doomed):
            items = [item for item in doomed if _session_of(services, item) == session_id]
            certificates.append(_destroy(services, session_id, items, actor, now))
        removed = remove_copies(services, now)
    return Applied(doomed, tuple(certificates), removed)


def remove_copies(services: Services, now: datetime) -> int:
    """Remove the outbox copies whose days are over; their sealed outputs stay."""
    archive = services.archive
    policies = {row.code: services.policy(row.code) for row in archive.catalog.workshops()}
    expired = _expired_copies(archive.catalog, policies, now)
    for copy in expired:
        services.commit(Change(), Entry("removal-intended", facts={"copy": copy.id}))
        (services.home / copy.path).unlink(missing_ok=True)
        gone = CopyRow(copy.id, copy.record_id, copy.path, copy.issued_at, stamp(now))
        services.commit(Change(replace=((copy, gone),)), Entry("removed", facts={"copy": copy.id}))
    return len(expired)


def certify(
    services: Services, records: list[RecordRow], session: SessionRow | None, actor: str, because: str, now: datetime
) -> RecordRow:
    """Seal a certificate of destruction; it names records by id, and nobody."""
    archive = services.archive
    workshop, number = (session.workshop, session.number) if session else (records[0].workshop, 0)
    value = {
        "format": CERTIFICATE_FORMAT,
        "home": archive.home_id,
        "session": session.id if session else None,
        "method": "cryptographic erase (NIST SP 800-88), then removal of the sealed bytes",
        "destroyed_at": stamp(now),
        "ordered_by": actor,
        "because": because,
        "policy": archive.catalog.workshop(workshop).policy_digest,
        "records": [
            {"id": r.id, "class": str(r.record_class), "created_at": r.created_at, "object": r.object_id}
            for r in records
        ],
    }
    scope = archive.scope(workshop, number, RecordClass.CERTIFICATE)
    sealed = archive.objects.seal(scope, json.dumps(value, sort_keys=True, ensure_ascii=False).encode())
    return record_row(services, scope, sealed, session=session)


def _destroy(services: Services, session_id: str | None, items: list[PlanItem], actor: str, now: datetime) -> str:
    archive = services.archive
    session = archive.catalog.session_by_id(session_id) if session_id else None
    records = [archive.catalog.record(item.record) for item in items]
    if session is not None and session.cleared_at and any(item.record_class == RecordClass.RECORDING for item in items):
        check_event(archive, session, "clearance-completed", now)
    facts: Facts = {
        "records": len(records),
        "classes": ",".join(sorted({str(r.record_class) for r in records})),
    }
    intent = Entry("destruction-intended", session=session_id, actor=actor, facts=facts)
    services.commit(Change(replace=tuple(condemn(records, now))), intent)
    finish_erasures(services)
    row = certify(services, records, session, actor, items[0].because, now)
    services.commit(
        Change(add=(row,)), Entry("certified", session=session_id, actor=actor, facts={"certificate": row.id})
    )
    return row.id


def _item(record: RecordRow, session: SessionRow | None, policy: Policy, now: datetime) -> PlanItem:
    record_class = RecordClass(record.record_class)
    end = due(policy, record_class, _events(record, session), now)
    kept = why_not(policy, end, RecordLife(record.life))
    return PlanItem(
        record=record.id,
        session=SessionName(session.workshop, session.number) if session else None,
        workshop=record.workshop,
        record_class=record_class,
        due=end.on,
        disposal=Disposal(end.disposal),
        because=end.because,
        destroy=kept is None,
        why=Advice(kept.word, {}) if kept else None,
    )


def _events(record: RecordRow, session: SessionRow | None) -> dict[Trigger, datetime]:
    """The acts that have started a clock for this record."""
    events = {Trigger.ISSUED: _moment(record.created_at), Trigger.RECEIVED: _moment(record.created_at)}
    if session is not None:
        events[Trigger.RECEIVED] = _moment(session.created_at)
        if session.cleared_at:
            events[Trigger.CLEARED] = _moment(session.cleared_at)
    return events


def _expired_copies(catalog: Catalog, policies: dict[str, Policy], now: datetime) -> list[CopyRow]:
    expired = []
    for copy in catalog.copies():
        policy = policies[Path(copy.path).parts[1]]
        if policy.copies.outbox.counted_from(day_of(policy, _moment(copy.issued_at))) <= day_of(policy, now):
            expired.append(copy)
    return expired


def _session_of(services: Services, item: PlanItem) -> str | None:
    return services.archive.catalog.session(item.session).id if item.session else None


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
