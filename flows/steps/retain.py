"""Retention: what the schedule says of every record, and its carrying out.

Planning reads only; it needs no passphrase. Applying destroys only what a plan made at the same moment
says is to be destroyed, and what the log agrees on: intent logged, key first, bytes after, certificate last.
A session stays released when its recording is gone. Before a vault goes, the egress guard passes once over all that
stays cleared in its workshop; a text that does not pass keeps the vault, and the plan says which.
"""

import contextlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from flows.steps import log_life
from flows.steps.certificates import certify
from flows.steps.checkpoints import give_out_checkpoint
from flows.steps.clocks import Clocks
from flows.steps.egress import pass_over, stopped_by
from flows.steps.holding import hold, hold_vault
from flows.steps.inventory import keep_inventory
from flows.steps.outcomes import Advice, Applied, Plan, PlanItem
from flows.steps.requests import expire as expire_requests
from flows.steps.sealing import Facts, condemn, finish_erasures, remove_copy
from infra.home import check_home
from infra.process import lock
from infra.settings import Settings
from infra.wiring import Services, read_policy
from policies.destruction import why_not
from policies.policy import SCHEDULED, Policy
from policies.schedule import day_of, due
from storage.archive import ARCHIVE, LOG
from storage.catalog import Catalog
from storage.commit import Change
from storage.log.entry import Entry
from storage.log.log import Log
from storage.rows import CopyRow, RecordRow, SessionRow
from storage.verify import check_catalog
from vocabulary.choices import Audience, Disposal, RecordClass, RecordLife
from vocabulary.errors import BusyError, DetectorError
from vocabulary.ids import SessionName
from vocabulary.messages import N_


def plan(settings: Settings, now: datetime) -> Plan:
    """Say of every live record when it ends, how, and what keeps it. A dry run: nothing is changed."""
    check_home(settings.home)
    catalog = Catalog(settings.home / "archive" / "catalog.sqlite")
    policies = {row.code: read_policy(settings.home, row.policy_digest) for row in catalog.workshops()}
    clocks = Clocks(catalog)
    live = catalog.records()
    items = [
        _item(record, clocks, policies[record.workshop], now)
        for record in live
        if record.workshop in policies and record.record_class in SCHEDULED
    ]
    if any(item.destroy and item.record_class is RecordClass.VAULT for item in items):
        stopped = stopped_by(Log(settings.home / ARCHIVE / LOG), live)
        doomed = {item.record for item in items if item.destroy}
        sessions = {row.id: row for row in catalog.sessions()}
        items = [_kept_by(item, stopped, doomed, sessions) for item in items]
    expired = _expired_copies(catalog, policies, now)
    return Plan(max((day_of(policy, now) for policy in policies.values()), default=now.date()), tuple(items),
                tuple(copy.path for copy in expired), log_life.due(settings, now))  # fmt: skip


def apply(services: Services, person: str, shown: Plan | None = None) -> Applied:
    """Destroy what is due, seal a certificate for each session, and remove expired copies from the outbox.

    With ``shown``, only what that plan already said was to be destroyed; of the workshops the passphrase that is open
    reaches. Once the rest is done, BusyError for a session another process is at work on, and DetectorError for a vault
    that stays because the guard could not look at what it has to.
    """
    actor = services.person(person)
    later: BusyError | DetectorError | None = None
    with lock(services.home, "retention"):
        now = services.now()
        finish_erasures(services)
        certify(services)
        agreed = None if shown is None else {item.record for item in shown.to_destroy}
        reached = {row.code for row in services.archive.catalog.workshops() if services.archive.reaches(row.code)}
        doomed = [
            item
            for item in plan(services.settings, now).to_destroy
            if item.workshop in reached and (agreed is None or item.record in agreed)
        ]
        destroyed: list[PlanItem] = []
        kept: list[PlanItem] = []
        places = dict.fromkeys((item.workshop, item.session) for item in doomed)
        for place in sorted(places, key=lambda one: one[1] is None):  # a vault after all that is cleared with it
            items = [item for item in doomed if (item.workshop, item.session) == place]
            try:
                if place[1] is None:
                    items, stopped_now = _pass_guard(services, place[0], items, actor)
                    kept += stopped_now
                destroyed += _destroy(services, *place, items, actor)
            except (BusyError, DetectorError) as error:  # a vault that could not be searched for stays
                later = error
        certificates = certify(services)
        expire_requests(services)
        removed = remove_copies(services)
        expired = log_life.expire(services, actor, None if shown is None else shown.log)
    give_out_checkpoint(services)
    keep_inventory(services)
    if later is not None:
        raise later
    return Applied(tuple(destroyed), certificates, removed, expired, tuple(kept))


