"""From the sealed recording to the sealed verbatim.

What the group asked to keep out is silenced first, in a copy that takes the original's place: the
original loses its key before anything is recognised. Blocks that are finished are kept (blocks.py), so that an
interruption costs one at most; they lose their key once the verbatim is committed.
"""

import hashlib
from dataclasses import replace

from flows.steps.arrival.dossiers import load
from flows.steps.hearing.blocks import Blocks, block_rows
from flows.steps.hearing.names import names_of_dossier, names_to_hear
from flows.steps.hearing.silencing import length_ms, newest_parts, silenced
from flows.steps.retention.holds import supersede
from flows.steps.sealing import Facts, Replacement, finish_erasures, next_version, stamp, versions
from infra.wiring import Services
from policies.states import Move, next_state
from speech.blocks import basis_of
from speech.editions import editions
from speech.transcribe import Work, cautions_of
from speech.transcribe import transcribe as recognise
from speech.uncertain import uncertain
from storage.commit import Change
from storage.keys.scope import Scope
from storage.log.entry import Entry
from storage.objects import Sealed
from vocabulary.choices import Reason, RecordClass, SessionState
from vocabulary.errors import RecordingError
from vocabulary.messages import N_


def withhold(services: Services, session_id: str) -> bool:
    """Silence the withheld stretches of a received session; True when the walk may go on.

    RecordingError when one begins after the end of the recording: nothing would be kept out, and nobody told.
    """
    session = services.archive.catalog.session_by_id(session_id)
    if session.state != SessionState.RECEIVED:
        return True
    if session.waits is not None:
        return False
    finish_erasures(services)
    dossier = load(services, session)
    parts = newest_parts(versions(services, session, RecordClass.RECORDING))
    form = _form(dossier.withheld if dossier else ())
    if dossier is None or not dossier.withheld or all(part.format == form for part in parts):
        return True
    length = sum(length_ms(services, part) for part in parts)
    if any(1000 * start >= length for start, _ in dossier.withheld):
        message = N_("A stretch to be kept out begins after the end of the recording. Correct the session dossier.")
        raise RecordingError(Reason.WITHHELD_BEYOND, message)
    copies = tuple(copy for _, copy in silenced(services, session, parts, dossier.withheld, form))
    entry = Entry("withheld", session=session.id, facts={"stretches": len(dossier.withheld), "parts": len(parts)})
    heard = block_rows(services, session)  # of the talk as it was before
    services.commit(Change(add=copies, replace=tuple(supersede(services, [*parts, *heard]))), entry)
    finish_erasures(services)
    return True


def transcribe(services: Services, session_id: str) -> bool:
    """Recognise a received session's speech; True when the walk may go on."""
    archive = services.archive
    session = archive.catalog.session_by_id(session_id)
    if session.state != SessionState.RECEIVED:
        return True
    if session.waits is not None:
        return False
    dossier = load(services, session)
    parts = newest_parts(versions(services, session, RecordClass.RECORDING))
    longest = services.settings.speech.block_seconds
    language = dossier.language if dossier else None
    heard_in, version = [part.id for part in parts], services.recogniser.version
    basis = basis_of(heard_in, version, language, names_of_dossier(dossier), longest, editions())
    blocks = Blocks(services, session, basis, names_to_hear(services, session, dossier))
    done = blocks.finished()
    seconds = sum(length_ms(services, part) for part in parts) / 1000
    transcript = recognise(
        [archive.objects.reader(archive.scope_of(part), archive.sealed_of(part)) for part in parts],
        dossier,
        services.recogniser,
        services.diariser,
        hotwords=blocks.names(),
        limits=services.limits,
        seconds=seconds,
        hesitations=services.settings.speech.hesitations == "keep",
        work=Work(
            longest=longest,
            done=done,
            on_block=blocks.seal,
            on_progress=lambda share: services.progress.stage(str(session.name), "transcribe", share, seconds),
        ),
    )
    old = versions(services, session, RecordClass.VERBATIM)
    scope = archive.next_scope(session.workshop, session.number, RecordClass.VERBATIM)
    sealed = archive.objects.seal_transcript(scope, transcript)
    cautions = ",".join(cautions_of(transcript)) or None
    row = archive.new_record(
        scope, sealed, services.now(), session_id=session.id, version=next_version(old), format=cautions
    )
    changed = replace(
        session, state=next_state(SessionState.RECEIVED, Move.TRANSCRIBE), changed_at=stamp(services.now())
    )
    facts: Facts = {
        "record": row.id,
        "model": transcript.model[:200],
        **_read_back(services, scope, sealed),
        "uncertain": len(uncertain(transcript.turns)),
        **({"cautions": cautions} if cautions else {}),
    }
    superseded = [*old, *block_rows(services, session)]
    replaced: list[Replacement] = [(session, changed), *supersede(services, superseded)]
    services.commit(Change(add=(row,), replace=tuple(replaced)), Entry("transcribed", session=session.id, facts=facts))
    finish_erasures(services)
    return True


def _read_back(services: Services, scope: Scope, sealed: Sealed) -> Facts:
    """Counts read from the sealed table itself, so that what is committed is known to open."""
    counts = "select count(*), count(distinct speaker), coalesce(sum(len(words)), 0) from verbatim"
    turns, speakers, words = services.archive.objects.query_transcripts({"verbatim": (scope, sealed)}, counts)[0]
    return {"turns": int(turns), "speakers": int(speakers), "words": int(words)}


def _form(withheld: tuple[tuple[float, float], ...]) -> str:
    """What a silenced copy is called in the catalog: it changes when the stretches do."""
    return "silenced" + hashlib.sha256(repr(withheld).encode()).hexdigest()[:8] if withheld else "original"
