"""Tells voices apart in a process of its own (speech/child_pipes.py), with the models an operator brought.

An order is where words were heard and how many heads there are; its sound is the whole session. The answer is a list of
stretches, each with its beginning, its end, the label of its voice and how certain that is. Nothing else of a voice
leaves the process.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from speech.child_pipes import serve
from speech.operator_diarisers import PyannoteDiariser, SherpaDiariser
from speech.recording import Samples


def pyannote(folder: str, threads: int) -> PyannoteDiariser:
    """The recipe of a pipeline of pyannote.audio."""
    return PyannoteDiariser(Path(folder), threads)


def sherpa(folder: str, threads: int) -> SherpaDiariser:
    """The recipe of two models run by sherpa-onnx."""
    return SherpaDiariser(Path(folder), threads)


def main() -> None:
    """Serve orders until the pipe is closed."""
    serve(_diarise)


def _diarise(
    diariser: PyannoteDiariser | SherpaDiariser,
    order: Mapping[str, Any],
    sound: Iterator[bytes],
    on_progress: Callable[[float], None],
) -> list[tuple[float, float, int, float | None]]:
    stretches = [(start, end) for start, end in order["stretches"]]
    voices = diariser.diarise(_Once(sound), stretches, order["speakers"], on_progress)
    return [(voice.start, voice.end, voice.label, voice.certainty) for voice in voices]


class _Once:
    """The sound of an order (speech/audio.py), which can be opened once: it is kept nowhere."""

    def __init__(self, sound: Iterator[bytes]) -> None:
        self._sound: Iterator[bytes] | None = sound

    def __call__(self) -> Iterator[Samples]:
        sound, self._sound = self._sound, None
        if sound is None:
            raise ValueError("the sound of an order is opened once")
        return (np.frombuffer(piece, dtype="<i2") for piece in sound)
