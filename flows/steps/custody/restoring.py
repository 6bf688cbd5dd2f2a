"""Restoring: a whole home after its machine is lost. A home that lives is made whole in living_home.py.

Rules kept here:
- the newest log decides: what it says was destroyed does not open, whom it says was removed does not open anything,
  a hold it says was lifted stays lifted;
- until all of that is done the folder is no home (no home.toml); what an interrupted restore left is done again.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from flows.steps.custody.lost_machine import LostMachine, Sources, check_lost
from flows.steps.record.log_copy import copy_log
from flows.steps.sealing import Facts, finish_erasures
from infra.home import check_new_home, make_slots, write_settings
from infra.passphrase import check_strength
from infra.process import harden
from infra.settings import Settings
from infra.wiring import Services
from storage import home_format
from storage.archive import ARCHIVE, FOLDERS, LOG, POLICIES, Archive
from storage.catalog.database import FILE as CATALOG
from storage.commit import Change
from storage.copies.backup_folder import pieces_of, remove_tree, write
from storage.copies.rebuild import rebuild
from storage.copies.restore import (
    destroyed_since,
    keys_of_the_destroyed,
    newer_keys,
    older_objects,
    put_objects,
    records_without_key,
    skip_unknown_epochs,
    take_pending,
)
from storage.keys.keystore import Keystore
from storage.keys.openers import MACHINE
from storage.keys.slots import NAMES, Slots
from storage.log.audit import verify_log
from storage.log.entry import Entry
from storage.log.log import LOCK, Log
from storage.replay import needed_objects, replay_log
from storage.rows.custody import OpenerRow
from vocabulary.choices import RecordClass, Role
from vocabulary.errors import HuisclosError

MARKER = home_format.RESTORING


@dataclass(frozen=True)
class HomeRestored:
    """The home of a lost machine, made again.

    ``missing`` are records whose object the backup does not have, ``older`` those that are as they were at the
    backup, ``keyless`` those whose key the keystore does not have. Sizes are entries of the log: in the backup, at
    hand, and known of (None if nothing is).
    """

    home: Path
    home_id: str
    records: int
    missing: tuple[str, ...]
    older: tuple[str, ...]
    keyless: tuple[str, ...]
    removed_openers: int
    backup_size: int
    log_size: int
    known_size: int | None


def restore_home(settings: Settings, lost: LostMachine, passphrase: str) -> HomeRestored:
    """Make the home of a lost machine again, in an absent or empty folder; ``passphrase`` becomes the machine's.

    UsageError for folders that do not hold what they must, PersonError unless two people do it, KeysError for the
    identities, StateError for a log that is too old, DamagedError for a damaged backup.
    """
    found = check_lost(settings, lost)
    check_strength(passphrase)
    with _new_home(settings, accept_place=lost.accept_place):
        archive, missing = _assemble(settings, lost, found, passphrase)
        try:
            return _settle(Services(settings, archive), lost, found, missing)
        finally:
            archive.close()


@contextmanager
def _new_home(settings: Settings, *, accept_place: bool) -> Iterator[None]:
    """An empty folder that becomes a home only if all goes well; emptied again if not."""
    home, slots = settings.home, make_slots(settings.home, settings.slot)
    if (home / MARKER).is_file() and not (home / home_format.FILE).exists():
        _empty(home, slots)
    check_new_home(home, accept_place=accept_place)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    home.chmod(0o700)
    (home / MARKER).touch(mode=0o600)
    try:
        yield
    except BaseException:
        if not (home / home_format.FILE).exists():
            _empty(home, slots)
        raise
    (home / MARKER).unlink()


def _empty(home: Path, slots: Slots) -> None:
    """Remove what a restore left; the secret of its slots is overwritten first."""
    for name in NAMES:
        with suppress(HuisclosError):
            slots.erase(name)
    for path in sorted(home.iterdir(), key=lambda path: path.name == MARKER):
        remove_tree(path)


def _assemble(settings: Settings, lost: LostMachine, found: Sources, passphrase: str) -> tuple[Archive, set[str]]:
    """Put log, keystore, catalog and objects in place; return the archive, and the objects that were not to be had."""
    home, root = settings.home, settings.home / ARCHIVE
    for name in FOLDERS:
        (home / name).mkdir(mode=0o700, parents=True, exist_ok=True)
    harden(home)
    copy_log(found.log, found.log.checkpoint_text(), root / LOG)
    (root / LOG / LOCK).touch(mode=0o600)
    log = Log(root / LOG)
    verify_log(log.directory, found.manifest.checkpoint, pending=lambda: [])
    slots = make_slots(home, settings.slot)
    slots.ready()
    keystore = Keystore.recover(root, found.copy.keystore, found.copy.recovery, lost.identities, slots, passphrase)
    if found.log.directory == found.state / LOG:
        take_pending(found.state / CATALOG, log, keystore)
    for path in sorted((found.state / POLICIES).glob("*.yaml")):
        write(root / POLICIES / path.name, pieces_of(path))
    rebuild(root / CATALOG, log).close()
    archive = Archive.open(home, passphrase, slots)
    if not lost.accept_older_log and (ended := destroyed_since(archive)):
        raise newer_keys(len(ended))
    return archive, put_objects(home, found.folder, needed_objects(replay_log(log)))


def _settle(services: Services, lost: LostMachine, found: Sources, missing: set[str]) -> HomeRestored:
    """Let keystore and home agree with the log, log it, and make the folder a home."""
    archive, home = services.archive, services.home
    removed = _remove_openers(archive)
    skip_unknown_epochs(archive)
    archive.keystore.shred(keys_of_the_destroyed(archive))
    log_size = archive.log.checkpoint().size
    older = _log_restored(services, found, missing, log_size)
    person, second = services.person(lost.person), services.person(lost.second)
    used: Facts = {"generation": found.copy.generation, "second": second}
    services.commit(Change(), Entry("recovery-used", actor=person, facts=used))
    finish_erasures(services)
    for row in archive.catalog.workshops():
        if row.left_at is None:
            (home / "drop" / row.code).mkdir(mode=0o700, exist_ok=True)
    write_settings(home, services.settings.slot)
    _name_home(home, (found.state / home_format.FILE).read_text(encoding="utf-8"), archive)
    return HomeRestored(
        home=home,
        home_id=archive.home_id,
        records=len(archive.catalog.records()),
        missing=tuple(row.id for row in archive.catalog.records(life=None) if row.digest in missing),
        older=older,
        keyless=tuple(row.id for row in records_without_key(archive)),
        removed_openers=removed,
        backup_size=found.manifest.log_size,
        log_size=log_size,
        known_size=found.known or None,
    )


def _log_restored(services: Services, found: Sources, missing: set[str], log_size: int) -> tuple[str, ...]:
    """Log the restore, with the records that come back as they were at the backup; return the ids of those.

    A certificate that is lost is sealed again by whoever certifies next; a register of people begins anew.
    """
    archive = services.archive
    older = older_objects(archive, found.folder, found.state / CATALOG, missing)
    lost = missing - {row.digest for row, _ in older}
    anew = tuple(
        row
        for record_class in (RecordClass.PEOPLE, RecordClass.CERTIFICATE)
        for row in archive.catalog.records(record_class=record_class)
        if row.digest in lost or not archive.keystore.has(archive.scope_of(row))
    )
    facts: Facts = {
        "export": found.manifest.export,
        "backup_size": found.manifest.log_size,
        "log_size": log_size,
        "known_size": found.known or None,
        "missing": len(lost),
        "anew": len(anew),
        "older": len(older),
    }
    services.commit(Change(replace=tuple(older), remove=anew), Entry("restored", facts=facts))
    archive.name_everyone(now=services.now())
    return tuple(row.id for row, _ in older)


def _remove_openers(archive: Archive) -> int:
    """Take from the keystore whom the log removed, and from others the workshops the log took; count the removed."""
    rows = {row.person: row for row in archive.catalog.openers()}
    removed = 0
    for opener in archive.keystore.openers():
        row = rows.get(opener.id)
        if opener.id == MACHINE:
            continue
        if row is None:
            archive.keystore.remove_opener(opener.id)
            removed += 1
        elif row.role == Role.FACILITATOR and set(_codes(row)) != set(opener.workshops or ()):
            archive.keystore.allow(opener.id, _codes(row))
    return removed


def _codes(row: OpenerRow) -> list[str]:
    return (row.workshops or "").split()


def _name_home(home: Path, text: str, archive: Archive) -> None:
    """Write home.toml: that of the backup, with the public key that the log has now."""
    line = f'log_public_key = "{archive.log.key().text().strip()}"'
    text = re.sub(r"^log_public_key = .*$", line, text, count=1, flags=re.MULTILINE)
    write(home / home_format.FILE, [text.encode()])
