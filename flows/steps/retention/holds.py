"""Holds and restrictions that people place, read again by whatever would destroy or use what they stand over.

Rules kept here:
- the order stands from its commit on; a destruction looks for it after it holds its session, right before it is
  announced, and again before a key goes;
- what was announced before is announced anew after a hold: its notices go with the placing of the hold, and so does
  the beginning of a destruction that the schedule asked for, where the key is there yet. One that something else
  asked for, such as a newer version that takes the place of the old, goes on once the hold is lifted;
- a version that a newer one replaces stays while a hold stands over it, and the newest is the one that counts;
- lifting is a commit of its own, by the name of a data steward; nothing is lifted by a date. Who made whom a steward
  since is read from the log.
"""

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from flows.steps.holding import hold, hold_vault
from flows.steps.retention import places
from flows.steps.retention.reasons import open_reason, sealed_reason
from flows.steps.retention.stewards import steward
from flows.steps.sealing import Facts, Replacement, condemn, stamp
from infra.home import check_home
from infra.settings import Settings
from infra.wiring import Services, read_policy
from policies.holds import Made, check_can_lift, check_can_use, is_held, is_to_review
from policies.requests import check_can_restrict
from policies.schedule import today
from storage.archive import ARCHIVE
from storage.catalog.catalog import Catalog
from storage.catalog.database import FILE
from storage.commit import Change
from storage.log.entry import Entry
from storage.log.log import Log
from storage.rows.retention import HoldRow, NoticeRow
from storage.rows.walk import RecordRow, SessionRow
from vocabulary.choices import Ground, Notice, RecordLife, RequestKind, Role, Ruling, Suspends
from vocabulary.errors import BusyError, StateError, UnknownError
from vocabulary.ids import new_id
from vocabulary.messages import N_
from vocabulary.text import IdentifiedText

_KINDS = {
    Suspends.DESTRUCTION: ("hold-placed", "hold-lifted"),
    Suspends.USE: ("restriction-placed", "restriction-lifted"),
}
_BY_STEWARD = N_("A hold or a restriction is lifted by a data steward: a person with a passphrase of their own and "
                 "that role ({count} here). Ask one of them. Nothing was changed.")  # fmt: skip


@dataclass(frozen=True)
class Placed:
    """An order that stands now: its id, what it is set on, how many live records it stands over, and how many of
    those a destruction under way had already taken."""

    id: str
    suspends: Suspends
    on: str
    records: int
    going: int


@dataclass(frozen=True)
class Standing:
    """An order as it stands: ``on`` is CODE, CODE/N or a record; ``to_review`` that the day to be asked has come."""

    row: HoldRow
    on: str
    to_review: bool


def place(
    services: Services,
    suspends: Suspends,
    where: str,
    ground: Ground,
    review_on: date,
    person: str,
    reason: IdentifiedText | None = None,
    request: str | None = None,
) -> Placed:
    """Let a hold or a restriction stand over CODE, CODE/N or a record, in the name of a ``request`` if one is given.

    StateError for a day of review that has passed, or a request that asks for none; UnknownError for a place or a
    request there is not.
    """
    archive, now = services.archive, services.now()
    found = places.find(archive.catalog, where)
    code = found.workshop.code
    archive.check_reaches(code)
    if review_on <= today(services.policy(code), now):
        message = N_("{day} has passed: name the day on which somebody is to say that this goes on.")
        raise StateError(message, day=review_on)
    if request is not None:
        asked = archive.catalog.request(request)
        ruling = None if asked.ruling is None else Ruling(asked.ruling)
        check_can_restrict(RequestKind(asked.request_kind), ruling, ground)
    actor = services.person(person)
    with sealed_reason(services, code, reason) as note:
        order = HoldRow(
            new_id("g"), suspends, code, found.session_id, found.record_id, ground, review_on.isoformat(),
            None if note is None else note.id, actor, stamp(now),
        )  # fmt: skip
        concerned = found.records(archive.catalog)
        added = (order,) if note is None else (note, order)
        facts: Facts = {"order": order.id, "workshop": code, "ground": str(ground), "records": len(concerned)}
        if request is not None:
            facts["request"] = request
        with contextlib.ExitStack() as held:
            back = _taken_back(services, concerned, held) if suspends is Suspends.DESTRUCTION else ()
            services.commit(
                Change(add=added, replace=back, remove=_announced(archive.catalog, order, concerned)),
                Entry(_KINDS[suspends][0], session=found.session_id, actor=actor, facts=facts),
            )
    going = sum(record.destroy_intended_at is not None for record in concerned) - len(back)
    return Placed(order.id, suspends, str(found), len(concerned), going)


