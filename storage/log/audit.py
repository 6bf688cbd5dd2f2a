"""Verifying the processing log, with no key but the public one.

Rules kept here:
- the checkpoint's signature is checked first, then that its root is that of the leaves, then that every entry is the
  one its leaf was made of, and that no number is missing but those that expired; then that a checkpoint kept
  elsewhere is their past, expired entries included;
- a fault is named: the entry, the segment, the leaf, or the line of the checkpoint;
- cut short (22) is what ends too early and is otherwise right; changed (21) is all else; an older log than
  the kept checkpoint is rolled back (23), another one is forked (24);
- an entry that has its leaf was written by the appender, which checked its form; so entries are hashed here and
  not read: ``archive verify`` reads them all.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from storage.log.append import LEAVES, bodies_of, unexpected
from storage.log.checkpoint import Checkpoint, open_checkpoint, parse_note
from storage.log.diagnosis import first_fault
from storage.log.entry import LoggedEntry, parse_line, seq_of
from storage.log.faults import tampered, uncovered
from storage.log.log import LOCK, Log
from storage.log.segments import SEGMENTS, Segment, segments_in
from storage.log.summary import Summary, forged
from storage.log.tree import HASH_SIZE, leaf_hash, roots_at
from vocabulary.errors import HuisclosError, LogForkedError, LogRolledBackError, LogTamperedError, UsageError
from vocabulary.messages import N_

KEPT = "kept checkpoint"
_NEAR = 16 * HASH_SIZE


@dataclass(frozen=True)
class Report:
    """What was found sound. ``waiting`` entries lie beyond the checkpoint after a crash, to be covered by
    the next command that opens the home; ``kept`` is the size of the kept checkpoint, if one was given;
    ``expired`` entries have left their leaf only. ``first_at`` is that of the first entry that is there.
    """

    origin: str
    size: int
    root: str
    key_digest: str
    first_at: str | None
    last_at: str | None
    waiting: int
    kept: int | None
    expired: int = 0


def verify_log(
    log_dir: Path, kept: str | None = None, *, pending: Callable[[], Sequence[bytes]] | None = None
) -> Report:
    """Verify the log in ``log_dir``; ``kept`` is the text of a checkpoint kept elsewhere.

    ``pending`` gives the lines that the catalog is about to write: a crash can leave them in the log beyond
    the checkpoint, where anything else is tampering. By default the catalog beside the log is asked, and only
    if there is something beyond the checkpoint.

    Raises LogTamperedError, LogTruncatedError, LogRolledBackError, LogForkedError; UsageError when the
    kept checkpoint cannot be read or is another home's.
    """
    log, due = Log(log_dir), pending or (lambda: _pending_beside(log_dir))
    if not (log_dir / LOCK).exists():
        return _verify(log, kept, due)
    with log.locked(shared=True):
        return _verify(log, kept, due)


def _verify(log: Log, kept: str | None, pending: Callable[[], Sequence[bytes]]) -> Report:
    key = log.key()
    checkpoint = open_checkpoint(log.checkpoint_text(), key)
    past = None if kept is None else _open_kept(kept, log, checkpoint)
    summary = log.summary()
    stored, beyond = _read_leaves(log.directory / LEAVES, checkpoint.size)
    sizes = [size for size in (past and past.size, summary and summary.size) if size and size <= checkpoint.size]
    roots = roots_at(stored, [*sizes, checkpoint.size])
    tails = _check_covered(log, summary, stored, roots[checkpoint.size], checkpoint)
    if summary is not None and summary.size and roots.get(summary.size) != summary.root:
        raise forged()
    waiting = _check_tails(checkpoint.size, tails, beyond, pending)
    if past is not None and past.size:
        _check_past(past, checkpoint, roots.get(past.size))
    return Report(
        origin=checkpoint.origin,
        size=checkpoint.size,
        root=checkpoint.root.hex(),
        key_digest=hashlib.sha256(key.public).hexdigest(),
        first_at=_first_at(log) if checkpoint.size else None,
        last_at=log.head().at,
        waiting=waiting,
        kept=None if past is None else past.size,
        expired=0 if summary is None else len(summary.expired),
    )


def read_entries(log: Log) -> Iterator[LoggedEntry]:
    """Every entry, read: in its form and in its segment, its id used once, its time not before the one it follows.

    LogTamperedError names the first that is not. This is the part of verifying that ``verify_log`` leaves out.
    """
    seen: set[str] = set()
    latest = ""
    for entry in log.entries():
        if entry.id in seen or entry.at < latest:
            raise tampered(entry.seq)
        seen.add(entry.id)
        latest = entry.at
        yield entry


def _read_leaves(path: Path, size: int) -> tuple[bytes, bytes]:
    """The leaves of the covered entries, and what follows them."""
    data = path.read_bytes() if path.exists() else b""
    return data[: size * HASH_SIZE], data[size * HASH_SIZE :]


def _first_at(log: Log) -> str:
    seq, line = next(islice(log.lines(), 1))
    try:
        return parse_line(line).at
    except ValueError:
        raise tampered(seq) from None


def _check_covered(
    log: Log, summary: Summary | None, stored: bytes, root: bytes, checkpoint: Checkpoint
) -> dict[Segment, bytes]:
    """Check leaves and entries against the checkpoint; return what lies in each segment beyond it."""
    there, foreign = segments_in(log.directory)
    if foreign:
        message = N_(
            "{file} is no segment of the processing log. Repair nothing yet: keep everything as it is, and "
            "tell the auditor and a data steward. Only then take it away, or restore the log from a backup."
        )
        raise LogTamperedError(message, place=f"{SEGMENTS}/{foreign[0]}", file=foreign[0])
    size, gone = checkpoint.size, set(summary.segments) if summary else set()
    live = [segment for segment in there if segment not in gone]
    here, lines, tails = bytearray(size), 0, dict[Segment, bytes]()
    for first, last in summary.expired.pairs if summary else ():
        here[first : last + 1] = b"\1" * (min(last + 1, size) - first)
        lines += last - first + 1
    sound = root == checkpoint.root and len(stored) == size * HASH_SIZE
    for segment in live if sound else ():
        found = _match(log.directory / segment.file, stored, here)
        if found is None:
            sound = False
            break
        lines, tails[segment] = lines + found[0], found[1]
    if not sound or lines != size or b"\0" in here:
        raise first_fault(log.directory, live, summary, stored, checkpoint)
    return tails


def _match(path: Path, stored: bytes, here: bytearray) -> tuple[int, bytes] | None:
    """Compare the lines of a segment with their leaves, and note in ``here`` which entries are there.

    Return how many covered lines there are, and what follows them; None if one is not as it was written.
    One line is held at a time. Its place is that of its leaf: it is looked for where the line before it ended, then
    a little further on, and only then is the number read from the line.
    """
    digest, starts, size = hashlib.sha256, stored.startswith, len(here)
    count, at, line = 0, 0, b"\n"
    with path.open("rb", buffering=1 << 20) as file:
        for count, line in enumerate(file, start=1):
            leaf = digest(b"\0" + line[:-1]).digest()
            if not starts(leaf, at):
                place = stored.find(leaf, at, at + _NEAR)
                if place < 0 or place % HASH_SIZE:
                    seq = seq_of(line)
                    if not 0 <= seq < size:
                        return count - 1, line + file.read()
                    place = seq * HASH_SIZE
                    if place < at or not starts(leaf, place):
                        return None
                at = place
            here[at // HASH_SIZE] = 1
            at += HASH_SIZE
    return (count, b"") if line.endswith(b"\n") else None


def _check_tails(
    size: int, tails: Mapping[Segment, bytes], beyond: bytes, pending: Callable[[], Sequence[bytes]]
) -> int:
    """What lies beyond the checkpoint is what the catalog was about to write; return how many entries."""
    if not any(tails.values()) and not beyond:
        return 0
    due = [line for line in pending() if seq_of(line) >= size]
    try:
        bodies = bodies_of(due)
    except ValueError:
        bodies = {}
    for segment, tail in tails.items():
        body = bodies.get(segment, b"")
        if not body.startswith(tail):
            raise uncovered(unexpected(tail, body, size))
    if not b"".join(map(leaf_hash, due)).startswith(beyond):
        message = N_(
            "Leaf {seq} of the processing log belongs to no entry. Repair nothing yet: keep everything as it "
            "is, and tell the auditor and a data steward. Only then restore the leaves from a backup."
        )
        raise LogTamperedError(message, place=f"leaf {size}", seq=size)
    return sum(tail.count(b"\n") for tail in tails.values())


def _pending_beside(log_dir: Path) -> Sequence[bytes]:
    """What the catalog beside the log is about to write; nothing if it cannot be read."""
    from storage.catalog.catalog import Catalog
    from storage.catalog.database import FILE

    catalog = Catalog(log_dir.parent / FILE)
    try:
        return [item.line for item in catalog.pending()]
    except HuisclosError:
        return []
    finally:
        catalog.close()


def _open_kept(kept: str, log: Log, checkpoint: Checkpoint) -> Checkpoint:
    """Read a checkpoint kept elsewhere, signed by this log's key or by one that it followed."""
    try:
        note = parse_note(kept, KEPT)
        if note.checkpoint.origin != checkpoint.origin:
            message = N_("The kept checkpoint is that of {found}; this log is {expected}.")
            raise UsageError(message, place=KEPT, found=note.checkpoint.origin, expected=checkpoint.origin)
        signed_by = {key_id for name, key_id, _ in note.signatures if name == checkpoint.origin}
        key = log.key()
        if key.key_id not in signed_by:
            key = next((one for one in log.known_keys() if one.key_id in signed_by), key)
        if key.key_id not in signed_by:
            message = N_("The kept checkpoint was signed with another key than this log has. This is not the log it "
                         "was taken from.")  # fmt: skip
            raise LogForkedError(message, place="key.pub")
        return open_checkpoint(kept, key, KEPT)
    except LogTamperedError as error:
        raise UsageError(error.message, place=error.place, **error.facts) from None


def _check_past(past: Checkpoint, checkpoint: Checkpoint, root: bytes | None) -> None:
    """Compare the log with a checkpoint kept elsewhere; ``root`` is that of this log at the size of ``past``."""
    if past.size > checkpoint.size:
        message = N_("The log was rolled back: it has {size} entries, the kept checkpoint covers {kept}. Repair "
                     "nothing yet: keep everything as it is, and tell the auditor and a data steward. Only then "
                     "restore the newer log.")  # fmt: skip
        raise LogRolledBackError(message, place=f"entry {checkpoint.size}", size=checkpoint.size, kept=past.size)
    if root != past.root:
        message = N_("The log forked: its first {kept} entries are not those the kept checkpoint covers. Someone "
                     "wrote another past and signed it.")  # fmt: skip
        raise LogForkedError(message, place=f"entries 0 to {past.size - 1}", kept=past.size)
