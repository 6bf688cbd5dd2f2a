"""Expired segments: what they leave, what stays provable, and crashes on the way."""

import json
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from storage.expiry import settle, stage
from storage.log.audit import read_entries, verify_log
from storage.log.checkpoint import Checkpoint
from storage.log.log import Log
from storage.log.segments import Segment
from storage.log.summary import Summary, open_summary
from storage.log.tree import Tree, leaf_hash, verify_inclusion
from storage.replay import replay, replay_log, rows_told
from tests.storage.killing import calls_of, killed_before
from tests.storage.long_log import KEY, SIZE, announce, expire, line, long_log, names
from vocabulary.errors import HuisclosError, LogTamperedError, LogTruncatedError

DECISIONS = ("decisions-2026-01", "decisions-2026-02")


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return long_log(tmp_path / "log")


def test_expired_accesses_leave_their_leaves_and_nothing_else_changes(log: Log) -> None:
    """The decisions of the same month stay readable, and the catalog is told as before."""
    before, tables = log.leaves(), replay_log(log)
    expire(log, "accesses-2026-01", "accesses-2026-02")
    assert "accesses-2026-01" not in names(log) and "decisions-2026-01" in names(log)
    report = verify_log(log.directory)
    assert (report.size, report.expired, report.last_at) == (SIZE + 1, 6, "2026-04-02T09:00:00Z")
    assert log.leaves().startswith(before)
    assert [entry.seq for entry in read_entries(log)] == [0, 3, 5, 6, 9, 11, *range(12, SIZE + 1)]
    assert replay_log(log) == tables


def test_expired_decisions_leave_what_they_had_come_to(log: Log) -> None:
    """Replaying summary and later entries gives the rows that replaying everything gave."""
    tables = replay(log.entries())
    expire(log, *DECISIONS)
    assert [name for name in names(log) if name.startswith("decisions")] == ["decisions-2026-03", "decisions-2026-04"]
    summary = log.summary()
    assert summary is not None and (summary.size, str(summary.expired)) == (12, "0,3,5-6,9,11")
    assert replay_log(log) == tables
    assert len(list(rows_told(log, "people"))) == 6
    assert verify_log(log.directory).size == SIZE + 1


def test_one_expiry_follows_another(log: Log) -> None:
    """Month by month, both streams, until nothing but the newest is there; the log goes on growing."""
    tables = replay(log.entries())
    for month in ("2026-01", "2026-02", "2026-03"):
        expire(log, f"accesses-{month}")
        expire(log, f"decisions-{month}")
    assert names(log) == ["accesses-2026-04", "decisions-2026-04"]
    summary = log.summary()
    assert summary is not None and str(summary.expired) == f"0-{SIZE - 1}"
    size = log.head().size
    Log(log.directory).append([line(size, "2026-05", "fault")], KEY)
    tables["people"] |= replay([next(entry for entry in log.entries() if entry.seq == size)])["people"]
    assert replay_log(log) == tables
    assert verify_log(log.directory).size == size + 1


@pytest.mark.parametrize("kept", range(SIZE + 1))
def test_every_checkpoint_ever_given_out_is_confirmed(log: Log, kept: int) -> None:
    """From the middle of an expired segment, too; and a forged one is not."""
    tree = Tree(log.leaves())
    note = Checkpoint(log.key().name, kept, tree.root(kept)).sign(KEY)
    expire(log, "accesses-2026-01", "accesses-2026-02", "accesses-2026-03")
    expire(log, *DECISIONS)
    assert verify_log(log.directory, note).kept == kept
    if kept:
        with pytest.raises(HuisclosError):
            verify_log(log.directory, Checkpoint(log.key().name, kept, leaf_hash(b"other")).sign(KEY))


def test_an_expired_entry_that_was_kept_is_proved_by_its_leaf(log: Log) -> None:
    """Who kept the line of an entry can still show that it was in the log."""
    kept = dict(log.lines())[6]
    expire(log, *DECISIONS)
    tree = Tree(log.leaves())
    proof = tree.prove_inclusion(6)
    assert verify_inclusion(6, tree.size, leaf_hash(kept), proof, log.checkpoint().root)


