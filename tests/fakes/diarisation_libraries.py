"""Stand-ins for pyannote.audio and sherpa-onnx: modules with the few names that huisclos calls, and an ear for pitch.

A voice is a pitch: what sounds below 150 Hz, between 150 and 300 Hz, and above it are three people, and tones that
sound together are people who speak at once. Loading keeps the rules of the real libraries that matter here: files of
this machine only, reports of use off, the shapes of their answers (pyannote.audio 3.1 and 4.0, sherpa-onnx 2.0). So
does telling how far the work is: pyannote.audio by stages, of which two are counted; sherpa-onnx by chunks, once it
knows where voices are, and it takes nothing but a whole number for an answer.
"""

import os
import sys
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

RATE = 16000
_FRAME = 1600
_BANDS = ((60, 150), (150, 300), (300, 600))
VOICEPRINT = 0.6180339887
"""The figure of which the voiceprints of pyannote.audio 4 are made here: nobody may find it anywhere."""
CHUNKS = 4
"""In how many steps the work of one stage is told."""
CONFIGURATION = """\
version: 4.0.0
pipeline:
  name: pyannote.audio.pipelines.SpeakerDiarization
  params:
    clustering: VBxClustering
    segmentation: $model/segmentation
    embedding: $model/embedding
"""


class Refused(Exception):
    """What the real libraries would raise."""


def pyannote_folder(folder: Path) -> Path:
    """Return a folder that looks like a saved pipeline."""
    for part in ("segmentation", "embedding"):
        (folder / part).mkdir(parents=True)
        (folder / part / "pytorch_model.bin").write_bytes(part.encode())
    (folder / "config.yaml").write_text(CONFIGURATION, encoding="utf-8")
    return folder


def sherpa_folder(folder: Path) -> Path:
    """Return a folder with two files that look like models."""
    folder.mkdir(parents=True)
    for part in ("segmentation", "embedding"):
        (folder / f"{part}.onnx").write_bytes(part.encode())
    return folder


def heard(samples: Any, speakers: int | None) -> Iterator[tuple[float, float, int]]:
    """Who speaks when, one band of pitch after another; the highest voices are one where there are fewer heads."""
    count = len(samples) // _FRAME
    if not count:
        return
    spectrum = np.abs(np.fft.rfft(np.asarray(samples[: count * _FRAME], np.float64).reshape(count, _FRAME))) ** 2
    pitches = np.fft.rfftfreq(_FRAME, 1 / RATE)
    sounding = [spectrum[:, (pitches >= low) & (pitches < high)].sum(axis=1) > 1.0 for low, high in _BANDS]
    heads = speakers or len(_BANDS)
    voices = [*sounding[: heads - 1], np.any(sounding[heads - 1 :], axis=0)] if heads < len(_BANDS) else sounding
    for label, voice in enumerate(voices):
        edges = np.diff(np.concatenate([[0], np.asarray(voice, np.int8), [0]]))
        for first, last in zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1), strict=True):
            yield first * _FRAME / RATE, last * _FRAME / RATE, label


