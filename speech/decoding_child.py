"""Decodes one recording in a process that has nothing to lose.

A recording can be made to attack its decoder. So decoding runs here: no keys, an empty environment, no
files, no network, no other process, bounded memory and time (speech/isolation.py), one demuxer that
speech/formats.py chose, and decoders of sound only. The parent, speech/recording.py, feeds it and believes
none of its figures before checking them.

The pipes, as ``struct`` formats, network order:

* standard input: one order, ``>I`` length and JSON; then the answers to reads, ``>I`` length and bytes;
* standard output: ``>cQI`` kind, offset, length. ``R`` asks for that many bytes of the recording at that
  offset; ``W`` carries bytes for that offset of the result; ``T`` carries the trailer, JSON, and is last.

Modes: ``probe`` (no result), ``pcm`` (16-bit little-endian mono at 16 kHz), ``flac`` (the same, with the
``stretches`` of the order set to zero), ``confess`` (no recording: tells what this process can still do).
"""

import contextlib
import errno
import importlib
import json
import os
import pkgutil
import socket
import struct
import sys
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from speech.cut_short import ends_early
from speech.formats import RATE
from speech.isolation import Hold, hold, leave_network, limit

if TYPE_CHECKING:
    from speech.tracks import Tracks

_BLOCK = 1 << 20
_BLOCKS_KEPT = 8
_ERRORS_IN_A_ROW = 64
_TRACKS = 8
_DECODERS = (
    "aac,aac_latm,aac_fixed,ac3,eac3,adpcm_ima_wav,adpcm_ms,alac,amrnb,amrwb,flac,gsm_ms,mp1float,mp2,mp2float,mp3,"
    "mp3float,opus,libopus,vorbis,pcm_alaw,pcm_mulaw,pcm_f32be,pcm_f32le,pcm_f64le,pcm_s16be,pcm_s16le,pcm_s24be,"
    "pcm_s24le,pcm_s32be,pcm_s32le,pcm_u8,speex,wmalossless,wmapro,wmav1,wmav2,wmavoice"
)

Sink = Callable[[bytes], object]

_READ = struct.Struct(">I")
_WRITE = struct.Struct(">cQI")


def _take(count: int) -> bytes:
    """Exactly ``count`` bytes of standard input; the parent gone is the end of this process."""
    parts = []
    while count:
        part = os.read(0, min(count, _BLOCK))
        if not part:
            raise SystemExit(1)
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def _give(kind: bytes, offset: int, data: bytes = b"", length: int | None = None) -> None:
    view = memoryview(_WRITE.pack(kind, offset, len(data) if length is None else length) + data)
    while view:
        view = view[os.write(1, view) :]


