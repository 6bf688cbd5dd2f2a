"""The heap of a process that computes with large buffers: what is freed goes back to the system.

Rules this module keeps:

* Free pages go back to the system between two orders. Left to itself glibc keeps them: voice detection takes buffers of
  10 to 30 MiB, as large as a block is long, and each one that is freed raises the size from which memory is mapped
  apart (up to 32 MiB; mallopt(3), M_MMAP_THRESHOLD). From then on they lie in the heap and leave holes that the next
  ones do not fit: in use is always the same, held is ever more.
* While an order is worked on, the bounds do not move: fewer holes, and a lower peak.
* Threads share one heap: what one has freed another can take.
* It changes where memory lies, and no result. Without glibc nothing is done, and nothing needs to be known of it.
"""

import ctypes

_TRIM_THRESHOLD = -1
_MMAP_THRESHOLD = -3
_ARENA_MAX = -8
_MAPPED = 6_000_000
"""Bytes from which a buffer is mapped by itself: above most of what Whisper base computes with, which would cost a
system call and fresh pages each time, below what grows with the block."""

_KEPT = 1 << 28
"""Free bytes at the end of the heap that are kept for the next buffer of the same order."""


def bound() -> None:
    """Fix what the allocator keeps. To be called before there is a second thread."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for option, value in ((_MMAP_THRESHOLD, _MAPPED), (_TRIM_THRESHOLD, _KEPT), (_ARENA_MAX, 1)):
            mallopt(option, value)


def give_back() -> None:
    """Give all free pages back to the system, between two orders."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
