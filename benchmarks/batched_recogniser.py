"""Our recogniser with stretches decoded several at a time: what the choice of one at a time is measured against.

Rules this module keeps:

* Stretches, names in every window, guards and second attempts are those of speech/recognise.py: only the first attempts
  are made together, ``batch`` stretches at a time.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from speech.recognise import WhisperRecogniser
from speech.recording import RATE
from speech.voice import gather
from vocabulary.transcript import Word

FRAMES = 100  # a second, of the model
PAD = 0.25  # as in speech/recognise.py
Floats = npt.NDArray[np.float32]


def batched_whisper(directory: str, threads: int, batch: int) -> "BatchedWhisper":
    """The recipe for a process of its own."""
    return BatchedWhisper(Path(directory), threads, batch)


class BatchedWhisper(WhisperRecogniser):
    """See speech.recognise.Recogniser."""

    def __init__(self, directory: Path, threads: int, batch: int) -> None:
        super().__init__(directory, threads)
        self._ahead = _Ahead(self._pipeline, batch)
        self._pipeline = self._ahead
        self._batch = batch

    @property
    def version(self) -> str:
        """Its own, and how many at a time."""
        return f"{super().version} batch={self._batch}"

    def _stretch(
        self,
        piece: Floats,
        stretch: tuple[float, float],
        voiced: Sequence[tuple[float, float]],
        language: str,
        names: Sequence[str],
    ) -> Iterator[list[Word]]:
        self._ahead.look(piece, stretch, gather(voiced), named=bool(names))
        yield from super()._stretch(piece, stretch, voiced, language, names)


class _Ahead:
    """Stands before the library's pipeline: asked for one stretch, it decodes those that follow as well."""

    def __init__(self, pipeline: Any, batch: int) -> None:
        self._pipeline = pipeline
        self._batch = batch
        self._piece: Floats = np.zeros(0, np.float32)
        self._named = False
        self._clips: list[tuple[int, int]] = []
        self._kept: dict[tuple[int, int], list[Any]] = {}

    def look(
        self, piece: Floats, stretch: tuple[float, float], stretches: Sequence[tuple[float, float]], *, named: bool
    ) -> None:
        """``stretch`` of ``stretches`` will be asked for next, first with names if it is ``named``."""
        if piece is not self._piece:
            self._piece, self._kept = piece, {}
        self._named = named
        self._clips = [
            (int(max(0.0, first - PAD) * RATE), int(min(len(piece) / RATE, last + PAD) * RATE))
            for first, last in stretches[stretches.index(stretch) :][: self._batch]
        ]

    def transcribe(self, stretch: Floats, **options: Any) -> tuple[Iterable[Any], Any]:
        """What the pipeline gives for ``stretch``; the first attempt at several together."""
        at = (stretch.ctypes.data - self._piece.ctypes.data) // stretch.itemsize
        place = (at, at + len(stretch))
        first = options["temperature"] == 0.0 and self._named == bool(options["hotwords"])
        if not first or place not in self._clips:
            found: tuple[Iterable[Any], Any] = self._pipeline.transcribe(stretch, **options)
            return found
        if place not in self._kept:
            self._kept |= self._decoded([clip for clip in self._clips if clip not in self._kept], options)
        return self._kept[place], None

    def _decoded(self, clips: list[tuple[int, int]], options: dict[str, Any]) -> dict[tuple[int, int], list[Any]]:
        times = [{"start": (first + 0.5) / RATE, "end": (last + 0.5) / RATE} for first, last in clips]
        together = {**options, "clip_timestamps": times, "batch_size": self._batch}
        segments, _ = self._pipeline.transcribe(self._piece, **together)
        found: dict[tuple[int, int], list[Any]] = {clip: [] for clip in clips}
        by_seek = {int(first / RATE * FRAMES): (first, last) for first, last in clips}
        for segment in segments:
            words = [
                replace(word, start=word.start - segment.seek / FRAMES, end=word.end - segment.seek / FRAMES)
                for word in segment.words or ()
            ]
            found[by_seek[segment.seek]].append(replace(segment, words=words))
        return found
