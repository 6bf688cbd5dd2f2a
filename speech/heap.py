"""The heap of a process that computes with large buffers: what is freed goes back to the system.

Rules this module keeps:

* Free pages go back to the system between two orders. Left to itself glibc keeps them: voice detection takes buffers of
  10 to 30 MiB, as large as a block is long, and each one that is freed raises the size from which memory is mapped
  apart (up to 32 MiB; mallopt(3), M_MMAP_THRESHOLD). From then on they lie in the heap and leave holes that the next
  ones do not fit: in use is always the same, held is ever more.
* Threads share one heap: what voice detection has freed, the model's thread can take.
* That size is not fixed, which would keep the heap smallest: what a model decodes with is then mapped anew for each
  token, and the larger the model, or the more stretches at a time, the more it costs.
* It changes where memory lies, and no result. Without glibc nothing is done, and nothing needs to be known of it.
"""

import ctypes

_ARENA_MAX = -8


def share() -> None:
    """Have one heap for all threads. To be called before there is a second one."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_ARENA_MAX, 1)


def give_back() -> None:
    """Give all free pages back to the system, between two orders."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
