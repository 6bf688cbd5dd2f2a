"""Silencing stretches of a session's recordings, in sealed copies.

Times are seconds from the beginning of the session, all its parts laid end to end. A copy is sealed under a new epoch;
what it takes the place of is condemned by the caller, in the one commit that also adds the copy.
"""

from collections.abc import Sequence

from flows.steps.arrival.receive import digest_of
from infra.wiring import Services
from speech.recording import probe, silence
from storage.rows.walk import RecordRow, SessionRow
from vocabulary.choices import RecordClass


def newest_parts(records: Sequence[RecordRow]) -> list[RecordRow]:
    """The newest version of each part, in order."""
    newest = {part.part: part for part in sorted(records, key=lambda one: one.version)}
    return [newest[number] for number in sorted(newest, key=lambda number: number or 0)]


def length_ms(services: Services, part: RecordRow) -> int:
    """A part's length; one that was too long for the limits when it came has none in the catalog."""
    if part.length_ms:
        return part.length_ms
    archive = services.archive
    source = archive.objects.reader(archive.scope_of(part), archive.sealed_of(part))
    return int(probe(source, services.limits).duration * 1000)


def silenced(
    services: Services,
    session: SessionRow,
    parts: Sequence[RecordRow],
    times: Sequence[tuple[float, float]],
    form: str | None = None,
) -> list[tuple[RecordRow, RecordRow]]:
    """Seal a silent copy of each part that ``times`` touch; return (the part, the row of its copy).

    With ``form``, every part has a copy, of that format. RecordingError when a part does not decode any more.
    """
    archive = services.archive
    scope, begin, made = None, 0.0, []
    for part in parts:
        length = length_ms(services, part)
        end = begin + length / 1000
        here = [(max(a, begin) - begin, min(b, end) - begin) for a, b in times if a < end and b > begin]
        if here or form is not None:
            scope = scope or archive.next_scope(session.workshop, session.number, RecordClass.RECORDING)
            source = archive.objects.reader(archive.scope_of(part), archive.sealed_of(part))
            digest = digest_of(source)
            sealed = archive.objects.seal(scope, silence(source, here, services.limits))
            copy = archive.new_record(
                scope, sealed, services.now(),
                session_id=session.id, version=part.version + 1, part=part.part, format=form or part.format,
                fingerprint=archive.fingerprint(scope, digest), length_ms=length,
            )  # fmt: skip
            made.append((part, copy))
        begin = end
    return made
