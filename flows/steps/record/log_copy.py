"""A copy of the processing log that verifies by itself: brought up to date in a folder outside the machine.

Rules kept here:
- only what the signed checkpoint covers is copied; a segment grows by what is new, and one whose end is not what the
  log says is written anew;
- entries first, leaves second, the checkpoint last: a copy that was interrupted holds more than its checkpoint covers,
  and the next one completes it;
- what expired here goes there too: the copy keeps no entry longer than the log does.
"""

import os
from pathlib import Path

from infra.places import put, sync
from storage.log.append import CHECKPOINT, KEY, LEAVES
from storage.log.checkpoint import open_checkpoint
from storage.log.entry import seq_of
from storage.log.export import summary_in_force
from storage.log.log import Log
from storage.log.segments import SEGMENTS, lines_backward
from storage.log.summary import NEXT, SUMMARY
from storage.log.tree import HASH_SIZE
from storage.log.witness import WITNESSED, kept_files

_OVERLAP = 1 << 16
"""Bytes before the end of a copied file that are compared before more is added."""


def copy_log(log: Log, checkpoint: str, target: Path) -> None:
    """Make ``target`` a copy of ``log`` as far as ``checkpoint`` (its text) goes, while others may go on adding to it.

    OSError when it cannot be written, LogTamperedError for a checkpoint that is not this log's.
    """
    size = open_checkpoint(checkpoint, log.key()).size
    for name in (SEGMENTS, WITNESSED):
        (target / name).mkdir(mode=0o700, exist_ok=True)
    kept = log.segments()
    for segment in kept:
        source = log.directory / segment.file
        _extend(source, target / segment.file, _covered(source, size))
    sync(target / SEGMENTS)
    _extend(log.directory / LEAVES, target / LEAVES, size * HASH_SIZE)
    summary = summary_in_force(log)
    if summary is not None:  # beside the one before until the checkpoint is there: each checkpoint has its own
        put(target, NEXT, summary)
    put(target, KEY, (log.directory / KEY).read_bytes())
    put(target, CHECKPOINT, checkpoint.encode())
    if summary is not None:
        put(target, SUMMARY, summary)
        (target / NEXT).unlink()
    for path in kept_files(log):
        if not (target / WITNESSED / path.name).exists():
            put(target / WITNESSED, path.name, path.read_bytes())
    names = {Path(segment.file).name for segment in kept}
    for path in (target / SEGMENTS).iterdir():
        if path.name not in names:
            path.unlink()


def _covered(segment: Path, size: int) -> int:
    """Where the entries of a segment end that are numbered below ``size``."""
    for offset, line in lines_backward(segment):
        if seq_of(line) < size:
            return offset + len(line) + 1
    return 0


def _extend(source: Path, target: Path, end: int) -> None:
    """Make ``target`` the first ``end`` bytes of ``source``."""
    with source.open("rb") as reading:
        start = _agreed(reading.fileno(), target, end)
        flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | (0 if start else os.O_TRUNC)
        with os.fdopen(os.open(target, flags, 0o600), "wb", buffering=0) as writing:
            writing.truncate(start)
            writing.seek(start)
            reading.seek(start)
            left = end - start
            while left and (data := reading.read(min(left, 1 << 20))):
                view = memoryview(data)
                while view:
                    view = view[writing.write(view) :]
                left -= len(data)
            os.fsync(writing.fileno())


def _agreed(source: int, target: Path, end: int) -> int:
    """How many bytes of ``target`` can stay: all there are, if their end is what the source has there; else none."""
    try:
        there = target.stat().st_size
        if there > end:
            return 0
        start = max(0, there - _OVERLAP)
        with target.open("rb") as reading:
            reading.seek(start)
            same = reading.read(there - start) == os.pread(source, there - start, start)
    except FileNotFoundError:
        return 0
    return there if same else 0