def test_decisions_expire_the_oldest_first(log: Log) -> None:
    """The summary covers all that was before one number, or it would mean nothing."""
    with pytest.raises(ValueError):
        stage(log, KEY, [Segment.parse("decisions-2026-02")])
    with pytest.raises(ValueError):
        stage(log, KEY, [Segment.parse("decisions-2026-01"), Segment.parse("accesses-2026-01")])
    expire(log, "decisions-2026-01")
    with pytest.raises(ValueError):
        stage(log, KEY, [Segment.parse("decisions-2026-01")])


def test_what_is_not_as_its_leaf_says_does_not_expire(log: Log) -> None:
    """Nothing is summed up that was changed."""
    path = log.directory / "segments" / "decisions-2026-01.jsonl"
    path.write_bytes(path.read_bytes().replace(b"drafted", b"cleared", 1))
    with pytest.raises(LogTamperedError):
        stage(log, KEY, [Segment.parse("decisions-2026-01")])


def test_a_missing_segment_is_told_from_an_expired_one(log: Log) -> None:
    """After an expiry, too: the one whose life was not over is named."""
    expire(log, "accesses-2026-01")
    (log.directory / "segments" / "accesses-2026-02.jsonl").unlink()
    with pytest.raises(LogTamperedError) as caught:
        verify_log(log.directory)
    assert caught.value.place == "segments/accesses-2026-02.jsonl"


def _resigned(log: Log, key: Ed25519PrivateKey) -> None:
    summary = log.summary()
    assert summary is not None
    (log.directory / "summary").write_bytes(summary.sign(key))


def _another_row(log: Log) -> None:
    path = log.directory / "summary"
    path.write_bytes(path.read_bytes().replace(b"2026-01-01T00:00:06Z", b"2026-01-01T00:30:06Z", 1))


def _another_row_signed(log: Log) -> None:
    """What even the holder of the key cannot do unseen: the digest is in the log."""
    path = log.directory / "summary"
    changed = path.read_bytes().replace(b"2026-01-01T00:00:06Z", b"2026-01-01T00:30:06Z", 1)
    text = changed.decode().partition("\n\n")[0] + "\n"
    value = json.loads(text)
    summary = log.summary()
    assert summary is not None
    forged = Summary(summary.log, summary.size, summary.root, value["tables"], summary.segments, summary.expired)
    path.write_bytes(forged.sign(KEY))


FORGERIES: list[Callable[[Log], object]] = [
    _another_row,
    _another_row_signed,
    lambda log: _resigned(log, Ed25519PrivateKey.generate()),
    lambda log: (log.directory / "summary").write_bytes(b""),
    lambda log: (log.directory / "summary").write_bytes(b"{}\n\nx\n"),
    lambda log: (log.directory / "summary").write_bytes((log.directory / "summary").read_bytes()[:-1]),
    lambda log: (log.directory / "summary").write_bytes((log.directory / "summary").read_bytes() + b"\n"),
    lambda log: shutil.copy(log.directory / "older", log.directory / "summary"),
]


@pytest.mark.parametrize("forge", FORGERIES)
def test_a_forged_summary_is_refused(log: Log, forge: Callable[[Log], object]) -> None:
    """Changed, signed anew, cut, empty, or an older one: verifying and replaying stop there."""
    expire(log, "decisions-2026-01")
    shutil.copy(log.directory / "summary", log.directory / "older")
    expire(log, "decisions-2026-02")
    forge(log)
    for read in (lambda: verify_log(log.directory), lambda: replay_log(log), lambda: list(log.entries())):
        with pytest.raises(LogTamperedError) as caught:
            read()
        assert caught.value.place == "summary"


