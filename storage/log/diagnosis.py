"""Naming what is wrong with a log that did not verify: the entry, the segment or the leaf.

Rules kept here:
- entries and leaves are each held against the signed root, so that the side which was changed is the one named;
- a log that is otherwise right and ends too early was cut short; in every other case it was changed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from storage.log.append import LEAVES
from storage.log.checkpoint import Checkpoint
from storage.log.entry import seq_of
from storage.log.faults import lost, tampered, truncated
from storage.log.runs import Runs
from storage.log.segments import ACCESS, DECISION, SEGMENTS, Segment
from storage.log.summary import Summary
from storage.log.tree import HASH_SIZE, Frontier, leaf_hash, split
from vocabulary.errors import HuisclosError, LogTamperedError, LogTruncatedError
from vocabulary.messages import N_


@dataclass
class _Found:
    """What the segments hold: the leaf of each entry, the entries that are out of place, and what is no cut."""

    leaves: dict[int, bytes] = field(default_factory=dict)
    months: dict[int, str] = field(default_factory=dict)
    misplaced: set[int] = field(default_factory=set)
    foreign: int | None = None
    """The number of the entry in whose place a line stands that is none."""

    def read(self, path: Path, month: str, stored: Sequence[bytes]) -> None:
        """Read one segment."""
        before = -1
        with path.open("rb") as file:
            for line in file:
                seq = seq_of(line)
                if not line.endswith(b"\n"):
                    if 0 <= seq < len(stored) and leaf_hash(line[:-1]) == stored[seq]:
                        self.misplaced.add(seq)  # only the end of its line was changed
                elif seq < 0:
                    self.foreign = before + 1 if self.foreign is None else min(self.foreign, before + 1)
                elif seq <= before or seq in self.leaves:
                    self.misplaced.add(seq)
                else:
                    self.leaves[seq], self.months[seq] = leaf_hash(line[:-1]), month
                    before = seq


def first_fault(
    log_dir: Path, live: Sequence[Segment], summary: Summary | None, packed: bytes, checkpoint: Checkpoint
) -> HuisclosError:
    """The first fault of a log whose entries, leaves and checkpoint do not agree.

    ``live`` are the segments that are there, ``packed`` the leaves as far as the checkpoint covers them.
    """
    size, stored = checkpoint.size, split(packed[: len(packed) // HASH_SIZE * HASH_SIZE])
    expired = summary.expired if summary else Runs()
    found = _Found()
    for segment in live:
        found.read(log_dir / segment.file, segment.month, stored)
    absent = [seq for seq in range(size) if seq not in found.leaves and seq not in expired]
    differs = [seq for seq in range(min(size, len(stored))) if found.leaves.get(seq, stored[seq]) != stored[seq]]
    if not absent and not any(seq < size for seq in found.misplaced) and len(stored) >= _reach(expired, size):
        whole = [found.leaves[seq] if seq in found.leaves else stored[seq] for seq in range(size)]
        if Frontier(whole).root() == checkpoint.root:
            if found.foreign is not None and not differs and len(stored) == size:
                return tampered(found.foreign)
            return _fault_of_leaves(differs, len(stored))
    wrong = min([*differs, *(seq for seq in found.misplaced if seq < size)], default=size)
    if absent and absent[0] < wrong:
        return _fault_of_absent(found, absent, live, summary, size, wrong)
    if wrong < size:
        return tampered(wrong)
    if len(stored) < size and found.foreign is None:
        return _fault_of_leaves([], len(stored))
    message = N_("Entries and leaves of the processing log agree with each other and not with the signed checkpoint: "
                 "one or more of its {size} entries were changed, and the leaves after them. Repair nothing yet: keep "
                 "everything as it is, and tell the auditor and a data steward. Only then restore the log from a "
                 "backup and compare it with a checkpoint kept elsewhere.")  # fmt: skip
    return LogTamperedError(message, place=SEGMENTS, size=size)


def _reach(expired: Runs, size: int) -> int:
    """How many leaves are needed for the entries that have nothing else."""
    return min(size, expired.pairs[-1][1] + 1) if expired.pairs else 0


def _fault_of_leaves(differs: Sequence[int], there: int) -> HuisclosError:
    if differs:
        message = N_(
            "Leaf {seq} of the processing log is not that of its entry. Repair nothing yet: keep everything "
            "as it is, and tell the auditor and a data steward. Only then restore the leaves from a backup."
        )
        return LogTamperedError(message, place=f"leaf {differs[0]}", seq=differs[0])
    message = N_(
        "The leaves of the processing log end before leaf {seq}. Repair nothing yet: keep everything as it "
        "is, and tell the auditor and a data steward. Only then restore the leaves from a backup."
    )
    return LogTruncatedError(message, place=f"leaf {there}", file=LEAVES, seq=there)


def _fault_of_absent(
    found: _Found, absent: Sequence[int], live: Sequence[Segment], summary: Summary | None, size: int, wrong: int
) -> HuisclosError:
    """Entries that are in no segment: the end was cut off, a whole segment was taken away, or one was dropped."""
    first, last = absent[0], absent[-1]
    is_end = last == size - 1 and last - first + 1 == len(absent)
    was_cut = is_end and wrong == size and found.foreign is None and max(found.leaves, default=-1) < first
    missing = _missing(live, summary, _months_around(found, first))
    if missing is not None:
        return lost(missing.file, first, last, cut=was_cut)
    return truncated(first, size) if was_cut else tampered(first)


def _months_around(found: _Found, seq: int) -> Iterable[str]:
    """The months of the entries that stand before and after ``seq``."""
    before = max((other for other in found.months if other < seq), default=None)
    after = min((other for other in found.months if other > seq), default=None)
    return [found.months[other] for other in (before, after) if other is not None]


def _missing(live: Sequence[Segment], summary: Summary | None, months: Iterable[str]) -> Segment | None:
    """A segment that is neither there nor expired, of a month whose other segment is: a month begins with both."""
    known = {*live, *(summary.segments if summary else ())}
    for month in months:
        for stream in (DECISION, ACCESS):
            if Segment(month, stream) not in known:
                return Segment(month, stream)
    return None
