"""Retention carried out: what the schedule says is destroyed, and nothing else.

Applying destroys only what a plan made at the same moment says is to be destroyed
(flows/steps/retention/planning.py), and what the log agrees on: when a person asks, the whole catalog is compared
with it first. Each record is judged again once its session is held. Intent logged, key first, bytes after,
certificate last. A session stays released when its recording is gone. Before a vault goes, the egress guard passes
once over all that stays cleared in its workshop; a text that does not pass keeps the vault as long as it can be cleared
anew, and the plan says which. While it is in doubt what day it is (policies/caution.py), the log and the requests of
people keep what they hold.
"""

import contextlib
from collections.abc import Sequence
from datetime import date

from flows.steps.custody.inventory import keep_inventory
from flows.steps.holding import hold, hold_vault
from flows.steps.leaving.egress import mendable, pass_over
from flows.steps.leaving.outbox import taken_back
from flows.steps.record import log_life
from flows.steps.record.checkpoints import give_out_checkpoint
from flows.steps.retention.certificates import certify
from flows.steps.retention.in_force import in_force
from flows.steps.retention.jumps import jumps
from flows.steps.retention.outcomes import Applied, Expired, Plan, PlanItem
from flows.steps.retention.planning import Judged, Schedule, expired_copies, item_of, kept_by
from flows.steps.retention.planning import plan as plan
from flows.steps.rights.requests import expire as expire_requests
from flows.steps.sealing import Facts, condemn, finish_erasures, remove_copy
from infra.process import lock
from infra.wiring import Services
from policies.caution import in_doubt_after
from storage.catalog_checks import check_catalog
from storage.commit import Change
from storage.log.entry import Entry
from storage.rows.walk import RecordRow
from vocabulary.choices import Audience, RecordClass, RecordLife
from vocabulary.errors import BusyError, DetectorError
from vocabulary.ids import SessionName


def apply(services: Services, person: str, shown: Plan | None = None) -> Applied:
    """Destroy what is due, seal a certificate for each session, and remove expired copies from the outbox.

    With ``shown``, only what that plan already said was to be destroyed; of the workshops the passphrase that is open
    reaches. What an event dates that a person noted, and a recording that is not cleared, only after its announcement
    (docs/adr/0018, docs/adr/0022). Once the rest is done, BusyError for a session another process is at work on, and
    DetectorError for a vault that stays because the guard could not look at what it has to.
    """
    return _apply(services, services.person(person), shown, by_itself=False)


def apply_announced(services: Services) -> Applied:
    """Destroy what is due and was announced for as long as the policy asks, when nobody asks for it."""
    return _apply(services, None, None, by_itself=True)


def _apply(services: Services, actor: str | None, shown: Plan | None, *, by_itself: bool) -> Applied:
    later: BusyError | DetectorError | None = None
    with lock(services.home, "retention"):
        now = services.now()
        if not by_itself:  # whoever edits the catalog to bring a date forward is told, whatever is due
            check_catalog(services.archive)
        finish_erasures(services)
        certify(services)
        agreed = None if shown is None else {item.record for item in shown.to_destroy}
        reached = {row.code for row in services.archive.catalog.workshops() if services.archive.reaches(row.code)}
        doomed = [
            item
            for item in plan(services.settings, now, by_itself=by_itself).to_destroy
            if item.workshop in reached and (agreed is None or item.record in agreed)
        ]
        destroyed: list[PlanItem] = []
        kept: list[PlanItem] = []
        shut: list[tuple[SessionName, Audience]] = []
        places = dict.fromkeys((item.workshop, item.session) for item in doomed)
        for place in sorted(places, key=lambda one: one[1] is None):  # a vault after all that is cleared with it
            items = [item for item in doomed if (item.workshop, item.session) == place]
            try:
                failing: list[tuple[SessionName, Audience]] = []
                if place[1] is None:
                    items, stopped_now, failing = _pass_guard(services, place[0], items, actor)
                    kept += stopped_now
                gone = _destroy(services, *place, items, actor, by_itself=by_itself)
                destroyed += gone
                if any(item.record_class is RecordClass.VAULT for item in gone):
                    shut += failing
            except (BusyError, DetectorError) as error:  # a vault that could not be searched for stays
                later = error
        certificates = certify(services)
        removed = remove_copies(services)
        expired = let_end(services, actor, None if shown is None else shown.log)
    give_out_checkpoint(services)
    keep_inventory(services)
    if later is not None:
        raise later
    return Applied(tuple(destroyed), certificates, removed, expired, tuple(kept), tuple(shut))


