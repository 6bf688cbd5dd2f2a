"""What every process that holds keys or text does before anything else, and the locks it takes.

Rules: no core dump, files for the owner only, temporary files inside the home; inside a step the standard
streams of libraries go nowhere; a lock is an flock, so a killed process never keeps one.
"""

import contextlib
import ctypes
import fcntl
import os
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from vocabulary.errors import BusyError
from vocabulary.messages import N_

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_terminal: TextIO | None = None


def harden(home: Path) -> None:
    """Forbid core dumps and other people's reading, and keep temporary files inside ``home``."""
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    temporary = home / "tmp"
    temporary.mkdir(mode=0o700, exist_ok=True)
    os.environ["TMPDIR"] = str(temporary)
    tempfile.tempdir = str(temporary)


def die_with_parent() -> None:
    """For ``preexec_fn``: a child ends when its parent is killed (Linux), in a group of its own."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def terminal() -> TextIO:
    """The stream people read messages on, kept open while ``quiet`` silences the standard ones."""
    global _terminal
    if _terminal is None or _terminal.closed:
        _terminal = os.fdopen(os.dup(sys.__stderr__.fileno() if sys.__stderr__ else 2), "w", buffering=1)
    return _terminal


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Send whatever libraries write to standard output and error nowhere, at the level of descriptors."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    null = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
    kept = [(number, os.dup(number)) for number in (1, 2)]
    silent = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 (closed below)
    try:
        for number, _ in kept:
            os.dup2(null, number)
        with contextlib.redirect_stdout(silent), contextlib.redirect_stderr(silent):
            yield
    finally:
        for number, copy in kept:
            os.dup2(copy, number)
            os.close(copy)
        os.close(null)
        silent.close()


@contextlib.contextmanager
def lock(home: Path, name: str, *, wait: bool = False, shown: str | None = None) -> Iterator[None]:
    """Hold the lock ``name`` of this home; BusyError at once if another process has it and not ``wait``.

    ``shown`` is what people call the thing, where the name of the lock is an opaque id.
    """
    folder = home / "locks"
    folder.mkdir(mode=0o700, exist_ok=True)
    with (folder / name).open("a") as handle:
        if wait:
            fcntl.flock(handle, fcntl.LOCK_EX)
        elif not _taken(handle):
            raise BusyError(
                N_("Another process is at work on this ({name}). Wait until it is done, then try again."),
                name=shown or name,
            )
        yield


@contextlib.contextmanager
def place(folder: Path, name: str, count: int) -> Iterator[None]:
    """Take one of ``count`` places of that name, which all processes that know ``folder`` share.

    BusyError at once when all are taken. A killed process gives its place back.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for number in range(1, count + 1):
        with (folder / f"{name}-{number}").open("a") as handle:
            if _taken(handle):
                yield
                return
    raise BusyError(
        N_(
            "As many transcriptions are under way on this machine as speech.at_once allows ({count}). Nothing is lost: "
            "run again when one is done, or raise the setting if the memory is large enough."
        ),
        count=count,
    )


def _taken(handle: TextIO) -> bool:
    """Take a lock that is free; tried again for a moment, as ``is_locked`` holds what it looks at that long."""
    for pause in (0.02, 0.05, 0.1):
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        time.sleep(pause)
    return False


@dataclass
class Presence:
    """One process among those that have a home open. ``alone`` until it lets others in with ``share``."""

    alone: bool
    _handle: TextIO

    def share(self) -> None:
        fcntl.flock(self._handle, fcntl.LOCK_SH)
        self.alone = False


@contextlib.contextmanager
def presence(home: Path) -> Iterator[Presence]:
    """Be counted among the processes that have this home open; others wait while one is alone."""
    folder = home / "locks"
    folder.mkdir(mode=0o700, exist_ok=True)
    with (folder / "open").open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            alone = True
        except BlockingIOError:
            fcntl.flock(handle, fcntl.LOCK_SH)
            alone = False
        yield Presence(alone, handle)


def is_locked(home: Path, name: str) -> bool:
    """Whether another process holds the lock ``name`` now."""
    path = home / "locks" / name
    if not path.exists():
        return False
    with path.open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False
