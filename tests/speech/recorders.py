"""Files as phones, recorders and cameras write them, made with PyAV."""

import io
from collections.abc import Sequence
from typing import Any

import av
import numpy as np
import numpy.typing as npt

from speech.recording import RATE, Samples

Channels = Sequence[Samples]


def talk(seconds: float, pitch: float = 180.0, seed: int = 1) -> Samples:
    """What moves like talk: a buzz in syllables with pauses between, at 16 kHz."""
    at = np.arange(int(seconds * RATE)) / RATE
    buzz = np.sign(np.sin(2 * np.pi * pitch * at)) + 0.3 * np.random.default_rng(seed).standard_normal(len(at))
    syllables = np.clip(np.sin(2 * np.pi * (2.3 + 0.2 * seed) * at + seed), 0, 1) ** 2
    sound: Samples = (6000 * buzz * syllables).astype(np.int16)
    return sound


def file_of(
    tracks: Sequence[Channels], muxer: str, codec: str, rate: int, sample: str | None = None, video: str | None = None
) -> bytes:
    """A file with one track for each of ``tracks``, each a list of channels at 16 kHz; with pictures if asked."""
    out = io.BytesIO()
    with av.open(out, "w", format=muxer) as container:
        if video:
            pictures = container.add_stream(video, rate=5)
            pictures.width, pictures.height, pictures.pix_fmt = 64, 48, "yuv420p"
        streams = [_sound(container, codec, rate, len(channels), sample) for channels in tracks]
        if video:
            for number in range(int(5 * len(tracks[0][0]) / RATE)):
                grey = np.full((72, 64), 16 + number % 200, np.uint8)
                picture = av.VideoFrame.from_ndarray(grey, format="yuv420p")
                picture.pts = number
                container.mux(pictures.encode(picture))
            container.mux(pictures.encode(None))
        for start in range(0, max(len(channels[0]) for channels in tracks), RATE // 2):
            for stream, channels in zip(streams, tracks, strict=True):
                piece = np.stack([channel[start : start + RATE // 2] for channel in channels])
                if piece.shape[1]:
                    _write(container, stream, piece, start)
        for stream in streams:
            for frame in stream["resampler"].resample(None):
                container.mux(stream["stream"].encode(frame))
            container.mux(stream["stream"].encode(None))
    return out.getvalue()


def _sound(container: Any, codec: str, rate: int, channels: int, sample: str | None) -> dict[str, Any]:
    stream = container.add_stream(codec, rate=rate)
    layout = "mono" if channels == 1 else "stereo"
    stream.layout = layout
    if sample:
        stream.format = sample
    stream.bit_rate = 12200 if codec == "libopencore_amrnb" else 64000
    resampler = av.AudioResampler(
        format=stream.codec_context.format, layout=layout, rate=rate, frame_size=stream.codec_context.frame_size or None
    )
    return {"stream": stream, "layout": layout, "resampler": resampler}


def _write(container: Any, stream: dict[str, Any], piece: npt.NDArray[np.int16], start: int) -> None:
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(piece.T).reshape(1, -1), "s16", stream["layout"])
    frame.rate = RATE
    frame.pts = start
    for encoded in stream["resampler"].resample(frame):
        container.mux(stream["stream"].encode(encoded))
