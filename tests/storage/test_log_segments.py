"""Accesses and decisions in files of their own, one sequence and one tree."""

import os
import shutil
from pathlib import Path

import pytest

from storage.log.audit import read_entries, verify_log
from storage.log.log import Log
from storage.log.runs import Runs
from storage.log.segments import Segment, lines_backward
from storage.log.tree import leaf_hash
from tests.storage.killing import calls_of, killed_before
from tests.storage.long_log import KEY, MONTHS, SIZE, line, long_log, names
from vocabulary.errors import HuisclosError, LogTamperedError, LogTruncatedError


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return long_log(tmp_path / "log")


def test_entries_lie_by_month_and_kind_and_are_read_in_their_order(log: Log) -> None:
    """Both files of each month are there, and reading restores the one sequence."""
    assert names(log) == sorted(f"{stream}-{month}" for stream in ("accesses", "decisions") for month in MONTHS)
    assert [seq for seq, _ in log.lines()] == [entry.seq for entry in read_entries(log)] == list(range(SIZE))
    assert log.leaves() == b"".join(leaf_hash(found) for _, found in log.lines())
    assert verify_log(log.directory).size == SIZE


def test_a_month_begins_with_both_its_files(tmp_path: Path) -> None:
    """So that one that is missing is known to be missing."""
    log = long_log(tmp_path / "log", [line(0)])
    assert names(log) == ["accesses-2026-01", "decisions-2026-01"]


@pytest.mark.parametrize("stream", ["accesses", "decisions"])
@pytest.mark.parametrize("month", MONTHS)
def test_a_missing_segment_is_named(log: Log, stream: str, month: str) -> None:
    """Its life was not over: found by verifying, by reading, and by the appender before it signs anything."""
    file = f"segments/{stream}-{month}.jsonl"
    (log.directory / file).unlink()
    with pytest.raises((LogTamperedError, LogTruncatedError)) as caught:
        verify_log(log.directory)
    assert caught.value.place == file
    for read in (lambda: list(log.lines()), lambda: Log(log.directory).append([line(SIZE, "2026-04")], KEY)):
        with pytest.raises(HuisclosError):
            read()


def test_a_month_that_is_missing_wholly_is_found(log: Log) -> None:
    """The first of its entries is named."""
    for stream in ("accesses", "decisions"):
        (log.directory / f"segments/{stream}-2026-02.jsonl").unlink()
    with pytest.raises(LogTamperedError) as caught:
        verify_log(log.directory)
    assert caught.value.place == "entry 6"


def test_a_foreign_file_among_segments_is_named(log: Log) -> None:
    """Nothing hides there."""
    (log.directory / "segments" / "notes.txt").write_text("x")
    with pytest.raises(LogTamperedError) as caught:
        verify_log(log.directory)
    assert caught.value.place == "segments/notes.txt"


def test_an_entry_in_a_segment_not_its_own_is_found(log: Log) -> None:
    """A decision among accesses would expire with them: the full reading names it."""
    folder = log.directory / "segments"
    decisions, accesses = folder / "decisions-2026-01.jsonl", folder / "accesses-2026-01.jsonl"
    first, rest = decisions.read_bytes().split(b"\n", 1)
    decisions.write_bytes(rest)
    accesses.write_bytes(first + b"\n" + accesses.read_bytes())
    assert verify_log(log.directory).size == SIZE
    with pytest.raises(LogTamperedError) as caught:
        list(read_entries(log))
    assert caught.value.place == "entry 0"


def test_an_entry_that_lies_in_two_segments_is_found(log: Log) -> None:
    """Once in each stream, and another one dropped: the number of lines is right, and the log is not."""
    folder = log.directory / "segments"
    decisions, accesses = folder / "decisions-2026-01.jsonl", folder / "accesses-2026-01.jsonl"
    copied = decisions.read_bytes().splitlines(keepends=True)[0]
    accesses.write_bytes(copied + b"".join(accesses.read_bytes().splitlines(keepends=True)[1:]))
    with pytest.raises(LogTamperedError):
        verify_log(log.directory)


BATCH = [line(SIZE, "2026-03"), line(SIZE + 1, "2026-03", "accessed"), line(SIZE + 2, "2026-04", "drafted")]
"""A batch for three files, one of them of a new month."""
TARGETS = ["decisions-2026-03", "accesses-2026-03", "decisions-2026-04"]


