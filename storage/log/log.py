"""The processing log on the disk: reading it, and the one appender.

``entries.jsonl`` holds the entries, ``leaves`` their hashes (32 bytes each), ``checkpoint`` the signed size
and root, ``key.pub`` the public key, ``lock`` nothing (docs/reference/log.md).

Rules kept here:
- one appender at a time, under a file lock; entries are written and synced first, then leaves, then the
  checkpoint is replaced by rename: a crash leaves at most a tail that no checkpoint covers;
- the appender signs nothing new before it has found that what is there is what the last checkpoint covers;
- only the appender repairs a torn tail, and only when the entries it is given explain that tail;
- an entry already in the log is recognised and not written again.
"""

import contextlib
import errno
import fcntl
import itertools
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from storage.log.checkpoint import Checkpoint, LogKey, open_checkpoint
from storage.log.entry import LoggedEntry, parse_line
from storage.log.tree import EMPTY_ROOT, HASH_SIZE, Frontier, leaf_hash
from vocabulary.errors import (
    BusyError,
    DamagedError,
    HuisclosError,
    LogTamperedError,
    LogTruncatedError,
    ResourceError,
)
from vocabulary.messages import N_

ENTRIES, LEAVES, CHECKPOINT, KEY, LOCK = "entries.jsonl", "leaves", "checkpoint", "key.pub", "lock"
LONGEST_WAIT = 60.0
"""Seconds an appender waits for the one before it."""


def log_name(home_id: str) -> str:
    """The origin line of a home's checkpoints."""
    return f"huisclos/{home_id}"


@dataclass(frozen=True)
class Head:
    """The log as it stands: entries covered, and the time of the last (None before the first)."""

    size: int
    at: str | None


