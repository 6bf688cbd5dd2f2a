"""kill -9 at random moments of the whole walk, many times: nothing leaks, nothing is lost."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from storage.verify import verify_archive
from tests import factory
from tests.canary.scan import needles, scan

WANTED = needles([*factory.CANARIES, "Amaury"], factory.RECORDING.read_bytes())
LONGEST = 9.0
"""Seconds that the walk takes in a process of its own, loading the detector included."""


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(60))
def test_a_walk_killed_at_any_moment_leaves_a_whole_archive(seed: int, tmp_path: Path) -> None:
    """The archive verifies once it has been opened again, and no planted name stands anywhere."""
    home = factory.build(tmp_path / "home")
    (home.path / "drop" / factory.CODE / "seance1.ogg").write_bytes(factory.RECORDING.read_bytes())
    (home.path / "drop" / factory.CODE / "seance1.toml").write_text(factory.DOSSIER, encoding="utf-8")
    command = [sys.executable, "-m", "tests.canary.walked", str(home.path)]
    child = subprocess.Popen(command, cwd=factory.ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    time.sleep(random.Random(seed).uniform(0.5, LONGEST))
    child.kill()
    output, _ = child.communicate(timeout=30)
    assert scan(home.path, WANTED, output, skip=("drop", "claimed")) == []
    with home.open() as services:
        report = verify_archive(home.path, services.archive)
    assert report.findings == (), [finding.message for finding in report.findings]