def lift(services: Services, suspends: Suspends, order: str, person: str) -> HoldRow:
    """End an order; StateError if it was lifted already, UnknownError if there is none of that id, PersonError unless
    this person may (policies/holds.py)."""
    row = _order(services.archive.catalog, suspends, order)
    services.archive.check_reaches(row.workshop)
    actor = steward(services, person, _BY_STEWARD)
    check_can_lift(row, actor, _made_since(services.archive.log, row), row.id)
    lifted = replace(row, lifted_by=actor, lifted_at=stamp(services.now()))
    facts: Facts = {"order": row.id, "workshop": row.workshop}
    entry = Entry(_KINDS[suspends][1], session=row.session_id, actor=actor, facts=facts)
    services.commit(Change(replace=((row, lifted),)), entry)
    return lifted


def go_on(services: Services, suspends: Suspends, order: str, review_on: date, person: str) -> HoldRow:
    """Answer the question of a day of review: the order goes on, and is asked about again on ``review_on``."""
    row = _order(services.archive.catalog, suspends, order)
    services.archive.check_reaches(row.workshop)
    if review_on <= today(services.policy(row.workshop), services.now()):
        message = N_("{day} has passed: name the day on which somebody is to say that this goes on.")
        raise StateError(message, day=review_on)
    actor = services.person(person)
    renewed = replace(row, review_on=review_on.isoformat())
    facts: Facts = {"order": row.id, "workshop": row.workshop, "review_on": renewed.review_on}
    entry = Entry(_KINDS[suspends][0], session=row.session_id, actor=actor, facts=facts)
    services.commit(Change(replace=((row, renewed),)), entry)
    return renewed


def listed(settings: Settings, suspends: Suspends, now: datetime, *, everything: bool = False) -> list[Standing]:
    """The orders that stand, the oldest first, or with ``everything`` those that were lifted too. No passphrase."""
    check_home(settings.home)
    catalog = Catalog(settings.home / ARCHIVE / FILE)
    policies = {row.code: row.policy_digest for row in catalog.workshops()}
    found = []
    for row in catalog.holds(present=not everything):
        if row.suspends == suspends:
            day = today(read_policy(settings.home, policies[row.workshop]), now)
            found.append(Standing(row, _shown(catalog, row), row.lifted_at is None and is_to_review(row, day)))
    return found


def reason_of(services: Services, row: HoldRow) -> IdentifiedText | None:
    """The sealed reason of an order; None where none was typed, or once it is destroyed."""
    services.archive.check_reaches(row.workshop)
    return None if row.note is None else open_reason(services, row.note)


# What other steps ask


def check_usable(services: Services, session: SessionRow) -> None:
    """Raise StateError while a restriction stands over a session."""
    check_can_use(services.archive.catalog.holds(), session.workshop, session.id, str(session.name))


def check_none_held(services: Services, session: SessionRow, records: Iterable[RecordRow]) -> None:
    """Raise StateError if a hold stands over one of the records that a step would destroy."""
    orders = services.archive.catalog.holds()
    held = [record for record in records if is_held(orders, record)]
    if held:
        message = N_("A hold keeps {count} records of session {session} from destruction: nothing was changed. Type: "
                     "huisclos hold list")  # fmt: skip
        raise StateError(message, place=str(session.name), session=str(session.name), count=len(held))


