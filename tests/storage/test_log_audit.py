"""Verifying the processing log: every tampering is found, and named."""

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from storage.log.audit import read_entries, verify_log
from storage.log.entry import Entry, LoggedEntry
from storage.log.log import Log
from vocabulary.errors import (
    HuisclosError,
    LogForkedError,
    LogRolledBackError,
    LogTamperedError,
    LogTruncatedError,
    UsageError,
)
from vocabulary.ids import new_id

HOME = "h-" + "0" * 32
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
SIZE = 6


def entry_line(seq: int, second: int | None = None, entry_id: str | None = None) -> bytes:
    at = f"2026-03-14T09:00:{seq if second is None else second:02}Z"
    return LoggedEntry.of(Entry("fault"), (), seq=seq, entry_id=entry_id or new_id("e"), at=at).line()


def written(directory: Path, lines: list[bytes], key: Ed25519PrivateKey = KEY) -> Log:
    """A log that holds ``lines``."""
    log = Log.create(directory, HOME, key)
    log.append(lines, key)
    return log


@pytest.fixture
def log(tmp_path: Path) -> Log:
    """A sound log of six entries."""
    return written(tmp_path / "log", [entry_line(seq) for seq in range(SIZE)])


def edit(log: Log, file: str, change: Callable[[bytes], bytes]) -> None:
    path = log.directory / file
    path.write_bytes(change(path.read_bytes()))


def test_a_sound_log_is_reported(log: Log) -> None:
    """The report gives size, root and the times between which entries lie."""
    report = verify_log(log.directory)
    assert (report.size, report.first_at, report.last_at) == (SIZE, "2026-03-14T09:00:00Z", "2026-03-14T09:00:05Z")


@pytest.mark.parametrize("file", ["segments/decisions-2026-03.jsonl", "leaves", "checkpoint", "key.pub"])
def test_a_flipped_bit_anywhere_is_found(log: Log, file: str) -> None:
    """One bit changed in any of the four files makes verification fail with 21 or 22, never pass."""
    path = log.directory / file
    data = path.read_bytes()
    draw = random.Random(9162)
    places = {0, len(data) - 1, *(draw.randrange(len(data)) for _ in range(120))}
    places |= {place for place, byte in enumerate(data) if byte == 0x0A}
    for place in sorted(places):
        changed = bytearray(data)
        changed[place] ^= 1 << draw.randrange(8)
        path.write_bytes(changed)
        with pytest.raises((LogTamperedError, LogTruncatedError)):
            verify_log(log.directory)


@pytest.mark.parametrize("seq", range(SIZE))
def test_a_changed_entry_is_named(log: Log, seq: int) -> None:
    """The entry that was changed is the one that is named."""
    edit(log, "segments/decisions-2026-03.jsonl", lambda data: data.replace(f"09:00:0{seq}Z".encode(), b"09:30:00Z"))
    with pytest.raises(LogTamperedError) as caught:
        verify_log(log.directory)
    assert caught.value.place == f"entry {seq}"


def test_a_dropped_entry_is_named(log: Log) -> None:
    """An entry taken out of the middle is tampering, found at its place."""
    edit(
        log,
        "segments/decisions-2026-03.jsonl",
        lambda data: b"".join(data.splitlines(keepends=True)[i] for i in (0, 1, 3, 4, 5)),
    )
    with pytest.raises(LogTamperedError) as caught:
        verify_log(log.directory)
    assert caught.value.place == "entry 2"


def test_swapped_entries_are_named(log: Log) -> None:
    """Two entries swapped are found at the first."""
    edit(
        log,
        "segments/decisions-2026-03.jsonl",
        lambda data: b"".join(data.splitlines(keepends=True)[i] for i in (0, 2, 1, 3, 4, 5)),
    )
    with pytest.raises(LogTamperedError) as caught:
        verify_log(log.directory)
    assert caught.value.place == "entry 1"


def test_an_added_entry_is_named(log: Log) -> None:
    """An entry beyond the checkpoint, which nothing was about to write, is tampering."""
    edit(log, "segments/decisions-2026-03.jsonl", lambda data: data + entry_line(SIZE) + b"\n")
    with pytest.raises(LogTamperedError) as caught:
        verify_log(log.directory)
    assert caught.value.place == f"entry {SIZE}"


@pytest.mark.parametrize("left", range(SIZE))
@pytest.mark.parametrize("leaves_too", [False, True])
def test_a_cut_log_is_truncated(log: Log, left: int, leaves_too: bool) -> None:
    """Entries cut off the end give 22, whether the leaves were cut with them or not."""
    edit(log, "segments/decisions-2026-03.jsonl", lambda data: b"".join(data.splitlines(keepends=True)[:left]))
    if leaves_too:
        edit(log, "leaves", lambda data: data[: 32 * left])
    with pytest.raises(LogTruncatedError) as caught:
        verify_log(log.directory)
    assert caught.value.place == f"entry {left}"


