"""Verifying the processing log, with no key but the public one.

Rules kept here:
- the checkpoint's signature is checked first, then that it covers the entries and the leaves, then that
  the entries are well formed, numbered and in time, then that a checkpoint kept elsewhere is their past;
- a fault is named: the entry, the leaf, or the line of the checkpoint;
- cut short (22) is what ends too early and is otherwise right; changed (21) is all else; an older log than
  the kept checkpoint is rolled back (23), another one is forked (24).
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from storage.log.checkpoint import Checkpoint, LogKey, open_checkpoint, parse_note
from storage.log.entry import LoggedEntry
from storage.log.log import ENTRIES, LEAVES, LOCK, Log, read_entry, tampered, truncated, uncovered
from storage.log.tree import HASH_SIZE, Tree, leaf_hash
from vocabulary.errors import (
    HuisclosError,
    LogForkedError,
    LogRolledBackError,
    LogTamperedError,
    LogTruncatedError,
    UsageError,
)
from vocabulary.messages import N_


@dataclass(frozen=True)
class Report:
    """What was found sound. ``waiting`` entries lie beyond the checkpoint after a crash, to be covered by
    the next command that opens the home; ``kept`` is the size of the kept checkpoint, if one was given.
    """

    origin: str
    size: int
    root: str
    key_digest: str
    first_at: str | None
    last_at: str | None
    waiting: int
    kept: int | None


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
    lines, torn = _read_lines(log.directory / ENTRIES)
    stored, odd = _read_leaves(log.directory / LEAVES)
    leaves = Tree(lines.hashes)
    _check_covered(checkpoint, leaves, stored, torn)
    first, last = _check_entries(lines.parsed(checkpoint.size))
    waiting = _check_tail(checkpoint.size, lines, torn, stored, odd, pending)
    kept_size = None if kept is None else _check_kept(kept, key, checkpoint, leaves)
    return Report(
        origin=checkpoint.origin,
        size=checkpoint.size,
        root=checkpoint.root.hex(),
        key_digest=hashlib.sha256(key.public).hexdigest(),
        first_at=first,
        last_at=last,
        waiting=waiting,
        kept=kept_size,
    )


@dataclass(frozen=True)
class _Lines:
    """The complete lines of entries.jsonl, and their leaf hashes."""

    lines: list[bytes]
    hashes: list[bytes]

    def parsed(self, size: int) -> list[LoggedEntry]:
        return [read_entry(line, seq) for seq, line in enumerate(self.lines[:size])]


def _read_lines(path: Path) -> tuple[_Lines, bytes]:
    data = path.read_bytes() if path.exists() else b""
    *lines, torn = data.split(b"\n")
    return _Lines(lines, [leaf_hash(line) for line in lines]), torn


def _read_leaves(path: Path) -> tuple[list[bytes], bytes]:
    data = path.read_bytes() if path.exists() else b""
    whole = len(data) - len(data) % HASH_SIZE
    return [data[i : i + HASH_SIZE] for i in range(0, whole, HASH_SIZE)], data[whole:]


def _check_covered(checkpoint: Checkpoint, leaves: Tree, stored: Sequence[bytes], torn: bytes) -> None:
    """Find whether entries and leaves are what the checkpoint covers, and the first place where not."""
    size, root = checkpoint.size, checkpoint.root
    entries_right = leaves.size >= size and leaves.root(size) == root
    leaves_right = len(stored) >= size and Tree(stored[:size]).root() == root
    if entries_right and leaves_right:
        return
    common = min(leaves.size, len(stored), size)
    differs = next((seq for seq in range(common) if leaves.leaf(seq) != stored[seq]), None)
    if entries_right:
        if differs is not None:
            message = N_("Leaf {seq} of the processing log is not that of its entry. Restore the leaves from a backup.")
            raise LogTamperedError(message, place=f"leaf {differs}", seq=differs)
        message = N_("The leaves of the processing log end before leaf {seq}. Restore the leaves from a backup.")
        raise LogTruncatedError(message, place=f"leaf {len(stored)}", seq=len(stored))
    if differs is not None:
        raise tampered(differs)
    if leaves.size < size:
        if leaves.size < len(stored) and leaf_hash(torn[:-1]) == stored[leaves.size]:
            raise tampered(leaves.size)  # only the end of its line was changed
        raise truncated(leaves.size, size)
    message = N_("Entries and leaves of the processing log agree with each other and not with the signed "
                 "checkpoint: one or more of its {size} entries were changed, and the leaves after them. Restore "
                 "the log from a backup and compare it with a checkpoint kept elsewhere.")  # fmt: skip
    raise LogTamperedError(message, place=ENTRIES, size=size)


def _check_entries(entries: Sequence[LoggedEntry]) -> tuple[str | None, str | None]:
    """Ids appear once and times never go back; return the first and the last time."""
    seen: set[str] = set()
    latest = ""
    for entry in entries:
        if entry.id in seen or entry.at < latest:
            raise tampered(entry.seq)
        seen.add(entry.id)
        latest = entry.at
    return (entries[0].at, entries[-1].at) if entries else (None, None)


def _check_tail(
    size: int,
    lines: _Lines,
    torn: bytes,
    stored: Sequence[bytes],
    odd: bytes,
    pending: Callable[[], Sequence[bytes]],
) -> int:
    """What lies beyond the checkpoint is what the catalog was about to write; return how many entries."""
    beyond = lines.lines[size:]
    if not (beyond or torn or odd or len(stored) > size):
        return 0
    covered = set(lines.lines[:size])
    due = [line for line in pending() if line not in covered]
    for position, line in enumerate(beyond):
        if position >= len(due) or line != due[position]:
            raise uncovered(size + position)
    if torn and not (len(beyond) < len(due) and due[len(beyond)].startswith(torn)):
        raise uncovered(size + len(beyond))
    following = b"".join(leaf_hash(line) for line in due)
    if not following.startswith(b"".join(stored[size:]) + odd):
        message = N_("Leaf {seq} of the processing log belongs to no entry. Restore the leaves from a backup.")
        raise LogTamperedError(message, place=f"leaf {size}", seq=size)
    return len(beyond)


def _pending_beside(log_dir: Path) -> Sequence[bytes]:
    """What the catalog beside the log is about to write; nothing if it cannot be read."""
    from storage.catalog import FILE, Catalog

    catalog = Catalog(log_dir.parent / FILE)
    try:
        return [item.line for item in catalog.pending()]
    except HuisclosError:
        return []
    finally:
        catalog.close()


def _check_kept(kept: str, key: LogKey, checkpoint: Checkpoint, leaves: Tree) -> int:
    """Compare the log with a checkpoint kept elsewhere; return the kept size."""
    try:
        note = parse_note(kept, "kept checkpoint")
    except LogTamperedError as error:
        raise UsageError(error.message, place=error.place, **error.facts) from None
    past = note.checkpoint
    if past.origin != checkpoint.origin:
        message = N_("The kept checkpoint is that of {found}; this log is {expected}.")
        raise UsageError(message, place="kept checkpoint", found=past.origin, expected=checkpoint.origin)
    if key.key_id not in [key_id for name, key_id, _ in note.signatures if name == key.name]:
        message = N_("The kept checkpoint was signed with another key than this log has. This is not the log it was "
                     "taken from.")  # fmt: skip
        raise LogForkedError(message, place="key.pub")
    try:
        open_checkpoint(kept, key, "kept checkpoint")
    except LogTamperedError as error:
        raise UsageError(error.message, place=error.place, **error.facts) from None
    if past.size > checkpoint.size:
        message = N_("The log was rolled back: it has {size} entries, the kept checkpoint covers {kept}. Restore the "
                     "newer log.")  # fmt: skip
        raise LogRolledBackError(message, place=f"entry {checkpoint.size}", size=checkpoint.size, kept=past.size)
    if leaves.root(past.size) != past.root:
        message = N_("The log forked: its first {kept} entries are not those the kept checkpoint covers. Someone "
                     "wrote another past and signed it.")  # fmt: skip
        raise LogForkedError(message, place=f"entries 0 to {past.size - 1}", kept=past.size)
    return past.size
