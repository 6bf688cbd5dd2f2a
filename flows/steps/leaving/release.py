"""Release: a cleared text passes the egress guard, is rendered, sealed, and copied into the outbox.

The clearances are demanded from the log, not only from the catalog; the content must still have the
digest that was cleared. What leaves is the cleared text without the turns of those who do not agree to
reach this audience (consents.py), under a digest of its own; every text of every rendering is searched for
what the vault knows. The intent is durable in the log before the first byte lies in the outbox. A second
release gives out the same bytes, as long as the same turns may leave.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from anonymize.treatment.treat import content_digest
from flows.steps.custody.inventory import keep_inventory
from flows.steps.evidence import check_clearances
from flows.steps.holding import hold
from flows.steps.leaving.egress import check, file_name, packet_of
from flows.steps.leaving.outcomes import Released
from flows.steps.record.checkpoints import give_out_checkpoint
from flows.steps.retention.holds import check_usable
from flows.steps.rights.consents import leaving
from flows.steps.sealing import Facts, Replacement, stamp, versions
from infra.wiring import Services
from policies.policy import Product
from policies.receiving import check_can_receive, check_names_recipient
from policies.states import Move, next_state
from returns.rendering import FORMATS, render
from storage.commit import Change
from storage.log.entry import Entry
from storage.rows.walk import CopyRow, RecordRow, SessionRow
from vocabulary.choices import Audience, RecordClass, SessionState
from vocabulary.errors import StateError, UsageError
from vocabulary.ids import SessionName, new_id
from vocabulary.messages import N_
from vocabulary.transcript import TreatedTranscript


def release(
    services: Services,
    name: SessionName,
    audience: Audience,
    formats: Sequence[str],
    person: str,
    recipient: str | None = None,
) -> Released:
    """Write the cleared text of a session to the outbox in ``formats``; for ``recipient``, if the policy lets it.

    StateError when it is not cleared for this audience, WithheldError when the egress guard found a form,
    UsageError for a format there is not or a deposit for nobody, PolicyError for a recipient who may not be given it.
    """
    _check_formats(formats)
    check_names_recipient(audience, recipient)
    with hold(services, services.archive.catalog.session(name)) as session:
        check_usable(services, session)
        cleared = _cleared(services, session, audience)
        policy = services.policy(session.workshop)
        if recipient is not None:
            check_can_receive(policy, recipient, audience, Product.TEXT)
        check_clearances(services.archive, policy, session, audience, cleared.digest)
        actor = services.person(person)
        made = _make(services, session, cleared, formats, actor)
        copies, earlier = _copies(services, session, audience, made.outputs)
        intent = Change(add=(*made.new, *copies), replace=tuple(earlier))
        facts = _facts(audience, formats, cleared, made, recipient)
        services.commit(intent, Entry("release-intended", session=session.id, actor=actor, facts=facts))
        files = _write(services, made.outputs, copies)
        _note_released(services, session, audience, len(files), actor)
    give_out_checkpoint(services)
    keep_inventory(services)
    days = policy.copies.outbox.days if policy.copies.outbox else 0
    return Released(name, audience, files, days, made.suspected, made.left_out, recipient)


@dataclass(frozen=True, repr=False)
class _Cleared:
    """What people cleared: its record, the text with its salt, and the digest they vouched for."""

    record: RecordRow
    text: TreatedTranscript
    salt: str
    digest: str


@dataclass(frozen=True)
class _Made:
    """What may leave in the formats asked for: ``new`` was rendered and sealed just now, the rest was before.

    ``digest`` is that of the text without the turns that are left out; ``suspected`` counts passages of what is new.
    """

    outputs: tuple[RecordRow, ...]
    new: tuple[RecordRow, ...]
    digest: str
    left_out: int
    suspected: int


def _check_formats(formats: Sequence[str]) -> None:
    unknown = sorted(set(formats) - set(FORMATS))
    if unknown or not formats:
        raise UsageError(
            N_("Format {found} is not known; choose from {known}."),
            found=", ".join(unknown) or "-",
            known=", ".join(sorted(FORMATS)),
        )


def _cleared(services: Services, session: SessionRow, audience: Audience) -> _Cleared:
    archive = services.archive
    record = archive.catalog.latest(session.id, RecordClass.CLEARED, audience)
    if record is None or session.state not in (SessionState.CLEARED, SessionState.RELEASED):
        raise StateError(
            N_("Session {session} is {state} and not cleared for {audience}: nothing was written."),
            session=str(session.name),
            state=SessionState(session.state),
            audience=audience,
        )
    text, salt = archive.objects.unseal_treated(archive.scope_of(record), archive.sealed_of(record))
    return _Cleared(record, text, salt, content_digest(text, salt))


def _make(services: Services, session: SessionRow, cleared: _Cleared, formats: Sequence[str], actor: str) -> _Made:
    """The outputs in these formats: those there are of this very text, the others rendered, searched and sealed."""
    leaves = leaving(services, session, cleared.text)
    digest = leaves.digest(cleared.salt)
    issued = {record.format: record for record in _issued(services, session, cleared.record, digest, cleared.digest)}
    packet = packet_of(services, session, leaves, cleared.record)
    rendered = {form: render(packet, form) for form in formats if form not in issued}
    suspected = check(services, session, packet, digest, rendered, actor) if rendered else 0
    new = _seal(services, session, cleared.record, rendered)
    outputs = tuple(record for record in (*issued.values(), *new) if record.format in formats)
    return _Made(outputs, new, digest, len(leaves.left_out), suspected)


def _facts(audience: Audience, formats: Sequence[str], cleared: _Cleared, made: _Made, recipient: str | None) -> Facts:
    """What the log keeps of the intent."""
    facts: Facts = {
        "audience": str(audience),
        "formats": ",".join(formats),
        "digest": cleared.digest,
        "text": made.digest,
        "left_out": made.left_out,
        "cleared": cleared.record.id,
    }
    return facts if recipient is None else {**facts, "recipient": recipient}


def _note_released(services: Services, session: SessionRow, audience: Audience, files: int, actor: str) -> None:
    moment = stamp(services.now())
    state = next_state(SessionState(session.state), Move.RELEASE)
    changed = replace(session, state=state, released_at=moment, changed_at=moment)
    facts: Facts = {"audience": str(audience), "files": files}
    services.commit(
        Change(replace=((session, changed),)), Entry("released", session=session.id, actor=actor, facts=facts)
    )


def _seal(
    services: Services, session: SessionRow, cleared: RecordRow, rendered: dict[str, bytes]
) -> tuple[RecordRow, ...]:
    if not rendered:
        return ()
    archive = services.archive
    scope = archive.next_scope(session.workshop, session.number, RecordClass.OUTPUT)
    return tuple(
        archive.new_record(
            scope, archive.objects.seal(scope, data), services.now(),
            session_id=session.id, version=cleared.version, audience=Audience(str(cleared.audience)), format=form,
        )
        for form, data in rendered.items()
    )  # fmt: skip


def _copies(
    services: Services, session: SessionRow, audience: Audience, outputs: Sequence[RecordRow]
) -> tuple[list[CopyRow], list[Replacement]]:
    """A row for each file that is about to lie in the outbox, and what it replaces there.

    Committed with the intent: a file that a crash left there has a row, and is removed when its days are over.
    """
    moment = stamp(services.now())
    folder = f"outbox/{session.workshop}/{session.number}/{audience}"
    copies = [
        CopyRow(new_id("k"), record.id, f"{folder}/{file_name(session, audience, str(record.format))}", moment)
        for record in outputs
    ]
    paths = {copy.path for copy in copies}
    earlier = [copy for copy in services.archive.catalog.copies() if copy.path in paths]
    return copies, [(copy, replace(copy, removed_at=moment)) for copy in earlier]


def _write(services: Services, outputs: Sequence[RecordRow], copies: Sequence[CopyRow]) -> tuple[Path, ...]:
    """Copy sealed outputs into the outbox, each by rename."""
    archive = services.archive
    files = []
    for record, copy in zip(outputs, copies, strict=True):
        target = services.home / copy.path
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial = services.home / "tmp" / record.id
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            out.write(archive.objects.unseal(archive.scope_of(record), archive.sealed_of(record)))
            out.flush()
            os.fsync(out.fileno())
        partial.replace(target)
        files.append(target)
    return tuple(files)


def _issued(services: Services, session: SessionRow, cleared: RecordRow, text: str, digest: str) -> list[RecordRow]:
    """Outputs already sealed of this very text: ``text`` is its digest, ``digest`` that of the whole that was cleared.

    The log tells what each was made of; one that it does not tell of was made of the whole.
    """
    told = {
        row.key: str(entry.facts.get("text", entry.facts["digest"]))
        for entry in services.archive.log.entries(kind="release-intended", session=session.id)
        for row in entry.rows
        if row.table == RecordRow.TABLE
    }
    return [
        record
        for record in versions(services, session, RecordClass.OUTPUT)
        if record.audience == cleared.audience
        and record.version == cleared.version
        and told.get(record.id, digest) == text
    ]
