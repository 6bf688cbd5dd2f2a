"""Bringing sealed objects and a lost archive back from a backup.

Rules kept here:
- onto a living home only objects come, of records its own catalog names and does not destroy: never an older
  catalog, log, policy or keystore;
- what comes is compared with its digest first, and takes its place by rename;
- a lost archive is made from the newest log there is: the catalog is written anew from it, so that what was
  destroyed, lifted or withdrawn since the backup stays so.
"""

import secrets
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from storage.archive import ARCHIVE, OBJECTS, Archive
from storage.catalog.catalog import Catalog
from storage.catalog.database import FILE
from storage.commit import Change, is_sealed
from storage.copies.backup_folder import BackupFolder, digest_of, pieces_of, write
from storage.durable import make_folder, sync_folder
from storage.keys.keystore import Keystore
from storage.keys.keystore_file import KeystoreFile
from storage.keys.recovery import FORMAT as RECOVERY_FORMAT
from storage.keys.recovery import RecoveryFile
from storage.keys.scope import Scope
from storage.log.entry import Entry, parse_line
from storage.log.log import Log
from storage.rows.walk import RecordRow
from vocabulary.choices import RecordClass, RecordLife
from vocabulary.errors import DamagedError, HuisclosError, StateError, UsageError
from vocabulary.messages import N_

_KEYSTORE_START = b"huisclos-keystore/"
_LARGEST = 64 << 20


@dataclass(frozen=True)
class Brought:
    """Record ids: brought back, not to be brought back because their key was destroyed, lacking in the backup too.

    ``destroyed`` counts the objects of the backup whose records this home destroyed since.
    """

    restored: tuple[str, ...]
    keyless: tuple[str, ...]
    lacking: tuple[str, ...]
    destroyed: int


@dataclass(frozen=True, repr=False)
class RecoveryCopy:
    """A keystore file and the recovery file that opens it, as they lie at the recovery place."""

    home_id: str
    generation: int
    keystore: bytes
    recovery: bytes


def bring_back(archive: Archive, folder: BackupFolder, only: RecordClass | None = None) -> Brought:
    """Restore the missing and damaged objects of a living home, of one class if given; see ``Brought``."""
    restored: list[str] = []
    keyless: list[str] = []
    lacking: list[str] = []
    rows = archive.catalog.records(life=None, record_class=only)
    for row in rows:
        if row.life == RecordLife.DESTROYED or row.destroy_intended_at or archive.objects.check_digest(row.digest):
            continue
        scope = archive.scope_of(row)
        if archive.keystore.reaches(scope) and not archive.keystore.has(scope):
            keyless.append(row.id)
        elif _put(archive.home, folder, row.digest):
            restored.append(row.id)
        else:
            lacking.append(row.id)
    gone = {row.digest for row in rows if row.life == RecordLife.DESTROYED}
    destroyed = len(gone & set(folder.manifest().objects))
    return Brought(tuple(restored), tuple(keyless), tuple(lacking), destroyed)