def _pass_guard(
    services: Services, workshop: str, items: Sequence[PlanItem], actor: str
) -> tuple[list[PlanItem], list[PlanItem]]:
    """Before a vault goes, search all that is cleared in its workshop; return what may go, and what has to stay.

    Nobody drafts meanwhile; what is cleared after this pass, and before the vault is gone, has not passed.
    """
    vaults = [item for item in items if item.record_class is RecordClass.VAULT]
    if not vaults:
        return list(items), []
    catalog = services.archive.catalog
    with hold_vault(services, workshop, wait=False, away_too=catalog.workshop(workshop).left_at is not None):
        standing = [catalog.record(item.record) for item in vaults]
        failing = [] if not all(map(_is_untouched, standing)) else pass_over(services, workshop, standing[0], actor)
    if not failing:
        return list(items), []
    sessions = {row.id: row for row in catalog.sessions()}
    kept = [_kept_by(item, {item.record: failing}, (), sessions) for item in vaults]
    return [item for item in items if item not in vaults], kept


def _kept_by(
    item: PlanItem,
    stopped: Mapping[str, Sequence[RecordRow]],
    doomed: Collection[str],
    sessions: Mapping[str, SessionRow],
) -> PlanItem:
    """The item, kept if a cleared text that stays was withheld when its vault was to go; the reason names one."""
    withheld = [record for record in stopped.get(item.record, ()) if record.id not in doomed]
    if not withheld or not item.destroy:
        return item
    first = withheld[0]
    why = Advice(
        N_("the egress guard withholds {count} cleared texts, first {session} for {audience}: take it back to review "
           "(huisclos review reopen), or let it be destroyed first"),
        {"count": len(withheld), "session": str(sessions[str(first.session_id)].name),
         "audience": Audience(str(first.audience))},
    )  # fmt: skip
    return replace(item, destroy=False, why=why)


def remove_copies(services: Services) -> int:
    """Remove the outbox copies whose days are over; their sealed outputs stay. Return how many.

    Those of a session another process is at work on wait for the next time.
    """
    catalog, now = services.archive.catalog, services.now()
    policies = {row.code: services.policy(row.code) for row in catalog.workshops()}
    count = 0
    for copy in _expired_copies(catalog, policies, now):
        session = catalog.session_by_id(catalog.record(copy.record_id).session_id or "")
        with contextlib.suppress(BusyError), hold(services, session, away_too=True):
            if copy in catalog.copies():  # nobody has given it out again meanwhile
                remove_copy(services, copy, session.id)
                count += 1
    return count


def _destroy(
    services: Services,
    workshop: str,
    name: SessionName | None,
    items: Sequence[PlanItem],
    actor: str,
) -> list[PlanItem]:
    """Destroy what is due in one session, or in a workshop where ``name`` is None; return what it was."""
    catalog = services.archive.catalog
    session = catalog.session(name) if name else None
    left = catalog.workshop(workshop).left_at is not None  # its certificates stay, under their own schedule
    with (
        hold_vault(services, workshop, wait=False, away_too=left)
        if session is None
        else hold(services, session, away_too=left)
    ):
        as_it_stands = [(item, catalog.record(item.record)) for item in items]
        due_now = [(item, record) for item, record in as_it_stands if _is_untouched(record)]
        records = [record for _, record in due_now]
        if not records:
            return []
        if session is not None and {record.record_class for record in records} & _TOLD_BY_FAULTS:
            records += catalog.records(session_id=session.id, record_class=RecordClass.FAULT)
        check_catalog(services.archive)  # its dates decide what is destroyed
        facts: Facts = {
            "records": len(records),
            "classes": ",".join(sorted({record.record_class for record in records})),
        }
        intent = Entry("destruction-intended", session=session.id if session else None, actor=actor, facts=facts)
        services.commit(Change(replace=tuple(condemn(records, services.now()))), intent)
        finish_erasures(services)
    return [item for item, _ in due_now]


_TOLD_BY_FAULTS = {RecordClass.RECORDING.value, RecordClass.VERBATIM.value}
"""Where one of these ends, the sealed faults of its session end with it: a traceback can quote the talk."""


def _is_untouched(record: RecordRow) -> bool:
    return record.life == RecordLife.LIVE and record.destroy_intended_at is None


def _item(record: RecordRow, clocks: Clocks, policy: Policy, now: datetime) -> PlanItem:
    record_class = RecordClass(record.record_class)
    session = clocks.session_of(record)
    end = due(policy, record_class, clocks.of(record), now)
    kept = why_not(policy, end, RecordLife(record.life))
    return PlanItem(
        record=record.id,
        session=session.name if session else None,
        workshop=record.workshop,
        record_class=record_class,
        due=end.on,
        disposal=Disposal(end.disposal),
        because=end.because,
        destroy=kept is None,
        why=Advice(kept.word, {}) if kept else None,
    )


def _expired_copies(catalog: Catalog, policies: dict[str, Policy], now: datetime) -> list[CopyRow]:
    expired = []
    for copy in catalog.copies():
        policy = policies[Path(copy.path).parts[1]]
        if policy.copies.outbox.counted_from(day_of(policy, _moment(copy.issued_at))) <= day_of(policy, now):
            expired.append(copy)
    return expired


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
