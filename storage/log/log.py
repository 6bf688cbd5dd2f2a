"""The processing log on the disk: reading it, and the door to the one appender (storage/log/append.py).

``segments/`` holds the entries, ``leaves`` their hashes (32 bytes each, for ever), ``checkpoint`` the signed size
and root, ``summary`` what expired entries left, ``key.pub`` the public key, ``lock`` nothing (docs/reference/log.md).

Rules kept here:
- entries come in the order of their numbers, whichever segment they lie in; those whose segment expired are left
  out, and a number that is missing otherwise is named;
- nothing is read through a summary that the log did not sign and note.
"""

import contextlib
import fcntl
import mmap
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from storage.log.append import CHECKPOINT, KEY, LEAVES, Appender
from storage.log.checkpoint import Checkpoint, LogKey, open_checkpoint
from storage.log.disk import disk_errors, replace
from storage.log.entry import LoggedEntry, parse_line, seq_of
from storage.log.faults import read_entry, tampered, truncated
from storage.log.key_change import KIND as KEY_CHANGED
from storage.log.key_change import predecessors
from storage.log.runs import Runs
from storage.log.segments import DECISION, SEGMENTS, Segment, lines_backward, merged, segments_in
from storage.log.summary import NEXT, SUMMARY, Summary, digest_of, forged, open_summary
from storage.log.tree import EMPTY_ROOT, HASH_SIZE
from vocabulary.errors import BusyError, LogTamperedError, LogTruncatedError
from vocabulary.messages import N_

