"""A process that does one kind of work on sound (speech/child_pipes.py), seen from its parent: started, asked, ended.

Rules this module keeps:

* The process is started when it is first needed and kept: a model is loaded once. It is given orders and samples over
  a pipe, and ends with this process, whichever way that ends (``die_with`` in speech/isolation.py).
* Waiting has a limit: a process that neither makes progress nor answers for that long is ended. Whatever goes wrong,
  the process is ended, and what it started, its memory with it, and the next call starts another one.
* What it says is read while it is given its sound, so that neither waits for the other.
* No text of its own reaches an exception (speech/child_errors.py). What an answer says is checked by whoever asked,
  before it is believed.
* Of the environment it gets only what tells numeric libraries how to compute: it works as it would here. Its temporary
  files lie in a folder of its own, where those of this process lie, and end with it.
"""

import contextlib
import json
import math
import os
import re
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from speech.child_errors import ChildFaultError, plain, read
from speech.child_pipes import FRACTION, HEADER, PIECE
from speech.recording import RATE, Samples
from vocabulary.errors import ResourceError

PATIENCE = 900.0
_LARGEST = 1 << 28
_TUNING = ("OPENBLAS_", "OMP_", "MKL_", "KMP_", "CT2_", "CUDA_", "LD_LIBRARY_PATH")
TEMPORARY = "child-"
"""How the folder of a process's temporary files begins. One that is left was a killed process's."""
_VERSION = re.compile(r"[\x20-\x7e]{1,4000}")
_START = (
    "import sys; sys.path.insert(0, sys.argv[1]); from speech.child_pipes import start; "
    "start(sys.argv[2], int(sys.argv[3]))"
)


@dataclass(frozen=True)
class Recipe:
    """What makes a worker: a callable of a module, and its arguments as plain values."""

    module: str
    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Trade:
    """One kind of work: the module whose ``main`` does it, what is said when it ends by itself (``ended``) or is ended
    after ``{seconds}`` (``silent``), and for how many seconds of sound the first sign of life may take the patience
    once, where the work tells how it progresses only after a stage that is the longer the more there is to hear."""

    module: str
    ended: str
    silent: str
    sound: float = math.inf


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

    @property
    def network_left(self) -> bool:
        """Whether the kernel gave the process, which is started for it, a network without anybody in it."""
        return self._started().network_left

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
        self._recipe = recipe
        self._patience = patience
        self._said = bytearray()  # and not read yet
        self._ended = False
        with ExitStack() as held:
            held.enter_context(admission())
            temporary = tempfile.mkdtemp(prefix=TEMPORARY)
            held.callback(shutil.rmtree, temporary, ignore_errors=True)
            lifeline, end = os.pipe()
            held.callback(os.close, end)
            try:
                self._process = self._spawned(lifeline, temporary)
            finally:
                os.close(lifeline)
            held.callback(self._end)
            assert self._process.stdin is not None and self._process.stdout is not None
            self._to, self._from = self._process.stdin.fileno(), self._process.stdout.fileno()
            for descriptor in (self._to, self._from):
                os.set_blocking(descriptor, False)
            value = {"module": recipe.module, "name": recipe.name, "arguments": dict(recipe.arguments)}
            with contextlib.suppress(_ClosedError):
                self._give(b"B", json.dumps(value).encode())
            self.version, self.network_left = _version(plain(self._answer(b"V", lambda _: None)))
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
        answer = self._answer(b"R", on_progress, self._patience * max(1.0, seconds / self._trade.sound))
        return plain(answer), seconds

    def end(self) -> None:
        self._held.close()

    def _spawned(self, lifeline: int, temporary: str) -> "subprocess.Popen[bytes]":
        """The process. ResourceError where the system has no room for another one."""
        kept = {name: value for name, value in os.environ.items() if name.startswith(_TUNING)}
        root = str(Path(__file__).resolve().parent.parent)
        try:
            return subprocess.Popen(
                [sys.executable, "-I", "-B", "-c", _START, root, self._trade.module, str(lifeline)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env={**kept, "TMPDIR": temporary},
                pass_fds=(lifeline,),
                start_new_session=True,
                bufsize=0,
            )
        except OSError:
            raise ResourceError(self._trade.ended) from None

    def _end(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def _answer(self, kind: bytes, on_progress: Callable[[float], None], first: float = 0.0) -> bytes:
        """What comes of that kind. The first sign of life may take ``first`` seconds, where that is more."""
        told, patience = 0.0, max(first, self._patience)
        while True:
            found, length = HEADER.unpack(self._take(HEADER.size, patience))
            patience = self._patience
            if length > _LARGEST:
                raise ResourceError(self._trade.ended)
            data = self._take(length, patience)
            if found == kind:
                return data
            if found == b"P" and length == FRACTION.size:
                told = max(told, min(1.0, FRACTION.unpack(data)[0]))
                on_progress(told)
            elif found == b"E":
                given = [Path(value).name for value in self._recipe.arguments.values() if isinstance(value, str)]
                raise read(data, self._recipe.module, given)
            else:
                raise ResourceError(self._trade.ended)

    def _give(self, kind: bytes, data: "bytes | memoryview") -> None:
        for piece in (HEADER.pack(kind, len(data)), data):
            view = memoryview(piece)
            while view:
                if self._wait(self._patience, giving=True):
                    try:
                        view = view[os.write(self._to, view) :]
                    except BrokenPipeError:
                        raise _ClosedError from None

    def _take(self, count: int, patience: float) -> bytes:
        while len(self._said) < count:
            if self._ended:
                raise ResourceError(self._trade.ended)
            self._wait(patience)
        taken = bytes(self._said[:count])
        del self._said[:count]
        return taken

    def _wait(self, patience: float, *, giving: bool = False) -> bool:
        """Keep what the process says, until it said something or, when ``giving``, takes more; whether it does."""
        with selectors.DefaultSelector() as selector:
            if not self._ended:
                selector.register(self._from, selectors.EVENT_READ)
            if giving:
                selector.register(self._to, selectors.EVENT_WRITE)
            ready = {key.fd for key, _ in selector.select(patience)}
        if not ready:
            raise ResourceError(self._trade.silent, seconds=int(patience))
        if self._from in ready:
            part = os.read(self._from, PIECE)
            self._ended = not part
            self._said += part
            if len(self._said) > 2 * _LARGEST:
                raise ResourceError(self._trade.ended)
        return self._to in ready


def _version(value: Any) -> tuple[str, bool]:
    """What the worker is, and whether the network was left. ChildFaultError if it is neither."""
    if isinstance(value, list) and len(value) == 2:
        version, left = value
        if isinstance(version, str) and _VERSION.fullmatch(version) and isinstance(left, bool):
            return version, left
    raise ChildFaultError("a version in no known form")
