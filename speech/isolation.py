"""Gives up what a decoder has no use for: files, network, other processes, memory without end.

Rules this module keeps:

* Limits are set before anything foreign is loaded; the filter of system calls once all code is loaded,
  and before the first byte of a recording is read.
* On Linux (x86-64, AArch64) seccomp leaves only what reading and writing open pipes and using memory
  need: opening a file, a socket or a process fails with EPERM. A network namespace of its own comes first,
  where the kernel lets an ordinary user have one. Elsewhere neither exists, and the limits, the empty
  environment and the closed descriptors are all there is: ``Hold`` says what was obtained.
* Nothing here can be undone by the process that called it.

Sources: prctl(2), seccomp(2), unshare(2), setrlimit(2), fcntl(2).
"""

import contextlib
import ctypes
import fcntl
import os
import platform
import resource
import select
import signal
import struct
import sys
from dataclasses import dataclass

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_SECCOMP = 22
_SECCOMP_MODE_FILTER = 2
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000

_LOAD_WORD = 0x20
_JUMP_IF_EQUAL = 0x15
_RETURN = 0x06
_ALLOW = 0x7FFF0000
_REFUSE = 0x00050000 | 1  # errno EPERM

# Kernel architecture number, then the system calls left: read write close fstat lseek mmap mprotect munmap
# brk mremap madvise rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack sched_yield nanosleep
# clock_nanosleep clock_gettime getpid gettid futex sched_getaffinity restart_syscall getrandom exit
# exit_group.
_CALLS = {
    "x86_64": (
        0xC000003E,
        (0, 1, 3, 5, 8, 9, 10, 11, 12, 25, 28, 13, 14, 15, 131, 24, 35, 230, 228, 39, 186, 202, 204, 219, 318, 60, 231),
    ),
    "aarch64": (
        0xC00000B7,
        (63, 64, 57, 80, 62, 222, 226, 215, 214, 216, 233, 134, 135, 139, 132, 124, 101, 115, 113, 172, 178, 98, 123,
         128, 278, 93, 94),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Hold:
    """What this process was deprived of by the kernel, beyond its limits."""

    calls: bool
    network: bool


def limit(memory: int, seconds: int) -> None:
    """Bound memory (bytes of address space) and processor time; no file can grow, no core is dumped.

    A limit that already stands lower is kept. Linux adds: dies with its parent, cannot be traced.
    """
    for kind, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        with contextlib.suppress(ValueError, OSError):  # macOS refuses RLIMIT_AS
            resource.setrlimit(kind, (bound, bound))
    if sys.platform == "linux":
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    untraceable()


def untraceable() -> None:
    """Keep other processes of the same user from reading this one's memory (Linux)."""
    if sys.platform == "linux":
        _prctl(_PR_SET_DUMPABLE, 0)


def die_with(descriptor: int) -> bool:
    """Have the kernel kill this process, and its group if it leads one, when the other end of a pipe is closed.

    Whatever code runs or waits then, and whichever thread holds what. False where the kernel has no such signal.
    Nothing may ever be written to the pipe. Source: fcntl(2), F_SETSIG.
    """
    if sys.platform != "linux":
        return False
    me = os.getpid()
    fcntl.fcntl(descriptor, fcntl.F_SETOWN, -me if os.getpgrp() == me else me)
    fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(descriptor, fcntl.F_SETFL, fcntl.fcntl(descriptor, fcntl.F_GETFL) | os.O_ASYNC)
    watched = select.poll()
    watched.register(descriptor, select.POLLIN)
    if watched.poll(0):  # it was closed before
        os._exit(0)
    return True


def leave_network(*, keep_rights: bool = False) -> bool:
    """Enter an empty network namespace; False where the kernel does not allow it. One thread must be all there is.

    An ordinary user needs a namespace of users for it, in which nobody has rights over others' files; who has such
    rights, and still needs them to read its own, asks for ``keep_rights``.
    """
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    ways = (_CLONE_NEWUSER | _CLONE_NEWNET, _CLONE_NEWNET)
    return any(libc.unshare(flags) == 0 for flags in (reversed(ways) if keep_rights else ways))


def hold(*, network: bool) -> Hold:
    """Close every descriptor but the standard ones, forbid new ones, and filter system calls."""
    os.closerange(3, 4096)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
    return Hold(calls=_filter_calls(), network=network)


def _prctl(option: int, value: int, program: object = 0) -> bool:
    done: int = ctypes.CDLL(None, use_errno=True).prctl(option, value, program, 0, 0)
    return done == 0


def _filter_calls() -> bool:
    """Install the seccomp filter; False where the kernel or the architecture has none."""
    known = _CALLS.get(platform.machine())
    if sys.platform != "linux" or known is None:
        return False
    architecture, calls = known
    lines = [
        (_LOAD_WORD, 0, 0, 4),  # struct seccomp_data: nr at 0, arch at 4
        (_JUMP_IF_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _REFUSE),
        (_LOAD_WORD, 0, 0, 0),
        *((_JUMP_IF_EQUAL, len(calls) - at, 0, call) for at, call in enumerate(calls)),
        (_RETURN, 0, 0, _REFUSE),
        (_RETURN, 0, 0, _ALLOW),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *line) for line in lines))
    program = ctypes.create_string_buffer(struct.pack("@HP", len(lines), ctypes.addressof(code)))
    return _prctl(_PR_SET_NO_NEW_PRIVS, 1) and _prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, program)