class _Recording:
    """The recording as the parent serves it: read-only, seekable, a few blocks kept."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._at = 0
        self._blocks: OrderedDict[int, bytes] = OrderedDict()

    def read(self, count: int) -> bytes:
        count = max(0, min(count, self._size - self._at))
        parts = []
        while count:
            number, skip = divmod(self._at, _BLOCK)
            part = self._block(number)[skip : skip + count]
            if not part:
                break
            parts.append(part)
            self._at += len(part)
            count -= len(part)
        return b"".join(parts)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def tail(self, count: int) -> bytes:
        """The last ``count`` bytes; the position stays."""
        at = self._at
        self.seek(-min(count, self._size), os.SEEK_END)
        data = self.read(count)
        self._at = at
        return data

    def _block(self, number: int) -> bytes:
        if number in self._blocks:
            self._blocks.move_to_end(number)
            return self._blocks[number]
        _give(b"R", number * _BLOCK, length=_BLOCK)
        (length,) = _READ.unpack(_take(_READ.size))
        self._blocks[number] = _take(length)
        if len(self._blocks) > _BLOCKS_KEPT:
            self._blocks.popitem(last=False)
        return self._blocks[number]


class _Result:
    """What the parent collects: written at an offset, as a muxer goes back to its header."""

    def __init__(self) -> None:
        self._at = 0

    def write(self, data: bytes) -> int:
        data = bytes(data)
        for start in range(0, len(data), _BLOCK):
            piece = data[start : start + _BLOCK]
            _give(b"W", self._at, piece)
            self._at += len(piece)
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        if whence != os.SEEK_SET:
            raise OSError(errno.EINVAL, "only absolute positions")
        self._at = offset
        return offset

    def tell(self) -> int:
        return self._at


class _Gathered:
    """A sink that passes on what it gets a mebibyte at a time, so that the pipe is not worn by every frame."""

    def __init__(self, result: _Result) -> None:
        self._result = result
        self._held = bytearray()

    def write(self, data: bytes) -> None:
        self._held += data
        if len(self._held) >= _BLOCK:
            self.close()

    def close(self) -> None:
        self._result.write(bytes(self._held))
        self._held.clear()


class _TooLongError(Exception):
    """The recording goes past the seconds allowed."""


class _Decoding:
    """One pass over a recording: 16-bit mono samples at 16 kHz for ``sink``, and what was found.

    A packet that cannot be decoded is damage: its place is noted, and decoding goes on.
    """

    def __init__(self, av: Any, recording: _Recording, demuxer: str, seconds: float) -> None:
        self._av = av
        self._recording = recording
        self._demuxer = demuxer
        self._limit = int(seconds * RATE)
        self.samples = 0
        self.damaged_at: float | None = None
        options = {"protocol_whitelist": "", "format_whitelist": self._whitelist(), "codec_whitelist": _DECODERS}
        self._container = av.open(
            recording, mode="r", format=demuxer, container_options=options, metadata_errors="ignore"
        )
        self._streams = [*filter(self._opens, self._container.streams.audio[:_TRACKS])]
        if not self._streams:
            raise ValueError("no sound in it")
        self._tracks = _tracks(av, self._streams, self._damage)

    def _whitelist(self) -> str:
        return {"mov": "mov,mp4,m4a,3gp,3g2,mj2", "matroska": "matroska,webm"}.get(self._demuxer, self._demuxer)

    def _opens(self, stream: Any) -> bool:
        """Whether there is a decoder for a track: a phone's second one may be in a format of its own."""
        try:
            stream.codec_context.thread_count = 1
            stream.codec_context.open(strict=False)
        except (self._av.FFmpegError, OSError, ValueError, AttributeError):
            return False
        return True

    def run(self, sink: Sink) -> dict[str, object]:
        """Decode to the end; the trailer's facts."""
        for index, frame in self._frames():
            for data in self._tracks.take(index, frame):
                self._emit(data, sink)
        for data in self._tracks.end():
            self._emit(data, sink)
        context = self._streams[0].codec_context
        announced = (self._container.duration or 0) / 1e6
        heard = self.samples / RATE
        if self.damaged_at is None and ends_early(
            self._recording, self._demuxer, heard, announced, context.sample_rate
        ):
            self._damage(heard)
        return {
            "duration": heard,
            "sample_rate": context.sample_rate,
            "channels": sum(stream.codec_context.layout.nb_channels for stream in self._streams),
            "codec": context.name,
            "damaged_at": None if self.damaged_at is None else min(self.damaged_at, heard),
        }

    def _frames(self) -> Iterator[tuple[int, Any]]:
        """Frames with sound, each with the index of its track."""
        errors = 0
        latest = self._streams[0].index
        packets = self._container.demux(*self._streams)
        while errors < _ERRORS_IN_A_ROW:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except (self._av.FFmpegError, OSError):
                errors += 1
                self._damage(self._tracks.heard(latest))
                packets = self._container.demux(*self._streams)
                continue
            latest = packet.stream.index
            try:
                frames = packet.decode()
            except (self._av.FFmpegError, OSError):
                errors += 1
                self._damage(self._tracks.heard(latest))
                continue
            if frames:
                errors = 0
            for frame in frames:
                if frame.samples and frame.sample_rate:
                    yield latest, frame

    def _emit(self, data: bytes, sink: Sink) -> None:
        self.samples += len(data) // 2
        if self.samples > self._limit:
            raise _TooLongError
        sink(data)

    def _damage(self, at: float) -> None:
        if self.damaged_at is None:
            self.damaged_at = at


