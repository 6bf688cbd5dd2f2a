"""Where the entries of a home's log lie on the disk, for tests that damage them."""

from pathlib import Path


def decisions(home: Path) -> Path:
    """The newest segment of decisions."""
    return sorted((home / "archive" / "log" / "segments").glob("decisions-*.jsonl"))[-1]


def accesses(home: Path) -> Path:
    """The newest segment of accesses."""
    return sorted((home / "archive" / "log" / "segments").glob("accesses-*.jsonl"))[-1]
