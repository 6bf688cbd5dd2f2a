"""The real speech model, loaded once, and small recordings in every accepted format."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from speech.models import default_cache, model_directory
from speech.recognise import WhisperRecogniser
from speech.recording import RATE, Samples, decode

DATA = Path(__file__).resolve().parent.parent / "data"
DEMO = Path(__file__).resolve().parent.parent.parent / "demo"

CONTAINERS = {
    "wav": ("wav", "pcm_s16le", 44100, {}),
    "mp3": ("mp3", "libmp3lame", 44100, {}),
    "m4a": ("ipod", "aac", 48000, {"movflags": "faststart"}),
    "flac": ("flac", "flac", 44100, {}),
    "ogg": ("ogg", "libopus", 48000, {}),
    "webm": ("webm", "libopus", 48000, {}),
    "mka": ("matroska", "pcm_s16le", 16000, {}),
    "wma": ("asf", "wmav2", 44100, {}),
    "mov": ("mov", "pcm_s16le", 44100, {"movflags": "faststart"}),
}
"""Extension: muxer, encoder, sample rate, muxer options."""


@pytest.fixture(scope="session")
def whisper() -> WhisperRecogniser:
    """Whisper base, as installed."""
    return WhisperRecogniser(model_directory("base", default_cache()), threads=2)


@pytest.fixture(scope="session")
def short() -> Samples:
    """The short recording's samples: two voices, one name."""
    return decode(io.BytesIO((DATA / "short.ogg").read_bytes()))[0]


@pytest.fixture(scope="session")
def demo() -> tuple[Samples, list[dict[str, Any]]]:
    """The demo recording's samples, and its reference turns."""
    turns = json.loads((DEMO / "reference.json").read_text(encoding="utf-8"))["turns"]
    return decode(io.BytesIO((DEMO / "seance1.ogg").read_bytes()))[0], turns


@pytest.fixture(scope="session")
def encode(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Samples, str], bytes]:
    """Encode 16 kHz mono samples as a file of the extension given."""

    def encoded(samples: Samples, extension: str) -> bytes:
        muxer, codec, rate, options = CONTAINERS[extension]
        path = tmp_path_factory.mktemp("encoded") / f"recording.{extension}"
        with av.open(str(path), "w", format=muxer, options=options) as container:
            stream = container.add_stream(codec, rate=rate)
            stream.layout = "mono"
            stream.bit_rate = 64000
            resampler = av.AudioResampler(format=stream.codec_context.format, layout="mono", rate=rate)
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples)[None], format="s16", layout="mono")
            frame.rate = RATE
            for piece in (*resampler.resample(frame), *resampler.resample(None)):
                container.mux(stream.encode(piece))
            container.mux(stream.encode(None))
        return path.read_bytes()

    return encoded


def tone(seconds: float, pitch: float = 220.0) -> Samples:
    """A plain tone: sound without speech."""
    at = np.arange(int(seconds * RATE)) / RATE
    return (8000 * np.sin(2 * np.pi * pitch * at)).astype(np.int16)