def _tracks(av: Any, streams: list[Any], damage: Callable[[float], None]) -> "Tracks":
    from speech.tracks import Tracks  # loaded by _load, within the limits

    return Tracks(av, streams, damage)


class _Flac:
    """A sink that writes FLAC, with stretches (start, end in seconds) set to zero."""

    def __init__(self, av: Any, stretches: list[tuple[float, float]]) -> None:
        self._av = av
        self._stretches = [(int(start * RATE), -int(-end * RATE // 1)) for start, end in stretches]
        self._at = 0
        self._container = av.open(_Result(), mode="w", format="flac", options={"fflags": "+bitexact"})
        self._stream = self._container.add_stream("flac", rate=RATE)
        self._stream.layout = "mono"
        self._stream.format = "s16"
        self._stream.codec_context.thread_count = 1
        self._wait = bytearray()

    def write(self, data: bytes) -> None:
        piece = bytearray(data)
        count = len(piece) // 2
        for start, end in self._stretches:
            first, last = max(0, start - self._at), min(count, end - self._at)
            if first < last:
                piece[2 * first : 2 * last] = bytes(2 * (last - first))
        self._at += count
        self._wait += piece
        if len(self._wait) >= 2 * RATE:
            self._flush()

    def close(self) -> None:
        self._flush()
        self._container.mux(self._stream.encode(None))
        self._container.close()

    def _flush(self) -> None:
        if not self._wait:
            return
        frame = self._av.AudioFrame(format="s16", layout="mono", samples=len(self._wait) // 2, align=1)
        frame.rate = RATE
        frame.planes[0].update(bytes(self._wait))
        self._wait.clear()
        self._container.mux(self._stream.encode(frame))


def _decode(av: Any, order: dict[str, Any]) -> dict[str, object]:
    recording = _Recording(order["size"])
    try:
        decoding = _Decoding(av, recording, order["demuxer"], order["seconds"])
    except (av.FFmpegError, OSError, ValueError, IndexError):
        return {"outcome": "not_a_recording"}
    sink = _Flac(av, order["stretches"]) if order["mode"] == "flac" else _Gathered(_Result())
    try:
        facts = decoding.run(len if order["mode"] == "probe" else sink.write)
    except _TooLongError:
        return {"outcome": "too_large"}
    if not decoding.samples:
        return {"outcome": "empty"}
    sink.close()
    return {"outcome": "decoded", **facts}


def _confess(held: Hold) -> dict[str, object]:
    """Try what must fail; name what was refused."""
    refused = []
    for name, attempt in (
        ("files", lambda: os.open("/", os.O_RDONLY)),
        ("network", lambda: socket.socket()),
        ("processes", os.fork),
    ):
        try:
            attempt()
        except OSError:
            refused.append(name)
    return {
        "outcome": "confessed",
        "refused": refused,
        "environment": len(os.environ.keys() - {"LC_CTYPE"}),  # which the interpreter itself sets
        "calls": held.calls,
        "network": held.network,
    }


def _load() -> Any:
    """PyAV with all its modules, and what mixes: some is imported at first use, when no file can be opened any more."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # read when NumPy is loaded: each thread would take its share of memory
    importlib.import_module("speech.tracks").try_out()
    del os.environ["OPENBLAS_NUM_THREADS"]
    import av

    for module in pkgutil.walk_packages(av.__path__, "av."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    av.logging.set_level(None)
    return av


def main() -> None:
    """Serve one order and end."""
    order = json.loads(_take(*_READ.unpack(_take(_READ.size))))
    limit(order["memory"], order["processor"])
    network = leave_network()
    av = _load()
    held = hold(network=network)
    try:
        trailer = _confess(held) if order["mode"] == "confess" else _decode(av, order)
    except MemoryError:
        trailer = {"outcome": "memory"}
    _give(b"T", 0, json.dumps(trailer).encode())
    with contextlib.suppress(OSError):
        sys.stdout.close()
    os._exit(0)
