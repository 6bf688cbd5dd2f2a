"""From one file of entries to segments."""

import shutil
from pathlib import Path

import pytest

from storage.log.audit import verify_log
from storage.log.layout import migrate_layout
from storage.log.log import Log
from tests.storage.killing import calls_of, killed_before
from tests.storage.long_log import KEY, SIZE, line, long_log
from vocabulary.errors import LogTamperedError, LogTruncatedError


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A log as homes of the first format have it."""
    log = long_log(tmp_path / "log")
    (log.directory / "entries.jsonl").write_bytes(b"".join(found + b"\n" for _, found in log.lines()))
    shutil.rmtree(log.directory / "segments")
    return log.directory


def test_entries_leaves_and_checkpoint_stay(old: Path) -> None:
    """Byte for byte; only the files the entries lie in are others. Done again, nothing happens."""
    lines = (old / "entries.jsonl").read_bytes().splitlines()
    leaves, checkpoint = (old / "leaves").read_bytes(), (old / "checkpoint").read_bytes()
    assert migrate_layout(old) and not migrate_layout(old)
    assert [found for _, found in Log(old).lines()] == lines
    assert ((old / "leaves").read_bytes(), (old / "checkpoint").read_bytes()) == (leaves, checkpoint)
    assert verify_log(old, checkpoint.decode()).kept == SIZE
    assert oct((old / "segments").stat().st_mode)[-3:] == "700"


@pytest.mark.parametrize("tail", [b"", b'{"form', line(SIZE, "2026-04") + b"\n"])
def test_what_a_crash_left_is_still_told_from_tampering(old: Path, tail: bytes) -> None:
    """A whole line moves along, half of one waits in the catalog."""
    due = [line(SIZE, "2026-04") if not tail.endswith(b"\n") else tail[:-1]]
    with (old / "entries.jsonl").open("ab") as file:
        file.write(tail)
    migrate_layout(old)
    assert verify_log(old, pending=lambda: due).waiting == tail.count(b"\n")
    Log(old).append(due, KEY)
    assert verify_log(old).size == SIZE + 1


def test_a_log_that_is_not_sound_is_not_touched(old: Path) -> None:
    """The entry is named, and the old file stays."""
    path = old / "entries.jsonl"
    whole = path.read_bytes()
    for data, error in ((whole.replace(b"drafted", b"cleared", 1), LogTamperedError), (whole[:-9], LogTruncatedError)):
        path.write_bytes(data)
        with pytest.raises(error):
            migrate_layout(old)
        assert path.read_bytes() == data and not (old / "segments").exists()


def test_killed_anywhere_it_is_finished_by_the_next_one(old: Path, tmp_path: Path) -> None:
    """Before every call that changes the disk."""
    counted = Path(shutil.copytree(old, tmp_path / "counted"))
    calls = calls_of(lambda: migrate_layout(counted))
    for number in range(len(calls)):
        left = Path(shutil.copytree(old, tmp_path / f"killed-{number}"))
        assert killed_before(lambda left=left: migrate_layout(left), number)
        migrate_layout(left)
        assert not (left / "entries.jsonl").exists() and verify_log(left).size == SIZE
        assert sorted(path.name for path in left.iterdir()) == ["checkpoint", "key.pub", "leaves", "lock", "segments"]
