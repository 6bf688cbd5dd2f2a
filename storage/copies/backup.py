"""Copying the archive, without its slot, to a medium: sealed objects, keystore, catalog, log, policies.

Rules kept here:
- the catalog and the log are copied at one moment, under the log's lock, to the home's own disk first: others wait
  for as long as that takes, not for the medium;
- the keystore is copied after them, so that it has the key of every object they name;
- an object is copied once: one that lies on the medium already is read again, and copied again if it is damaged;
- what is written is read back; an object that the home itself does not have sound never takes the place of one.
"""

import contextlib
import secrets
from collections.abc import Iterator
from pathlib import Path

from storage.archive import ARCHIVE, LOG, OBJECTS, POLICIES, Archive
from storage.catalog.catalog import Catalog
from storage.catalog.database import FILE, copy_catalog
from storage.copies.backup_folder import BackupFolder, Manifest, Stored, pieces_of, read_small, remove_tree, write
from storage.keys.generations import FILE as KEYSTORE
from storage.keys.keystore_file import KeystoreFile
from storage.log.audit import verify_log
from storage.log.log import LOCK, Log
from vocabulary.choices import RecordLife
from vocabulary.errors import BusyError
from vocabulary.messages import N_

__all__ = ["BackupFolder", "copy_objects", "write_state"]

STAGING = "backup-"
_MOST_SNAPSHOTS = 5


def copy_objects(archive: Archive, folder: BackupFolder) -> None:
    """Copy what is needed now. The long part, which needs no lock: ``write_state`` adds what came meanwhile."""
    for digest in sorted(_needed(archive.catalog)):
        _bring(archive, folder, digest)


def write_state(archive: Archive, folder: BackupFolder, export: str, now: str) -> Manifest:
    """Copy all but the objects, and the objects that are not there yet; return the manifest, not yet published.

    DamagedError or a log's error when what was copied does not verify, ResourceError when the medium is full.
    """
    for _ in range(_MOST_SNAPSHOTS):
        remove_tree(folder.state(export))
        with _snapshot(archive) as staged:
            needed = _needed_by(staged / FILE)
            missing = {digest for digest in needed if not _bring(archive, folder, digest)}
            if not missing - _needed(archive.catalog):  # else it was destroyed or sealed anew since: a newer moment
                return _copy_state(archive, folder, staged, export, now, needed, missing)
    message = N_("Records are being destroyed or sealed anew faster than they are copied. Nothing was replaced: try "
                 "again when less is going on.")  # fmt: skip
    raise BusyError(message)


def _copy_state(
    archive: Archive, folder: BackupFolder, staged: Path, export: str, now: str, needed: set[str], missing: set[str]
) -> Manifest:
    root, target = archive.home / ARCHIVE, folder.state(export)
    sources = {str(path.relative_to(staged)): path for path in sorted(staged.rglob("*")) if path.is_file()}
    sources |= {f"{POLICIES}/{path.name}": path for path in sorted((root / POLICIES).glob("*.yaml"))}
    sources |= {KEYSTORE: root / KEYSTORE, "home.toml": archive.home / "home.toml"}
    files: dict[str, Stored] = {}
    for name, source in sources.items():
        if source.is_file():
            digest = write(target / name, pieces_of(source))
            files[name] = Stored(digest, (target / name).stat().st_size)
    log = Log(target / LOG)
    manifest = Manifest(
        home=archive.home_id,
        export=export,
        made_at=now,
        generation=KeystoreFile.parse(read_small(target / KEYSTORE)).header.generation,
        log_size=log.checkpoint().size,
        checkpoint=log.checkpoint_text(),
        files=files,
        objects=tuple(sorted(needed - missing)),
        missing=tuple(sorted(missing)),
    )
    folder.check_state(manifest)
    verify_log(log.directory, manifest.checkpoint, pending=lambda: [])
    return manifest


@contextlib.contextmanager
def _snapshot(archive: Archive) -> Iterator[Path]:
    """Catalog and log of one moment, in a folder of the home that is gone afterwards."""
    for left in (archive.home / "tmp").glob(f"{STAGING}*"):
        remove_tree(left)
    staged = archive.home / "tmp" / f"{STAGING}{secrets.token_hex(8)}"
    (staged / LOG).mkdir(mode=0o700, parents=True)
    try:
        with archive.log.locked():
            copy_catalog(archive.catalog.path, staged / FILE)
            for path in sorted(archive.log.directory.rglob("*")):
                if path.is_file() and path.name != LOCK and not path.name.endswith(".new"):
                    write(staged / LOG / path.relative_to(archive.log.directory), pieces_of(path))
        yield staged
    finally:
        remove_tree(staged)


def _bring(archive: Archive, folder: BackupFolder, digest: str) -> bool:
    """Make sure the medium has an object, read back from there; False if the home has none that is sound."""
    target = folder.object(digest)
    if folder.has_object(digest):
        return True
    target.unlink(missing_ok=True)
    source = archive.home / ARCHIVE / OBJECTS / digest[:2] / digest
    beside = target.with_name(f"{digest}.new")
    beside.unlink(missing_ok=True)
    try:
        found = write(beside, pieces_of(source))
    except FileNotFoundError:
        return False
    if found != digest:
        beside.unlink()
        return False
    beside.replace(target)
    return folder.has_object(digest)


def _needed(catalog: Catalog) -> set[str]:
    rows = catalog.records(life=None)
    return {row.digest for row in rows if row.life != RecordLife.DESTROYED.value and row.destroy_intended_at is None}


def _needed_by(copy: Path) -> set[str]:
    catalog = Catalog(copy)
    try:
        return _needed(catalog)
    finally:
        catalog.close()
