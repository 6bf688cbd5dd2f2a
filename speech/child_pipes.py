"""The inside of a process that does one kind of work on sound: stopped at any moment, it takes nothing with it.

Rules this module keeps:

* It gets a recipe for its worker, then orders with their sound, over a pipe, and gives answers back over another.
  Nothing of that stands in its arguments or its environment, and it has no key and no passphrase.
* Where the kernel lets it, it leaves the network before anything foreign is loaded: an ordinary user can only do so
  while there is one thread, and numeric libraries start theirs when they are imported. So this module imports none.
* It never outlives its parent: the kernel kills it when the other end of a pipe is closed that only the parent holds,
  even while a library lets no other code run or nobody takes the sound. Where the kernel cannot, a thread that reads
  notices the end, as soon as it gets to run and to read.
* What a library writes to the standard streams goes nowhere. No core is dumped, nobody may trace it.
* Its memory does not grow with what it has heard: each order gives back what it took (speech/heap.py).
* Of an error only what may be told is (speech/child_errors.py).

The pipes, ``struct`` format ``>cI``: kind and length, then that many bytes.

* standard input: ``B`` the recipe, first; then for each order ``O`` (JSON), as many ``S`` as there are (samples, 16-bit
  mono at 16 kHz, little-endian), and ``Z``, empty, when there are no more;
* standard output: ``V`` the worker's version, once it is ready, and whether the network was left (JSON, a list of
  both); ``P`` progress (``>d``, 0 to 1); ``R`` the result (JSON); ``E`` an error (JSON: ``message``, ``facts`` and
  ``place`` of ours, ``memory``, or ``fault`` with its frames).
  Progress may be told while the sound comes: the parent reads as it writes.
"""

import contextlib
import importlib
import json
import os
import queue
import resource
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from speech import heap
from speech.child_errors import told
from speech.isolation import die_with, leave_network, untraceable

HEADER = struct.Struct(">cI")
FRACTION = struct.Struct(">d")
PIECE = 1 << 20

Work = Callable[[Any, Mapping[str, Any], Iterator[bytes], Callable[[float], None]], object]
"""What is done with a worker, an order, its sound (read once, as it comes) and a way to tell progress; plain values."""


_network_left = False


def start(module: str, lifeline: int) -> None:
    """Give up what no work needs, then run ``main`` of the module that does it, until ``lifeline`` is cut."""
    global _network_left
    die_with(lifeline)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _network_left = leave_network(keep_rights=True)
    untraceable()
    heap.share()
    importlib.import_module(module).main()


def serve(work: Work) -> None:
    """Make the worker of the recipe, and do ``work`` for each order until the pipe is closed."""
    pipes = _Pipes()
    try:
        recipe = json.loads(pipes.next(b"B"))
        worker = getattr(importlib.import_module(recipe["module"]), recipe["name"])(**recipe["arguments"])
        pipes.give(b"V", json.dumps([worker.version, _network_left]).encode())
        while True:
            order, sound = json.loads(pipes.next(b"O")), pipes.sound()
            answer = work(worker, order, sound, lambda fraction: pipes.give(b"P", FRACTION.pack(fraction)))
            for _ in sound:  # what nobody listened to
                pass
            pipes.give(b"R", json.dumps(answer).encode())
            heap.give_back()
    except BaseException as error:
        pipes.give(b"E", json.dumps(told(error)).encode())


class _Pipes:
    """The two pipes. A thread reads, so that the end of the parent is noticed where the kernel does not tell it."""

    def __init__(self) -> None:
        self._out = os.dup(1)
        null = os.open(os.devnull, os.O_WRONLY)
        for descriptor in (1, 2):
            os.dup2(null, descriptor)
        self._messages: queue.Queue[tuple[bytes, bytes]] = queue.Queue(maxsize=2)
        threading.Thread(target=self._read, daemon=True).start()

    def next(self, kind: bytes) -> bytes:
        found, data = self._messages.get()
        if found != kind:
            raise ValueError("a message out of turn")
        return data

    def sound(self) -> Iterator[bytes]:
        """The sound of the order that came, piece by piece, to its end."""
        while (message := self._messages.get())[0] == b"S":
            yield message[1]
        if message[0] != b"Z":
            raise ValueError("a message out of turn")

    def give(self, kind: bytes, data: bytes) -> None:
        view = memoryview(HEADER.pack(kind, len(data)) + data)
        with contextlib.suppress(BrokenPipeError):
            while view:
                view = view[os.write(self._out, view) :]

    def _read(self) -> None:
        while True:
            kind, length = HEADER.unpack(self._take(HEADER.size))
            self._messages.put((kind, self._take(length)))

    def _take(self, count: int) -> bytes:
        parts = []
        while count:
            part = os.read(0, min(count, PIECE))
            if not part:
                os._exit(0)
            parts.append(part)
            count -= len(part)
        return b"".join(parts)