def pyannote_modules(*, since_4: bool = True) -> tuple[ModuleType, ...]:
    """Return modules like pyannote, pyannote.audio and torch; the answer is that of 3.1 or of 4.0."""

    class Annotation:
        def __init__(self, found: list[tuple[float, float, int]]) -> None:
            self._found = found

        def itertracks(self, *, yield_label: bool) -> Iterator[tuple[Any, str, str]]:
            assert yield_label
            for at, (start, end, label) in enumerate(sorted(self._found)):
                yield SimpleNamespace(start=start, end=end), str(at), f"SPEAKER_{label:02}"

    class Pipeline:
        @classmethod
        def from_pretrained(cls, checkpoint: str) -> "Pipeline":
            offline = (os.environ.get("HF_HUB_OFFLINE"), os.environ.get("PYANNOTE_METRICS_ENABLED")) == ("1", "0")
            if not offline or not Path(checkpoint).is_file():
                raise Refused
            return cls()

        def __call__(self, file: dict[str, Any], num_speakers: int | None = None, hook: Any = None) -> Any:
            waveform = file["waveform"]
            assert (waveform.ndim, waveform.shape[0], file["sample_rate"], waveform.dtype) == (2, 1, RATE, np.float32)
            for step in ("segmentation", "speaker_counting", "embeddings", "discrete_diarization"):
                if hook is not None and step in ("segmentation", "embeddings"):
                    for done in range(CHUNKS + 1):
                        hook(step, None, file=file, total=CHUNKS, completed=done)
                if hook is not None:
                    hook(step, np.full(3, VOICEPRINT), file=file)
            said = Annotation(list(heard(waveform[0], num_speakers)))
            if not since_4:
                return said
            return SimpleNamespace(
                speaker_diarization=said,
                exclusive_speaker_diarization=said,
                speaker_embeddings=np.full((3, 256), VOICEPRINT),
            )

    parent, audio, torch = _module("pyannote"), _module("pyannote.audio"), _module("torch")
    parent.__path__ = []
    parent.audio = audio  # type: ignore[attr-defined]
    audio.Pipeline = Pipeline  # type: ignore[attr-defined]
    torch.from_numpy = lambda samples: samples  # type: ignore[attr-defined]
    torch.set_num_threads = lambda count: None  # type: ignore[attr-defined]
    return parent, audio, torch


def sherpa_module(rate: int = RATE) -> ModuleType:
    """Return a module like sherpa_onnx, whose models expect samples at ``rate``."""

    class OfflineSpeakerDiarizationConfig(SimpleNamespace):
        def validate(self) -> bool:
            paths = (self.segmentation.pyannote.model, self.embedding.model)
            return all(Path(path).is_file() and Path(path).stat().st_size for path in paths)

    class OfflineSpeakerDiarization:
        def __init__(self, config: Any) -> None:
            if not config.validate():
                raise Refused
            self.sample_rate = rate
            self._heads = config.clustering.num_clusters

        def set_config(self, config: Any) -> None:
            self._heads = config.clustering.num_clusters

        def process(self, samples: Any, callback: Any = None) -> Any:
            assert samples.dtype == np.float32
            for done in range(1, CHUNKS + 1):
                if callback is not None and type(callback(done, CHUNKS)) is not int:
                    raise Refused
            found = sorted(heard(samples, None if self._heads < 1 else self._heads))
            stretches = [SimpleNamespace(start=start, end=end, speaker=label) for start, end, label in found]
            return SimpleNamespace(sort_by_start_time=lambda: stretches)

    module = _module("sherpa_onnx")
    module.OfflineSpeakerDiarizationConfig = OfflineSpeakerDiarizationConfig  # type: ignore[attr-defined]
    module.OfflineSpeakerDiarization = OfflineSpeakerDiarization  # type: ignore[attr-defined]
    for name in (
        "OfflineSpeakerSegmentationModelConfig", "OfflineSpeakerSegmentationPyannoteModelConfig",
        "SpeakerEmbeddingExtractorConfig", "FastClusteringConfig",
    ):  # fmt: skip
        setattr(module, name, SimpleNamespace)
    return module


def install(monkeypatch: pytest.MonkeyPatch, *modules: ModuleType) -> None:
    """Put modules where an import finds them; gone after the test, with what was told to the libraries."""
    for module in modules:
        monkeypatch.setitem(sys.modules, module.__name__, module)
    for name in ("HF_HUB_OFFLINE", "HF_HUB_DISABLE_TELEMETRY", "HF_HUB_DISABLE_PROGRESS_BARS",
                 "PYANNOTE_METRICS_ENABLED", "DO_NOT_TRACK"):  # fmt: skip
        monkeypatch.setenv(name, "")


def _module(name: str) -> ModuleType:
    module = ModuleType(name)
    module.__spec__ = ModuleSpec(name, None)
    return module
