"""Diarisers for which an operator brings the weights: pyannote.audio, and sherpa-onnx.

Rules this module keeps:

* They are only ever built in a process of their own (speech/diariser_process.py), which has no key and ends with the
  call: what a library computes of a voice dies there.
* The library is imported when the diariser is built, with the network and its reports of use off; models are read from
  one folder of this machine, and nothing is ever fetched.
* ``config.yaml`` of a pyannote pipeline can name any class to be run and any model to be fetched: only pyannote's own
  pipeline is taken, with files of that folder. Its weights can run code all the same when they are opened (they are
  pickled); those of sherpa-onnx (ONNX) cannot.
* Of what a library answers, only who speaks when goes further. pyannote.audio returns a voiceprint of each speaker with
  it, which nobody looks at and nothing keeps.
* The sound is opened once. A session's samples lie in memory for the time of a call: 230 MB an hour, and as much again
  in sherpa-onnx.

Sources: Bredin 2023, "pyannote.audio 2.1 speaker diarization pipeline"; Plaquet and Bredin 2023, "Powerset multi-class
cross entropy loss for neural speaker diarization"; the APIs of pyannote.audio 3.1 to 4.0 and of sherpa-onnx 2.0.
"""

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import yaml

from speech.audio import Audio
from speech.diarise import Voice, in_order
from speech.recording import RATE
from vocabulary.choices import ToldApart
from vocabulary.errors import ResourceError
from vocabulary.messages import N_

_QUIET = {
    "HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "PYANNOTE_METRICS_ENABLED": "0", "DO_NOT_TRACK": "1",
}  # fmt: skip
"""Read by the libraries when they are imported. pyannote.audio 4 reports each use to its makers unless told not to."""
PIPELINE = "config.yaml"
SEGMENTATION, EMBEDDING = "segmentation.onnx", "embedding.onnx"
FILES = {ToldApart.PYANNOTE: (PIPELINE,), ToldApart.SHERPA_ONNX: (SEGMENTATION, EMBEDDING)}
"""What the folder of each must hold."""
_PACKAGES = {ToldApart.PYANNOTE: ("pyannote.audio", "torch"), ToldApart.SHERPA_ONNX: ("sherpa_onnx",)}
_COMMANDS = {ToldApart.PYANNOTE: "pyannote.audio", ToldApart.SHERPA_ONNX: "sherpa-onnx"}
_OWN_PIPELINE = "pyannote.audio.pipelines.SpeakerDiarization"
_MODELS = ("segmentation", "embedding", "plda")
_THRESHOLD = 0.5  # of sherpa-onnx's clustering, where no head count is known: the library's own
_SHORTEST, _GAP = 0.3, 0.5  # seconds of speech, and of silence within it: the library's own
_STEPS = ("segmentation", "embeddings")  # of pyannote.audio, those that take long
_CHUNK = 1 << 20

OnProgress = Callable[[float], None]


class _OperatorDiariser:
    """What both have in common: a folder, a library, and answers in voices."""

    kind: ToldApart

    def __init__(self, folder: Path, threads: int) -> None:
        check_folder(self.kind, folder)
        os.environ.update(_QUIET)
        self._version = f"{self.kind} {_digest(folder)}"
        try:
            self._load(folder, threads)
        except ResourceError:
            raise
        except Exception as error:
            raise _unusable(self.kind, type(error).__name__) from None

    @property
    def version(self) -> str:
        return self._version

    def diarise(
        self,
        audio: Audio,
        stretches: Sequence[tuple[float, float]],
        speakers: int | None,
        on_progress: OnProgress = lambda _: None,
    ) -> list[Voice]:
        """See Diariser. Where nobody is heard, all the words are one voice's.

        ``on_progress`` gets fractions from 0 to 1, as the library tells them.
        """
        if not stretches or speakers == 1:
            return [Voice(start, end, 0) for start, end in stretches]
        heard = self._voices(_whole(audio), speakers, on_progress)
        found = [Voice(start, end, label) for start, end, label in heard if end > start]
        kept = _at_most(found, speakers)
        return in_order(kept) if kept else [Voice(start, end, 0) for start, end in stretches]

    def _load(self, folder: Path, threads: int) -> None:
        """Import the library and read the models."""
        raise NotImplementedError

    def _voices(
        self, samples: npt.NDArray[np.float32], speakers: int | None, on_progress: OnProgress
    ) -> Iterable[tuple[float, float, int]]:
        """Return (start, end, label) of each stretch of a voice."""
        raise NotImplementedError


