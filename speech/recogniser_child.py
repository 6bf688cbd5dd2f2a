"""Recognises speech in a process of its own (speech/child_pipes.py).

An order is a language and what to listen for; its sound is one block. The answer is a list of stretches, their words as
in a finished block (speech/blocks.py).
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from speech.blocks import written
from speech.child_pipes import serve
from speech.recognise import Heard, Recogniser, WhisperRecogniser


def whisper(directory: str, threads: int, stretches: int) -> Recogniser:
    """The recipe of every day: a Whisper model in a local directory."""
    return WhisperRecogniser(Path(directory), threads, stretches)


def main() -> None:
    """Serve orders until the pipe is closed."""
    serve(_recognise)


def _recognise(
    recogniser: Recogniser, order: Mapping[str, Any], sound: Iterator[bytes], on_progress: Callable[[float], None]
) -> list[dict[str, Any]]:
    heard = recogniser.recognise(
        np.frombuffer(b"".join(sound), dtype="<i2"),
        language=order["language"],
        hotwords=order["hotwords"],
        on_progress=on_progress,
    )
    return [_plain(each) for each in heard]


def _plain(heard: Heard) -> dict[str, Any]:
    return {**{name: value for name, value in vars(heard).items() if name != "words"}, "words": written(heard.words)}