def bring_register(archive: Archive, folder: BackupFolder, now: datetime) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Restore the register of people, without which nobody is known by name; return the record ids: whole, and older.

    Where the backup has an earlier version only, that comes, and the log says so: whoever was registered since is
    named by the beginning of their id.
    """
    if archive.reads_only:
        return (), ()
    found = bring_back(archive, folder, RecordClass.PEOPLE)
    rows = archive.catalog.records(record_class=RecordClass.PEOPLE)
    missing = {row.digest for row in rows if row.id in found.lacking}
    export = folder.manifest().export
    older = older_objects(archive, folder, folder.state(export) / FILE, missing) if missing else []
    if older:
        entry = Entry("restored", facts={"export": export, "older": len(older)})
        archive.commit(Change(replace=tuple(older)), entry, now=now)
    came = tuple(row.id for row, _ in older)
    if not found.keyless and set(found.lacking) <= set(came):
        archive.name_everyone(now=now)
    return found.restored, came


def put_objects(home: Path, folder: BackupFolder, digests: Collection[str]) -> set[str]:
    """Copy objects into a home; return the digests of those the backup does not have sound."""
    return {digest for digest in digests if not _put(home, folder, digest)}


def older_objects(
    archive: Archive, folder: BackupFolder, copy: Path, missing: Collection[str]
) -> list[tuple[RecordRow, RecordRow]]:
    """Bring the object that a record had when the backup's catalog ``copy`` was made, where its newest is missing.

    Returns row replacements for the caller's commit. A version that was ended on purpose has no key any more and
    stays away.
    """
    catalog = Catalog(copy)
    try:
        earlier = {row.id: row for row in catalog.records(life=None)} if catalog.is_current() else {}
    finally:
        catalog.close()
    found = []
    for row in archive.catalog.records(life=None):
        old = earlier.get(row.id)
        if old is None or row.digest not in missing or row.life == RecordLife.DESTROYED or old.digest == row.digest:
            continue
        as_it_was = replace(row, object_id=old.object_id, digest=old.digest, size=old.size, kind=old.kind,
                            epoch=old.epoch, version=old.version, fingerprint=old.fingerprint)  # fmt: skip
        if archive.keystore.has(archive.scope_of(as_it_was)) and _put(archive.home, folder, old.digest):
            found.append((row, as_it_was))
    return found


def _put(home: Path, folder: BackupFolder, digest: str) -> bool:
    target = home / ARCHIVE / OBJECTS / digest[:2] / digest
    beside = home / "tmp" / secrets.token_hex(16)
    try:
        found = write(beside, pieces_of(folder.object(digest)))
    except OSError:
        return False
    if found != digest:
        beside.unlink()
        return False
    make_folder(target.parent)
    beside.replace(target)
    sync_folder(target.parent)
    return digest_of(target) == digest


# A lost machine


def recovery_copy(place: Path, home_id: str) -> RecoveryCopy:
    """The newest keystore of a home at the recovery place, with its recovery file; UsageError if there is none."""
    keystores: dict[int, bytes] = {}
    recoveries: dict[int, bytes] = {}
    for data in _small_files(place, home_id):
        try:
            if data.startswith(_KEYSTORE_START):
                header = KeystoreFile.parse(data).header
                if header.home_id == home_id:
                    keystores[header.generation] = data
            elif RECOVERY_FORMAT.encode() in data:
                file = RecoveryFile.parse(data)
                if file.home_id == home_id:
                    recoveries[file.generation] = data
        except HuisclosError:
            continue  # a damaged file is as good as none: what is missing is said below
    both = keystores.keys() & recoveries.keys()
    if not both:
        message = N_("{path} does not hold the keystore of this home together with its recovery file. Name the folder "
                     "of the setting copies.recovery, or of a recovery export.")  # fmt: skip
        raise UsageError(message, place="--recovery", path=place)
    newest = max(both)
    return RecoveryCopy(home_id, newest, keystores[newest], recoveries[newest])


def _small_files(place: Path, home_id: str) -> Iterator[bytes]:
    for folder in (place, place / home_id):
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            if path.is_file() and path.stat().st_size <= _LARGEST:
                yield path.read_bytes()


def take_pending(copy: Path, log: Log, keystore: Keystore) -> int:
    """Move the entries that were committed and not yet logged when a catalog was copied to the log; count them.

    DamagedError for one that this home did not seal.
    """
    catalog = Catalog(copy)
    try:
        waiting = catalog.pending()
    finally:
        catalog.close()
    key, size = keystore.log_key(), log.checkpoint().size
    lines = [item.line for item in waiting if parse_line(item.line).seq >= size]
    if not all(is_sealed(key, item.line, item.seal) for item in waiting):
        message = N_("The catalog of the backup holds a log entry that this home did not write. Use another backup.")
        raise DamagedError(message, place=FILE)
    with log.locked():
        log.append(lines, key)
    return len(lines)


def keys_of_the_destroyed(archive: Archive) -> set[Scope]:
    """The keys that are there although every record they sealed was destroyed: of a keystore older than the log."""
    rows = archive.catalog.records(life=None)
    needed = {archive.scope_of(row) for row in rows if row.life != RecordLife.DESTROYED}
    ended = {archive.scope_of(row) for row in rows if row.life == RecordLife.DESTROYED}
    return {scope for scope in ended - needed if archive.keystore.has(scope)}


def records_without_key(archive: Archive) -> list[RecordRow]:
    """The records that are kept, as the log says, and whose key the keystore does not have."""
    return [
        row
        for row in archive.catalog.records(life=None)
        if row.life != RecordLife.DESTROYED
        and row.destroy_intended_at is None
        and not archive.keystore.has(archive.scope_of(row))
    ]


def destroyed_since(archive: Archive) -> list[RecordRow]:
    """Those of them whose key the keystore once had: it is newer than the log."""
    return [row for row in records_without_key(archive) if not _is_ahead(archive, row)]


def skip_unknown_epochs(archive: Archive) -> None:
    """Count the epochs as destroyed that the log names and a keystore older than the log never had.

    So that no new key comes to stand for what another one sealed.
    """
    ahead = {archive.scope_of(row) for row in archive.catalog.records(life=None) if _is_ahead(archive, row)}
    opened: set[Scope] = set()
    for scope in sorted(ahead, key=lambda scope: scope.epoch):
        current = archive.keystore.current_epoch(scope.workshop, scope.session, scope.record_class)
        for epoch in range(current + 1, scope.epoch + 1):
            opened.add(Scope(scope.workshop, scope.session, scope.record_class, epoch))
            archive.keystore.ensure(Scope(scope.workshop, scope.session, scope.record_class, epoch))
    archive.keystore.shred(opened)


def _is_ahead(archive: Archive, row: RecordRow) -> bool:
    scope = archive.scope_of(row)
    return scope.epoch > archive.keystore.current_epoch(scope.workshop, scope.session, scope.record_class)


def older_log(size: int, known: int) -> StateError:
    """The refusal of a log that ends before what the recovery file knows of."""
    message = N_(
        "The newest log at hand has {size} entries; when the recovery file was written it had {known} or more. "
        "Entries {size} to {last} are missing, and with them whatever was destroyed, lifted or withdrawn then. Give "
        "the folder of the inventory with --log FOLDER. If there is none: --accept-older-log, which the log will say."
    )
    return StateError(message, place=f"entry {size}", size=size, known=known, last=known - 1)


def newer_keys(records: int) -> StateError:
    """The refusal of a log that keeps what the keystore destroyed."""
    message = N_(
        "The log at hand is older than the keystore: {records} records it keeps were destroyed since. The entries that "
        "say so are missing. Give the folder of the inventory with --log FOLDER. If there is none: --accept-older-log, "
        "which the log will say."
    )
    return StateError(message, place="--log", records=records)
