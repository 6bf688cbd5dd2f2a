"""A living home made whole: its catalog from its log, its objects from a backup of it."""

from dataclasses import dataclass
from pathlib import Path

from flows.steps.sealing import Facts
from infra.home import check_home
from infra.process import harden, lock, presence
from infra.settings import Settings
from infra.wiring import Services
from storage.archive import ARCHIVE, LOG
from storage.catalog.database import FILE as CATALOG
from storage.catalog_checks import catalog_faults
from storage.commit import Change
from storage.copies.backup_folder import BackupFolder, Manifest
from storage.copies.rebuild import mend
from storage.copies.restore import bring_back, bring_register
from storage.log.entry import Entry
from storage.log.log import Log
from vocabulary.errors import BusyError, UsageError
from vocabulary.messages import N_


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


def _check_is_of(folder: BackupFolder, manifest: Manifest, home_id: str) -> None:
    if manifest.home != home_id:
        message = N_("{path} holds the backup of another home. Name another folder.")
        raise UsageError(message, place=str(folder.root), path=folder.root)
