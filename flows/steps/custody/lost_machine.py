"""A lost machine: who restores it, and where everything of its home comes from.

Rules kept here:
- it takes the recovery file, two of its recipients and two people whom the log then names;
- a log that ends before what the recovery place knows of is refused, unless it is accepted by name, which is logged.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.home import check_new_home
from infra.settings import Settings
from storage import home_format
from storage.archive import LOG
from storage.copies.backup_folder import BackupFolder, Manifest
from storage.copies.restore import RecoveryCopy, older_log, recovery_copy
from storage.log.append import CHECKPOINT
from storage.log.log import Log
from storage.newest import sizes_in
from vocabulary.errors import PersonError, UsageError
from vocabulary.messages import N_


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


def check_lost(settings: Settings, lost: LostMachine) -> Sources:
    """Find everything a lost machine is restored from; errors as for ``restore_home``, before a passphrase is asked."""
    _check_two(lost)
    home = settings.home
    if not (home / home_format.RESTORING).is_file() or (home / home_format.FILE).exists():
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
