"""Backups and the register of what left the machine and may still open what is destroyed here later.

Rules kept here:
- a backup is registered before the first byte of keystore, catalog or log reaches the medium: one that was
  interrupted is registered and whole nowhere, never the reverse;
- a backup in the folder of an earlier one takes its place, and ends its registration; what lies elsewhere ends when
  its holder says so;
- the register holds ids, dates, counts and the label people gave a place; no secret.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from flows.steps.holding import handed_over
from flows.steps.retention.certificates import certify
from flows.steps.sealing import Facts, stamp
from infra.home import check_home
from infra.process import lock
from infra.settings import Settings
from infra.wiring import Services
from storage.catalog.catalog import Catalog
from storage.commit import Change
from storage.copies.backup import copy_objects, write_state
from storage.copies.backup_folder import BackupFolder
from storage.log.entry import Entry
from storage.rows.custody import ExportRow
from storage.rows.row import RowError
from vocabulary.choices import ExportKind
from vocabulary.errors import ResourceError, StateError, UnknownError, UsageError
from vocabulary.ids import new_id
from vocabulary.messages import N_

UNLABELLED = "backup"


@dataclass(frozen=True)
class BackedUp:
    """A whole backup. ``missing`` objects the home itself did not have sound; ``removed`` ones went from the medium."""

    export: str
    made_at: str
    objects: int
    removed: int
    missing: int
    log_size: int
    ended: tuple[str, ...]
    certificates: tuple[str, ...]


@dataclass(frozen=True)
class Ended:
    """An export that was renewed or destroyed, and the certificates that this completes."""

    export: str
    ended_at: str
    certificates: tuple[str, ...]


def backup(services: Services, directory: Path, person: str, place: str | None = None) -> BackedUp:
    """Copy the archive without its slot to ``directory``, read it back, and register it.

    ``place`` is the label its holder knows it by; by default that of the earlier backup there. UsageError for a
    folder that cannot hold it, BusyError while another backup is made.
    """
    archive = services.archive
    with lock(services.home, "backup"):
        folder = BackupFolder.at(directory, services.home, archive.home_id)
        earlier = [row for row in archive.catalog.exports() if row.id in folder.exports()]
        export = new_id("x")
        row = _row(services, export, services.person(person), place or _label(earlier))
        with _told():
            folder.begin(archive.home_id, export)
            copy_objects(archive, folder)
        facts: Facts = {
            "export": export,
            "what": row.export_kind,
            "generation": row.generation,
            "log_size": row.log_size,
        }
        services.commit(Change(add=(row,)), Entry("exported", actor=row.holder, facts=facts))
        with _told():
            manifest = write_state(archive, folder, export, row.made_at)
            folder.publish(manifest)
            removed = folder.prune(manifest)
        for one in earlier:
            _end(services, one, row.holder)
        folder.finish()
        certificates = certify(services)
    return BackedUp(
        export=export,
        made_at=row.made_at,
        objects=len(manifest.objects),
        removed=removed,
        missing=len(manifest.missing),
        log_size=manifest.log_size,
        ended=tuple(one.id for one in earlier),
        certificates=certificates,
    )


def exports(settings: Settings) -> list[ExportRow]:
    """Everything that was registered, the oldest first; needs no passphrase."""
    check_home(settings.home)
    catalog = Catalog(settings.home / "archive" / "catalog.sqlite")
    try:
        return catalog.exports(present=False)
    finally:
        catalog.close()


def ended(services: Services, export: str, person: str) -> Ended:
    """Note that somebody confirms: this export was renewed or destroyed. Twice is once.

    UnknownError for one that was never registered, StateError for the bundle of a workshop that waits for its receipt.
    """
    found = [row for row in services.archive.catalog.exports(present=False) if row.id == export]
    if not found:
        message = N_("No export {export} is registered. `huisclos archive backups` shows those there are.")
        raise UnknownError(message, place=export, export=export)
    out = handed_over(services.archive.catalog, found[0].place.split("/")[0])
    if out == found[0] and services.archive.catalog.workshop(out.place.split("/")[0]).left_at is None:
        message = N_("With {export} workshop {code} was sealed for another home, and it stands still here. If it was "
                     "taken over: huisclos workshop left {code}. If not: huisclos workshop keep {code}.")  # fmt: skip
        raise StateError(message, place=export, export=export, code=out.place.split("/")[0])
    actor = services.person(person)
    _end(services, found[0], actor)
    certificates = certify(services)
    row = next(row for row in services.archive.catalog.exports(present=False) if row.id == export)
    return Ended(export, str(row.ended_at), certificates)


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Say of a medium that is full, or was taken away, that it is the medium."""
    try:
        yield
    except ResourceError:
        message = N_("There is no room left on the medium of the backup, or on the disk of the home. A backup that was "
                     "there before still is: free some space, then run the same command again.")  # fmt: skip
        raise ResourceError(message) from None
    except OSError as error:
        message = N_("The medium of the backup cannot be written or read ({problem}). A backup that was there before "
                     "still is: check the medium, then run the same command again.")  # fmt: skip
        raise ResourceError(message, problem=error.strerror or type(error).__name__) from None


def _row(services: Services, export: str, holder: str, place: str) -> ExportRow:
    archive = services.archive
    try:
        return ExportRow(
            id=export,
            export_kind=ExportKind.BACKUP.value,
            made_at=stamp(services.now()),
            generation=archive.keystore.generation,
            log_size=archive.log.checkpoint().size,
            holder=holder,
            place=place,
        )
    except RowError:
        message = N_("This label cannot be used. Write a few plain words without accents, and no name: letters, "
                     "digits, spaces, dots and hyphens, at most 80.")  # fmt: skip
        raise UsageError(message, place="--place") from None


def _label(earlier: list[ExportRow]) -> str:
    return earlier[-1].place if earlier else UNLABELLED


def _end(services: Services, row: ExportRow, actor: str) -> None:
    if row.ended_at is None:
        gone = replace(row, ended_at=stamp(services.now()))
        facts: Facts = {"export": row.id, "what": row.export_kind}
        services.commit(Change(replace=((row, gone),)), Entry("export-ended", actor=actor, facts=facts))
