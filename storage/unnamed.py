"""Objects that no record names: set aside when the archive opens, removed when a person asks.

A command that dies between sealing an object and committing its row leaves one. So does an older catalog that is
put back beside newer objects, and then the object is needed: the two cannot be told apart from here.

Rules kept here:
- opening removes only what the log itself once named and names no more: its record was destroyed or sealed anew,
  and no longer log can name it again, because an object is never sealed twice;
- any other object without a name is moved to ``archive/unnamed`` and kept whole; it comes back by itself as soon
  as the catalog names it;
- nothing is moved or removed while the log does not verify, or while another process may be about to commit;
- only ``collect`` removes what is set aside, after its entry is in the log.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from storage.archive import ARCHIVE, OBJECTS, Archive
from storage.durable import make_folder, sync_folder
from storage.fixity import is_digest, object_files
from storage.log.audit import verify_log
from storage.log.log import Log
from storage.replay import needed_objects, replay_log, rows_told
from storage.rows.walk import RecordRow
from vocabulary.choices import RecordLife
from vocabulary.errors import HuisclosError

UNNAMED = "unnamed"
ABANDONED = timedelta(hours=1)
"""How long an object may lie without a record before it counts as abandoned."""


@dataclass(frozen=True)
class Tidied:
    """Counts of objects: back in their place, removed because the log ended them, set aside."""

    returned: int = 0
    removed: int = 0
    aside: int = 0


@dataclass(frozen=True)
class _Names:
    """Digests that records need, and digests that the log ever named."""

    needed: set[str]
    ever: set[str]


def tidy(archive: Archive) -> Tidied:
    """Put every object where it belongs. Only for the one process that has the home open."""
    root, aside = _folders(archive)
    live = _catalog_needs(archive)
    lying = [(path, digest) for path, digest in object_files(root) if digest is not None and digest not in live]
    waiting = list(_set_aside(aside))
    if not lying and not any(path.name in live for path in waiting):
        return Tidied()  # what the log alone names comes back once the catalog is made to agree with it
    try:
        verify_log(archive.log.directory)
    except HuisclosError:
        return Tidied()
    names = _names(archive, live)
    returned = removed = moved = 0
    for path in waiting:
        if path.name in names.needed:
            returned += _move(path, root / path.name[:2] / path.name)
        elif path.name in names.ever:
            removed += _remove(path)
    for path, digest in lying:
        if digest in names.needed:
            continue
        if digest in names.ever:
            removed += _remove(path)
        else:
            moved += _move(path, aside / digest)
    return Tidied(returned, removed, moved)


def abandoned(archive: Archive, *, now: datetime | None = None, older_than: timedelta = ABANDONED) -> list[Path]:
    """The objects that neither catalog nor log needs and that have lain for ``older_than``, set aside or not.

    What ``verify_log`` raises: of a log that is at fault, nothing can be told.
    """
    verify_log(archive.log.directory)
    root, aside = _folders(archive)
    names = _names(archive, _catalog_needs(archive))
    youngest = (now or datetime.now(UTC)).timestamp() - older_than.total_seconds()
    lying = [path for path, digest in object_files(root) if digest is not None and digest not in names.needed]
    found = [*lying, *(path for path in _set_aside(aside) if path.name not in names.needed)]
    return [path for path in found if path.lstat().st_mtime < youngest]


def remove(objects: Sequence[Path]) -> int:
    """Remove the files of ``objects``, durably; return how many there were."""
    return sum(_remove(path) for path in objects)


def count_set_aside(home: Path) -> int:
    """How many objects lie set aside."""
    return sum(1 for _ in _set_aside(home / ARCHIVE / UNNAMED))


def _folders(archive: Archive) -> tuple[Path, Path]:
    return archive.home / ARCHIVE / OBJECTS, archive.home / ARCHIVE / UNNAMED


def _set_aside(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from sorted(path for path in folder.iterdir() if is_digest(path.name) and not path.is_symlink())


def _catalog_needs(archive: Archive) -> set[str]:
    rows = archive.catalog.records(life=None)
    return {row.digest for row in rows if row.life != RecordLife.DESTROYED.value}


def _names(archive: Archive, live: set[str]) -> _Names:
    return _Names(needed_objects(replay_log(archive.log)) | live, _ever_named(archive.log))


def _ever_named(log: Log) -> set[str]:
    return {str(values["digest"]) for values in rows_told(log, RecordRow.TABLE)}


def _move(source: Path, target: Path) -> int:
    """Move an object, its new name durable before its old one is gone; 0 if there is one of that name already."""
    make_folder(target.parent)
    if target.exists():
        return 0
    source.rename(target)
    sync_folder(target.parent)
    sync_folder(source.parent)
    return 1


def _remove(path: Path) -> int:
    try:
        path.unlink()
    except FileNotFoundError:
        return 0
    sync_folder(path.parent)
    return 1