def let_end(services: Services, actor: str | None = None, shown: Sequence[str] | None = None) -> tuple[Expired, ...]:
    """Destroy what requests held whose time is over, and let segments of the log expire, of ``shown`` alone if given;
    nothing while it is in doubt what day it is. Whoever calls it has found the clock to be believed."""
    if in_doubt_after(jumps(services.archive.log), services.now()) is not None:
        return ()
    expire_requests(services)
    return log_life.expire(services, actor, shown)


def _pass_guard(
    services: Services, workshop: str, items: Sequence[PlanItem], actor: str | None
) -> tuple[list[PlanItem], list[PlanItem], list[tuple[SessionName, Audience]]]:
    """Before a vault goes, search all that is cleared in its workshop; return what may go, what has to stay, and the
    texts that fail where nothing has to: they leave no more.

    Nobody drafts meanwhile; what is cleared after this pass, and before the vault is gone, has not passed.
    """
    vaults = [item for item in items if item.record_class is RecordClass.VAULT]
    if not vaults:
        return list(items), [], []
    catalog = services.archive.catalog
    with hold_vault(services, workshop, wait=False, away_too=catalog.workshop(workshop).left_at is not None):
        standing = [catalog.record(item.record) for item in vaults]
        failing = [] if not all(map(_is_untouched, standing)) else pass_over(services, workshop, standing[0], actor)
        mended = mendable(failing, catalog.records(workshop=workshop, record_class=RecordClass.VERBATIM))
    sessions = {row.id: row for row in catalog.sessions()}
    if not mended:
        return list(items), [], [(sessions[str(one.session_id)].name, Audience(str(one.audience))) for one in failing]
    kept = [kept_by(item, {item.record: mended}, sessions) for item in vaults]
    return [item for item in items if item not in vaults], kept, []


def remove_copies(services: Services) -> int:
    """Remove the outbox copies whose days are over, or whose use was taken back; their sealed outputs stay. Return how
    many.

    Those of a session another process is at work on wait for the next time.
    """
    catalog, now = services.archive.catalog, services.now()
    policies = {code: one.policy for code, one in in_force(services.home, catalog, now).items()}
    count = 0
    for copy in dict.fromkeys([*expired_copies(catalog, policies, now), *taken_back(services)]):
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
    actor: str | None,
    *,
    by_itself: bool,
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
        as_it_stands = [catalog.record(item.record) for item in items]
        schedule = Schedule(services.home, catalog, services.now())
        judged = schedule.judge([row for row in as_it_stands if _is_untouched(row)], by_itself=by_itself)
        due_now = [one for one in judged if one.why is None]
        records = [one.record for one in due_now]
        if not records:
            return []
        if session is not None and {record.record_class for record in records} & _TOLD_BY_FAULTS:
            faults = catalog.records(session_id=session.id, record_class=RecordClass.FAULT)
            records += [record for record in faults if not schedule.is_held(record)]
        check_catalog(services.archive)  # its dates decide what is destroyed
        facts: Facts = {
            "records": len(records),
            "classes": ",".join(sorted({record.record_class for record in records})),
            "days_late": max(_days_late(one, schedule.today) for one in due_now),
        }
        intent = Entry("destruction-intended", session=session.id if session else None, actor=actor, facts=facts)
        services.commit(Change(replace=tuple(condemn(records, services.now()))), intent)
        finish_erasures(services)
    return [item_of(one) for one in due_now]


def _days_late(judged: Judged, today: date) -> int:
    """Days since a record came due: more than a few tell of a machine that was off, or of a hold that was lifted."""
    return 0 if judged.end.on is None else max(0, (today - judged.end.on).days)


_TOLD_BY_FAULTS = {RecordClass.RECORDING.value, RecordClass.VERBATIM.value}
"""Where one of these ends, the sealed faults of its session end with it: a traceback can quote the talk."""


def _is_untouched(record: RecordRow) -> bool:
    return record.life == RecordLife.LIVE and record.destroy_intended_at is None
