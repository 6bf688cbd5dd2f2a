"""Recordings in: what they are, their samples, and a copy with stretches silenced.

Rules this module keeps:

* A recording's bytes reach a decoder only in a child process (speech/decoding_child.py) with an empty
  environment and three descriptors: two pipes and the null device. Nothing is written to disk.
* The child asks for ranges and gets them from the source given, so a sealed recording is decrypted piece
  by piece and its plain bytes never lie anywhere together.
* Samples come as a stream: the child is ahead of whoever reads them by no more than a pipe holds.
* The parent holds the clock and the size of the result: a child that is waited for too long or gives too much
  is killed. Every figure it reports is checked before it is believed.
* What is no accepted recording, by its first bytes, never reaches the child.

Times are seconds from the beginning of the recording. A source is open, binary and seekable; an error it
raises (a damaged sealed object) passes through unchanged.
"""

import contextlib
import io
import json
import math
import os
import selectors
import struct
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import numpy as np
import numpy.typing as npt

from speech.formats import HEAD, sniff
from vocabulary.choices import Reason
from vocabulary.errors import RecordingError
from vocabulary.messages import N_

RATE = 16000
"""Samples a second of what is decoded, mono."""

Samples = npt.NDArray[np.int16]

T = TypeVar("T")

_BLOCK = 1 << 20
_ANSWER = struct.Struct(">I")
_HEADER = struct.Struct(">cQI")
_START = "import sys; sys.path.insert(0, sys.argv[1]); from speech.decoding_child import main; main()"
_TRAILER_BYTES = 4096
_FLAC_BYTES = 1 << 16  # headers, and what a frame can weigh beyond its samples


@dataclass(frozen=True)
class Limits:
    """What one recording may take: its length and size, and the child's memory (bytes) and time (seconds).

    ``wall`` counts the time the child is waited for, and not what its samples are used for meanwhile.
    """

    seconds: float = 6 * 3600
    bytes: int = 4 * 2**30
    memory: int = 1_200 * 2**20
    wall: float = 900.0


@dataclass(frozen=True)
class Facts:
    """What a recording is. ``damaged_at`` is where it stops being whole, None if it is."""

    duration: float
    sample_rate: int
    channels: int
    codec: str
    damaged_at: float | None


def probe(source: BinaryIO, limits: Limits | None = None) -> Facts:
    """Decode ``source`` wholly and keep only its facts.

    Raises RecordingError: NOT_A_RECORDING, EMPTY or TOO_LARGE.
    """
    return _told(_Child(source, limits or Limits()).run("probe"))


def stream(source: BinaryIO, limits: Limits | None = None) -> Generator[Samples, None, Facts]:
    """Samples of ``source``, 16-bit mono at 16 kHz, piece by piece; returns its facts at the end.

    The pieces have any length. Raises as ``probe`` does; what came before stands. Closed early, it ends the child.
    """
    pieces = _Child(source, limits or Limits()).run("pcm")
    length = 0
    while True:
        try:
            offset, data = next(pieces)
        except StopIteration as end:
            facts: Facts = end.value
            return facts
        if offset != length or len(data) % 2:
            pieces.close()
            raise _refusal(Reason.NOT_A_RECORDING)
        length += len(data)
        yield np.frombuffer(data, dtype="<i2")


def decode(source: BinaryIO, limits: Limits | None = None) -> tuple[Samples, Facts]:
    """All samples of a short ``source`` together, and its facts. Raises as ``probe`` does."""
    pieces = stream(source, limits)
    collected: list[Samples] = []
    while True:
        try:
            collected.append(next(pieces))
        except StopIteration as end:
            return np.concatenate(collected), end.value


def silence(source: BinaryIO, stretches: Sequence[tuple[float, float]], limits: Limits | None = None) -> bytes:
    """A FLAC copy of ``source`` (16 kHz, mono) in which ``stretches`` (start, end) hold only zeros.

    The copy has the length of the original. Raises as ``probe`` does, ValueError for an inverted stretch.
    """
    if any(not 0 <= start <= end < math.inf for start, end in stretches):
        raise ValueError("a stretch begins at 0 or later and does not end before it begins")
    copy = io.BytesIO()
    for offset, data in _Child(source, limits or Limits()).run("flac", stretches):
        if offset > copy.seek(0, os.SEEK_END):
            raise _refusal(Reason.NOT_A_RECORDING)
        copy.seek(offset)
        copy.write(data)
    return copy.getvalue()


def check_isolation() -> dict[str, bool]:
    """What the child is kept from on this machine: files, network, processes, environment."""
    trailer = _told(_Child(_Nothing(), Limits()).confess())
    refused = trailer.get("refused", [])
    return {
        **{name: name in refused for name in ("files", "network", "processes")},
        "environment": trailer.get("environment") == 0,
    }


class _Nothing:
    """A source without bytes."""

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        del offset, whence
        return 0

    def read(self, count: int = -1) -> bytes:
        del count
        return b""


Results = Generator[tuple[int, bytes], None, T]
"""What a child writes, as (offset in the result, bytes); returns what it tells at the end."""


