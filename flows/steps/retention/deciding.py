"""What a data steward decides of a record at its end: keep it longer, let it be destroyed, or hand it over.

Rules kept here (those of policies/deciding.py):
- a decision is one row and one entry, by the name of a steward; its reason is typed, and sealed;
- it is later than any before it, of that record and in the log, whatever the clock shows; nothing is decided while the
  clock is not believed, or of an end that came by a jump of it alone;
- what was announced before is announced anew after a decision: its announcements go in the same commit;
- what is handed over leaves by ``release``, and by nothing else: cleared by those the policy asks for, searched by the
  egress guard, for a recipient whom the policy gives it; their receipt is noted before it is destroyed.
"""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from flows.steps.custody.inventory import keep_inventory
from flows.steps.holding import hold, hold_vault
from flows.steps.leaving.outcomes import Released
from flows.steps.leaving.release import release
from flows.steps.retention import places
from flows.steps.retention.jumps import why_stopped
from flows.steps.retention.planning import Schedule
from flows.steps.retention.reasons import check_reason, sealed_reason
from flows.steps.retention.stewards import steward
from flows.steps.sealing import Facts, stamp
from infra.wiring import Services
from policies.announcing import announced_for
from policies.caution import Stop
from policies.deciding import check_can_decide, check_can_give_up, check_can_hand_over, check_can_keep
from policies.reference import is_reference
from policies.schedule import Due, today
from storage.clocks import moment
from storage.commit import Change
from storage.log.entry import Entry
from storage.rows.retention import DecisionRow, NoticeRow
from storage.rows.walk import RecordRow
from vocabulary.choices import Audience, Decision, Notice, RecordClass, RecordLife
from vocabulary.errors import StateError, UsageError
from vocabulary.ids import new_id
from vocabulary.messages import N_
from vocabulary.text import IdentifiedText

DECIDED, RECEIVED = "end-decided", "transfer-received"
_A_SECOND = timedelta(seconds=1)

_BY_STEWARD = N_("What becomes of a record at its end is decided by a data steward: a person with a passphrase of "
                 "their own and that role ({count} here). Ask one of them. Nothing was changed.")  # fmt: skip


@dataclass(frozen=True)
class Reviewed:
    """What was decided: ``until`` is the day up to which the record is kept, ``announce`` the days before it goes."""

    record: str
    decision: Decision
    until: date | None
    announce: int


def review(
    services: Services, record: str, decision: Decision, person: str, reason: IdentifiedText, until: date | None = None
) -> Reviewed:
    """Decide that a record at its end is kept ``until`` a day, or destroyed; in the name of a steward, for a reason.

    StateError where there is nothing to decide (yet), or for a day too far; PersonError for who is no steward.
    """
    check_reason(reason)
    with _at_its_end(services, record) as (row, due):
        policy = services.policy(row.workshop)
        if decision is Decision.DESTROY:
            check_can_give_up(due, RecordClass(row.record_class))
        if until is not None:
            check_can_keep(until, today(policy, services.now()))
        actor = steward(services, person, _BY_STEWARD)
        with sealed_reason(services, row.workshop, reason) as note:
            assert note is not None  # a reason was given
            day = None if until is None else until.isoformat()
            made = _row(services, row, due, decision, actor, until=day, note=note.id)
            _commit(services, row, made, (note,))
    keep_inventory(services)
    return Reviewed(row.id, decision, until, announced_for(policy).days)


def hand_over(services: Services, record: str, recipient: str, formats: Sequence[str], person: str) -> Released:
    """Release the cleared text that a record is to a recipient of the policy, and note that it was handed over.

    What ``release`` raises; StateError for a record that is no cleared text, is not the newest of its audience, or is
    not at its end. Safe to run again: the same bytes are given out again.
    """
    with _at_its_end(services, record) as (row, due):
        check_can_hand_over(RecordClass(row.record_class))
        actor = steward(services, person, _BY_STEWARD)
        catalog = services.archive.catalog
        session, audience = catalog.session_by_id(str(row.session_id)), Audience(str(row.audience))
        if catalog.latest(session.id, RecordClass.CLEARED, audience) != row:
            message = N_("Record {id} is not the newest cleared text of {session} for {audience}: nothing was handed "
                         "over.")  # fmt: skip
            raise StateError(message, place=row.id, id=row.id, session=str(session.name), audience=audience)
        released = release(services, session.name, audience, formats, person, recipient)
        _commit(services, row, _row(services, row, due, Decision.TRANSFER, actor, recipient=recipient))
    return released


