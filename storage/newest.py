"""How long the log of this home is known to have been.

``archive/log-size`` holds the size of the log after the last commit, as 16 digits. It lies beside the log, not in
it, so that an older catalog and log that are put back together are found out.

Rules kept here:
- the number only grows, and is written after the log holds its entries: a crash leaves it too small, never too
  large;
- it is a safety net, no proof: who wants to know whether a log was rolled back compares it with a checkpoint kept
  elsewhere. A file that does not hold a number says nothing.
"""

import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path

from storage.durable import FILE_MODE, disk_errors
from storage.log.checkpoint import parse_note
from vocabulary.errors import LogRolledBackError, LogTamperedError
from vocabulary.messages import N_

FILE = "log-size"
LARGEST_CHECKPOINT = 16384
_SUFFIXES = frozenset({"", ".txt"})
_FORM = re.compile(rb"[0-9]{16}\n")


def read_size(archive_dir: Path) -> int:
    """Entries the log is known to have had; 0 if nothing is known."""
    path = archive_dir / FILE
    if not path.is_file():
        return 0
    with path.open("rb") as file:
        data = file.read(18)
    return int(data) if _FORM.fullmatch(data) else 0


def note_size(archive_dir: Path, size: int) -> None:
    """Remember that the log has ``size`` entries."""
    if size <= read_size(archive_dir):
        return
    with disk_errors():
        descriptor = os.open(archive_dir / FILE, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, FILE_MODE)
        try:
            os.fchmod(descriptor, FILE_MODE)
            os.pwrite(descriptor, b"%016d\n" % size, 0)
        finally:
            os.close(descriptor)


def check_size(archive_dir: Path, size_now: Callable[[], int]) -> None:
    """LogRolledBackError when this home already had more entries than the log has, as ``size_now`` reads it.

    The number is read first: other processes append meanwhile, and a log that only grew is not shorter.
    """
    known = read_size(archive_dir)
    size = size_now()
    if size < known:
        raise rolled_back(size, known)


def rolled_back(size: int, known: int) -> LogRolledBackError:
    """The error of a log that is shorter than one that is known."""
    message = N_(
        "The processing log has {size} entries, and this home already had {known}: an older catalog and log were put "
        "back beside newer keys and objects. Nothing was changed and nothing was removed. Repair nothing yet: keep "
        "everything as it is, and tell the auditor and a data steward. Only then put the newer archive/catalog.sqlite "
        "and archive/log back; or, if they are lost, move this home aside and restore it from its newest backup. "
        "Type: huisclos archive restore --help"
    )
    return LogRolledBackError(message, place=f"entry {size}", size=size, known=known)


def sizes_in(folders: Iterable[Path | None], origin: str) -> dict[Path, int]:
    """The sizes of the checkpoints of the log ``origin`` that lie in ``folders``, by file; signatures unread.

    A folder that is not there (an unplugged stick) holds none.
    """
    found: dict[Path, int] = {}
    for folder in folders:
        if folder is None or not folder.is_dir():
            continue
        for path in sorted(folder.iterdir()):
            if path.suffix not in _SUFFIXES or not path.is_file() or path.stat().st_size > LARGEST_CHECKPOINT:
                continue
            try:
                checkpoint = parse_note(path.read_bytes().decode(), path.name).checkpoint
            except (LogTamperedError, UnicodeDecodeError, OSError):
                continue
            if checkpoint.origin == origin:
                found[path] = checkpoint.size
    return found
