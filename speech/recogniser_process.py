"""A recogniser that runs in a process of its own (speech/recogniser_child.py), and looks like any other.

Rules this module keeps:

* The process is started when it is first needed and kept: a model is loaded once. It is given samples and what to
  listen for over a pipe, and ends with this process, whichever way that ends.
* Silence has a limit: a process that neither makes progress nor answers for ``patience`` seconds is ended. Whatever
  goes wrong, the process is ended, its memory with it, and the next call starts another one.
* What it gives back is checked before it is believed. No text of its own reaches an exception.
* Of the environment it gets only what tells numeric libraries how to compute: it hears what would be heard here.
"""

import contextlib
import json
import os
import selectors
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from speech.blocks import read
from speech.recognise import Heard
from speech.recogniser_child import FRACTION, HEADER, PIECE
from speech.recording import RATE, Samples
from vocabulary.errors import ResourceError
from vocabulary.messages import N_

PATIENCE = 900.0
_LARGEST = 1 << 28
_BEYOND = 1.0  # seconds a word may lie past the last sample
_TUNING = ("OPENBLAS_", "OMP_", "MKL_", "KMP_", "CT2_", "CUDA_", "LD_LIBRARY_PATH")
_START = "import sys; sys.path.insert(0, sys.argv[1]); from speech.recogniser_child import main; main()"


@dataclass(frozen=True)
class Recipe:
    """What makes a recogniser: a callable of a module, and its arguments as plain values."""

    module: str
    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def whisper(cls, directory: Path, threads: int) -> "Recipe":
        return cls("speech.recogniser_child", "whisper", {"directory": str(directory), "threads": threads})


class RecogniserFaultError(Exception):
    """The recogniser failed in a way that nobody foresaw, or said what none may say. Names the kind and the places in
    the code, no text."""


