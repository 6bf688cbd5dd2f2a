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
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from flows.steps.arrival.dossiers import take_dossier, waits_for
from flows.steps.arrival.drop_folder import MAX_DOSSIER, read_dossier
from flows.steps.arrival.outcomes import Receipt
from flows.steps.holding import hold, hold_intake
from flows.steps.sealing import stamp
from infra.wiring import Services
from speech.recording import Facts, probe
from storage.commit import Change
from storage.log.entry import Entry
from storage.rows.walk import RecordRow, SessionRow
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
    regular file, BusyError while another process is at work on the session, RecordingError (after sealing
    it) for a file that is no recording.
    """
    services.archive.catalog.workshop(session.workshop)
    text = _read_dossier(dossier) if dossier else None
    if text is not None and dossier is not None:
        read_dossier(text, dossier.name, session)
    for file in files:
        open_regular(file).close()
    new = duplicates = 0
    damaged = False
    elsewhere: SessionName | None = None
    spoiled: RecordingError | None = None
    with hold_intake(services, session.workshop), hold(services, find_or_open(services, session)) as row:
        if text is not None and dossier is not None:
            row = take_dossier(services, row, text, dossier.name)
        for file in files:
            with open_regular(file) as source:
                taken = take_recording(services, row, source)
            row = taken.session
            new += taken.new
            duplicates += not taken.new
            elsewhere = elsewhere or taken.elsewhere
            damaged = damaged or taken.damaged
            spoiled = spoiled or taken.trouble
        if move and spoiled is None:
            for file in (*files, *([dossier] if dossier else [])):
                file.unlink()
    if spoiled is not None:
        raise spoiled
    found = receipt(services, row, new=new, duplicates=duplicates, dossier=text is not None, moved=move)
    return replace(found, damaged=damaged, elsewhere=elsewhere)


@dataclass(frozen=True)
class Taken:
    """What became of one recording.

    ``session`` is the session as it now stands, ``trouble`` what keeps the recording from being used,
    ``damaged`` whether it stops short, ``elsewhere`` the other session that holds the same bytes already.
    """

    session: SessionRow
    new: bool
    trouble: RecordingError | None = None
    damaged: bool = False
    elsewhere: SessionName | None = None


def take_recording(services: Services, session: SessionRow, source: BinaryIO, part: int | None = None) -> Taken:
    """Seal one recording as a part of ``session``, which the caller holds: as ``part``, else as the next one.

    StateError when the session takes no more or has another recording as that part, or when the file is still
    being written. When this returns, the sealed copy has been read back and its row and entry are durable.
    """
    archive = services.archive
    before = _mark(source)
    digest = digest_of(source)
    known = archive.catalog.records(workshop=session.workshop, record_class=RecordClass.RECORDING)
    for record in known:
        if archive.fingerprint(archive.scope_of(record), digest) == record.fingerprint:
            return Taken(session, False, elsewhere=_other(services, record, session))
    held = [record.part or 0 for record in known if record.session_id == session.id]
    _check_accepts(session, part if part in held else None)
    scope = archive.scope(session.workshop, session.number, RecordClass.RECORDING)
    sealed = archive.objects.seal(scope, source)
    if digest_of(archive.objects.reader(scope, sealed)) != digest:
        archive.objects.discard(sealed.digest)
        message = N_("The sealed copy does not read back as the recording. Nothing was removed; try again.")
        raise DamagedError(message, place=sealed.object_id)
    facts, trouble = _facts(services, archive.objects.reader(scope, sealed))
    if _mark(source) != before:
        archive.objects.discard(sealed.digest)
        raise StateError(N_("The file was still being written while it was sealed: nothing was taken. Bring it again "
                            "once it is complete."))  # fmt: skip
    part = part or 1 + max(held, default=0)
    row = archive.new_record(
        scope,
        sealed,
        services.now(),
        session_id=session.id,
        part=part,
        format="original",
        fingerprint=archive.fingerprint(scope, digest),
        length_ms=int(facts.duration * 1000) if facts else 0,
    )
    changed = _with_parts(services, session, len({*held, part}), trouble)
    entry = Entry(
        "received",
        session=session.id,
        facts={"record": row.id, "part": part, "bytes": sealed.size, "length_ms": row.length_ms},
    )
    _commit_with_session(services, session, changed, row, entry)
    if trouble is not None:
        services.commit(Change(), Entry("quarantined", session=session.id, facts={"reason": str(trouble.reason)}))
    return Taken(changed, True, trouble, damaged=facts is not None and facts.damaged_at is not None)


def _mark(source: BinaryIO) -> tuple[int, int]:
    """What changes when somebody writes to the file."""
    status = os.fstat(source.fileno())
    return status.st_size, status.st_mtime_ns


def _other(services: Services, record: RecordRow, session: SessionRow) -> SessionName | None:
    """The session ``record`` belongs to, if it is not ``session``."""
    if record.session_id is None or record.session_id == session.id:
        return None
    return services.archive.catalog.session_by_id(record.session_id).name


def receipt(
    services: Services, session: SessionRow, *, new: int, duplicates: int, dossier: bool, moved: bool
) -> Receipt:
    """What is sealed of a session, told to the person who brought it."""
    parts = services.archive.catalog.records(session_id=session.id, record_class=RecordClass.RECORDING)
    return Receipt(
        session=session.name,
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


def _with_parts(services: Services, session: SessionRow, parts: int, trouble: RecordingError | None) -> SessionRow:
    changed = replace(session, parts=parts, changed_at=stamp(services.now()))
    if trouble is not None and session.state != SessionState.QUARANTINED:
        return replace(
            changed, state=SessionState.QUARANTINED, previous=session.state, reason=trouble.reason, waits=None
        )
    return replace(changed, waits=waits_for(services, changed))


def _commit_with_session(
    services: Services, before: SessionRow, after: SessionRow, record: RecordRow, entry: Entry
) -> None:
    if services.archive.catalog.find_session(before.name) is None:
        services.commit(Change(add=(after, record)), entry)
    else:
        services.commit(Change(add=(record,), replace=((before, after),)), entry)


def _check_accepts(session: SessionRow, taken_part: int | None) -> None:
    if session.state not in (SessionState.RECEIVED, SessionState.QUARANTINED):
        raise StateError(
            N_("Session {session} is already {state}: a further recording cannot join it. Give it another number."),
            session=str(session.name),
            state=SessionState(session.state),
        )
    if taken_part is not None:
        raise StateError(
            N_(
                "Session {session} already has another recording as part {part}. Give this file the number of a part "
                "that is missing, or of another session."
            ),
            session=str(session.name),
            part=taken_part,
        )


def _facts(services: Services, source: BinaryIO) -> tuple[Facts | None, RecordingError | None]:
    try:
        return probe(source, services.limits), None
    except RecordingError as error:
        return None, error


def digest_of(source: BinaryIO) -> bytes:
    """SHA-256 of a whole file, which is left at its beginning."""
    digest = hashlib.sha256()
    source.seek(0)
    while chunk := source.read(_CHUNK):
        digest.update(chunk)
    source.seek(0)
    return digest.digest()


def _read_dossier(path: Path) -> bytes:
    with open_regular(path) as source:
        return source.read(MAX_DOSSIER + 1)
