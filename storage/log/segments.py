"""The files that hold the entries: one for the accesses and one for the decisions of each month (UTC).

``segments/accesses-2026-03.jsonl``, ``segments/decisions-2026-03.jsonl`` (docs/reference/log.md). Entries of both
are numbered in one sequence, which reading restores.

Rules kept here:
- kind and time of an entry say which segment it lies in, and nothing else does;
- within a segment entries are in order; a month begins only after the one before it is over, with both its files,
  so that one that is missing is known to be missing.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from heapq import merge
from itertools import groupby
from pathlib import Path

from storage.log.entry import ACCESSES, LoggedEntry, seq_of

SEGMENTS = "segments"
ACCESS, DECISION = "accesses", "decisions"
_NAME = re.compile(r"(accesses|decisions)-([0-9]{4}-(?:0[1-9]|1[0-2]))")
_SUFFIX = ".jsonl"
_CHUNK = 1 << 16


@dataclass(frozen=True, order=True)
class Segment:
    """One file of entries: a month (``2026-03``) and one of the two streams."""

    month: str
    stream: str

    @classmethod
    def of(cls, entry: LoggedEntry) -> "Segment":
        """Where an entry lies."""
        return cls(entry.at[:7], ACCESS if entry.kind in ACCESSES else DECISION)

    @classmethod
    def parse(cls, name: str) -> "Segment":
        """Read a segment's name (``decisions-2026-03``); ValueError for anything else."""
        match = _NAME.fullmatch(name)
        if match is None:
            raise ValueError("not the name of a segment of the log")
        return cls(match[2], match[1])

    @property
    def name(self) -> str:
        return f"{self.stream}-{self.month}"

    def of_month(self) -> "tuple[Segment, Segment]":
        """Both segments of its month."""
        return Segment(self.month, ACCESS), Segment(self.month, DECISION)

    @property
    def file(self) -> str:
        """Its file, relative to the folder of the log."""
        return f"{SEGMENTS}/{self.name}{_SUFFIX}"


def segments_in(log_dir: Path) -> tuple[list[Segment], list[str]]:
    """The segments there are, the oldest first, and the names of what is no segment."""
    found, foreign = [], []
    folder = log_dir / SEGMENTS
    for path in folder.iterdir() if folder.is_dir() else ():
        try:
            if not path.name.endswith(_SUFFIX) or path.is_symlink() or not path.is_file():
                raise ValueError
            found.append(Segment.parse(path.name.removesuffix(_SUFFIX)))
        except ValueError:
            foreign.append(path.name)
    return sorted(found), sorted(foreign)


def merged(log_dir: Path, segments: Iterable[Segment]) -> Iterator[tuple[int, bytes, Segment]]:
    """The whole lines of ``segments`` (which are in order) by number: number, line without LF, segment.

    The number is the one the line states, -1 if it states none. A segment that is gone counts as empty.
    """

    def numbered(segment: Segment) -> Iterator[tuple[int, bytes, Segment]]:
        try:
            file = (log_dir / segment.file).open("rb")
        except FileNotFoundError:
            return
        with file:
            for line in file:
                if line.endswith(b"\n"):
                    yield seq_of(line), line[:-1], segment

    for _, of_month in groupby(segments, key=lambda segment: segment.month):
        yield from merge(*(numbered(segment) for segment in of_month), key=lambda found: found[0])


def lines_backward(path: Path) -> Iterator[tuple[int, bytes]]:
    """The whole lines of a file from its end: offset of the line, line without LF. A torn last line is left out."""
    with path.open("rb") as file:
        start, rest = file.seek(0, 2), b""
        ended = False
        while start > 0:
            size = min(_CHUNK, start)
            start -= size
            file.seek(start)
            rest = file.read(size) + rest
            if not ended:
                rest = rest[: rest.rfind(b"\n") + 1]
                ended = bool(rest)
            while (at := rest.rfind(b"\n", 0, -1)) >= 0:
                yield start + at + 1, rest[at + 1 : -1]
                rest = rest[: at + 1]
        if rest:
            yield 0, rest[:-1]


def count_lines(path: Path, end: int) -> int:
    """How many lines end before the offset ``end``."""
    count, left = 0, end
    with path.open("rb") as file:
        while left and (data := file.read(min(left, 1 << 20))):
            count += data.count(b"\n")
            left -= len(data)
    return count
