"""Receipt: a recording or a dossier is sealed, read back and compared, logged, and only then removed.

Rules: regular files only, opened without following links, so what was looked at is what is sealed; the
same bytes again are a duplicate; a file that is no recording is sealed all the same and set aside; a
dossier with an error is refused before anything is sealed. The removal is an ordinary unlink: on most
disks the old blocks stay until they are overwritten, which is why an encrypted disk is advised.
"""

import hashlib
import os
import stat
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from flows.steps.dossiers import take_dossier, waits_for
from flows.steps.drop_folder import read_dossier
from flows.steps.outcomes import Receipt
from flows.steps.sealing import record_row, stamp
from infra.process import lock
from infra.wiring import Services
from speech.recording import Facts, probe
from storage.commit import Change
from storage.log.entry import Entry
from storage.rows import RecordRow, SessionRow
from vocabulary.choices import Reason, RecordClass, SessionState
from vocabulary.errors import DamagedError, RecordingError, StateError, UsageError
from vocabulary.ids import SessionName, new_id
from vocabulary.messages import N_

_CHUNK = 1 << 20


def submit(
    services: Services,
    files: Sequence[Path],
    session: SessionName,
    dossier: Path | None = None,
    move: bool = False,
) -> Receipt:
    """Seal recordings (the parts of one session, in order) and its dossier.

    Raises UnknownError for the workshop, DossierError before anything is sealed, UsageError for what is no
    regular file, RecordingError (after sealing it) for a file that is no recording.
    """
    services.archive.catalog.workshop(session.workshop)
    text = _read_dossier(dossier) if dossier else None
    if text is not None and dossier is not None:
        read_dossier(text, dossier.name, session)
    for file in files:
        open_regular(file).close()
    new = duplicates = 0
    spoiled: RecordingError | None = None
    with lock(services.home, f"intake-{session.workshop}", wait=True):
        row = find_or_open(services, session)
        if text is not None and dossier is not None:
            row = take_dossier(services, row, text, dossier.name)
        for file in files:
            with open_regular(file) as source:
                row, taken, trouble = take_recording(services, row, source)
            new += taken
            duplicates += not taken
            spoiled = spoiled or trouble
        if move and spoiled is None:
            for file in (*files, *([dossier] if dossier else [])):
                file.unlink()
    if spoiled is not None:
        raise spoiled
    return receipt(services, row, new=new, duplicates=duplicates, dossier=text is not None, moved=move)


def take_recording(
    services: Services, session: SessionRow, source: BinaryIO
) -> tuple[SessionRow, bool, RecordingError | None]:
    """Seal one recording as the next part of ``session``.

    Returns the session as it now stands, whether the recording is new, and what is wrong with it, if
    anything. When this returns, the sealed copy has been read back and its row and entry are durable.
    """
    archive = services.archive
    digest = _digest(source)
    known = archive.catalog.records(workshop=session.workshop, record_class=RecordClass.RECORDING)
    if any(archive.fingerprint(archive.scope_of(record), digest) == record.fingerprint for record in known):
        return session, False, None
    _check_accepts(session)
    scope = archive.scope(session.workshop, session.number, RecordClass.RECORDING)
    source.seek(0)
    sealed = archive.objects.seal(scope, source)
    if _digest(archive.objects.reader(scope, sealed)) != digest:
        archive.objects.discard(sealed.digest)
        message = N_("The sealed copy does not read back as the recording. Nothing was removed; try again.")
        raise DamagedError(message, place=sealed.object_id)
    facts, trouble = _facts(services, archive.objects.reader(scope, sealed))
    part = 1 + max((record.part or 0 for record in known if record.session_id == session.id), default=0)
    row = record_row(
        services,
        scope,
        sealed,
        session=session,
        part=part,
        form="original",
        fingerprint=archive.fingerprint(scope, digest),
        length_ms=int(facts.duration * 1000) if facts else 0,
    )
    changed = _with_part(services, session, part, trouble)
    entry = Entry(
        "received",
        session=session.id,
        facts={"record": row.id, "part": part, "bytes": sealed.size, "length_ms": row.length_ms},
    )
    _commit_with_session(services, session, changed, row, entry)
    if trouble is not None:
        services.commit(Change(), Entry("quarantined", session=session.id, facts={"reason": str(trouble.reason)}))
    return changed, True, trouble