class ProcessRecogniser:
    """See speech.recognise.Recogniser. One call at a time.

    ``admission`` is entered for as long as the process lives, and may refuse. ResourceError when the process ends by
    itself, says nothing for ``patience`` seconds, or cannot load its model; MemoryError when it has too little;
    RecogniserFaultError when it fails otherwise, or says what no recogniser may say.
    """

    def __init__(
        self,
        recipe: Recipe,
        patience: float = PATIENCE,
        admission: Callable[[], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        self._recipe = recipe
        self._patience = patience
        self._admission = admission
        self._child: _Child | None = None

    @property
    def version(self) -> str:
        """That of the recogniser in the process, which is started for it."""
        return self._started().version

    def recognise(
        self,
        samples: Samples,
        *,
        language: str,
        hotwords: Sequence[str],
        on_progress: Callable[[float], None],
    ) -> list[Heard]:
        """See Recogniser."""
        child = self._started()
        try:
            return child.recognise(samples, language, list(hotwords), on_progress)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the process, whatever it is doing. The next call starts another one."""
        child, self._child = self._child, None
        if child is not None:
            child.end()

    def _started(self) -> "_Child":
        if self._child is None:
            self._child = _Child(self._recipe, self._patience, self._admission)
        return self._child


class _Child:
    """One process, and what belongs to it."""

    def __init__(
        self, recipe: Recipe, patience: float, admission: Callable[[], AbstractContextManager[object]]
    ) -> None:
        self._patience = patience
        with ExitStack() as held:
            held.enter_context(admission())
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-B", "-c", _START, str(Path(__file__).resolve().parent.parent)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env={name: value for name, value in os.environ.items() if name.startswith(_TUNING)},
                close_fds=True,
                start_new_session=True,
                bufsize=0,
            )
            held.callback(self._end)
            assert self._process.stdin is not None and self._process.stdout is not None
            self._to, self._from = self._process.stdin.fileno(), self._process.stdout.fileno()
            for descriptor in (self._to, self._from):
                os.set_blocking(descriptor, False)
            value = {"module": recipe.module, "name": recipe.name, "arguments": dict(recipe.arguments)}
            self._give(b"B", json.dumps(value).encode())
            self.version = str(json.loads(self._answer(b"V", lambda _: None)))
            self._held = held.pop_all()

    def recognise(
        self, samples: Samples, language: str, hotwords: list[str], on_progress: Callable[[float], None]
    ) -> list[Heard]:
        data = memoryview(samples.astype("<i2", copy=False).tobytes())
        order = {"language": language, "hotwords": hotwords, "bytes": len(data)}
        self._give(b"O", json.dumps(order).encode())
        for at in range(0, len(data), PIECE):
            self._give(b"S", data[at : at + PIECE])
        answer = self._answer(b"R", on_progress)
        return _heard(answer, len(samples) / RATE)

    def end(self) -> None:
        self._held.close()

    def _end(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def _answer(self, kind: bytes, on_progress: Callable[[float], None]) -> bytes:
        told = 0.0
        while True:
            found, length = HEADER.unpack(self._take(HEADER.size))
            if length > _LARGEST:
                raise ResourceError(_ENDED)
            data = self._take(length)
            if found == kind:
                return data
            if found == b"P" and length == FRACTION.size:
                told = max(told, min(1.0, FRACTION.unpack(data)[0]))
                on_progress(told)
            elif found == b"E":
                raise _error(data)
            else:
                raise ResourceError(_ENDED)

    def _give(self, kind: bytes, data: "bytes | memoryview") -> None:
        for piece in (HEADER.pack(kind, len(data)), data):
            view = memoryview(piece)
            while view:
                self._wait(self._to, selectors.EVENT_WRITE)
                try:
                    view = view[os.write(self._to, view) :]
                except BrokenPipeError:
                    raise ResourceError(_ENDED) from None

    def _take(self, count: int) -> bytes:
        parts = []
        while count:
            self._wait(self._from, selectors.EVENT_READ)
            part = os.read(self._from, min(count, PIECE))
            if not part:
                raise ResourceError(_ENDED)
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    def _wait(self, descriptor: int, event: int) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(descriptor, event)
            if not selector.select(self._patience):
                raise ResourceError(_SILENT, seconds=int(self._patience))


def _error(data: bytes) -> Exception:
    """What the process says went wrong, as we raise it."""
    told = json.loads(data)
    if "memory" in told:
        return MemoryError()
    if "message" in told:
        return ResourceError(str(told["message"]), **told["facts"])
    return RecogniserFaultError(f"{told.get('fault')} at {'; '.join(told.get('frames', ()))}")


def _heard(data: bytes, seconds: float) -> list[Heard]:
    """What was heard. RecogniserFaultError if it is nothing that a recogniser may say: the process lives, and would say
    the same of this recording again."""
    heard: list[Heard] | None
    try:
        heard = [Heard(**{**each, "words": read(each["words"])}) for each in json.loads(data)]
    except (ValueError, TypeError, KeyError):
        heard = None
    if heard is None:
        raise RecogniserFaultError("an answer in no known form")
    for word in (word for each in heard for word in each.words):
        if not 0 <= word.start <= word.end <= seconds + _BEYOND:
            raise RecogniserFaultError("a word outside of what it was given")
        if not 0 <= word.probability <= 1:
            raise RecogniserFaultError("a word whose chance is none")
        if word.text.reveal().split() != [word.text.reveal()]:
            raise RecogniserFaultError("a word that is empty or holds a space")
    return heard


_ENDED = N_(
    "The speech recognition ended unexpectedly. Nothing is lost: what is transcribed so far is kept, and the next run "
    "goes on from there. If it happens again, the memory may be too small for the model: close other programs, or set "
    "speech.model to a smaller one."
)
_SILENT = N_(
    "The speech recognition gave no sign of life for {seconds} seconds and was stopped. Nothing is lost: what is "
    "transcribed so far is kept, and the next run goes on from there. If the machine is slow, raise "
    "speech.patience_seconds."
)
