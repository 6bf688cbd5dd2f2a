"""The one appender of the processing log.

Rules kept here:
- it holds the log's lock; entries are written and synced first, then leaves, then the checkpoint is replaced by
  rename: a crash leaves at most tails that no checkpoint covers;
- it signs nothing new before it has found that what is there is what the last checkpoint covers;
- it alone repairs torn tails, and only when the entries it is given explain them: each segment ends with nothing,
  or with a beginning of what was about to be written there;
- an entry already in the log is recognised and not written again;
- another key signs only once an entry that the key before it signed, too, says that it follows; and only what that
  entry ends: whoever holds a key given up before cannot have the next one sign what he went on to write.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from storage.durable import sync_folder
from storage.log.checkpoint import Checkpoint, LogKey, parse_note, signature_line
from storage.log.disk import disk_errors, overwrite, replace
from storage.log.entry import parse_line, seq_of
from storage.log.faults import tampered, uncovered
from storage.log.key_change import parse_change
from storage.log.segments import SEGMENTS, Segment, count_lines, lines_backward, segments_in
from storage.log.tree import HASH_SIZE, Frontier, leaf_hash
from vocabulary.errors import DamagedError, LogTamperedError, LogTruncatedError
from vocabulary.messages import N_

if TYPE_CHECKING:
    from storage.log.log import Log

LEAVES, CHECKPOINT, KEY = "leaves", "checkpoint", "key.pub"


@dataclass
class _Known:
    """What this process last found covered: the tree, and per segment where its covered lines end.

    ``lines`` counts them, ``expired`` the entries that are in no segment any more.
    """

    frontier: Frontier = field(default_factory=Frontier)
    ends: dict[Segment, int] = field(default_factory=dict)
    lines: int = 0
    expired: int = 0
    gone: frozenset[Segment] = frozenset()


class Appender:
    """Appends to one log; remembers what it found covered, so that the next batch is quick."""

    def __init__(self, log: "Log") -> None:
        self._log = log
        self._known = _Known()

    def append(self, lines: Sequence[bytes], key: Ed25519PrivateKey) -> Checkpoint:
        """What Log.append does."""
        self.follow(key)
        checkpoint = self._log.checkpoint()
        known = self._find_covered(checkpoint)
        new = self._not_yet_covered(lines, checkpoint.size)
        bodies = _joined(new)
        for segment in {*known.ends, *bodies}:
            self._match_tail(segment, known.ends.get(segment, 0), bodies.get(segment, b""), checkpoint.size)
        if not new:
            return checkpoint
        leaves = b"".join(leaf_hash(line) for _, line in new)
        frontier = known.frontier.copy()
        frontier.extend(leaves)
        signed = Checkpoint(checkpoint.origin, frontier.size, frontier.root())
        folder = self._log.directory
        with disk_errors():
            for segment, body in bodies.items():
                overwrite(folder / segment.file, known.ends.get(segment, 0), body)
            begun = {one for segment in bodies for one in segment.of_month()} - known.ends.keys() - known.gone
            for segment in begun - bodies.keys():
                overwrite(folder / segment.file, 0, b"")
            if begun:
                sync_folder(folder / SEGMENTS)
            overwrite(folder / LEAVES, checkpoint.size * HASH_SIZE, leaves)
            replace(folder / CHECKPOINT, signed.sign(key).encode())
        ends = known.ends | {one: known.ends.get(one, 0) + len(bodies.get(one, b"")) for one in {*begun, *bodies}}
        self._known = _Known(frontier, ends, known.lines + len(new), known.expired, known.gone)
        return signed

    def follow(self, key: Ed25519PrivateKey) -> None:
        """Let ``key`` take the place of key.pub, once the log holds the entry by which it follows.

        The checkpoint gets its signature before key.pub changes, so that it opens with either at any moment.
        """
        public = self._log.key()
        new = LogKey.of(public.name, key)
        if public == new:
            return
        self._log.checkpoint()
        announced = [line for line in self._log.key_changes() if (parse_change(line) or (public, public))[1] == new]
        if not announced or parse_change(announced[0]) != (public, new):
            raise LogTamperedError(
                N_(
                    "key.pub is not the public half of this home's log key. Repair nothing yet: keep everything as it "
                    "is, and tell the auditor and a data steward. Only then restore it from a backup."
                ),
                place=KEY,
            )
        if announced != [self._log.newest().line()]:
            message = N_("The processing log goes on under a key that it had given up: somebody else wrote there. "
                         "Repair nothing yet: keep everything as it is, and tell the auditor and a data steward. "
                         "Only then restore the log from a backup and compare it with a checkpoint kept "
                         "elsewhere.")  # fmt: skip
            raise LogTamperedError(message, place=KEY)
        text = self._log.checkpoint_text()
        note = parse_note(text)
        with disk_errors():
            if new.key_id not in [key_id for _, key_id, _ in note.signatures]:
                signed = text + signature_line(new.name, key, note.checkpoint.text())
                replace(self._log.directory / CHECKPOINT, signed.encode())
            replace(self._log.directory / KEY, new.text().encode())

    def _find_covered(self, checkpoint: Checkpoint) -> _Known:
        """What the checkpoint covers, checked: its leaves, the number of its lines, the last line of each segment."""
        known, size = self._known, checkpoint.size
        there = set(segments_in(self._log.directory)[0])
        if known.frontier.size > size or not known.ends.keys() <= there or not known.lines:
            summary = self._log.summary()
            gone = frozenset(summary.segments) if summary else frozenset()
            known = _Known(expired=len(summary.expired) if summary else 0, gone=gone)
        frontier = known.frontier.copy()
        frontier.extend(self._stored(frontier.size, size))
        if frontier.root() != checkpoint.root:
            message = N_("The leaves are not those the checkpoint covers. Type: huisclos log verify")
            raise LogTamperedError(message, place=LEAVES)
        ends, lines = {}, known.lines
        for segment in there - known.gone:
            start = known.ends.get(segment, 0)
            ends[segment] = self._covered_end(segment, start, size)
            if ends[segment] > start:
                path = self._log.directory / segment.file
                lines += count_lines(path, ends[segment]) - count_lines(path, start)
        if lines + known.expired != size:
            for _ in self._log.lines():
                pass
            raise tampered(size - 1)
        self._known = _Known(frontier, ends, lines, known.expired, known.gone)
        return self._known

    def _covered_end(self, segment: Segment, start: int, size: int) -> int:
        """Where the covered lines of a segment end, given that those before ``start`` are covered."""
        for offset, line in lines_backward(self._log.directory / segment.file):
            if offset < start:
                break
            seq = seq_of(line)
            if 0 <= seq < size:
                if leaf_hash(line) != self._stored(seq, seq + 1):
                    raise tampered(seq)
                return offset + len(line) + 1
        return start

    def _not_yet_covered(self, lines: Sequence[bytes], size: int) -> list[tuple[Segment, bytes]]:
        """Drop the lines the log already holds; what remains continues it, each with its segment."""
        new: list[tuple[Segment, bytes]] = []
        for line in lines:
            entry = parse_line(line)
            seq = entry.seq
            if seq < size:
                if leaf_hash(line) != self._stored(seq, seq + 1):
                    message = N_("The log has another entry {seq} than the catalog: the catalog is older than the "
                                 "log, or was changed. Restore catalog and log from the same backup.")  # fmt: skip
                    raise DamagedError(message, place="catalog.sqlite", seq=seq)
            elif seq != size + len(new):
                message = N_("The catalog numbers its next entry {seq}, the log expects {expected}. Restore "
                             "catalog and log from the same backup.")  # fmt: skip
                raise DamagedError(message, place="catalog.sqlite", seq=seq, expected=size + len(new))
            else:
                new.append((Segment.of(entry), line))
        return new

    def _match_tail(self, segment: Segment, end: int, due: bytes, size: int) -> None:
        """Check that what lies in a segment beyond its covered lines is a beginning of what is ``due`` there."""
        path = self._log.directory / segment.file
        tail = b""
        if path.exists():
            with path.open("rb") as file:
                file.seek(end)
                tail = file.read()
        if not due.startswith(tail):
            raise uncovered(unexpected(tail, due, size))

    def _stored(self, first: int, end: int) -> bytes:
        """The leaves ``first`` to ``end - 1``; LogTruncatedError if they are not all there."""
        stored = self._log.read_leaves(first, end)
        if len(stored) < (end - first) * HASH_SIZE:
            message = N_("The leaves of the processing log are cut short. Type: huisclos log verify")
            raise LogTruncatedError(message, place=LEAVES)
        return stored


def bodies_of(lines: Sequence[bytes]) -> Mapping[Segment, bytes]:
    """What ``lines`` add to each segment."""
    return _joined((Segment.of(parse_line(line)), line) for line in lines)


def _joined(placed: Iterable[tuple[Segment, bytes]]) -> Mapping[Segment, bytes]:
    lines: dict[Segment, list[bytes]] = defaultdict(list)
    for segment, line in placed:
        lines[segment].append(line + b"\n")
    return {segment: b"".join(ended) for segment, ended in lines.items()}


def unexpected(tail: bytes, due: bytes, size: int) -> int:
    """The number of the first entry of ``tail`` that is not ``due``; ``size`` if it states none."""
    for line, wanted in zip(tail.split(b"\n"), [*due.split(b"\n"), b"", b""], strict=False):
        if line != wanted:
            return max(seq_of(line), size)
    return size
