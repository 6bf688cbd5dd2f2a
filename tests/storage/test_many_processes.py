"""Many processes in one archive at once, and processes killed at random moments: nothing lost, nothing unlogged."""

import random
import time
from pathlib import Path

import pytest

from storage.newest import check_size, note_size
from tests.storage.publishing import check_all, ended, faults, kill, new_home, start
from vocabulary.errors import LogRolledBackError

AT_ONCE = 8
LONGEST = 0.6
"""Seconds within which a worker is killed: it opens the archive in some 50 ms, and goes on until it is killed."""


def test_eight_processes_publish_read_and_destroy_at_once(tmp_path: Path) -> None:
    """Every one ends well; every record noted as kept opens, every one noted as destroyed is gone."""
    home, notes = new_home(tmp_path / "home"), tmp_path / "notes"
    notes.mkdir()
    workers = [start(home, notes, number, rounds=14) for number in range(AT_ONCE)]
    codes = [ended(worker) for worker in workers]
    assert faults(notes) == []
    assert codes == [0] * AT_ONCE
    kept, gone = check_all(home, notes)
    assert kept >= AT_ONCE
    assert gone >= AT_ONCE


def _kill_many(tmp_path: Path, seed: int, rounds: int, at_once: int) -> None:
    home, notes = new_home(tmp_path / "home"), tmp_path / "notes"
    notes.mkdir()
    moments = random.Random(seed)
    for _ in range(rounds):
        begun = time.monotonic()
        workers = [start(home, notes, number, rounds=100_000) for number in range(at_once)]
        for worker, moment in zip(workers, sorted(moments.uniform(0, LONGEST) for _ in workers), strict=True):
            time.sleep(max(begun + moment - time.monotonic(), 0))
            kill(worker)
        assert [ended(worker) for worker in workers] == [-9] * at_once, faults(notes)
        kept, _ = check_all(home, notes)
    assert kept > 0


def test_twenty_processes_killed_at_random_moments_lose_nothing(tmp_path: Path) -> None:
    """Four at a time, each killed at a moment of its own while the others go on; then the archive is opened."""
    _kill_many(tmp_path, seed=20, rounds=5, at_once=4)


def test_a_log_that_grows_while_it_is_looked_at_is_not_taken_for_shorter(tmp_path: Path) -> None:
    """The size this home is known to have had is read before the log; a log that is shorter is found out."""
    note_size(tmp_path, 7)

    def grown() -> int:
        note_size(tmp_path, 9)
        return 8

    check_size(tmp_path, grown)
    with pytest.raises(LogRolledBackError):
        check_size(tmp_path, lambda: 8)


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(5))
def test_two_hundred_processes_killed_at_random_moments_lose_nothing(tmp_path: Path, seed: int) -> None:
    """The same, forty for each of five archives, each archive opened ten times."""
    _kill_many(tmp_path, seed=seed, rounds=10, at_once=4)
