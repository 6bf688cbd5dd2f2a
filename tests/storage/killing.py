"""Ways to stop an action half way: kill -9 before its n-th call that changes a disk or asks a
server, and a disk that is full."""

import contextlib
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from types import FrameType

CHANGING = frozenset(
    {"open", "write", "pwrite", "fsync", "ftruncate", "rename", "unlink", "mkdir", "chmod", "fchmod", "flock"}
)


NETWORK = frozenset({"connect", "sendall", "recv_into"})


def calls_of(action: Callable[[], object]) -> list[str]:
    """The names of the calls ``action`` makes, in order."""
    seen: list[str] = []
    _watch(action, seen.append)
    return seen


def killed_before(action: Callable[[], object], number: int) -> bool:
    """Run ``action`` in a child killed before call ``number`` (from 0); False if it ended before that."""
    child = os.fork()
    if child == 0:
        count = 0

        def note(_: str) -> None:
            nonlocal count
            if count == number:
                os.kill(os.getpid(), signal.SIGKILL)
            count += 1

        try:
            _watch(action, note)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


@contextlib.contextmanager
def no_file_beyond(size: int) -> Iterator[None]:
    """Writing past ``size`` bytes of any file fails, as it does on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def _watch(action: Callable[[], object], note: Callable[[str], None]) -> None:
    def profile(frame: FrameType, event: str, called: object) -> None:
        name = getattr(called, "__name__", "")
        if event != "c_call":
            return
        on_disk = name in CHANGING and getattr(called, "__module__", "") in {"posix", "fcntl"}
        if on_disk or (name in NETWORK and isinstance(getattr(called, "__self__", None), socket.socket)):
            note(name)

    sys.setprofile(profile)
    try:
        action()
    finally:
        sys.setprofile(None)
