"""Recordings in: what they are, their samples, and a copy with stretches silenced.

Rules this module keeps:

* A recording's bytes reach a decoder only in a child process (speech/decoding.py). Nothing is written to disk.
* The child asks for ranges and gets them from the source given, so a sealed recording is decrypted piece
  by piece and its plain bytes never lie anywhere together.
* Samples come as a stream: the child is ahead of whoever reads them by no more than a pipe holds.
* The parent holds the clock and the size of the result: a child that is waited for too long or gives too much
  is killed. Every figure it reports is checked before it is believed.
* What is no accepted recording, by its first bytes, never reaches the child.

Times are seconds from the beginning of the recording. A source is open, binary and seekable; an error it
raises (a damaged sealed object) passes through unchanged.
"""

import io
import math
import os
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from speech.decoding import ChildFailedError, Results, serve, told
from speech.formats import HEAD, sniff
from vocabulary.choices import Reason
from vocabulary.errors import RecordingError
from vocabulary.messages import N_

RATE = 16000
"""Samples a second of what is decoded, mono."""

Samples = npt.NDArray[np.int16]

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
    return told(_run(source, "probe", limits))


def stream(source: BinaryIO, limits: Limits | None = None) -> Generator[Samples, None, Facts]:
    """Samples of ``source``, 16-bit mono at 16 kHz, piece by piece; returns its facts at the end.

    The pieces have any length. Raises as ``probe`` does; what came before stands. Closed early, it ends the child.
    """
    pieces = _run(source, "pcm", limits)
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
    for offset, data in _run(source, "flac", limits, stretches):
        if offset > copy.seek(0, os.SEEK_END):
            raise _refusal(Reason.NOT_A_RECORDING)
        copy.seek(offset)
        copy.write(data)
    return copy.getvalue()


def check_isolation() -> dict[str, bool]:
    """What the child is kept from on this machine: files, network, processes, environment."""
    limits = Limits()
    order = {"mode": "confess"}
    trailer = told(serve(io.BytesIO(), order, memory=limits.memory, wall=limits.wall, seconds=0, room=0))
    refused = trailer.get("refused", [])
    return {
        **{name: name in refused for name in ("files", "network", "processes")},
        "environment": trailer.get("environment") == 0,
    }


def _run(
    source: BinaryIO, mode: str, limits: Limits | None, stretches: Sequence[tuple[float, float]] = ()
) -> Results[Facts]:
    limits = limits or Limits()
    size = source.seek(0, os.SEEK_END)
    if size == 0:
        raise _refusal(Reason.EMPTY)
    if size > limits.bytes:
        raise _refusal(Reason.TOO_LARGE)
    source.seek(0)
    demuxer = sniff(source.read(HEAD))
    if demuxer is None:
        raise _refusal(Reason.NOT_A_RECORDING)
    samples = 2 * int(limits.seconds * RATE) + 2 * RATE
    room = {"probe": 0, "pcm": samples, "flac": samples + _FLAC_BYTES}[mode]
    order = {"mode": mode, "size": size, "demuxer": demuxer, "stretches": [list(each) for each in stretches]}
    try:
        trailer = yield from serve(
            source, order, memory=limits.memory, wall=limits.wall, seconds=limits.seconds, room=room
        )
    except ChildFailedError:
        raise _refusal(Reason.NOT_A_RECORDING) from None
    outcome = trailer.get("outcome")
    if outcome == "decoded":
        return _facts(trailer, limits)
    reasons = {"empty": Reason.EMPTY, "too_large": Reason.TOO_LARGE}
    raise _refusal(reasons.get(str(outcome), Reason.NOT_A_RECORDING))


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
