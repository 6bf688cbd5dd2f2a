"""What was given out and is called back after a withdrawal: from whom, the letter that asks for it, what they answered.

Rules kept here:
- the list needs no passphrase: it holds sessions, audiences, formats, days, and recipients as the policy calls them;
- an output that two recipients were given is called back from each, and each answers for their own;
- what came back or was destroyed ends a recall, and a data steward notes it; that nobody answered is noted with its
  day, and does not end it. What was noted wrongly a steward corrects, and what ended so is called back again;
- nobody answers before they were given it, nor on a day to come;
- who notes and who writes reaches the workshop;
- the letter says nothing of whom the withdrawal concerns, and is logged before it can be written.
"""

import datetime
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from flows.steps.leaving.recipients import given_of, given_out
from flows.steps.retention.stewards import steward
from flows.steps.rights.requests_due import day_at
from flows.steps.sealing import Facts, stamp
from infra.home import check_home
from infra.settings import Settings
from infra.wiring import Services, read_policy
from policies.policy import Policy
from policies.schedule import day_of
from storage.archive import ARCHIVE, LOG
from storage.catalog.catalog import Catalog
from storage.catalog.database import FILE
from storage.commit import Change
from storage.log.entry import Entry
from storage.log.log import Log
from storage.rows.rights import RecallRow
from vocabulary.choices import Audience, RecallAnswer
from vocabulary.errors import PolicyError, StateError, UnknownError, UsageError
from vocabulary.ids import SessionName
from vocabulary.messages import N_

_BY_STEWARD = N_("That something came back or was destroyed is noted, and corrected, by a data steward: a person with "
                 "a passphrase of their own and that role ({count} here). Ask one of them. Nothing was "
                 "changed.")  # fmt: skip


@dataclass(frozen=True)
class Recall:
    """One output to be called back from one recipient. Times are UTC; ``edition`` is the number its reader sees on it.

    ``recipient`` is the code that the policy gives who received it, ``name`` what it calls them; both None where the
    release named nobody. ``given_at`` is when it was given to them last, ``given_on`` that day where the policy is.
    """

    id: str
    session: SessionName
    audience: Audience
    format: str
    edition: int
    issued_at: str
    asked_at: str
    returned_at: str | None
    recipient: str | None
    name: str | None
    given_at: str
    given_on: datetime.date
    answer: RecallAnswer | None
    answered_on: str | None


@dataclass(frozen=True)
class Letter:
    """What a letter of recall is made of: who writes, to whom, and what is to come back."""

    controllers: tuple[str, ...]
    to: str | None
    outputs: tuple[Recall, ...]


def recalls(settings: Settings, *, everything: bool = False) -> tuple[Recall, ...]:
    """What is still to come back, oldest first; with ``everything`` what came back too."""
    check_home(settings.home)
    catalog = Catalog(settings.home / ARCHIVE / FILE)
    sessions = {row.id: row.name for row in catalog.sessions()}
    told = given_out(Log(settings.home / ARCHIVE / LOG))
    policies: dict[str, Policy] = {}
    for workshop in catalog.workshops():
        with suppress(PolicyError):  # missing or changed: `archive verify` tells it
            policies[workshop.code] = read_policy(settings.home, workshop.policy_digest)
    found = []
    for row in catalog.recalls(present=not everything):
        record = catalog.record(row.record_id)
        given = (one.at for one in given_of(told, record) if one.recipient == row.recipient)
        policy, given_at = policies.get(record.workshop), next(given, record.created_at)
        found.append(
            Recall(
                row.id, sessions[str(record.session_id)], Audience(str(record.audience)), str(record.format),
                record.version, record.created_at, row.asked_at, row.returned_at, row.recipient,
                _name(policy, row.recipient), given_at, _day(policy, given_at),
                None if row.answer is None else RecallAnswer(row.answer), row.answered_on,
            )
        )  # fmt: skip
    return tuple(found)