@pytest.mark.parametrize("added", [b"\n", b"\n\n", b"anything\n"])
def test_a_line_put_between_entries_is_named(log: Log, added: bytes) -> None:
    """It is tampering with the entries, and nothing is said of the leaves, which are whole."""

    def put(data: bytes) -> bytes:
        lines = data.splitlines(keepends=True)
        return b"".join([*lines[:3], added, *lines[3:]])

    edit(log, "segments/decisions-2026-03.jsonl", put)
    with pytest.raises(LogTamperedError) as caught:
        verify_log(log.directory)
    assert caught.value.place == "entry 3"


def test_cut_leaves_are_truncated(log: Log) -> None:
    """Leaves cut short beside whole entries give 22, too."""
    edit(log, "leaves", lambda data: data[:70])
    with pytest.raises(LogTruncatedError):
        verify_log(log.directory)


def test_entry_and_leaf_changed_together_are_found(log: Log) -> None:
    """Recomputing the leaves after a change does not help: the signed root is another."""
    other = [entry_line(seq) for seq in range(SIZE)]
    twin = written(log.directory.parent / "twin", other, Ed25519PrivateKey.generate())
    for file in ("segments/decisions-2026-03.jsonl", "leaves"):
        shutil.copy(twin.directory / file, log.directory / file)
    with pytest.raises(LogTamperedError):
        verify_log(log.directory)


@pytest.mark.parametrize("file", ["segments/decisions-2026-03.jsonl", "leaves", "checkpoint", "key.pub"])
def test_a_missing_file_is_found(log: Log, file: str) -> None:
    """None of the four files can be taken away."""
    (log.directory / file).unlink()
    with pytest.raises((LogTamperedError, LogTruncatedError)):
        verify_log(log.directory)


def test_a_log_rolled_back_is_found_by_who_kept_a_checkpoint(log: Log) -> None:
    """An older state of all files is sound in itself, and 23 beside a newer checkpoint."""
    older = log.directory.parent / "older"
    shutil.copytree(log.directory, older)
    log.append([entry_line(SIZE)], KEY)
    assert verify_log(older).size == SIZE
    with pytest.raises(LogRolledBackError):
        verify_log(older, log.checkpoint_text())


def test_a_rewritten_past_is_found_by_who_kept_a_checkpoint(log: Log) -> None:
    """Another log signed with the same key is sound in itself, and 24 beside a checkpoint of the first."""
    other = written(log.directory.parent / "other", [entry_line(seq) for seq in range(SIZE + 1)])
    assert verify_log(other.directory).size == SIZE + 1
    with pytest.raises(LogForkedError):
        verify_log(other.directory, log.checkpoint_text())


def test_a_log_signed_with_another_key_is_a_fork(log: Log) -> None:
    """Replacing key and log together is found by who kept a checkpoint."""
    key = Ed25519PrivateKey.generate()
    other = written(log.directory.parent / "other", [entry_line(seq) for seq in range(SIZE)], key)
    with pytest.raises(LogForkedError):
        verify_log(other.directory, log.checkpoint_text())


def test_a_kept_checkpoint_of_the_past_is_confirmed(log: Log) -> None:
    """A log that grew still holds what an older checkpoint covers."""
    kept = log.checkpoint_text()
    log.append([entry_line(SIZE)], KEY)
    assert verify_log(log.directory, kept).kept == SIZE


def test_a_damaged_kept_checkpoint_is_the_askers_mistake(log: Log) -> None:
    """What cannot be read as a checkpoint accuses nobody of tampering."""
    for kept in ("", log.checkpoint_text()[:-3], log.checkpoint_text().replace("\n6\n", "\n5\n")):
        with pytest.raises(UsageError):
            verify_log(log.directory, kept)


def test_another_homes_checkpoint_is_the_askers_mistake(log: Log, tmp_path: Path) -> None:
    """A checkpoint of another home accuses nobody of tampering."""
    other = Log.create(tmp_path / "other", "h-" + "1" * 32, KEY)
    with pytest.raises(UsageError):
        verify_log(log.directory, other.checkpoint_text())


def test_signed_entries_out_of_time_are_named(tmp_path: Path) -> None:
    """Times that go back are found even under a valid signature."""
    log = written(tmp_path / "log", [entry_line(0, second=9), entry_line(1, second=8)])
    with pytest.raises(LogTamperedError) as caught:
        list(read_entries(log))
    assert caught.value.place == "entry 1"


def test_a_signed_id_that_comes_twice_is_named(tmp_path: Path) -> None:
    """An id stands once in a log."""
    same = new_id("e")
    log = written(tmp_path / "log", [entry_line(0, entry_id=same), entry_line(1, entry_id=same)])
    with pytest.raises(LogTamperedError) as caught:
        list(read_entries(log))
    assert caught.value.place == "entry 1"


@pytest.mark.parametrize("cut", [10, 100, 10_000])
def test_what_a_crash_left_is_told_from_tampering(log: Log, cut: int) -> None:
    """Lines beyond the checkpoint pass when the catalog is about to write just these."""
    due = [entry_line(SIZE), entry_line(SIZE + 1)]
    tail = b"".join(line + b"\n" for line in due)[:cut]
    edit(log, "segments/decisions-2026-03.jsonl", lambda data: data + tail)
    assert verify_log(log.directory, pending=lambda: due).waiting == tail.count(b"\n")
    with pytest.raises(HuisclosError):
        verify_log(log.directory)