def note_receipt(services: Services, record: str, reference: str, person: str) -> Reviewed:
    """Note the receipt of whoever was given a record, by its reference on paper; from then on it is to be destroyed.

    StateError where nothing was handed over, UsageError for a reference that could be anything.
    """
    with _at_its_end(services, record) as (row, due):
        actor = steward(services, person, _BY_STEWARD)
        given = _schedule(services).decision(row, due)
        if given is None or given.decision != Decision.TRANSFER or given.receipt_on is not None:
            message = N_("Record {id} waits for no receipt: hand it over first. Type: huisclos retention transfer {id} "
                         "--to CODE --as NAME")  # fmt: skip
            raise StateError(message, place=row.id, id=row.id)
        if not is_reference(reference):
            message = N_("A reference has a digit, up to 40 letters without accents, digits, spaces, dots, slashes and "
                         "hyphens, and names nobody: BV 2026-12")  # fmt: skip
            raise UsageError(message, place="--received")
        policy = services.policy(row.workshop)
        noted = replace(given, receipt_on=today(policy, services.now()).isoformat(), reference=reference)
        facts: Facts = {"decision": given.id, "workshop": row.workshop, "recipient": given.recipient}
        entry = Entry(RECEIVED, session=row.session_id, actor=actor, facts=facts)
        services.commit(Change(replace=((given, noted),)), entry)
    keep_inventory(services)
    return Reviewed(row.id, Decision.TRANSFER, None, announced_for(policy).days)


@contextlib.contextmanager
def _at_its_end(services: Services, record: str) -> Iterator[tuple[RecordRow, Due]]:
    """Hold what a record belongs to, and give it as it stands, with its end; StateError unless one may decide now."""
    found = places.find(services.archive.catalog, record)
    if found.record is None:
        raise UsageError(N_("A decision is made of one record: write its number (r-...)."), place=record)
    holding = (
        hold_vault(services, found.workshop.code, wait=True) if found.session is None else hold(services, found.session)
    )
    with holding:
        row = services.archive.catalog.record(found.record.id)
        if row.life == RecordLife.DESTROYED or row.destroy_intended_at is not None:
            raise StateError(N_("Record {id} is destroyed, or on its way out: nothing was changed."), place=row.id,
                             id=row.id)  # fmt: skip
        schedule = _schedule(services)
        due, day = schedule.due_of(row)
        check_can_decide(due, day)
        doubt = Stop.JUMP if schedule.is_in_doubt(row, due) else None
        stop = why_stopped(services.archive.log, services.now()) or doubt
        if stop is not None:
            message = N_("Nothing was decided: {why}. If the clock is right, a person confirms it first: huisclos "
                         "retention confirm --as NAME")  # fmt: skip
            raise StateError(message, place=row.id, why=stop)
        yield row, due


def _schedule(services: Services) -> Schedule:
    return Schedule(services.home, services.archive.catalog, services.now())


def _row(
    services: Services, row: RecordRow, due: Due, decision: Decision, actor: str, *, until: str | None = None,
    note: str | None = None, recipient: str | None = None,
) -> DecisionRow:  # fmt: skip
    """A decision that comes after everything the log tells, and after any other about the record."""
    before = [moment(made.at) for made in services.archive.catalog.decisions() if made.record_id == row.id]
    at = max(services.now(), moment(services.archive.log.newest().at), *(one + _A_SECOND for one in before))
    return DecisionRow(
        new_id("d"), row.workshop, row.id, decision, actor, stamp(at), until, note, recipient,
        due_on=None if due.on is None else due.on.isoformat(),
    )  # fmt: skip


def _commit(services: Services, row: RecordRow, made: DecisionRow, notes: tuple[RecordRow, ...] = ()) -> None:
    void: tuple[NoticeRow, ...] = tuple(
        notice for notice in services.archive.catalog.notices(row.id) if notice.notice == Notice.ANNOUNCED
    )
    facts: Facts = {"decision": made.id, "workshop": made.workshop, "what": made.decision, "until": made.until}
    if made.recipient is not None:
        facts["recipient"] = made.recipient
    entry = Entry(DECIDED, session=row.session_id, actor=made.person, facts=facts)
    services.commit(Change(add=(*notes, made), remove=void), entry)
