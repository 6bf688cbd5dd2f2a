"""A log of several months with accesses between its decisions, for tests of segments and of what they leave."""

from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from storage.expiry import settle, stage
from storage.log.entry import Entry, LoggedEntry, WrittenRow
from storage.log.log import EXPIRED, Log
from storage.log.segments import Segment
from vocabulary.ids import new_id

HOME = "h-" + "0" * 32
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
MONTHS = ("2026-01", "2026-02", "2026-03")
PER_MONTH = 6
SIZE = PER_MONTH * len(MONTHS)
ACCESSES = (1, 2, 4)
"""Which of the entries of a month are accesses."""


def person_row(seq: int) -> WrittenRow:
    """The row that decision ``seq`` writes: six ids, each written three times."""
    key = f"p-{seq % PER_MONTH:032x}"
    return WrittenRow("people", key, {"id": key, "registered_at": f"2026-01-01T00:00:{seq:02}Z"})


def line(seq: int, month: str | None = None, kind: str | None = None) -> bytes:
    """The line of entry ``seq``."""
    month = month or MONTHS[seq // PER_MONTH]
    kind = kind or ("accessed" if seq % PER_MONTH in ACCESSES else "drafted")
    rows = () if kind == "accessed" else (person_row(seq),)
    at = f"{month}-14T09:00:{seq % 60:02}Z"
    return LoggedEntry.of(Entry(kind), rows, seq=seq, entry_id=new_id("e"), at=at).line()


def long_log(directory: Path, lines: Sequence[bytes] | None = None) -> Log:
    """Three months of six entries, appended in batches that span months and files."""
    log = Log.create(directory, HOME, KEY)
    lines = lines or [line(seq) for seq in range(SIZE)]
    for at in range(0, len(lines), 4):
        log.append(lines[at : at + 4], KEY)
    return log


def names(log: Log) -> list[str]:
    """The segments there are."""
    return sorted(path.stem for path in (log.directory / "segments").iterdir())


def announce(log: Log, *segments: str, at: str = "2026-04-02T09:00:00Z", key: Ed25519PrivateKey = KEY) -> None:
    """Stage the expiry of ``segments`` and make its entry durable; ``settle`` is left to do."""
    facts = stage(log, key, [Segment.parse(name) for name in segments])
    entry = LoggedEntry.of(Entry(EXPIRED, facts=facts), (), seq=log.head().size, entry_id=new_id("e"), at=at)
    log.append([entry.line()], key)


def expire(log: Log, *segments: str, key: Ed25519PrivateKey = KEY) -> None:
    """Let ``segments`` (of one stream) expire."""
    announce(log, *segments, key=key)
    settle(log)
