"""Recognises speech in a process of its own: it can be stopped at any moment, and takes nothing with it.

Rules this module keeps:

* It gets a recipe for its recogniser, then samples and what to listen for, over a pipe, and gives words back over
  another. Nothing of that stands in its arguments or its environment, and it has no key and no passphrase.
* It ends when the pipe to it is closed, in the middle of its work too: so it never outlives its parent.
* What a library writes to the standard streams goes nowhere. No core is dumped, nobody may trace it.
* Its memory does not grow with what it has heard: each order gives back what it took (speech/heap.py).
* Of an error that is none of ours only the kind and the places in the code are told: its text can hold talk.

The pipes, ``struct`` format ``>cI``: kind and length, then that many bytes.

* standard input: ``B`` the recipe, first; then for each order ``O`` (JSON: language, hotwords, and the number of bytes
  of samples) and ``S`` (samples, 16-bit mono at 16 kHz, little-endian) until that number is reached;
* standard output: ``V`` the recogniser's version, once it is ready; ``P`` progress (``>d``, 0 to 1); ``R`` the result
  (JSON); ``E`` an error (JSON: ``message`` and ``facts`` of ours, ``memory``, or ``fault`` with its frames).
"""

import contextlib
import importlib
import json
import os
import queue
import resource
import struct
import threading
import traceback
from pathlib import Path
from typing import Any

import numpy as np

from speech import heap
from speech.blocks import written
from speech.isolation import untraceable
from speech.recognise import Heard, Recogniser, WhisperRecogniser
from vocabulary.errors import HuisclosError

HEADER = struct.Struct(">cI")
FRACTION = struct.Struct(">d")
PIECE = 1 << 20


def whisper(directory: str, threads: int) -> Recogniser:
    """The recipe of every day: a Whisper model in a local directory."""
    return WhisperRecogniser(Path(directory), threads=threads)


def main() -> None:
    """Serve orders until the pipe is closed."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    untraceable()
    heap.share()
    pipes = _Pipes()
    try:
        recipe = json.loads(pipes.next(b"B"))
        recogniser = getattr(importlib.import_module(recipe["module"]), recipe["name"])(**recipe["arguments"])
        pipes.give(b"V", json.dumps(recogniser.version).encode())
        while True:
            _serve(recogniser, pipes)
            heap.give_back()
    except BaseException as error:
        pipes.give(b"E", json.dumps(_told(error)).encode())


def _serve(recogniser: Recogniser, pipes: "_Pipes") -> None:
    order = json.loads(pipes.next(b"O"))
    data = bytearray()
    while len(data) < order["bytes"]:
        data += pipes.next(b"S")
    heard = recogniser.recognise(
        np.frombuffer(data, dtype="<i2"),
        language=order["language"],
        hotwords=order["hotwords"],
        on_progress=lambda fraction: pipes.give(b"P", FRACTION.pack(fraction)),
    )
    pipes.give(b"R", json.dumps([_plain(each) for each in heard]).encode())


def _plain(heard: Heard) -> dict[str, Any]:
    return {**{name: value for name, value in vars(heard).items() if name != "words"}, "words": written(heard.words)}


def _told(error: BaseException) -> dict[str, Any]:
    if isinstance(error, MemoryError):
        return {"memory": True}
    if isinstance(error, HuisclosError):
        return {"message": error.message, "facts": {name: str(fact) for name, fact in error.facts.items()}}
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    return {"fault": type(error).__name__, "frames": places[-20:]}


class _Pipes:
    """The two pipes. A thread reads, so that the end of the parent is noticed while there is work."""

    def __init__(self) -> None:
        self._out = os.dup(1)
        null = os.open(os.devnull, os.O_WRONLY)
        for descriptor in (1, 2):
            os.dup2(null, descriptor)
        self._messages: queue.Queue[tuple[bytes, bytes]] = queue.Queue(maxsize=2)
        threading.Thread(target=self._read, daemon=True).start()

    def next(self, kind: bytes) -> bytes:
        found, data = self._messages.get()
        if found != kind:
            raise ValueError("a message out of turn")
        return data

    def give(self, kind: bytes, data: bytes) -> None:
        view = memoryview(HEADER.pack(kind, len(data)) + data)
        with contextlib.suppress(BrokenPipeError):
            while view:
                view = view[os.write(self._out, view) :]

    def _read(self) -> None:
        while True:
            kind, length = HEADER.unpack(self._take(HEADER.size))
            self._messages.put((kind, self._take(length)))

    def _take(self, count: int) -> bytes:
        parts = []
        while count:
            part = os.read(0, min(count, PIECE))
            if not part:
                os._exit(0)
            parts.append(part)
            count -= len(part)
        return b"".join(parts)
