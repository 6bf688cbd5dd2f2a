"""Folders outside the machine (a share, a stick): writing there, and remembering how it went.

Rules kept here:
- the folder itself is never made: where a stick is not plugged in, its mount point is a folder of this machine;
- a file is wholly there or not at all, and synced where the file system can;
- what went wrong is remembered in HOME/copies/PLACE.json with the time since when, for ``status``; a failure is
  a word of the system or the kind of an error, never a name or a path.
"""

import contextlib
import errno
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from vocabulary.errors import HuisclosError

MEMORY = "copies"
"""The folder of the home that holds the memory."""


@dataclass(frozen=True)
class Standing:
    """How it stands with one place.

    ``reachable`` is whether the folder is there now, ``left_at`` when something last went there, ``failing_since``
    when writing first failed after that (None if it did not), ``problem`` the system's words for it; ``same_disk``
    whether the folder lies on the disk of the home and would be lost with it (None where it cannot be told). Times
    are ISO 8601 UTC.
    """

    configured: bool
    reachable: bool = False
    left_at: str | None = None
    failing_since: str | None = None
    problem: str | None = None
    same_disk: bool | None = None


def put(folder: Path, name: str, data: bytes) -> None:
    """Write ``folder``/``name``, over an older one; OSError if it cannot be. Modes are left to the file system."""
    beside = folder / f".{name}.new"
    with contextlib.suppress(FileNotFoundError):
        beside.unlink()
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(folder / name)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    sync(folder)


def sync(folder: Path) -> None:
    """Make the names in a folder durable, where its file system knows how."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def check_there(folder: Path) -> None:
    """FileNotFoundError unless the folder is there."""
    if not folder.is_dir():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))


@contextlib.contextmanager
def remembered(home: Path, place: str, now: datetime) -> Iterator[None]:
    """Write to a place inside: a full disk, a missing folder or an error for people is remembered, not raised."""
    try:
        yield
    except OSError as error:
        _remember(home, place, now, error.strerror or type(error).__name__)
    except HuisclosError as error:
        _remember(home, place, now, error.kind)
    else:
        _remember(home, place, now, None)


def standing(home: Path, place: str, folder: Path | None) -> Standing:
    """What is remembered of a place; ``folder`` is the one that the settings name, if they do."""
    known = _recall(home, place)
    if folder is None:
        return Standing(configured=False, left_at=known.get("left_at"))
    return Standing(
        configured=True,
        reachable=folder.is_dir(),
        left_at=known.get("left_at"),
        failing_since=known.get("failing_since"),
        problem=known.get("problem"),
        same_disk=_same_disk(home, folder),
    )


def _remember(home: Path, place: str, now: datetime, problem: str | None) -> None:
    """Best effort: where not even this can be written, the home's own disk is full, which others tell."""
    known = _recall(home, place)
    moment = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if problem is None:
        known = {"left_at": moment}
    else:
        known = {**known, "failing_since": known.get("failing_since", moment), "problem": problem}
    with contextlib.suppress(OSError):
        (home / MEMORY).mkdir(mode=0o700, exist_ok=True)
        put(home / MEMORY, f"{place}.json", json.dumps(known, sort_keys=True).encode())


def _recall(home: Path, place: str) -> dict[str, str]:
    try:
        known = json.loads((home / MEMORY / f"{place}.json").read_bytes())
    except (OSError, ValueError):
        return {}
    return {str(name): str(value) for name, value in known.items()} if isinstance(known, dict) else {}


def _same_disk(home: Path, folder: Path) -> bool | None:
    try:
        return folder.stat().st_dev == home.stat().st_dev
    except OSError:
        return None
