"""What the schedule says: which records are due, and what keeps those that stay. Reads only; needs no passphrase.

Rules kept here:
- candidates are those the catalog dates to today or before (storage/due_dates.py): what a plan costs grows with what
  is due, not with what is stored. Each is then judged anew from its own rows, and never by that date alone;
- policies, events, holds, visas and announcements are read for each plan, so that a plan is of one moment.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path

from flows.steps.advice import Advice
from flows.steps.leaving.egress import stopped_by
from flows.steps.record import log_life
from flows.steps.retention.in_force import InForce, in_force
from flows.steps.retention.jumps import jumps
from flows.steps.retention.outcomes import Plan, PlanItem
from flows.steps.retention.visas import has_visa
from infra.home import check_home
from infra.settings import Settings
from infra.wiring import policies_in_force, read_policy
from policies.announcing import Announced, Said, needs_announcement, not_yet
from policies.caution import in_doubt_after
from policies.deciding import command, counts, end_of, waits_for_a_person
from policies.destruction import Why, why_not
from policies.holds import is_held
from policies.policy import UNSCHEDULED, Policy
from policies.schedule import FOLLOWS, Due, day_of, goes_after, today
from storage.archive import ARCHIVE, LOG
from storage.catalog.catalog import Catalog
from storage.catalog.database import FILE
from storage.clocks import RowClocks, moment
from storage.log.log import Log
from storage.rows.forms import HOME
from storage.rows.retention import DecisionRow
from storage.rows.walk import CopyRow, RecordRow, SessionRow
from vocabulary.choices import Audience, Disposal, Notice, RecordClass, RecordLife
from vocabulary.messages import N_

_MANY = 500
"""Records whose announcements are asked for one by one; of more, all are read."""


_AGREED_TO = frozenset({RecordClass.RECORDING, RecordClass.VERBATIM, RecordClass.DRAFT, RecordClass.CLEARED})
"""What people agree to, as long as it can be used; an output has left."""


@dataclass(frozen=True)
class Judged:
    """One record, when it ends, and why it is not destroyed now (None: it is)."""

    record: RecordRow
    session: SessionRow | None
    policy: Policy
    end: Due
    why: Why | None
    announced: Announced | None
    decided: DecisionRow | None = None
    """What a steward decided of it, if that counts."""

    @property
    def by_decision(self) -> bool:
        """Whether it is to be destroyed because a steward decided so."""
        return self.decided is not None and self.end.disposal is Disposal.DESTROY


class Schedule:
    """The schedule of a home at one moment."""

    def __init__(
        self, home: Path, catalog: Catalog, now: datetime, *, doubt: Callable[[], datetime | None] | None = None
    ) -> None:
        self.catalog, self.now = catalog, now
        self._home = home
        self._doubt = doubt or (lambda: in_doubt_after(jumps(Log(home / ARCHIVE / LOG)), now))
        self._warned: dict[tuple[str, date], Mapping[Notice, date]] = {}
        self._follows: dict[str, InForce] = {}
        self.orders = catalog.holds()
        self._visas = catalog.visas()
        self._extensions = catalog.extensions()

    @cached_property
    def in_force(self) -> tuple[Policy, ...]:
        """Every policy in force, once."""
        return tuple(read_policy(self._home, digest) for digest in self.catalog.policy_digests())

    @cached_property
    def policies(self) -> Mapping[str, Policy]:
        """The policy of each workshop, by its code."""
        return policies_in_force(self._home, self.catalog.workshops())

    def policies_of(self, codes: Iterable[str]) -> Mapping[str, Policy]:
        """The policy of some workshops, by their codes, with the life of copies that counts now."""
        return {code: one.policy for code, one in self._followed(codes).items()}

    def _followed(self, codes: Iterable[str]) -> Mapping[str, InForce]:
        new = set(codes) - self._follows.keys()
        if new:
            self._follows |= in_force(self._home, self.catalog, self.now, new)
        return self._follows

    @cached_property
    def today(self) -> date:
        """The latest day it is for any policy."""
        return self.day(self.now)

    def day(self, at: datetime) -> date:
        """The latest day that an instant is of for any policy."""
        return max((day_of(policy, at) for policy in self.in_force), default=at.date())

    @cached_property
    def longest_announcement(self) -> int:
        """Days ahead that the policies ask destructions to be announced, at most."""
        return max((policy.retention.announce.days for policy in self.in_force), default=0)

    @cached_property
    def in_doubt(self) -> datetime | None:
        """The moment after which it is in doubt what day it is; read from the log once something is to go."""
        return self._doubt()

    def warnings(self, record: RecordRow, policy: Policy, due_on: date) -> Mapping[Notice, date]:
        """The warnings that the recordings of a session end on ``due_on``, each with the day it was given on."""
        place = str(record.session_id), due_on
        if place not in self._warned:
            parts = self.catalog.records(session_id=record.session_id, record_class=RecordClass.RECORDING, life=None)
            said = [row for part in parts for row in self.catalog.notices(part.id) if row.due_on == due_on.isoformat()]
            self._warned[place] = {
                Notice(row.notice): day_of(policy, moment(row.at)) for row in said if row.notice != Notice.ANNOUNCED
            }
        return self._warned[place]

    @cached_property
    def _decisions(self) -> Mapping[str, DecisionRow]:
        return {row.record_id: row for row in self.catalog.decisions()}

    def decision(self, record: RecordRow, due: Due) -> DecisionRow | None:
        """The newest decision of a steward about a record that comes ``due`` by its schedule, if it counts."""
        row, policy = self._decisions.get(record.id), self._followed([record.workshop])[record.workshop].policy
        return row if row is not None and counts(policy, RecordClass(record.record_class), due, row) else None

    def due_of(self, record: RecordRow) -> tuple[Due, date]:
        """When a record comes due by its schedule, whatever was decided of it, and what day it is for its policy."""
        follows = self._followed([record.workshop])[record.workshop]
        return follows.due(record, self._clocks([record.workshop]), self.now), today(follows.policy, self.now)

    def is_in_doubt(self, record: RecordRow, due: Due) -> bool:
        """Whether the end of a record came only by a jump of the clock that is not believed."""
        policy = self._followed([record.workshop])[record.workshop].policy
        return due.on is not None and self.in_doubt is not None and due.on > day_of(policy, self.in_doubt)

    def due(self, ahead: int = 0) -> list[RecordRow]:
        """The records that come due within ``ahead`` days from today, or did, whatever their end."""
        return self.catalog.due((self.today + timedelta(days=ahead)).isoformat())

    def everything(self) -> list[RecordRow]:
        """All live records under a schedule."""
        return [
            record for record in self.catalog.records() if record.workshop in self.policies and _is_scheduled(record)
        ]

    def is_held(self, record: RecordRow) -> bool:
        """Whether a hold stands over a record."""
        return is_held(self.orders, record)

    def is_used(self, record: RecordRow) -> bool:
        """Whether a record proves an agreement to something that is still there."""
        return record.record_class == RecordClass.CONSENT and bool(self._used([record]))

    def is_extended(self, record: RecordRow) -> bool:
        """Whether a steward extended the period of a record."""
        return any((row.session_id, row.record_class) == (record.session_id, record.record_class)
                   for row in self._extensions)  # fmt: skip

    def judge(self, records: Sequence[RecordRow], *, by_itself: bool = False) -> list[Judged]:
        """Say of each record when it ends and what keeps it; ``by_itself``: when nobody asks for it."""
        codes = sorted({record.workshop for record in records})
        clocks, announced = self._clocks(codes), self._announced(records)
        used = self._used([record for record in records if record.record_class == RecordClass.CONSENT])
        return [
            self._judged(record, clocks, announced.get(record.id), by_itself, proves=record.id in used)
            for record in records
        ]

    def _used(self, proofs: Sequence[RecordRow]) -> frozenset[str]:
        """The proofs of agreement to something that is still there: in their session, or in their workshop."""
        sessions = {proof.session_id for proof in proofs if proof.session_id is not None}
        workshops = {proof.workshop for proof in proofs if proof.session_id is None}
        used = self.catalog.places_with("session_id", sessions, _AGREED_TO)
        used |= self.catalog.places_with("workshop", workshops, _AGREED_TO)
        return frozenset(proof.id for proof in proofs if (proof.session_id or proof.workshop) in used)

    def _judged(
        self, record: RecordRow, clocks: RowClocks, announced: Announced | None, by_itself: bool, *, proves: bool
    ) -> Judged:
        follows = self._followed([record.workshop])[record.workshop]
        policy = follows.policy
        due = follows.due(record, clocks, self.now)
        row = self.decision(record, due)
        decided = end_of(due, row, today(policy, self.now))
        end = decided.due
        held = is_held(self.orders, record)
        visa = end.on is not None and has_visa(self._visas, record, end.on)
        why = decided.why or why_not(policy, end, RecordLife(record.life), held=held, visa=visa, proves=proves)
        session = clocks.session_of(record)
        after = goes_after(policy, RecordClass(record.record_class))
        if why is None and after is not None and self._stands(record, after):
            why = Why.FOLLOWS
        if why is None and end.on is not None:
            uncleared = record.record_class == RecordClass.RECORDING and not (session and session.cleared_at)
            said = Said(
                announced,
                self.warnings(record, policy, end.on) if uncleared else None,
                asked=by_itself or uncleared or after is not None or needs_announcement(end),
                by_decision=decided.by_decision,
            )
            believed = None if self.in_doubt is None else day_of(policy, self.in_doubt)
            why = not_yet(policy, said, end.on, today(policy, self.now), believed)
        elif waits_for_a_person(end, why) and self.is_in_doubt(record, due):
            why = Why.IN_DOUBT  # nobody could decide now
        return Judged(record, session, policy, end, why, announced, row)

    def _stands(self, record: RecordRow, followed: RecordClass) -> bool:
        """Whether something of a class stands in the session of a record, or in the workshop of one of no session."""
        if record.session_id is None:
            return bool(self.catalog.places_with("workshop", [record.workshop], [followed]))
        return bool(self.catalog.places_with("session_id", [record.session_id], [followed]))

    def _clocks(self, codes: Sequence[str]) -> RowClocks:
        catalog = self.catalog
        return RowClocks(
            catalog.workshops_in(codes), catalog.sessions_in(codes), catalog.events_in([*codes, HOME]), self._extensions
        )

    def _announced(self, records: Sequence[RecordRow]) -> dict[str, Announced]:
        known = {record.id: record.workshop for record in records}
        policies = self.policies_of(known.values())
        return {
            row.record_id: Announced(
                date.fromisoformat(row.due_on), day_of(policies[known[row.record_id]], moment(row.at))
            )
            for row in self.catalog.announcements(None if len(known) > _MANY else sorted(known))
            if row.record_id in known
        }


def plan(settings: Settings, now: datetime, *, everything: bool = False, by_itself: bool = False) -> Plan:
    """Say of every record that is due how it ends, and what keeps it. A dry run: nothing is changed.

    With ``everything``, of all live records; ``by_itself`` as the daily flow sees it.
    """
    check_home(settings.home)
    catalog = Catalog(settings.home / ARCHIVE / FILE)
    schedule = Schedule(settings.home, catalog, now)
    records = schedule.everything() if everything else schedule.due()
    items = [item_of(judged) for judged in schedule.judge(records, by_itself=by_itself)]
    if any(item.destroy and item.record_class is RecordClass.VAULT for item in items):
        doomed = {item.record for item in items if item.destroy}
        staying = [record for record in catalog.records() if record.id not in doomed]
        stopped = stopped_by(Log(settings.home / ARCHIVE / LOG), staying)
        sessions = {row.id: row for row in catalog.sessions()}
        items = [kept_by(item, stopped, sessions) for item in items]
    policies = schedule.policies_of(workshop_of(copy) for copy in catalog.copies())
    expired = expired_copies(catalog, policies, now)
    log = log_life.due(settings, now)
    kept = log and schedule.in_doubt is not None  # the log is read for it only where anything would go
    return Plan(schedule.today, tuple(items), tuple(copy.path for copy in expired), () if kept else log)


def item_of(judged: Judged) -> PlanItem:
    """What a plan shows of one record."""
    end = judged.end
    return PlanItem(
        record=judged.record.id,
        session=judged.session.name if judged.session else None,
        workshop=judged.record.workshop,
        record_class=RecordClass(judged.record.record_class),
        due=end.on,
        disposal=Disposal(end.disposal),
        because=end.because,
        destroy=judged.why is None,
        why=Advice(judged.why.word, {}) if judged.why else None,
        announced_on=judged.announced.on if judged.announced and judged.announced.due_on == end.on else None,
        command=command(judged.record, judged.why) if waits_for_a_person(end, judged.why) else None,
    )


def kept_by(item: PlanItem, stopped: Mapping[str, Sequence[RecordRow]], sessions: Mapping[str, SessionRow]) -> PlanItem:
    """The item, kept if texts that stay keep its vault (``stopped``, by the vault's record); the reason names one."""
    withheld = stopped.get(item.record, ())
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


def expired_copies(catalog: Catalog, policies: Mapping[str, Policy], now: datetime) -> list[CopyRow]:
    """The copies in the outbox whose days are over."""
    return [copy for copy in catalog.copies() if copy_ends(policies, copy) <= day_of(_policy_of(policies, copy), now)]


def copy_ends(policies: Mapping[str, Policy], copy: CopyRow) -> date:
    """The day on which a copy leaves the outbox."""
    policy = _policy_of(policies, copy)
    return policy.copies.outbox.counted_from(day_of(policy, moment(copy.issued_at)))


def _policy_of(policies: Mapping[str, Policy], copy: CopyRow) -> Policy:
    return policies[workshop_of(copy)]


def workshop_of(copy: CopyRow) -> str:
    """The workshop whose output a copy is."""
    return Path(copy.path).parts[1]


def _is_scheduled(record: RecordRow) -> bool:
    record_class = RecordClass(record.record_class)
    return record_class not in UNSCHEDULED or record_class in FOLLOWS