class PyannoteDiariser(_OperatorDiariser):
    """A speaker diarization pipeline of pyannote.audio, 3.1 or later, saved in a folder."""

    kind = ToldApart.PYANNOTE

    def _load(self, folder: Path, threads: int) -> None:
        library: Any = import_module("pyannote.audio")
        self._torch: Any = import_module("torch")
        if threads:
            self._torch.set_num_threads(threads)
        self._run: Any = library.Pipeline.from_pretrained(str(folder / PIPELINE))
        if self._run is None:
            raise _unusable(self.kind, "-")

    def _voices(
        self, samples: npt.NDArray[np.float32], speakers: int | None, on_progress: OnProgress
    ) -> Iterable[tuple[float, float, int]]:
        file = {"waveform": self._torch.from_numpy(samples)[None], "sample_rate": RATE}

        def hook(step: str, _: object, *, total: int | None = None, completed: int | None = None, **__: object) -> None:
            if total and completed is not None and step in _STEPS:
                on_progress((_STEPS.index(step) + completed / total) / len(_STEPS))

        heads = {} if speakers is None else {"num_speakers": speakers}
        found = self._run(file, hook=hook, **heads)
        said = getattr(found, "speaker_diarization", found)  # since 4.0 the answer holds voiceprints beside it
        labels: dict[str, int] = {}
        for stretch, _, name in said.itertracks(yield_label=True):
            yield float(stretch.start), float(stretch.end), labels.setdefault(str(name), len(labels))


class SherpaDiariser(_OperatorDiariser):
    """A segmentation model and a model of voices, run by sherpa-onnx."""

    kind = ToldApart.SHERPA_ONNX

    def _load(self, folder: Path, threads: int) -> None:
        self._library: Any = import_module("sherpa_onnx")
        self._folder, self._threads = folder, threads or 1
        configuration = self._configuration(None)
        if not configuration.validate():
            raise _unusable(self.kind, "-")
        self._run: Any = self._library.OfflineSpeakerDiarization(configuration)
        if self._run.sample_rate != RATE:
            raise _unusable(self.kind, f"{self._run.sample_rate} Hz")

    def _configuration(self, speakers: int | None) -> Any:
        library = self._library
        return library.OfflineSpeakerDiarizationConfig(
            segmentation=library.OfflineSpeakerSegmentationModelConfig(
                pyannote=library.OfflineSpeakerSegmentationPyannoteModelConfig(model=str(self._folder / SEGMENTATION)),
                num_threads=self._threads,
            ),
            embedding=library.SpeakerEmbeddingExtractorConfig(
                model=str(self._folder / EMBEDDING), num_threads=self._threads
            ),
            clustering=library.FastClusteringConfig(num_clusters=speakers or -1, threshold=_THRESHOLD),
            min_duration_on=_SHORTEST,
            min_duration_off=_GAP,
        )

    def _voices(
        self, samples: npt.NDArray[np.float32], speakers: int | None, on_progress: OnProgress
    ) -> Iterable[tuple[float, float, int]]:
        self._run.set_config(self._configuration(speakers))

        def callback(done: int, total: int) -> int:
            on_progress(done / max(total, 1))
            return 0  # whatever is no whole number is an error there

        for stretch in self._run.process(samples, callback).sort_by_start_time():
            yield float(stretch.start), float(stretch.end), int(stretch.speaker)