LOCK = "lock"
EXPIRED = "segment-expired"
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
        self._appender = Appender(self)

    @classmethod
    def create(cls, directory: Path, home_id: str, key: Ed25519PrivateKey) -> "Log":
        """Write an empty log with its signed checkpoint of size 0."""
        (directory / SEGMENTS).mkdir(mode=0o700, parents=True, exist_ok=True)
        log, name = cls(directory), log_name(home_id)
        with disk_errors():
            for file in (LEAVES, LOCK):
                os.close(os.open(directory / file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            replace(directory / KEY, LogKey.of(name, key).text().encode())
            replace(directory / CHECKPOINT, Checkpoint(name, 0, EMPTY_ROOT).sign(key).encode())
        return log

    # Key and checkpoint

    def key(self) -> LogKey:
        """The public key as the log's folder holds it; LogTamperedError if it is not one."""
        return LogKey.parse(self.read_text(KEY))

    def known_keys(self) -> list[LogKey]:
        """The public key, and those it followed by entries that both signed, newest first."""
        key = self.key()
        return [key, *predecessors(key, self.key_changes())]

    def key_changes(self) -> list[bytes]:
        """The lines of the entries by which the key was changed, oldest first, the expired ones too."""
        summary = self.summary()
        return [*(summary.key_changes if summary else ()), *self._decisions(KEY_CHANGED)]

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
                N_(
                    "{file} is missing from the processing log. Repair nothing yet: keep everything as it is, and tell "
                    "the auditor and a data steward. Only then restore it from a backup."
                ),
                place=file,
                file=file,
            ) from None
        except UnicodeDecodeError:
            raise LogTamperedError(
                N_(
                    "{file} of the processing log is not text. Repair nothing yet: keep everything as it is, and tell "
                    "the auditor and a data steward. Only then restore it from a backup."
                ),
                place=file,
                file=file,
            ) from None

    # Entries

    def head(self) -> Head:
        """How many entries the checkpoint covers, and the time of the last: when it was signed."""
        size = self.checkpoint().size
        return Head(size, self.newest().at if size else None)

    def newest(self) -> LoggedEntry:
        """The last entry the checkpoint covers; LogTruncatedError if it is not there, or there is none."""
        size = self.checkpoint().size
        for segment in reversed(self.segments()) if size else ():
            for _, line in lines_backward(self.directory / segment.file):
                seq = seq_of(line)
                if seq == size - 1:
                    return read_entry(line, seq)
                if seq < size:
                    break
        raise truncated(size - 1, size)

    def segments(self) -> list[Segment]:
        """The segments whose life is not over, the oldest first."""
        summary = self.summary()
        return [one for one in segments_in(self.directory)[0] if summary is None or one not in summary.segments]

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """The entries the checkpoint covers as (number, line without LF), oldest first; expired ones are left out.

        Reads without checking the tree: that is storage/log/audit.py. LogTamperedError names an entry that is
        missing or out of order, LogTruncatedError the first after the end.
        """
        return ((seq, line) for seq, line, _ in self._numbered())

    def entries(self, *, kind: str | None = None, session: str | None = None) -> Iterator[LoggedEntry]:
        """``lines`` read, of one kind or session if given; LogTamperedError names a line that is no entry,
        or lies in a segment that is not its own.
        """
        for seq, line, segment in self._numbered():
            entry = read_entry(line, seq)
            if Segment.of(entry) != segment:
                raise tampered(seq)
            if kind in (None, entry.kind) and session in (None, entry.session):
                yield entry

    def entries_with(self, *texts: bytes) -> Iterator[LoggedEntry]:
        """``entries`` whose lines hold one of ``texts``; the other lines are looked at and not read."""
        for seq, line, segment in self._numbered():
            if any(text in line for text in texts):
                entry = read_entry(line, seq)
                if Segment.of(entry) != segment:
                    raise tampered(seq)
                yield entry

    def entries_of(self, segment: Segment) -> Iterator[LoggedEntry]:
        """The covered entries of one segment, read, oldest first."""
        size = self.checkpoint().size
        return (read_entry(line, seq) for seq, line, _ in merged(self.directory, [segment]) if seq < size)

    def _numbered(self) -> Iterator[tuple[int, bytes, Segment]]:
        size, expired, due = self.checkpoint().size, self._expired(), 0
        for seq, line, segment in merged(self.directory, self.segments()):
            if seq >= size:
                continue
            if seq < due:
                raise tampered(due)
            missing = expired.first_outside(due, seq)
            if missing is not None:  # unless a segment expired since reading began
                expired = self._expired()
                missing = expired.first_outside(due, seq)
            if missing is not None:
                raise tampered(missing)
            due = seq + 1
            yield seq, line, segment
        missing = self._expired().first_outside(due, size)
        if missing is not None:
            raise truncated(missing, size)

    def leaves(self) -> bytes:
        """The leaf hashes of all entries the checkpoint covers, the expired ones too: 32 bytes each."""
        return self.read_leaves(0, self.checkpoint().size)

    def read_leaves(self, first: int, end: int) -> bytes:
        """The leaf hashes ``first`` to ``end - 1``, as far as they are there."""
        try:
            with (self.directory / LEAVES).open("rb") as file:
                file.seek(first * HASH_SIZE)
                return file.read((end - first) * HASH_SIZE)
        except FileNotFoundError:
            message = N_(
                "{file} is missing from the processing log. Repair nothing yet: keep everything as it is, "
                "and tell the auditor and a data steward. Only then restore it from a backup."
            )
            raise LogTruncatedError(message, place=LEAVES, file=LEAVES) from None

    # What expired

    def summary(self) -> Summary | None:
        """What expired and what it left; None if nothing did. LogTamperedError if it is not what this log noted."""
        for _ in range(3):  # another process may be writing the next one
            found = {name: self.directory / name for name in (NEXT, SUMMARY)}
            if not any(path.exists() for path in found.values()):
                return None
            noted = self.noted_summary()
            for path in found.values():
                data = path.read_bytes() if path.exists() else b""
                if noted is not None and digest_of(data) == noted:
                    return open_summary(data, self._signers())
            if noted is None and not found[SUMMARY].exists():
                return None  # the next one was never announced
        raise forged()

    def noted_summary(self) -> str | None:
        """The digest of the summary that the newest ``segment-expired`` entry holds (hex); None without one."""
        line = next(self._decisions(EXPIRED, newest_first=True), None)
        try:
            return None if line is None else str(parse_line(line).facts["summary"])
        except (ValueError, KeyError):
            raise forged() from None

    def _expired(self) -> Runs:
        summary = self.summary()
        return Runs() if summary is None else summary.expired

    def _signers(self) -> Iterator[LogKey]:
        """The keys a summary in force can be signed by; the older ones are looked for only if asked for."""
        key = self.key()
        yield key
        yield from predecessors(key, self._decisions(KEY_CHANGED))

    def _decisions(self, kind: str, *, newest_first: bool = False) -> Iterator[bytes]:
        """The covered lines of one kind of decision in the segments there are, found without reading the others."""
        size, mark = self.checkpoint().size, f'"kind":"{kind}"'.encode()
        found = [segment for segment in segments_in(self.directory)[0] if segment.stream == DECISION]
        for segment in reversed(found) if newest_first else found:
            lines = _lines_with(self.directory / segment.file, mark)
            for line in reversed(lines) if newest_first else lines:
                if 0 <= seq_of(line) < size:
                    yield line

    # Changing it

    @contextlib.contextmanager
    def locked(self, *, shared: bool = False) -> Iterator[None]:
        """Hold the log's file lock; BusyError when another process keeps it for over a minute."""
        file = os.open(self.directory / LOCK, os.O_RDONLY if shared else os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _acquire(file, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
            yield
        finally:
            os.close(file)

    @contextlib.contextmanager
    def unmoving(self) -> Iterator[None]:
        """Keep appenders out while the log is compared with something; a copy without a lock does not move."""
        if not (self.directory / LOCK).exists():
            yield
            return
        with self.locked(shared=True):
            yield

    def append(self, lines: Sequence[bytes], key: Ed25519PrivateKey) -> Checkpoint:
        """Make the log hold ``lines`` (consecutive entries, in order), and sign it. The lock must be held.

        Lines already there are recognised. LogTamperedError when what is there is not what the last
        checkpoint covers, DamagedError when the lines do not continue the log, ResourceError when the
        disk is full: nothing is lost then, and the same call is safe to repeat.
        """
        return self._appender.append(lines, key)

    def follow(self, key: Ed25519PrivateKey) -> None:
        """Let ``key`` take the place of key.pub, which a ``key-changed`` entry must allow. The lock must be held.

        LogTamperedError otherwise. Safe to repeat; nothing happens if it has that place already.
        """
        self._appender.follow(key)


def _lines_with(path: Path, mark: bytes) -> list[bytes]:
    """The whole lines of a file that hold ``mark``."""
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            found, at = [], data.find(mark)
            while at >= 0:
                start, end = data.rfind(b"\n", 0, at) + 1, data.find(b"\n", at)
                if end < 0:
                    break
                found.append(data[start:end])
                at = data.find(mark, end)
            return found
    except (FileNotFoundError, ValueError):  # gone meanwhile, or empty
        return []


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
