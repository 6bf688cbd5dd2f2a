"""From one file of entries to segments: the layout of homes of the first format.

Rules kept here:
- entries, leaves and checkpoint stay byte for byte; only the file an entry lies in changes;
- the old file is removed once the segments are whole and durable: a crash at any moment leaves one or the other;
- an entry that is not the one its leaf was made of is moved nowhere.
"""

import shutil
from pathlib import Path

from storage.durable import make_folder, sync_folder
from storage.log.append import LEAVES, bodies_of
from storage.log.disk import disk_errors, overwrite
from storage.log.entry import parse_line
from storage.log.faults import tampered, truncated
from storage.log.log import Log
from storage.log.segments import SEGMENTS
from storage.log.tree import HASH_SIZE, leaf_hash, split

OLD = "entries.jsonl"
_UNFINISHED = "segments.new"


def migrate_layout(log_dir: Path) -> bool:
    """Sort the entries of ``entries.jsonl`` into segments; False if that was done before.

    Half a line that a crash left at the end is dropped: the catalog still holds it. LogTamperedError and
    LogTruncatedError name an entry that is not sound, ResourceError tells of a full disk; nothing was changed then.
    Safe to run again after a crash at any moment.
    """
    log, old, target = Log(log_dir), log_dir / OLD, log_dir / SEGMENTS
    with log.locked():
        if not old.exists():
            return False
        if not target.exists():
            lines = old.read_bytes().split(b"\n")[:-1]
            _check(log, lines)
            _write(log_dir / _UNFINISHED, lines)
            (log_dir / _UNFINISHED).rename(target)
            sync_folder(log_dir)
        old.unlink()
        sync_folder(log_dir)
    return True


def _check(log: Log, lines: list[bytes]) -> None:
    size = log.checkpoint().size
    stored = split((log.directory / LEAVES).read_bytes()[: size * HASH_SIZE])
    for seq, (line, leaf) in enumerate(zip(lines, stored, strict=False)):
        if leaf_hash(line) != leaf:
            raise tampered(seq)
    if min(len(lines), len(stored)) < size:
        raise truncated(min(len(lines), len(stored)), size)
    for seq, line in enumerate(lines):
        try:
            parse_line(line)
        except ValueError:
            raise tampered(seq) from None


def _write(folder: Path, lines: list[bytes]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    make_folder(folder)
    bodies = dict(bodies_of(lines))
    for segment in {one for begun in bodies for one in begun.of_month()}:
        with disk_errors():
            overwrite(folder / Path(segment.file).name, 0, bodies.get(segment, b""))
    sync_folder(folder)