def check_folder(kind: ToldApart, folder: Path) -> None:
    """ResourceError unless a folder has the models of a kind and its library is installed; nothing is loaded for it."""
    missing = [name for name in FILES[kind] if not (folder / name).is_file()]
    if missing:
        raise ResourceError(
            N_("The folder {folder}, named by speech.diariser_model, lacks {files}. Correct the setting in "
               "huisclos.toml, or set speech.diariser to plain."),
            folder=folder.name, files=", ".join(missing), place="speech.diariser_model",
        )  # fmt: skip
    absent = [name for name in _PACKAGES[kind] if not _is_installed(name)]
    if absent:
        raise ResourceError(
            N_("The setting speech.diariser is {kind}, but {packages} is not installed. Install it in the environment "
               "of huisclos (pip install {command}), or set speech.diariser to plain."),
            kind=str(kind), packages=", ".join(absent), command=_COMMANDS[kind], place="speech.diariser",
        )  # fmt: skip
    if kind is ToldApart.PYANNOTE:
        _check_pipeline(folder)


def _is_installed(package: str) -> bool:
    """Whether a package is there, without loading it; the parents of its name are looked for first."""
    parts = package.split(".")
    return all(find_spec(".".join(parts[: size + 1])) is not None for size in range(len(parts)))


def _check_pipeline(folder: Path) -> None:
    """ResourceError unless a pipeline is pyannote's own, and its models lie in its folder."""
    try:
        value = yaml.safe_load((folder / PIPELINE).read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError):
        value = None
    if not _is_own(value, folder):
        raise ResourceError(
            N_("The pipeline in speech.diariser_model is not one that can be used: its config.yaml must name "
               "{pipeline}, and models that lie in the same folder ($model/..., or their full path)."),
            pipeline=_OWN_PIPELINE, place="speech.diariser_model",
        )  # fmt: skip


def _is_own(value: object, folder: Path) -> bool:
    pipeline = value.get("pipeline") if isinstance(value, dict) and "preprocessors" not in value else None
    params = pipeline.get("params") if isinstance(pipeline, dict) and pipeline.get("name") == _OWN_PIPELINE else None
    return isinstance(params, dict) and all(_lies_in(folder, params.get(name)) for name in _MODELS)


def _lies_in(folder: Path, name: object) -> bool:
    if name is None:
        return True
    if not isinstance(name, str):
        return False
    path = folder / name.removeprefix("$model/") if name.startswith("$model/") else Path(name)
    return path.is_absolute() and path.exists() and path.resolve().is_relative_to(folder.resolve())


def _unusable(kind: ToldApart, problem: str) -> ResourceError:
    return ResourceError(
        N_("The model named by speech.diariser_model cannot be loaded by {kind} ({problem}). Expected: models that it "
           "loads without the network. docs/reference/speech.md says which; or set speech.diariser to plain."),
        kind=str(kind), problem=problem, place="speech.diariser_model",
    )  # fmt: skip


def _whole(audio: Audio) -> npt.NDArray[np.float32]:
    """The whole session, -1 to 1, without keeping it twice."""
    pieces = list(audio())
    samples = np.empty(sum(map(len, pieces)), np.float32)
    at = len(samples)
    while pieces:
        piece = pieces.pop()
        samples[at - len(piece) : at] = piece
        at -= len(piece)
    samples /= 32768
    return samples


def _at_most(voices: Sequence[Voice], speakers: int | None) -> list[Voice]:
    """Keep the voices that speak most, as many as there are heads."""
    lengths: Counter[int] = Counter()
    for voice in voices:
        lengths[voice.label] += round(1000 * (voice.end - voice.start))
    kept = {label for label, _ in lengths.most_common(speakers)}
    return [voice for voice in voices if voice.label in kept]


def _digest(folder: Path) -> str:
    """A digest of every file of a folder: another file, another diariser."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.name[0] != "."):
        digest.update(f"{path.relative_to(folder)}\n{path.stat().st_size}\n".encode())
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    return digest.hexdigest()[:12]