def letter(services: Services, workshop: str, recipient: str | None, person: str) -> Letter:
    """What is still to come back of a workshop from one recipient, or from nobody known; logged, for a letter.

    UnknownError where there is no such workshop, KeysError for who does not reach it, StateError where nothing is to
    come back from them.
    """
    services.archive.catalog.workshop(workshop)
    services.archive.check_reaches(workshop)
    found = tuple(
        one for one in recalls(services.settings) if (one.session.workshop, one.recipient) == (workshop, recipient)
    )
    if not found:
        if recipient is None:
            message = N_("Of {workshop} nothing is called back that was released without naming who receives it. "
                         "`huisclos withdraw recalls` lists what is; --to names a recipient.")  # fmt: skip
            raise StateError(message, place=workshop, workshop=workshop)
        message = N_(
            "Nothing of {workshop} is called back from {recipient}. `huisclos withdraw recalls` lists what is."
        )
        raise StateError(message, place=workshop, workshop=workshop, recipient=recipient)
    about = services.policy(workshop).processing
    facts: Facts = {"workshop": workshop, "recipient": recipient, "outputs": len(found)}
    services.commit(Change(), Entry("recall-written", actor=services.person(person), facts=facts))
    return Letter((about.controller, *about.joint_controllers), found[0].name or recipient, found)


def answered(
    services: Services, ids: Sequence[str], answer: RecallAnswer, on: datetime.date | None, person: str, *,
    correct: bool = False,
) -> int:  # fmt: skip
    """Note what became of outputs that were called back, on a day (today if none is given); return how many.

    With ``correct`` it takes the place of an answer that was noted. UnknownError for what is called back nowhere,
    StateError for what came back before or has nothing to correct, UsageError for a day before it was given or to come,
    KeysError for who does not reach its workshop, PersonError for who ends or corrects one and is no data steward: then
    nothing is noted.
    """
    catalog = services.archive.catalog
    known = {row.id: row for row in catalog.recalls(present=False)}
    wanted = [_open(known, one, correct=correct) for one in dict.fromkeys(ids)]
    for row in wanted:
        services.archive.check_reaches(catalog.record(row.record_id).workshop)
    day = (on or day_at(services.settings, catalog, services.now())).isoformat()
    _check_day(services, wanted, on)
    by_steward = correct or answer is not RecallAnswer.NONE
    actor = steward(services, person, _BY_STEWARD) if by_steward else services.person(person)
    kind = "recall-unanswered" if answer is RecallAnswer.NONE else "recall-ended"
    back = None if answer is RecallAnswer.NONE else stamp(services.now())
    for row in wanted:
        facts: Facts = {"recall": row.id, "record": row.record_id, "answer": answer, "on": day}
        changed = replace(row, returned_at=back, answer=answer, answered_on=day)
        session = catalog.record(row.record_id).session_id
        entry = Entry("recall-corrected" if correct else kind, session=session, actor=actor, facts=facts)
        services.commit(Change(replace=((row, changed),)), entry)
    return len(wanted)


def _check_day(services: Services, wanted: Sequence[RecallRow], on: datetime.date | None) -> None:
    """UsageError for a day to come, or before one of the outputs was given."""
    if on is None:
        return
    if on > day_at(services.settings, services.archive.catalog, services.now()):
        raise UsageError(N_("{day} is still to come: give the day on which it was said."), place="--on", day=on)
    given = {one.id: one.given_on for one in recalls(services.settings, everything=True)}
    for row in wanted:
        if on < given[row.id]:
            message = N_("{id} was given out on {given}, after {day}: give the day on which it was said.")
            raise UsageError(message, place="--on", id=row.id, given=given[row.id], day=on)


def _day(policy: Policy | None, at: str) -> datetime.date:
    """The day of a moment (UTC) where the policy is; in UTC where it cannot be read."""
    moment = datetime.datetime.fromisoformat(at)
    return moment.date() if policy is None else day_of(policy, moment)


def _name(policy: Policy | None, recipient: str | None) -> str | None:
    if policy is None or recipient is None:
        return None
    return next((one.name for one in policy.processing.recipients if one.code == recipient), None)


def _open(known: dict[str, RecallRow], recall: str, *, correct: bool) -> RecallRow:
    row = known.get(recall)
    if row is None:
        message = N_("Nothing is called back under {id}. `huisclos withdraw recalls` lists what is.")
        raise UnknownError(message, place=recall[:40], id=recall[:40])
    if correct and row.answer is None and row.returned_at is None:
        raise StateError(N_("{id} has no answer to correct: note it without --correct."), place=row.id, id=row.id)
    if row.returned_at is not None and not correct:
        message = N_("{id} came back on {day} already. If that was noted wrongly: --correct")
        raise StateError(
            message, place=row.id, id=row.id, day=datetime.date.fromisoformat(row.answered_on or row.returned_at[:10])
        )
    return row
