"""A process that does one kind of work on sound (speech/child_pipes.py), seen from its parent: started, asked, ended.

Rules this module keeps:

* The process is started when it is first needed and kept: a model is loaded once. It is given orders and samples over
  a pipe, and ends with this process, whichever way that ends.
* Waiting has a limit: a process that neither makes progress nor answers for that long is ended. Whatever goes wrong,
  the process is ended, its memory with it, and the next call starts another one.
* No text of its own reaches an exception. What an answer says is checked by whoever asked, before it is believed.
* Of the environment it gets only what tells numeric libraries how to compute: it works as it would here.
"""

import contextlib
import json
import math
import os
import selectors
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from speech.child_pipes import FRACTION, HEADER, PIECE
from speech.recording import RATE, Samples
from vocabulary.errors import ResourceError

PATIENCE = 900.0
_LARGEST = 1 << 28
_TUNING = ("OPENBLAS_", "OMP_", "MKL_", "KMP_", "CT2_", "CUDA_", "LD_LIBRARY_PATH")
_START = "import sys; sys.path.insert(0, sys.argv[1]); from speech.child_pipes import start; start(sys.argv[2])"


@dataclass(frozen=True)
class Recipe:
    """What makes a worker: a callable of a module, and its arguments as plain values."""

    module: str
    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Trade:
    """One kind of work: the module whose ``main`` does it, what is said when it ends by itself (``ended``) or is ended
    after ``{seconds}`` (``silent``), and for how many seconds of sound an answer may take the patience once, where the
    work does not tell how it progresses."""

    module: str
    ended: str
    silent: str
    sound: float = math.inf


class ChildFaultError(Exception):
    """A process failed in a way that nobody foresaw, or said what none may say. Names the kind and the places in the
    code, no text."""


class ChildProcess:
    """One process at a time, with one worker in it, and one call at a time.

    ``admission`` is entered for as long as the process lives, and may refuse. ResourceError when the process ends by
    itself, lets ``patience`` seconds pass, or cannot make its worker; MemoryError when it has too little;
    ChildFaultError when it fails otherwise.
    """

    def __init__(
        self,
        trade: Trade,
        recipe: Recipe,
        patience: float = PATIENCE,
        admission: Callable[[], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        self._trade = trade
        self._recipe = recipe
        self._patience = patience
        self._admission = admission
        self._running: _Running | None = None

    @property
    def pid(self) -> int | None:
        """The id of the process, while there is one."""
        return None if self._running is None else self._running.pid

    @property
    def version(self) -> str:
        """That of the worker in the process, which is started for it."""
        return self._started().version

    def ask(
        self,
        order: Mapping[str, Any],
        sound: Iterable[Samples],
        on_progress: Callable[[float], None] = lambda _: None,
    ) -> tuple[Any, float]:
        """The answer to an order, as plain values that nobody has checked yet, and the seconds of its sound.

        ``on_progress`` gets fractions from 0 to 1 that never go back. ChildFaultError for what is no JSON.
        """
        running = self._started()
        try:
            return running.ask(order, sound, on_progress)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the process, whatever it is doing. The next call starts another one."""
        running, self._running = self._running, None
        if running is not None:
            running.end()

    def _started(self) -> "_Running":
        if self._running is None:
            self._running = _Running(self._trade, self._recipe, self._patience, self._admission)
        return self._running


class _ClosedError(Exception):
    """The process reads no more."""


class _Running:
    """A process that runs, and what belongs to it."""

    def __init__(
        self,
        trade: Trade,
        recipe: Recipe,
        patience: float,
        admission: Callable[[], AbstractContextManager[object]],
    ) -> None:
        self._trade = trade
        self._patience = patience
        with ExitStack() as held:
            held.enter_context(admission())
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-B", "-c", _START, str(Path(__file__).resolve().parent.parent), trade.module],
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
            with contextlib.suppress(_ClosedError):
                self._give(b"B", json.dumps(value).encode())
            self.version = str(json.loads(self._answer(b"V", patience, lambda _: None)))
            self._held = held.pop_all()

    @property
    def pid(self) -> int:
        return self._process.pid

    def ask(
        self, order: Mapping[str, Any], sound: Iterable[Samples], on_progress: Callable[[float], None]
    ) -> tuple[Any, float]:
        seconds = 0.0
        with contextlib.suppress(_ClosedError):  # what it has to say is read below
            self._give(b"O", json.dumps(order).encode())
            for samples in sound:
                seconds += len(samples) / RATE
                data = memoryview(samples.astype("<i2", copy=False).tobytes())
                for at in range(0, len(data), PIECE):
                    self._give(b"S", data[at : at + PIECE])
            self._give(b"Z", b"")
        answer = self._answer(b"R", self._patience * max(1.0, seconds / self._trade.sound), on_progress)
        try:
            return json.loads(answer), seconds
        except ValueError:
            pass
        raise ChildFaultError("an answer in no known form")

    def end(self) -> None:
        self._held.close()

    def _end(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def _answer(self, kind: bytes, patience: float, on_progress: Callable[[float], None]) -> bytes:
        told = 0.0
        while True:
            found, length = HEADER.unpack(self._take(HEADER.size, patience))
            if length > _LARGEST:
                raise ResourceError(self._trade.ended)
            data = self._take(length, patience)
            if found == kind:
                return data
            if found == b"P" and length == FRACTION.size:
                told = max(told, min(1.0, FRACTION.unpack(data)[0]))
                on_progress(told)
            elif found == b"E":
                raise _error(data)
            else:
                raise ResourceError(self._trade.ended)

    def _give(self, kind: bytes, data: "bytes | memoryview") -> None:
        for piece in (HEADER.pack(kind, len(data)), data):
            view = memoryview(piece)
            while view:
                self._wait(self._to, selectors.EVENT_WRITE, self._patience)
                try:
                    view = view[os.write(self._to, view) :]
                except BrokenPipeError:
                    raise _ClosedError from None

    def _take(self, count: int, patience: float) -> bytes:
        parts = []
        while count:
            self._wait(self._from, selectors.EVENT_READ, patience)
            part = os.read(self._from, min(count, PIECE))
            if not part:
                raise ResourceError(self._trade.ended)
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    def _wait(self, descriptor: int, event: int, patience: float) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(descriptor, event)
            if not selector.select(patience):
                raise ResourceError(self._trade.silent, seconds=int(patience))


def _error(data: bytes) -> Exception:
    """What the process says went wrong, as we raise it."""
    told = json.loads(data)
    if "memory" in told:
        return MemoryError()
    if "message" in told:
        return ResourceError(str(told["message"]), place=told["place"], **told["facts"])
    return ChildFaultError(f"{told.get('fault')} at {'; '.join(told.get('frames', ()))}")
