"""How steps take old versions out of the archive, and what they share when they put new ones in.

A sealed object is written first, its row second; what is superseded loses its key before its bytes. An
erasure is announced on the row (``destroy_intended_at``) in the same commit as its intent entry, so that
one that was interrupted is found and finished. With it goes every key of the same session that no record
needs: what an interrupted step sealed and never committed cannot be opened any more than the rest. The copies
of an output leave the outbox before its key is destroyed. An announcement counts only if the log holds it, and only
while no hold stands over the record.
"""

import contextlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from flows.steps.custody.resealing import reseal
from flows.steps.holding import hold, hold_vault
from infra.wiring import Services
from policies.holds import is_held
from storage.archive import Archive
from storage.catalog_checks import check_catalog
from storage.commit import Change, utc
from storage.keys.scope import Scope
from storage.log.entry import Entry, Value
from storage.rows.forms import HOME
from storage.rows.kinds import Row
from storage.rows.walk import CopyRow, RecordRow, SessionRow
from vocabulary.choices import RecordClass, RecordLife
from vocabulary.errors import BusyError

Facts = dict[str, Value]
"""What an entry says: ids, codes, counts, digests."""

Replacement = tuple[Row, Row]
"""A row as it was read and as it shall be."""


def stamp(moment: datetime) -> str:
    """A moment as the catalog writes it: UTC, to the second."""
    return utc(moment)


def versions(services: Services, session: SessionRow, record_class: RecordClass) -> list[RecordRow]:
    """All live versions of one class in a session, oldest first; blocks are none (blocks.py)."""
    found = services.archive.catalog.records(session_id=session.id, record_class=record_class)
    whole = (record for record in found if not record.is_block)
    return sorted(whole, key=lambda record: (record.version, record.part or 0))


def next_version(records: Iterable[RecordRow]) -> int:
    """The version that follows those of ``records``; 1 for the first."""
    return 1 + max((record.version for record in records), default=0)


def condemn(records: Sequence[RecordRow], moment: datetime) -> list[Replacement]:
    """Row replacements that announce the erasure of ``records``."""
    return [(record, replace(record, destroy_intended_at=stamp(moment))) for record in records]


def finish_erasures(services: Services) -> int:
    """Carry out every announced erasure: key first, bytes after, completion last; return how many records.

    Safe to run again. What belongs to a session another process is at work on is left to the next call, and what
    the passphrase that is open does not reach to somebody else's.
    """
    catalog = services.archive.catalog
    groups: dict[tuple[str, str | None], None] = {
        (record.workshop, record.session_id): None
        for record in catalog.condemned()
        if services.archive.keystore.reaches(services.archive.scope_of(record))
    }
    count = 0
    for workshop, session_id in groups:
        holding = (
            hold_vault(services, workshop, wait=False, away_too=True)
            if session_id is None
            else hold(services, catalog.session_by_id(session_id), away_too=True)
        )
        with contextlib.suppress(BusyError), holding:
            count += _erase(services, workshop, session_id)
    return count


def _erase(services: Services, workshop: str, session_id: str | None) -> int:
    """Under its lock: destroy the condemned records of a session, or of the workshop where that is None."""
    archive = services.archive
    standing = _standing(archive, workshop, session_id)
    condemned = _to_go(archive, workshop, standing)
    if not condemned:
        return 0
    check_catalog(archive)  # a row edited by hand announces nothing
    doomed = {archive.scope_of(record) for record in condemned}
    outputs = {record.id for record in condemned}
    for copy in archive.catalog.copies():
        if copy.record_id in outputs:
            remove_copy(services, copy, session_id)
    for record in standing:
        if record not in condemned and archive.scope_of(record) in doomed:
            _move_to_next_epoch(services, record, doomed)
    kept = [record for record in _standing(archive, workshop, session_id) if record not in condemned]
    spent = _spent(archive, kept, doomed)
    archive.keystore.shred(spent)
    for record in condemned:
        archive.objects.discard(record.digest)
    moment = stamp(services.now())
    gone = [replace(record, life=RecordLife.DESTROYED.value, destroyed_at=moment) for record in condemned]
    replaced: list[Replacement] = list(zip(condemned, gone, strict=True))
    facts: Facts = {"records": len(gone), "keys": len(spent)}
    services.commit(Change(replace=tuple(replaced)), Entry("destroyed", session=session_id, facts=facts))
    return len(gone)


def remove_copy(services: Services, copy: CopyRow, session_id: str | None) -> None:
    """Take a copy out of the outbox: intent logged, file removed, completion logged."""
    facts: Facts = {"copy": copy.id}
    services.commit(Change(), Entry("removal-intended", session=session_id, facts=facts))
    (services.home / copy.path).unlink(missing_ok=True)
    gone = replace(copy, removed_at=stamp(services.now()))
    services.commit(Change(replace=((copy, gone),)), Entry("removed", session=session_id, facts=facts))


def _standing(archive: Archive, workshop: str, session_id: str | None) -> list[RecordRow]:
    """The records that are not destroyed, held ones included."""
    found = archive.catalog.records(session_id=session_id, workshop=workshop, life=None)
    return [row for row in found if row.session_id == session_id and row.life != RecordLife.DESTROYED]


def _to_go(archive: Archive, workshop: str, standing: Sequence[RecordRow]) -> list[RecordRow]:
    """The records announced for erasure that no hold placed since then keeps. What left with its workshop goes: its
    holds go on in the other home."""
    announced = [record for record in standing if record.destroy_intended_at is not None]
    if workshop == HOME or not announced or archive.catalog.workshop(workshop).left_at is not None:
        return announced
    orders = archive.catalog.holds()
    return [record for record in announced if not is_held(orders, record)]


def _spent(archive: Archive, kept: Sequence[RecordRow], doomed: set[Scope]) -> set[Scope]:
    """The open keys of the session (of the doomed classes, for a workshop) that no record to be kept needs."""
    needed = {archive.scope_of(record) for record in kept}
    places: dict[tuple[str, int], set[RecordClass]] = defaultdict(set)
    for scope in doomed:
        places[scope.workshop, scope.session] |= set(RecordClass) if scope.session else {scope.record_class}
    opened = {
        Scope(workshop, number, record_class, epoch)
        for (workshop, number), classes in places.items()
        for record_class in classes
        for epoch in range(1, archive.keystore.current_epoch(workshop, number, record_class) + 1)
    }
    return {scope for scope in opened - needed if archive.keystore.has(scope)}


def _move_to_next_epoch(services: Services, record: RecordRow, doomed: set[Scope]) -> None:
    """Seal a record anew under an epoch that stays, so that the key it has can be destroyed."""
    archive = services.archive
    current = archive.scope_of(record)
    place = current.workshop, current.session, current.record_class
    newest = archive.scope(*place)
    target = newest if newest.epoch > current.epoch and newest not in doomed else archive.next_scope(*place)
    moved = reseal(archive, record, current, target)
    services.commit(Change(replace=((record, moved),)), Entry("resealed", session=record.session_id))
    archive.objects.discard(record.digest)
