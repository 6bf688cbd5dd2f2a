"""What people do with a session as a whole: discard it, try it again, get its recording back.

Nobody destroys ahead of time alone, and nobody what a hold stands over: a discard is asked for by one person and
carried out when another asks for the same. Getting a recording back writes it readable outside the archive, and is
logged first.
"""

import os
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from flows.steps.arrival.dossiers import waits_for
from flows.steps.custody.inventory import keep_inventory
from flows.steps.holding import hold
from flows.steps.outcomes import Recovered
from flows.steps.record.checkpoints import give_out_checkpoint
from flows.steps.retention.certificates import certify
from flows.steps.retention.holds import check_none_held, check_usable
from flows.steps.retention.outcomes import Discarded
from flows.steps.sealing import Facts, condemn, finish_erasures, stamp
from infra.wiring import Services
from policies.states import Move, check_can_move, next_state
from storage.catalog_checks import check_catalog
from storage.commit import Change
from storage.log.entry import Entry
from storage.rows.walk import SessionRow
from vocabulary.choices import RecordClass, SessionState
from vocabulary.errors import StateError, UsageError
from vocabulary.ids import SessionName
from vocabulary.messages import N_

_EXTENSIONS = ((b"RIFF", "wav"), (b"OggS", "ogg"), (b"fLaC", "flac"), (b"ID3", "mp3"), (b"\x1aE\xdf\xa3", "mkv"))


def discard(services: Services, name: SessionName, person: str) -> Discarded:
    """Destroy all records of a session, when a second person asks for it; the first call only notes it."""
    archive = services.archive
    with hold(services, archive.catalog.session(name)) as session:
        check_can_move(SessionState(session.state), Move.DISCARD, _previous(session))
        check_none_held(services, session, archive.catalog.records(session_id=session.id))
        check_catalog(archive)  # and with it the log, which says who asked
        actor = services.person(person)
        asked = {
            entry.actor
            for entry in archive.log.entries()
            if entry.kind == "discard-asked" and entry.session == session.id
        }
        if not asked - {actor}:
            if actor not in asked:
                services.commit(Change(), Entry("discard-asked", session=session.id, actor=actor))
            return Discarded(name, False, 0)
        records = [
            record
            for record in archive.catalog.records(session_id=session.id)
            if record.record_class != RecordClass.CERTIFICATE
        ]
        now = services.now()
        state = next_state(SessionState(session.state), Move.DISCARD, _previous(session))
        changed = replace(session, state=state, previous=None, reason=None, waits=None, changed_at=stamp(now))
        services.commit(
            Change(replace=((session, changed), *condemn(records, now))),
            Entry("discarded", session=session.id, actor=actor, facts={"records": len(records)}),
        )
        finish_erasures(services)
        certify(services)
    give_out_checkpoint(services)
    keep_inventory(services)
    return Discarded(name, True, len(records))


def retry(services: Services, name: SessionName) -> SessionState:
    """Take a session out of quarantine, back to where it was; the next run tries again."""
    archive = services.archive
    with hold(services, archive.catalog.session(name)) as session:
        state = next_state(SessionState(session.state), Move.RETRY, _previous(session))
        changed = replace(
            session, state=state, previous=None, reason=None, fault=None, changed_at=stamp(services.now())
        )
        if state is SessionState.RECEIVED:  # what came while it was set aside may not be complete
            changed = replace(changed, waits=waits_for(services, changed))
        services.commit(Change(replace=((session, changed),)), Entry("retried", session=session.id))
    return state


def recover(services: Services, name: SessionName, directory: Path, person: str) -> Recovered:
    """Write a session's recordings, readable, into ``directory`` (made if absent, never over a file)."""
    archive = services.archive
    session = archive.catalog.session(name)
    check_usable(services, session)
    records = sorted(
        archive.catalog.records(session_id=session.id, record_class=RecordClass.RECORDING),
        key=lambda record: record.part or 0,
    )
    if not records:
        raise StateError(N_("Session {session} has no recording any more."), session=str(name))
    archive.check_reaches(session.workshop)
    actor = services.person(person)
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError, PermissionError):
        message = N_("{folder} cannot be made or written. Name an empty folder of yours.")
        raise UsageError(message, place=str(directory), folder=directory) from None
    facts: Facts = {"recordings": len(records)}
    services.commit(Change(), Entry("recovered", session=session.id, actor=actor, facts=facts))
    files = []
    for record in records:
        source = archive.objects.reader(archive.scope_of(record), archive.sealed_of(record))
        target = directory / f"{name.workshop}-{name.number}-part{record.part}.{_extension(source)}"
        _copy(source, target)
        files.append(target)
    return Recovered(name, tuple(files))


def _previous(session: SessionRow) -> SessionState | None:
    return SessionState(session.previous) if session.previous else None


def _copy(source: BinaryIO, target: Path) -> None:
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        message = N_("{file} is already there. Name an empty folder.")
        raise UsageError(message, place=target.name, file=target.name) from None
    with os.fdopen(descriptor, "wb") as out:
        while chunk := source.read(1 << 20):
            out.write(chunk)


def _extension(source: BinaryIO) -> str:
    """The usual extension for what the first bytes say; a recording keeps no name in the archive."""
    head = source.read(12)
    source.seek(0)
    if head[4:8] == b"ftyp":
        return "m4a"
    if head[:2] in (b"\xff\xfb", b"\xff\xf3", b"\xff\xf2"):
        return "mp3"
    return next((extension for magic, extension in _EXTENSIONS if head.startswith(magic)), "bin")
