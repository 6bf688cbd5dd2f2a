"""The decoding child seen from its parent: started, fed, listened to, and ended.

Rules this module keeps:

* The child (speech/decoding_child.py) gets an empty environment and three descriptors: two pipes and the null device.
* It asks for ranges of a recording and gets them from the source given; an error the source raises passes through.
* The parent holds the clock and the size of the result. Whatever happens, no child is left.
"""

import contextlib
import json
import math
import os
import selectors
import struct
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol, TypeVar

T = TypeVar("T")

EDITION = f"decoding 1 av {version('av')}"
"""All that decoded samples depend on beside the recording, before tracks are mixed. Another rule has another number."""

Results = Generator[tuple[int, bytes], None, T]
"""What a child writes, as (offset in the result, bytes); returns what it tells at the end."""

_BLOCK = 1 << 20
_ANSWER = struct.Struct(">I")
_HEADER = struct.Struct(">cQI")
_START = "import sys; sys.path.insert(0, sys.argv[1]); from speech.decoding_child import main; main()"
_TRAILER_BYTES = 4096


class Source(Protocol):
    """What a recording is read from."""

    def seek(self, offset: int, whence: int = ..., /) -> int: ...
    def read(self, count: int = ..., /) -> bytes: ...


class ChildFailedError(Exception):
    """The child died, took too long, or said what it may not say."""


def serve(
    source: Source, order: Mapping[str, object], *, memory: int, wall: float, seconds: float, room: int
) -> Results[dict[str, Any]]:
    """Run a child to its trailer, which is returned; ChildFailedError if it does not get there.

    ``memory`` in bytes; ``wall``: seconds the child is waited for; ``seconds``: the most it may decode; ``room``: the
    most bytes its result may have. Closed early, it ends the child.
    """
    child = subprocess.Popen(
        [sys.executable, "-I", "-B", "-c", _START, str(Path(__file__).resolve().parent.parent)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={},
        close_fds=True,
        start_new_session=True,
        bufsize=0,
    )
    assert child.stdin is not None and child.stdout is not None
    pipes = _Pipes(child.stdin.fileno(), child.stdout.fileno(), wall)
    try:
        limits = {"memory": memory, "processor": math.ceil(wall), "seconds": seconds}
        message = json.dumps({**order, **limits}).encode()
        pipes.write(_ANSWER.pack(len(message)) + message)
        return (yield from _answer(pipes, source, room))
    except BrokenPipeError:
        raise ChildFailedError from None
    finally:
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            with contextlib.suppress(OSError):
                pipe.close()


def told(results: Results[T]) -> T:
    """What a child tells at the end, whatever it writes before."""
    while True:
        try:
            next(results)
        except StopIteration as end:
            value: T = end.value
            return value


def _answer(pipes: "_Pipes", source: Source, room: int) -> Results[dict[str, Any]]:
    while True:
        kind, offset, length = _HEADER.unpack(pipes.read(_HEADER.size))
        if kind == b"R":
            source.seek(offset)
            data = source.read(min(length, _BLOCK))
            pipes.write(_ANSWER.pack(len(data)) + data)
        elif kind == b"W":
            if length > _BLOCK or offset + length > room:
                raise ChildFailedError
            yield offset, pipes.read(length)
        elif kind == b"T" and length <= _TRAILER_BYTES:
            return _trailer(pipes.read(length))
        else:
            raise ChildFailedError


class _Pipes:
    """Reads and writes on a child's pipes that wait no longer than ``seconds`` in all."""

    def __init__(self, to_child: int, from_child: int, seconds: float) -> None:
        self._to, self._from, self._left = to_child, from_child, seconds
        os.set_blocking(to_child, False)
        os.set_blocking(from_child, False)

    def read(self, count: int) -> bytes:
        parts = []
        while count:
            self._wait(self._from, selectors.EVENT_READ)
            part = os.read(self._from, min(count, _BLOCK))
            if not part:
                raise ChildFailedError
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    def write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            self._wait(self._to, selectors.EVENT_WRITE)
            view = view[os.write(self._to, view[:_BLOCK]) :]

    def _wait(self, descriptor: int, event: int) -> None:
        began = time.monotonic()
        with selectors.DefaultSelector() as selector:
            selector.register(descriptor, event)
            if not selector.select(max(0.0, self._left)):
                raise ChildFailedError
        self._left -= time.monotonic() - began


def _trailer(data: bytes) -> dict[str, Any]:
    try:
        trailer = json.loads(data)
    except ValueError:
        raise ChildFailedError from None
    if not isinstance(trailer, dict):
        raise ChildFailedError
    return trailer
