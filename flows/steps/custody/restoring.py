"""Restoring: missing objects onto a living home, or a whole home after its machine is lost.

Rules kept here:
- a lost machine takes the recovery file, two of its recipients and two people whom the log then names;
- the newest log decides: what it says was destroyed does not open, whom it says was removed does not open anything,
  a hold it says was lifted stays lifted. A log that ends before what the recovery place knows of is refused, unless
  it is accepted by name, which is logged;
- until all of that is done the folder is no home (no home.toml); what an interrupted restore left is done again.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from flows.steps.record.log_copy import copy_log
from flows.steps.sealing import Facts, finish_erasures
from infra.home import check_home, check_new_home, make_slots, write_settings
from infra.passphrase import check_strength
from infra.process import harden, lock, presence
from infra.settings import Settings
from infra.wiring import Services
from storage import home_format
from storage.archive import ARCHIVE, FOLDERS, LOG, POLICIES, Archive
from storage.catalog.database import FILE as CATALOG
from storage.catalog_checks import catalog_faults
from storage.commit import Change
from storage.copies.backup_folder import BackupFolder, Manifest, pieces_of, remove_tree, write
from storage.copies.rebuild import mend, rebuild
from storage.copies.restore import (
    RecoveryCopy,
    bring_back,
    bring_register,
    destroyed_since,
    keys_of_the_destroyed,
    newer_keys,
    older_log,
    older_objects,
    put_objects,
    records_without_key,
    recovery_copy,
    skip_unknown_epochs,
    take_pending,
)
from storage.keys.keystore import Keystore
from storage.keys.openers import MACHINE
from storage.keys.slots import NAMES, Slots
from storage.log.append import CHECKPOINT
from storage.log.audit import verify_log
from storage.log.entry import Entry
from storage.log.log import LOCK, Log
from storage.newest import sizes_in
from storage.replay import needed_objects, replay_log
from storage.rows.custody import OpenerRow
from vocabulary.choices import RecordClass, Role
from vocabulary.errors import BusyError, HuisclosError, PersonError, UsageError
from vocabulary.messages import N_

MARKER = home_format.RESTORING


@dataclass(frozen=True, repr=False)
class LostMachine:
    """What a lost machine is restored from, and by whom.

    ``identities`` are age identities (``AGE-SECRET-KEY-1...``); ``log`` is the folder of the inventory, or the copy of
    the log in it.
    """

    backup: Path
    recovery: Path
    identities: tuple[str, ...]
    person: str
    second: str
    log: Path | None = None
    accept_older_log: bool = False
    accept_place: bool = False


@dataclass(frozen=True)
class BroughtBack:
    """Record ids: restored onto a living home, not restored because their key is gone, lacking in the backup too.

    ``destroyed`` counts the objects of the backup whose records this home destroyed since: they stay destroyed;
    ``older`` are those that came back as they were at the backup.
    """

    restored: tuple[str, ...]
    keyless: tuple[str, ...]
    lacking: tuple[str, ...]
    destroyed: int
    older: tuple[str, ...]


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


def mend_catalog(settings: Settings) -> bool:
    """Write the catalog of a living home anew from its log, where it is missing, damaged or not what the log says.

    BusyError while another process has the home open; the log's own errors: then a backup is no help for this home.
    """
    check_home(settings.home)
    harden(settings.home)
    with presence(settings.home) as present:
        if not present.alone:
            if catalog_faults(Log(settings.home / ARCHIVE / LOG), settings.home / ARCHIVE / CATALOG):
                message = N_("The catalog is damaged, and another process has the home open. End it, then try again.")
                raise BusyError(message, place=CATALOG)
            return False
        return mend(settings.home / ARCHIVE)


def restore_objects(
    services: Services, directory: Path, person: str | None = None, *, mended: bool = False
) -> BroughtBack:
    """Bring the missing and damaged objects of this home back from a backup of it, and nothing else.

    ``mended`` says that the catalog was just written anew. UsageError for a folder that holds no whole backup of this
    home.
    """
    folder = BackupFolder.existing(directory)
    _check_is_of(folder, folder.manifest(), services.archive.home_id)
    with lock(services.home, "backup"):
        register, older = bring_register(services.archive, folder, services.now())
        actor = services.person(person) if person else None
        brought = bring_back(services.archive, folder)
        restored = (*register, *brought.restored)
        if restored or mended:
            facts: Facts = {"export": folder.manifest().export, "objects": len(restored), "catalog": mended}
            services.commit(Change(), Entry("restored", actor=actor, facts=facts))
    return BroughtBack(restored, brought.keyless, brought.lacking, brought.destroyed, older)


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


def check_lost(settings: Settings, lost: LostMachine) -> "Sources":
    """Find everything a lost machine is restored from; errors as for ``restore_home``, before a passphrase is asked."""
    _check_two(lost)
    home = settings.home
    if not (home / MARKER).is_file() or (home / home_format.FILE).exists():
        check_new_home(home, accept_place=lost.accept_place)
    found = _sources(lost)
    size = found.log.checkpoint().size
    if size < found.known and not lost.accept_older_log:
        raise older_log(size, found.known)
    return found


def read_identities(texts: Sequence[str]) -> tuple[str, ...]:
    """The age identities in the texts of identity files; UsageError for a file without one."""
    found: list[str] = []
    for text in texts:
        lines = [line.strip() for line in text.splitlines() if line.startswith("AGE-SECRET-KEY-1")]
        if not lines:
            message = N_("A file given with --identity holds no age identity (AGE-SECRET-KEY-1...). If it is protected "
                         "by a passphrase, open it first with age.")  # fmt: skip
            raise UsageError(message, place="--identity")
        found += lines
    return tuple(found)


def _check_two(lost: LostMachine) -> None:
    from storage.people import fold

    if fold(lost.person) == fold(lost.second):
        message = N_("The recovery file is used by two people together. Name the other one with --with.")
        raise PersonError(message, place="--with")


@dataclass(frozen=True, repr=False)
class Sources:
    """Where everything comes from. ``known`` is the longest log the recovery place knows of; 0 if it knows none."""

    folder: BackupFolder
    manifest: Manifest
    copy: RecoveryCopy
    log: Log
    known: int

    @property
    def state(self) -> Path:
        return self.folder.state(self.manifest.export)


def _sources(lost: LostMachine) -> Sources:
    folder = BackupFolder.existing(lost.backup)
    manifest = folder.manifest()
    state = folder.state(manifest.export)
    home_format.check(state)
    folder.check_state(manifest)
    copy = recovery_copy(lost.recovery, manifest.home)
    log = _newest_log(Log(state / LOG), manifest, lost.log)
    sizes = sizes_in((lost.recovery, lost.recovery / manifest.home), log.key().name)
    return Sources(folder, manifest, copy, log, max(sizes.values(), default=0))


def _check_is_of(folder: BackupFolder, manifest: Manifest, home_id: str) -> None:
    if manifest.home != home_id:
        message = N_("{path} holds the backup of another home. Name another folder.")
        raise UsageError(message, place=str(folder.root), path=folder.root)


def _newest_log(own: Log, manifest: Manifest, extra: Path | None) -> Log:
    """The longest log at hand. Which of them is right is seen when it is verified against the backup."""
    if extra is None:
        return own
    for path in (extra / manifest.home / LOG, extra / LOG, extra):
        if (path / CHECKPOINT).is_file():
            other = Log(path)
            return other if other.checkpoint().size > own.checkpoint().size else own
    message = N_("{path} holds no copy of the processing log. Name the folder of the setting copies.inventory.")
    raise UsageError(message, place="--log", path=extra)


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