def _told(results: Results[T]) -> T:
    """What a child that writes nothing tells at the end."""
    while True:
        try:
            next(results)
        except StopIteration as end:
            told: T = end.value
            return told


class _Child:
    """One child process and one order."""

    def __init__(self, source: "BinaryIO | _Nothing", limits: Limits) -> None:
        self._source = source
        self._limits = limits
        self._room = 0

    def run(self, mode: str, stretches: Sequence[tuple[float, float]] = ()) -> Results[Facts]:
        size = self._source.seek(0, os.SEEK_END)
        if size == 0:
            raise _refusal(Reason.EMPTY)
        if size > self._limits.bytes:
            raise _refusal(Reason.TOO_LARGE)
        self._source.seek(0)
        demuxer = sniff(self._source.read(HEAD))
        if demuxer is None:
            raise _refusal(Reason.NOT_A_RECORDING)
        samples = 2 * int(self._limits.seconds * RATE) + 2 * RATE
        self._room = {"probe": 0, "pcm": samples, "flac": samples + _FLAC_BYTES}[mode]
        order = {"mode": mode, "size": size, "demuxer": demuxer, "stretches": [list(s) for s in stretches]}
        trailer = yield from self._serve(order)
        outcome = trailer.get("outcome")
        if outcome == "decoded":
            return _facts(trailer, self._limits)
        reasons = {"empty": Reason.EMPTY, "too_large": Reason.TOO_LARGE}
        raise _refusal(reasons.get(str(outcome), Reason.NOT_A_RECORDING))

    def confess(self) -> Results[dict[str, Any]]:
        return self._serve({"mode": "confess"})

    def _serve(self, order: dict[str, object]) -> Results[dict[str, Any]]:
        """Run the child to its trailer; whatever happens, no child is left."""
        limits = {
            "memory": self._limits.memory,
            "processor": math.ceil(self._limits.wall),
            "seconds": self._limits.seconds,
        }
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
        pipes = _Pipes(child.stdin.fileno(), child.stdout.fileno(), self._limits.wall)
        try:
            message = json.dumps({**order, **limits}).encode()
            pipes.write(_ANSWER.pack(len(message)) + message)
            return (yield from self._answer(pipes))
        except (_ChildFailedError, BrokenPipeError):
            raise _refusal(Reason.NOT_A_RECORDING) from None
        finally:
            child.kill()
            child.wait()
            for pipe in (child.stdin, child.stdout):
                with contextlib.suppress(OSError):
                    pipe.close()

    def _answer(self, pipes: "_Pipes") -> Results[dict[str, Any]]:
        while True:
            kind, offset, length = _HEADER.unpack(pipes.read(_HEADER.size))
            if kind == b"R":
                self._source.seek(offset)
                data = self._source.read(min(length, _BLOCK))
                pipes.write(_ANSWER.pack(len(data)) + data)
            elif kind == b"W":
                if length > _BLOCK or offset + length > self._room:
                    raise _ChildFailedError
                yield offset, pipes.read(length)
            elif kind == b"T" and length <= _TRAILER_BYTES:
                return _trailer(pipes.read(length))
            else:
                raise _ChildFailedError


class _ChildFailedError(Exception):
    """The child died, took too long, or said what it may not say."""


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
                raise _ChildFailedError
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
                raise _ChildFailedError
        self._left -= time.monotonic() - began


def _trailer(data: bytes) -> dict[str, Any]:
    try:
        trailer = json.loads(data)
    except ValueError:
        raise _ChildFailedError from None
    if not isinstance(trailer, dict):
        raise _ChildFailedError
    return trailer


def _facts(trailer: dict[str, Any], limits: Limits) -> Facts:
    """The child's figures, if each is of its kind and within its bounds."""
    duration, damaged = trailer.get("duration"), trailer.get("damaged_at")
    rate, channels, codec = (trailer.get(key) for key in ("sample_rate", "channels", "codec"))
    sound = (
        isinstance(duration, float)
        and 0 < duration <= limits.seconds + 1
        and (damaged is None or (isinstance(damaged, float) and 0 <= damaged <= duration))
        and isinstance(rate, int)
        and isinstance(channels, int)
        and isinstance(codec, str)
        and len(codec) <= 32
        and codec.replace("_", "").isalnum()
    )
    if not sound:
        raise _refusal(Reason.NOT_A_RECORDING)
    return Facts(duration, rate, channels, codec, damaged)  # type: ignore[arg-type]


def _refusal(reason: Reason) -> RecordingError:
    return RecordingError(reason, _MESSAGES[reason])


_MESSAGES = {
    Reason.NOT_A_RECORDING: N_(
        "This is not a recording that can be read. Expected: a WAV, MP3, M4A or MP4, Ogg or Opus, FLAC, WebM or "
        "Matroska, or WMA file. Play it to see whether it is the right one, and submit it again."
    ),
    Reason.EMPTY: N_("The recording is empty: it holds no sound. Look for the original on the recorder."),
    Reason.TOO_LARGE: N_(
        "The recording is longer or larger than the settings allow (intake.max_hours, intake.max_gigabytes). "
        "Cut it into parts, or raise the setting."
    ),
}
