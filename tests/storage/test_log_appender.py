"""Appending to the processing log, crashes included."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from storage.log.audit import verify_log
from storage.log.entry import Entry, LoggedEntry
from storage.log.log import Log
from vocabulary.errors import DamagedError, LogTamperedError, LogTruncatedError, ResourceError
from vocabulary.ids import new_id

HOME = "h-" + "0" * 32
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def entry_lines(start: int, count: int) -> list[bytes]:
    """Lines of ``count`` entries numbered from ``start``."""
    return [
        LoggedEntry.of(Entry("fault"), (), seq=seq, entry_id=new_id("e"), at=f"2026-03-14T09:00:{seq:02}Z").line()
        for seq in range(start, start + count)
    ]


@pytest.fixture
def log(tmp_path: Path) -> Log:
    """A log of three entries."""
    made = Log.create(tmp_path / "log", HOME, KEY)
    made.append(entry_lines(0, 3), KEY)
    return made


def test_a_new_log_is_empty_and_signed(tmp_path: Path) -> None:
    """The first checkpoint covers nothing and is signed already."""
    log = Log.create(tmp_path, HOME, KEY)
    assert verify_log(tmp_path).size == log.head().size == 0


def test_entries_come_back_in_order(log: Log) -> None:
    """What is appended is read, oldest first, and can be asked for by kind."""
    assert [entry.seq for entry in log.entries()] == [0, 1, 2]
    assert list(log.entries(kind="received")) == []


def test_head_tells_size_and_last_time(log: Log) -> None:
    """The head is the number of entries covered and the time of the last."""
    assert (log.head().size, log.head().at) == (3, "2026-03-14T09:00:02Z")


def test_an_entry_already_there_is_not_written_again(log: Log) -> None:
    """Appending the same lines after a crash changes nothing."""
    lines = entry_lines(3, 2)
    log.append(lines, KEY)
    before = (log.directory / "segments/decisions-2026-03.jsonl").read_bytes()
    log.append(lines, KEY)
    Log(log.directory).append(lines, KEY)
    assert (log.directory / "segments/decisions-2026-03.jsonl").read_bytes() == before


@pytest.mark.parametrize("cut", [0, 1, 40, 250, 400])
def test_a_torn_tail_is_repaired_by_appending_again(log: Log, cut: int) -> None:
    """Whatever part of a batch a crash left in the file, appending the batch again completes it."""
    lines = entry_lines(3, 2)
    torn = b"".join(line + b"\n" for line in lines)[:cut]
    with (log.directory / "segments/decisions-2026-03.jsonl").open("ab") as file:
        file.write(torn)
    Log(log.directory).append(lines, KEY)
    assert verify_log(log.directory).size == 5
    assert [entry.line() for entry in log.entries()][3:] == lines


def test_leaves_written_without_a_checkpoint_are_repaired(log: Log) -> None:
    """A crash between leaves and checkpoint leaves both files ahead of it; appending again covers them."""
    lines = entry_lines(3, 2)
    old = log.checkpoint_text()
    log.append(lines, KEY)
    (log.directory / "checkpoint").write_text(old)
    Log(log.directory).append(lines, KEY)
    assert verify_log(log.directory).size == 5


def test_a_tail_nobody_was_about_to_write_is_refused(log: Log) -> None:
    """The appender signs no entry that was put there by someone else, and says which it is."""
    with (log.directory / "segments/decisions-2026-03.jsonl").open("ab") as file:
        file.write(entry_lines(3, 1)[0] + b"\n")
    with pytest.raises(LogTamperedError) as caught:
        log.append(entry_lines(3, 1), KEY)
    assert caught.value.place == "entry 3"


def test_the_appender_signs_nothing_after_a_changed_past(log: Log) -> None:
    """Leaves that are not those the checkpoint covers stop the appender."""
    path = log.directory / "leaves"
    data = bytearray(path.read_bytes())
    data[33] ^= 1
    path.write_bytes(data)
    with pytest.raises(LogTamperedError):
        Log(log.directory).append(entry_lines(3, 1), KEY)


def test_the_appender_signs_nothing_after_a_cut(log: Log) -> None:
    """Entries missing before the checkpoint's size stop the appender."""
    path = log.directory / "segments/decisions-2026-03.jsonl"
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(LogTruncatedError):
        Log(log.directory).append(entry_lines(3, 1), KEY)


def test_an_entry_of_another_past_is_refused(log: Log) -> None:
    """A catalog older than the log numbers its entries as others that are there: nothing is written."""
    with pytest.raises(DamagedError):
        log.append(entry_lines(2, 1), KEY)


def test_a_gap_in_the_numbers_is_refused(log: Log) -> None:
    """An entry that does not follow the last one is not written."""
    with pytest.raises(DamagedError):
        log.append(entry_lines(4, 1), KEY)


def test_another_key_cannot_append(log: Log) -> None:
    """Only the private half of key.pub signs."""
    with pytest.raises(LogTamperedError):
        log.append(entry_lines(3, 1), Ed25519PrivateKey.generate())


def test_a_full_disk_loses_nothing(log: Log) -> None:
    """When the checkpoint cannot be written, the old one stands and the same call later succeeds."""
    lines = entry_lines(3, 2)
    beside = log.directory / "checkpoint.new"
    beside.symlink_to("/dev/full")
    with pytest.raises(ResourceError):
        log.append(lines, KEY)
    beside.unlink()
    assert log.checkpoint().size == 3
    log.append(lines, KEY)
    assert verify_log(log.directory).size == 5
