"""Sealing a record anew under another key: its content stays, its object, digest and epoch change.

Rules kept here:
- a recording is read back from its new object and compared before anything of the old one goes;
- the fingerprint by which a recording is known again is keyed, so it is computed anew with the key that stays.
"""

import hashlib
from dataclasses import replace
from typing import BinaryIO

from storage.archive import Archive
from storage.keys.scope import Scope
from storage.objects import ObjectStore
from storage.rows.walk import RecordRow
from storage.stream import CHUNK
from vocabulary.choices import RecordClass
from vocabulary.errors import DamagedError
from vocabulary.messages import N_


def reseal(
    archive: Archive, record: RecordRow, current: Scope, target: Scope, source: ObjectStore | None = None
) -> RecordRow:
    """Seal the content of ``record``, now under ``current``, under ``target``; return the row it then has.

    ``source`` is the store the object lies in, where that is another home's. Nothing of the old object is removed.
    """
    held = archive.sealed_of(record)
    sealed = archive.objects.reseal(current, held, target, source)
    fingerprint = None
    if record.fingerprint is not None:
        with (source or archive.objects).reader(current, held) as old, archive.objects.reader(target, sealed) as new:
            digest = _digest_of(old)
            if _digest_of(new) != digest:
                archive.objects.discard(sealed.digest)
                message = N_("Record {record}, sealed anew, does not read back as it was. Nothing was removed; try "
                             "again.")  # fmt: skip
                raise DamagedError(message, place=record.id, record=record.id)
        fingerprint = archive.fingerprint(target, digest)
    return replace(
        record,
        workshop=target.workshop,
        object_id=sealed.object_id,
        digest=sealed.digest,
        size=sealed.size,
        epoch=target.epoch,
        fingerprint=fingerprint,
    )


def opened_at(archive: Archive, workshop: str, number: int) -> set[Scope]:
    """Every scope of a session (0: of a workshop or the home itself) whose data key is there."""
    scopes = {
        Scope(workshop, number, record_class, epoch)
        for record_class in RecordClass
        for epoch in range(1, archive.keystore.current_epoch(workshop, number, record_class) + 1)
    }
    return {scope for scope in scopes if archive.keystore.has(scope)}


def _digest_of(plain: BinaryIO) -> bytes:
    digest = hashlib.sha256()
    while piece := plain.read(CHUNK):
        digest.update(piece)
    return digest.digest()
