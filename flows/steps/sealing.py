"""How steps put records into the archive and take old versions out of it.

A sealed object is written first, its row second; what is superseded loses its key before its bytes. An
erasure is announced on the row (``destroy_intended_at``) in the same commit as its intent entry, so that
one that was interrupted is found and finished.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from infra.wiring import Services
from storage.archive import Archive
from storage.commit import Change
from storage.log.entry import Entry, Value
from storage.objects import Sealed
from storage.rows import RecordRow, Row, SessionRow
from storage.scope import Scope
from vocabulary.choices import Audience, RecordClass, RecordLife


def stamp(moment: datetime) -> str:
    """A moment as the catalog writes it: UTC, to the second."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def record_row(
    services: Services,
    scope: Scope,
    sealed: Sealed,
    *,
    session: SessionRow | None,
    version: int = 1,
    part: int | None = None,
    audience: Audience | None = None,
    form: str | None = None,
    fingerprint: str | None = None,
    length_ms: int | None = None,
) -> RecordRow:
    """The catalog row of a freshly sealed object."""
    return services.archive.new_record(
        scope,
        sealed,
        services.now(),
        session_id=session.id if session else None,
        version=version,
        part=part,
        audience=audience,
        format=form,
        fingerprint=fingerprint,
        length_ms=length_ms,
    )


Facts = dict[str, Value]
"""What an entry says: ids, codes, counts, digests."""

Replacement = tuple[Row, Row]
"""A row as it was read and as it shall be."""


def condemn(records: Sequence[RecordRow], moment: datetime) -> list[Replacement]:
    """Row replacements that announce the erasure of ``records``."""
    return [(record, replace(record, destroy_intended_at=stamp(moment))) for record in records]


def finish_erasures(services: Services) -> tuple[RecordRow, ...]:
    """Carry out every announced erasure: key first, bytes after, completion last. Safe to run again."""
    archive = services.archive
    condemned = [record for record in archive.catalog.records() if record.destroy_intended_at is not None]
    if not condemned:
        return ()
    scopes = {archive.scope_of(record) for record in condemned}
    keep = [
        record
        for record in archive.catalog.records()
        if record.destroy_intended_at is None and archive.scope_of(record) in scopes
    ]
    for record in keep:
        move_to_next_epoch(services, record)
    archive.keystore.shred(scopes)
    moment = stamp(services.now())
    for record in condemned:
        archive.objects.discard(record.digest)
    gone = [replace(record, life=RecordLife.DESTROYED.value, destroyed_at=moment) for record in condemned]
    replaced: list[Replacement] = list(zip(condemned, gone, strict=True))
    services.commit(
        Change(replace=tuple(replaced)), Entry("destroyed", facts={"records": len(gone), "keys": len(scopes)})
    )
    return tuple(gone)


def move_to_next_epoch(services: Services, record: RecordRow) -> None:
    """Seal a record anew under its next epoch, so that the old epoch's key can be destroyed."""
    archive = services.archive
    current = archive.scope_of(record)
    newest = archive.scope(current.workshop, current.session, current.record_class)
    target = newest if newest.epoch > current.epoch else next_scope(archive, current)
    sealed = archive.objects.reseal(current, archive.sealed_of(record), target)
    moved = replace(record, object_id=sealed.object_id, digest=sealed.digest, size=sealed.size, epoch=target.epoch)
    if record.fingerprint is not None:
        moved = replace(moved, fingerprint=None)
    services.commit(Change(replace=((record, moved),)), Entry("resealed", session=record.session_id))
    archive.objects.discard(record.digest)


def next_scope(archive: Archive, scope: Scope) -> Scope:
    return archive.next_scope(scope.workshop, scope.session, scope.record_class)


def versions(services: Services, session: SessionRow, record_class: RecordClass) -> list[RecordRow]:
    """All live versions of one class in a session, oldest first."""
    found = services.archive.catalog.records(session_id=session.id, record_class=record_class)
    return sorted(found, key=lambda record: (record.version, record.part or 0))