def receipt(
    services: Services, session: SessionRow, *, new: int, duplicates: int, dossier: bool, moved: bool
) -> Receipt:
    """What is sealed of a session, told to the person who brought it."""
    parts = services.archive.catalog.records(session_id=session.id, record_class=RecordClass.RECORDING)
    return Receipt(
        session=SessionName(session.workshop, session.number),
        state=SessionState(session.state),
        parts=len(parts),
        expected=session.parts_expected,
        seconds=sum(part.length_ms or 0 for part in parts) / 1000,
        new_parts=new,
        duplicates=duplicates,
        dossier=dossier,
        waits=Reason(session.waits) if session.waits else None,
        reason=Reason(session.reason) if session.reason else None,
        moved=moved,
    )


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file for reading without following a link; UsageError for anything else."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        message = N_("The file cannot be opened ({problem}). Give a regular file you can read, not a link.")
        raise UsageError(message, place=path.name, problem=error.strerror) from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise UsageError(N_("This is no regular file. Give the recording itself."), place=path.name)
    return os.fdopen(descriptor, "rb")


def find_or_open(services: Services, name: SessionName) -> SessionRow:
    """The session's row, or a new one that is not in the catalog yet (``parts`` is None)."""
    found = services.archive.catalog.find_session(name)
    if found is not None:
        return found
    moment = stamp(services.now())
    return SessionRow(
        id=new_id("s"),
        workshop=name.workshop,
        number=name.number,
        state=SessionState.RECEIVED,
        previous=None,
        reason=None,
        fault=None,
        waits=Reason.DOSSIER_MISSING,
        parts=None,
        parts_expected=1,
        language="fr",
        created_at=moment,
        changed_at=moment,
        reviewed_at=None,
        cleared_at=None,
        released_at=None,
    )


def _with_part(services: Services, session: SessionRow, part: int, trouble: RecordingError | None) -> SessionRow:
    changed = replace(session, parts=part, changed_at=stamp(services.now()))
    if trouble is not None and session.state != SessionState.QUARANTINED:
        return replace(
            changed, state=SessionState.QUARANTINED, previous=session.state, reason=trouble.reason, waits=None
        )
    return replace(changed, waits=waits_for(services, changed))


def _commit_with_session(
    services: Services, before: SessionRow, after: SessionRow, record: RecordRow, entry: Entry
) -> None:
    if services.archive.catalog.find_session(SessionName(before.workshop, before.number)) is None:
        services.commit(Change(add=(after, record)), entry)
    else:
        services.commit(Change(add=(record,), replace=((before, after),)), entry)


def _check_accepts(session: SessionRow) -> None:
    if session.state not in (SessionState.RECEIVED, SessionState.QUARANTINED):
        raise StateError(
            N_("Session {session} is already {state}: a further recording cannot join it. Give it another number."),
            session=f"{session.workshop}/{session.number}",
            state=SessionState(session.state),
        )


def _facts(services: Services, source: BinaryIO) -> tuple[Facts | None, RecordingError | None]:
    try:
        return probe(source, services.limits), None
    except RecordingError as error:
        return None, error


def _digest(source: BinaryIO) -> bytes:
    digest = hashlib.sha256()
    source.seek(0)
    while chunk := source.read(_CHUNK):
        digest.update(chunk)
    return digest.digest()


def _read_dossier(path: Path) -> bytes:
    with open_regular(path) as source:
        return source.read()