@pytest.mark.parametrize("kept", [(0, 0, 0), (1, 0, 0), (0, 40, 0), (10_000, 0, 20), (10_000, 10_000, 0), (50, 50, 50)])
@pytest.mark.parametrize("leaves", [0, 1, 2])
def test_torn_tails_in_several_files_are_repaired_together(log: Log, kept: tuple[int, ...], leaves: int) -> None:
    """Whatever part of each file's share a crash left, before leaves or checkpoint: appending again completes it."""
    before = log.checkpoint_text()
    log.append(BATCH, KEY)
    for share, written, name in zip(kept, BATCH, TARGETS, strict=True):
        path = log.directory / "segments" / f"{name}.jsonl"
        body = written + b"\n"
        path.write_bytes(path.read_bytes().removesuffix(body) + body[:share])
    path = log.directory / "leaves"
    path.write_bytes(path.read_bytes()[: 32 * (SIZE + leaves)])
    (log.directory / "checkpoint").write_text(before)
    assert verify_log(log.directory, pending=lambda: BATCH).size == SIZE
    if any(kept) or leaves:
        with pytest.raises(HuisclosError):
            verify_log(log.directory, pending=list)
    Log(log.directory).append(BATCH, KEY)
    assert verify_log(log.directory).size == SIZE + 3
    assert [found for _, found in log.lines()][SIZE:] == BATCH


def test_a_batch_over_two_months_is_durable_before_every_call_of_the_system(log: Log, tmp_path: Path) -> None:
    """Killed anywhere, what is there verifies, and the same batch can be appended."""
    counted = Path(shutil.copytree(log.directory, tmp_path / "counted"))
    calls = len(calls_of(lambda: Log(counted).append(BATCH, KEY)))
    assert calls > 8
    for number in range(calls):
        folder = Path(shutil.copytree(log.directory, tmp_path / f"killed-{number}"))
        assert killed_before(lambda folder=folder: Log(folder).append(BATCH, KEY), number)
        assert verify_log(folder, pending=lambda: BATCH).size in (SIZE, SIZE + 3)
        Log(folder).append(BATCH, KEY)
        assert verify_log(folder).size == SIZE + 3


def test_a_tail_nobody_was_about_to_write_in_an_old_month_is_refused(log: Log) -> None:
    """The appender looks at the end of every segment."""
    with (log.directory / "segments" / "accesses-2026-01.jsonl").open("ab") as file:
        file.write(line(SIZE, "2026-01", "accessed") + b"\n")
    with pytest.raises(LogTamperedError):
        Log(log.directory).append(BATCH, KEY)
    with pytest.raises(LogTamperedError):
        verify_log(log.directory, pending=lambda: BATCH)


def test_two_appenders_in_turn_know_of_each_other(log: Log) -> None:
    """What one process remembers as covered is completed by what the other appended."""
    first, second = Log(log.directory), Log(log.directory)
    for seq in range(SIZE, SIZE + 6):
        (first, second)[seq % 2].append([line(seq, "2026-04")], KEY)
    assert verify_log(log.directory).size == SIZE + 6


def test_runs_have_one_text() -> None:
    """parse(str(x)) is x; another spelling is refused."""
    runs = Runs.of([(5, 7), (0, 1), (2, 2), (9, 9)])
    assert str(runs) == "0-2,5-7,9" and Runs.parse(str(runs)) == runs and len(runs) == 7
    assert [runs.first_outside(first, 10) for first in (0, 3, 5, 9)] == [3, 3, 8, None]
    for other in ("0-0", "2,1", "0-2,3", "a", "01", "1-", ","):
        with pytest.raises(ValueError):
            Runs.parse(other)


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 200_000])
def test_lines_are_read_backward(tmp_path: Path, size: int) -> None:
    """Of any length, torn last line left out; offsets lead to the lines."""
    path = tmp_path / "lines"
    whole = [b"x" * length for length in (0, 1, size, 3, 70_000, 2)]
    data = b"".join(one + b"\n" for one in whole)
    path.write_bytes(data + b"torn" * size)
    found = list(lines_backward(path))
    assert [one for _, one in found] == whole[::-1]
    assert all(data[at : at + len(one)] == one for at, one in found)
    os.truncate(path, 0)
    assert list(lines_backward(path)) == []


def test_the_name_of_a_segment_is_read_exactly() -> None:
    """Two streams, twelve months."""
    assert Segment.parse("accesses-2026-12") == Segment("2026-12", "accesses")
    for other in ("accesses-2026-13", "accesses-2026-00", "other-2026-01", "accesses-26-01", "accesses-2026-01.jsonl"):
        with pytest.raises(ValueError):
            Segment.parse(other)
