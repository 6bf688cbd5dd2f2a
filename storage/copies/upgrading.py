"""Bringing a home of an earlier version to this one: copy, migrate, verify, and go back on failure.

Rules kept here:
- what an upgrade changes (keystore, catalog, log, home.toml) is copied first, into ``archive/upgrade``; the folder
  has that name only once it is whole and durable. Sealed objects, slots and policies are never touched;
- while that folder is there the upgrade is not done: the next ``upgrade`` goes back to what it holds and begins
  anew, and no other command opens the home;
- a home counts as upgraded only after everything in it was verified, every object opened with its key.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from storage import due_dates
from storage.archive import ARCHIVE, LOG, POLICIES, Archive
from storage.catalog.catalog import Catalog
from storage.catalog.database import FILE as CATALOG
from storage.catalog.database import copy_catalog
from storage.commit import Change
from storage.durable import disk_errors, replace_file, sync_folder, write_new
from storage.home_format import EARLIER, HOME_FORMAT, INTERRUPTED, LEFT_BY_UPGRADE, newer, read, with_format
from storage.home_format import FILE as HOME_FILE
from storage.keys.generations import FILE as KEYSTORE
from storage.keys.generations import NEW_FILE
from storage.keys.keystore_1 import upgrade_format
from storage.keys.slots import Slots
from storage.log.entry import Entry
from storage.log.layout import migrate_layout
from storage.newest import FILE as LOG_SIZE
from storage.verify import verify_archive
from vocabulary.errors import DamagedError
from vocabulary.messages import N_

_UNFINISHED, _DONE = LEFT_BY_UPGRADE


@dataclass(frozen=True)
class Upgraded:
    """What an upgrade found and did; ``changed`` is False for a home that is up to date."""

    found: str
    format: str
    objects: int
    changed: bool


def upgrade_home(home: Path, slots: Slots, passphrase: str, version: str) -> Upgraded:
    """Bring the home to this version's format. Nobody else may have it open.

    StateError for a newer format; DamagedError, after going back, if what came out does not verify; whatever
    else fails is raised after going back too. Safe to run again after a crash at any moment.
    """
    archive_dir = home / ARCHIVE
    for leftover in LEFT_BY_UPGRADE:
        shutil.rmtree(archive_dir / leftover, ignore_errors=True)
    if (archive_dir / INTERRUPTED).exists():
        _go_back(home)
    found = read(home)["format"]
    if found not in EARLIER and found != HOME_FORMAT:
        raise newer(found)
    if found == HOME_FORMAT and _is_current(archive_dir):
        return Upgraded(found, HOME_FORMAT, 0, changed=False)
    _keep_copies(home)
    try:
        objects = _migrate(home, slots, passphrase, found, version)
    except BaseException:
        _go_back(home)
        raise
    _forget_copies(archive_dir)
    return Upgraded(found, HOME_FORMAT, objects, changed=True)


def _is_current(archive_dir: Path) -> bool:
    catalog = Catalog(archive_dir / CATALOG)
    try:
        return catalog.is_current()
    finally:
        catalog.close()


def _migrate(home: Path, slots: Slots, passphrase: str, found: str, version: str) -> int:
    """Change every format, log it, and verify everything; return how many objects were opened."""
    archive_dir = home / ARCHIVE
    upgrade_format(archive_dir, slots, passphrase)
    migrate_layout(archive_dir / LOG)
    catalog = Catalog(archive_dir / CATALOG)
    try:
        catalog.migrate()
        with catalog.writing() as connection:
            due_dates.rebuild(connection, archive_dir / POLICIES)
    finally:
        catalog.close()
    text = (home / HOME_FILE).read_text(encoding="utf-8")
    replace_file(home / HOME_FILE, with_format(text, version).encode())
    archive = Archive.open(home, passphrase, slots, upgrading=True)
    try:
        archive.commit(Change(), Entry("upgraded", facts={"found": found, "format": HOME_FORMAT}))
        findings = verify_archive(home, archive).findings
        if findings:
            message = N_("After the upgrade the archive did not verify ({where}): everything was put back as it was. "
                         "Run `huisclos archive verify` with the version that made this home.")  # fmt: skip
            raise DamagedError(message, place=findings[0].place, where=findings[0].place)
        return sum(1 for _ in archive.objects.digests())
    finally:
        archive.close()


# Copies


def _keep_copies(home: Path) -> None:
    """Copy what will be changed; ResourceError leaves nothing behind."""
    archive_dir, folder = home / ARCHIVE, home / ARCHIVE / _UNFINISHED
    try:
        with disk_errors():
            folder.mkdir(mode=0o700)
            write_new(folder / KEYSTORE, (archive_dir / KEYSTORE).read_bytes())
            write_new(folder / HOME_FILE, (home / HOME_FILE).read_bytes())
            copy_catalog(archive_dir / CATALOG, folder / CATALOG)
            _copy_tree(archive_dir / LOG, folder / LOG)
            sync_folder(folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    folder.rename(archive_dir / INTERRUPTED)
    sync_folder(archive_dir)


def _copy_tree(source: Path, target: Path) -> None:
    target.mkdir(mode=0o700)
    for path in sorted(source.iterdir()):
        if path.is_dir():
            _copy_tree(path, target / path.name)
        else:
            write_new(target / path.name, path.read_bytes())
    sync_folder(target)


def _go_back(home: Path) -> None:
    """Put every copy back. Safe to repeat: the copies stay until all of them are in place."""
    archive_dir, folder = home / ARCHIVE, home / ARCHIVE / INTERRUPTED
    (archive_dir / NEW_FILE).unlink(missing_ok=True)
    replace_file(archive_dir / KEYSTORE, (folder / KEYSTORE).read_bytes())
    replace_file(home / HOME_FILE, (folder / HOME_FILE).read_bytes())
    for suffix in ("-wal", "-shm", ""):
        (archive_dir / f"{CATALOG}{suffix}").unlink(missing_ok=True)
    copy_catalog(folder / CATALOG, archive_dir / CATALOG, "WAL")
    (archive_dir / LOG_SIZE).unlink(missing_ok=True)
    shutil.rmtree(archive_dir / LOG, ignore_errors=True)
    _copy_tree(folder / LOG, archive_dir / LOG)
    sync_folder(archive_dir)
    _forget_copies(archive_dir)


def _forget_copies(archive_dir: Path) -> None:
    (archive_dir / INTERRUPTED).rename(archive_dir / _DONE)
    sync_folder(archive_dir)
    shutil.rmtree(archive_dir / _DONE)