class Log:
    """The log of one home. Reading needs no key; ``append`` needs the private one."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        # What this process last found to be covered: the tree, and the bytes of entries.jsonl it takes.
        self._covered = (Frontier(), 0)

    @classmethod
    def create(cls, directory: Path, home_id: str, key: Ed25519PrivateKey) -> "Log":
        """Write an empty log with its signed checkpoint of size 0."""
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        log, name = cls(directory), log_name(home_id)
        with _disk_errors():
            for file in (ENTRIES, LEAVES, LOCK):
                os.close(os.open(directory / file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            log._replace(KEY, LogKey.of(name, key).text())
            log._replace(CHECKPOINT, Checkpoint(name, 0, EMPTY_ROOT).sign(key))
        return log

    def key(self) -> LogKey:
        """The public key as the log's folder holds it; LogTamperedError if it is not one."""
        return LogKey.parse(self.read_text(KEY))

    def checkpoint_text(self) -> str:
        """The checkpoint as it is given out."""
        return self.read_text(CHECKPOINT)

    def checkpoint(self) -> Checkpoint:
        """The last checkpoint, its signature checked; LogTamperedError otherwise."""
        return open_checkpoint(self.checkpoint_text(), self.key())

    def read_text(self, file: str) -> str:
        """One of the two small files, exactly; LogTamperedError if it is missing or not text."""
        try:
            return (self.directory / file).read_bytes().decode()
        except FileNotFoundError:
            raise LogTamperedError(
                N_("{file} is missing from the processing log. Restore it from a backup."), place=file, file=file
            ) from None
        except UnicodeDecodeError:
            raise LogTamperedError(
                N_("{file} of the processing log is not text. Restore it from a backup."), place=file, file=file
            ) from None

    def head(self) -> "Head":
        """How many entries the checkpoint covers, and the time of the last: when it was signed."""
        size = self.checkpoint().size
        if size == 0:
            return Head(0, None)
        with self._reading(ENTRIES) as file:
            line = next(itertools.islice(file, size - 1, size), b"")
        if not line:
            raise truncated(size - 1, size)
        return Head(size, read_entry(line.removesuffix(b"\n"), size - 1).at)

    def entries(self, *, kind: str | None = None, session: str | None = None) -> Iterator[LoggedEntry]:
        """The entries the checkpoint covers, oldest first; of one kind or session if given.

        Reads without checking the tree: that is storage/log/audit.py. LogTamperedError names a line
        that is no entry, LogTruncatedError the first that is missing.
        """
        size, seq = self.checkpoint().size, 0
        with self._reading(ENTRIES) as file:
            for line in file:
                if seq == size:
                    break
                entry = read_entry(line.removesuffix(b"\n"), seq)
                seq += 1
                if kind in (None, entry.kind) and session in (None, entry.session):
                    yield entry
        if seq < size:
            raise truncated(seq, size)

    @contextlib.contextmanager
    def locked(self, *, shared: bool = False) -> Iterator[None]:
        """Hold the log's file lock; BusyError when another process keeps it for over a minute."""
        file = os.open(self.directory / LOCK, os.O_RDONLY if shared else os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _acquire(file, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
            yield
        finally:
            os.close(file)

    def append(self, lines: Sequence[bytes], key: Ed25519PrivateKey) -> Checkpoint:
        """Make the log hold ``lines`` (consecutive entries, in order), and sign it. The lock must be held.

        Lines already there are recognised. LogTamperedError when what is there is not what the last
        checkpoint covers, DamagedError when the lines do not continue the log, ResourceError when the
        disk is full: nothing is lost then, and the same call is safe to repeat.
        """
        public, checkpoint = self.key(), self.checkpoint()
        if public != LogKey.of(public.name, key):
            raise LogTamperedError(
                N_("key.pub is not the public half of this home's log key. Restore it from a backup."), place=KEY
            )
        frontier, end = self._find_covered(checkpoint)
        new = self._not_yet_covered(lines, checkpoint.size)
        end = self._match_tail(end, new, checkpoint.size)
        if not new:
            return checkpoint
        leaves = [leaf_hash(line) for line in new]
        frontier.extend(leaves)
        signed = Checkpoint(checkpoint.origin, frontier.size, frontier.root())
        body = b"".join(line + b"\n" for line in new)
        with _disk_errors():
            self._overwrite(ENTRIES, end, body)
            self._overwrite(LEAVES, checkpoint.size * HASH_SIZE, b"".join(leaves))
            self._replace(CHECKPOINT, signed.sign(key))
        self._covered = (frontier, end + len(body))
        return signed

    def _find_covered(self, checkpoint: Checkpoint) -> tuple[Frontier, int]:
        """The tree the checkpoint covers, and where its entries end in entries.jsonl."""
        known, offset = self._covered
        if known.size > checkpoint.size:
            known, offset = Frontier(), 0
        frontier, size = known.copy(), checkpoint.size
        with self._reading(LEAVES) as file:
            file.seek(known.size * HASH_SIZE)
            stored = file.read((size - known.size) * HASH_SIZE)
        if len(stored) < (size - known.size) * HASH_SIZE:
            message = N_("The leaves of the processing log are cut short. Type: huisclos log verify")
            raise LogTruncatedError(message, place=LEAVES)
        frontier.extend(stored[i : i + HASH_SIZE] for i in range(0, len(stored), HASH_SIZE))
        if frontier.root() != checkpoint.root:
            message = N_("The leaves are not those the checkpoint covers. Type: huisclos log verify")
            raise LogTamperedError(message, place=LEAVES)
        line = b""
        with self._reading(ENTRIES) as file:
            file.seek(offset)
            for seq in range(known.size, size):
                line = file.readline()
                if not line.endswith(b"\n"):
                    raise truncated(seq, size)
                offset += len(line)
        if line and leaf_hash(line[:-1]) != stored[-HASH_SIZE:]:
            raise tampered(size - 1)
        self._covered = (frontier.copy(), offset)
        return frontier, offset

    def _not_yet_covered(self, lines: Sequence[bytes], size: int) -> list[bytes]:
        """Drop the lines the log already holds; what remains continues it."""
        new: list[bytes] = []
        for line in lines:
            seq = parse_line(line).seq
            if seq < size:
                if leaf_hash(line) != self._leaf(seq):
                    message = N_("The log has another entry {seq} than the catalog: the catalog is older than the "
                                 "log, or was changed. Restore catalog and log from the same backup.")  # fmt: skip
                    raise DamagedError(message, place="catalog.sqlite", seq=seq)
            elif seq != size + len(new):
                message = N_("The catalog numbers its next entry {seq}, the log expects {expected}. Restore "
                             "catalog and log from the same backup.")  # fmt: skip
                raise DamagedError(message, place="catalog.sqlite", seq=seq, expected=size + len(new))
            else:
                new.append(line)
        return new

    def _match_tail(self, end: int, new: Sequence[bytes], size: int) -> int:
        """Check that what lies beyond the covered entries is what was about to be written; return ``end``.

        A torn last line is one that ``new`` begins with; it is then overwritten.
        """
        with self._reading(ENTRIES) as file:
            file.seek(end)
            tail = file.read()
        expected = b"".join(line + b"\n" for line in new)
        if not expected.startswith(tail):
            seq = size + sum(1 for line, due in zip(tail.split(b"\n"), new, strict=False) if line == due)
            raise uncovered(seq)
        return end

    def _reading(self, name: str) -> BinaryIO:
        try:
            return (self.directory / name).open("rb")
        except FileNotFoundError:
            message = N_("{file} is missing from the processing log. Restore it from a backup.")
            raise LogTruncatedError(message, place=name, file=name) from None

    def _leaf(self, seq: int) -> bytes:
        with self._reading(LEAVES) as file:
            file.seek(seq * HASH_SIZE)
            return file.read(HASH_SIZE)

    def _overwrite(self, name: str, offset: int, data: bytes) -> None:
        """Replace everything from ``offset`` on, durably."""
        with (self.directory / name).open("r+b", buffering=0) as file:
            file.truncate(offset)
            file.seek(offset)
            view = memoryview(data)
            while view:
                view = view[file.write(view) :]
            os.fsync(file.fileno())

    def _replace(self, name: str, text: str) -> None:
        """Write a small file beside and rename it, durably."""
        beside = self.directory / f"{name}.new"
        with open(beside, "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.directory / name)
        folder = os.open(self.directory, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def read_entry(line: bytes, seq: int) -> LoggedEntry:
    """Parse entry ``seq``; LogTamperedError names it if it is none, or another."""
    try:
        entry = parse_line(line)
    except ValueError:
        raise tampered(seq) from None
    if entry.seq != seq:
        raise tampered(seq)
    return entry


def tampered(seq: int) -> LogTamperedError:
    message = N_("Entry {seq} of the processing log is not what was written. Restore the log from a backup and "
                 "compare it with a checkpoint kept elsewhere.")  # fmt: skip
    return LogTamperedError(message, place=f"entry {seq}", seq=seq)


def truncated(seq: int, size: int) -> LogTruncatedError:
    message = N_("The processing log ends before entry {seq}; its checkpoint covers {size} entries. Restore the "
                 "log from a backup.")  # fmt: skip
    return LogTruncatedError(message, place=f"entry {seq}", seq=seq, size=size)


def uncovered(seq: int) -> LogTamperedError:
    message = N_("Entry {seq} of the processing log is covered by no checkpoint, and nothing was about to write "
                 "it. Restore the log from a backup and compare it with a checkpoint kept elsewhere.")  # fmt: skip
    return LogTamperedError(message, place=f"entry {seq}", seq=seq)


def _acquire(file: int, mode: int) -> None:
    deadline = time.monotonic() + LONGEST_WAIT
    while True:
        try:
            fcntl.flock(file, mode | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > deadline:
                message = N_("Another process holds the processing log. Wait for it to finish, then try again.")
                raise BusyError(message, place=LOCK) from None
            time.sleep(0.005)


@contextlib.contextmanager
def _disk_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise no_room() from None


def no_room() -> HuisclosError:
    return ResourceError(N_("The disk is full. Make room, then run the same command again: nothing is lost."))