def test_a_summary_that_was_taken_away_is_found(log: Log) -> None:
    """What expired is then merely missing."""
    expire(log, "decisions-2026-01")
    (log.directory / "summary").unlink()
    with pytest.raises((LogTamperedError, LogTruncatedError)):
        verify_log(log.directory)


@pytest.mark.parametrize("bit", range(0, 8 * 32 * 12, 97))
def test_a_flipped_bit_in_an_expired_leaf_is_found(log: Log, bit: int) -> None:
    """No entry is there to hold it against, and the signed root still is."""
    expire(log, *DECISIONS)
    path = log.directory / "leaves"
    data = bytearray(path.read_bytes())
    data[bit // 8] ^= 1 << bit % 8
    path.write_bytes(data)
    with pytest.raises(LogTamperedError):
        verify_log(log.directory)


def test_a_summary_survives_writing_and_reading(log: Log) -> None:
    """parse(format(x)) is x."""
    expire(log, "accesses-2026-01")
    expire(log, *DECISIONS)
    summary = log.summary()
    assert summary is not None
    assert open_summary(summary.sign(KEY), [log.key()]) == summary


@pytest.mark.parametrize("segments", [("accesses-2026-01", "accesses-2026-02"), DECISIONS])
def test_an_expiry_killed_before_its_entry_is_forgotten(log: Log, tmp_path: Path, segments: tuple[str, ...]) -> None:
    """Before every call that changes the disk while the summary is written: nothing has happened."""
    tables, there = replay_log(log), names(log)
    wanted = [Segment.parse(name) for name in segments]
    for left in killed_everywhere(log, tmp_path, lambda copy: stage(copy, KEY, wanted)):
        assert replay_log(left) == tables and verify_log(left.directory).expired == 0
        settle(left)
        assert names(left) == there and not (left.directory / "summary.next").exists()
        expire(left, *segments)
        assert verify_log(left.directory).size == SIZE + 1


@pytest.mark.parametrize("segments", [("accesses-2026-01", "accesses-2026-02"), DECISIONS])
def test_an_expiry_killed_after_its_entry_is_finished(log: Log, tmp_path: Path, segments: tuple[str, ...]) -> None:
    """Before every call that changes the disk while segments are removed: the same is told, and the next ends it."""
    tables, kept = replay_log(log), log.checkpoint_text()
    announce(log, *segments)
    for left in killed_everywhere(log, tmp_path, settle):
        assert verify_log(left.directory, kept).kept == SIZE
        assert replay_log(left) == tables
        settle(left)
        assert not set(segments) & set(names(left)) and not (left.directory / "summary.next").exists()
        assert verify_log(left.directory, kept).expired == 6


def killed_everywhere(log: Log, folder: Path, action: Callable[[Log], object]) -> Iterator[Log]:
    """Copies of the log, in each of which ``action`` was killed before another of its calls."""
    counted = Log(Path(shutil.copytree(log.directory, folder / "counted")))
    calls = len(calls_of(lambda: action(counted)))
    assert calls > 4
    for number in range(calls):
        left = Log(Path(shutil.copytree(log.directory, folder / f"killed-{number}")))
        assert killed_before(partial(action, left), number)
        yield left


def test_a_reader_at_work_meanwhile_is_not_misled(log: Log) -> None:
    """A reading that began before an expiry goes on after it."""
    reading = log.lines()
    first = [next(reading)]
    expire(log, "accesses-2026-02")
    expire(log, "accesses-2026-03")
    assert [seq for seq, _ in (*first, *reading)] == [0, 1, 2, 3, 4, 5, 6, 9, 11, 12, 15, 17]


def test_an_announced_expiry_counts_before_it_is_settled(log: Log) -> None:
    """Between the entry and the removal nothing is at fault."""
    tables = replay_log(log)
    announce(log, "decisions-2026-01")
    assert verify_log(log.directory).expired == 3
    assert replay_log(log) == tables
    Log(log.directory).append([line(SIZE + 1, "2026-04", "fault")], KEY)
    assert settle(log) == 1 and settle(log) == 0
    assert verify_log(log.directory).size == SIZE + 2