def supersede(services: Services, records: Sequence[RecordRow]) -> list[Replacement]:
    """Row replacements that announce the erasure of versions a newer one replaces; those on hold stay."""
    orders = services.archive.catalog.holds()
    return condemn([record for record in records if not is_held(orders, record)], services.now())


def _taken_back(
    services: Services, concerned: Sequence[RecordRow], held: contextlib.ExitStack
) -> tuple[Replacement, ...]:
    """Row replacements that undo the beginning of destructions the schedule asked for, of records that can be opened.

    What they belong to is held until ``held`` ends, so that no key goes meanwhile; where another process is at work,
    nothing is undone.
    """
    archive = services.archive
    going = {record.id: record for record in concerned if record.destroy_intended_at is not None}
    scheduled = {
        row.key
        for entry in (archive.log.entries_with(*(record.encode() for record in going)) if going else ())
        for row in entry.rows
        if entry.kind == "destruction-intended" and row.key in going and row.values is not None
        and row.values["destroy_intended_at"] == going[row.key].destroy_intended_at
    }  # fmt: skip
    back: list[Replacement] = []
    for workshop, session_id in {(going[record].workshop, going[record].session_id) for record in scheduled}:
        with contextlib.suppress(BusyError):
            if session_id is None:
                held.enter_context(hold_vault(services, workshop, wait=False, away_too=True))
            else:
                held.enter_context(hold(services, archive.catalog.session_by_id(session_id), away_too=True))
            here = [going[record] for record in scheduled if going[record].session_id == session_id]
            for record in map(archive.catalog.record, sorted(one.id for one in here)):
                if record.life != RecordLife.DESTROYED and archive.keystore.has(archive.scope_of(record)):
                    back.append((record, replace(record, destroy_intended_at=None)))
    return tuple(back)


def _announced(catalog: Catalog, order: HoldRow, records: Sequence[RecordRow]) -> tuple[NoticeRow, ...]:
    """The announcements that a hold takes back."""
    if order.suspends != Suspends.DESTRUCTION:
        return ()
    concerned = {record.id for record in records}
    return tuple(
        notice for notice in catalog.notices() if notice.record_id in concerned and notice.notice == Notice.ANNOUNCED
    )


def _made_since(log: Log, order: HoldRow) -> list[Made]:
    """Who was made a steward since an order stands in this home, the oldest first.

    It stands from the entry on that has its row; where that entry came to its end, from its moment on.
    """
    stands, made = False, list[Made]()
    for entry in log.entries_with(order.id.encode(), b'"opener-added"', b'"opener-changed"'):
        stands = stands or entry.at > order.at or any(one.key == order.id for one in entry.rows)
        if stands and entry.facts.get("role") == Role.STEWARD:
            made.append(Made(str(entry.facts["opener"]), entry.actor))
    return made


def standing_order(services: Services, suspends: Suspends, order: str) -> HoldRow:
    """The order of this id, not lifted yet; StateError if it is, UnknownError if there is none."""
    return _order(services.archive.catalog, suspends, order)


def _order(catalog: Catalog, suspends: Suspends, order: str) -> HoldRow:
    row = next((one for one in catalog.holds(present=False) if one.id == order and one.suspends == suspends), None)
    if row is None:
        message = N_("There is no hold or restriction {id} of this kind. `huisclos hold list` and `huisclos "
                     "restriction list` show those there are.")  # fmt: skip
        raise UnknownError(message, place=order, id=order)
    if row.lifted_at is not None:
        raise StateError(N_("{id} was lifted on {day} already."), id=row.id, day=date.fromisoformat(row.lifted_at[:10]))
    return row


def _shown(catalog: Catalog, row: HoldRow) -> str:
    if row.record_id is not None:
        return row.record_id
    return row.workshop if row.session_id is None else str(catalog.session_by_id(row.session_id).name)
