"""What was given out and is called back after a withdrawal: from whom, the letter that asks for it, what they answered.

Rules kept here:
- the list needs no passphrase: it holds sessions, audiences, formats, days, and recipients as the policy calls them;
- an output that two recipients were given is called back from each, and each answers for their own;
- what came back or was destroyed ends a recall; that nobody answered is noted with its day, and does not end it;
- the letter says nothing of whom the withdrawal concerns, and is logged before it can be written.
"""

import datetime
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from flows.steps.leaving.recipients import given_of, given_out
from flows.steps.rights.requests_due import day_at
from flows.steps.sealing import Facts, stamp
from infra.home import check_home
from infra.settings import Settings
from infra.wiring import Services, read_policy
from policies.policy import Policy
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


@dataclass(frozen=True)
class Recall:
    """One output to be called back from one recipient. Times are UTC; ``edition`` is the number its reader sees on it.

    ``recipient`` is the code that the policy gives who received it, ``name`` what it calls them; both None where the
    release named nobody. ``given_at`` is when it was given to them last.
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
        found.append(
            Recall(
                row.id, sessions[str(record.session_id)], Audience(str(record.audience)), str(record.format),
                record.version, record.created_at, row.asked_at, row.returned_at, row.recipient,
                _name(policies.get(record.workshop), row.recipient), next(given, record.created_at),
                None if row.answer is None else RecallAnswer(row.answer), row.answered_on,
            )
        )  # fmt: skip
    return tuple(found)


def letter(services: Services, workshop: str, recipient: str | None, person: str) -> Letter:
    """What is still to come back of a workshop from one recipient, or from nobody known; logged, for a letter.

    UnknownError where there is no such workshop, StateError where nothing is to come back from them.
    """
    services.archive.catalog.workshop(workshop)
    found = tuple(
        one for one in recalls(services.settings) if (one.session.workshop, one.recipient) == (workshop, recipient)
    )
    if not found:
        message = N_(
            "Nothing of {workshop} is called back from {recipient}. `huisclos withdraw recalls` lists what is."
        )
        raise StateError(message, place=workshop, workshop=workshop, recipient=recipient or "-")
    about = services.policy(workshop).processing
    facts: Facts = {"workshop": workshop, "recipient": recipient, "outputs": len(found)}
    services.commit(Change(), Entry("recall-written", actor=services.person(person), facts=facts))
    return Letter((about.controller, *about.joint_controllers), found[0].name or recipient, found)


def answered(
    services: Services, ids: Sequence[str], answer: RecallAnswer, on: datetime.date | None, person: str
) -> int:
    """Note what became of outputs that were called back, on a day (today if none is given); return how many.

    UnknownError for what is called back nowhere, StateError for what came back before, UsageError for a day to come:
    then nothing is noted.
    """
    catalog = services.archive.catalog
    known = {row.id: row for row in catalog.recalls(present=False)}
    wanted = [_open(known, one) for one in dict.fromkeys(ids)]
    today = day_at(services.settings, catalog, services.now())
    if on is not None and on > today:
        raise UsageError(N_("{day} is still to come: give the day on which it was said."), place="--on", day=on)
    day, actor, moment = (on or today).isoformat(), services.person(person), stamp(services.now())
    kind = "recall-unanswered" if answer is RecallAnswer.NONE else "recall-ended"
    back = None if answer is RecallAnswer.NONE else moment
    for row in wanted:
        facts: Facts = {"recall": row.id, "record": row.record_id, "answer": answer, "on": day}
        changed = replace(row, returned_at=back, answer=answer, answered_on=day)
        session = catalog.record(row.record_id).session_id
        services.commit(Change(replace=((row, changed),)), Entry(kind, session=session, actor=actor, facts=facts))
    return len(wanted)


def _name(policy: Policy | None, recipient: str | None) -> str | None:
    if policy is None or recipient is None:
        return None
    return next((one.name for one in policy.processing.recipients if one.code == recipient), None)


def _open(known: dict[str, RecallRow], recall: str) -> RecallRow:
    row = known.get(recall)
    if row is None:
        message = N_("Nothing is called back under {id}. `huisclos withdraw recalls` lists what is.")
        raise UnknownError(message, place=recall[:40], id=recall[:40])
    if row.returned_at is not None:
        message = N_("{id} came back on {day} already.")
        raise StateError(message, place=row.id, id=row.id, day=row.returned_at[:10])
    return row
