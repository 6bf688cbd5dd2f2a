"""Diarisers to be run in a process of their own: some that go wrong, and a real one on a stand-in of its library."""

import os
import signal
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from speech.diarise import Diariser, Voice
from speech.operator_diarisers import PyannoteDiariser
from tests.fakes import diarisation_libraries as libraries
from vocabulary.choices import ToldApart
from vocabulary.errors import ResourceError
from vocabulary.messages import N_

SECRET = "Zorbekian"


def pyannote(folder: str, threads: int) -> Diariser:
    """The real adapter, on a stand-in of its library."""
    for module in libraries.pyannote_modules():
        sys.modules[module.__name__] = module
    return PyannoteDiariser(Path(folder), threads)


class _Troubled:
    kind = ToldApart.PYANNOTE
    version = "troubled"


class Stuck(_Troubled):
    """Listens to all of it, and says nothing, for ever."""

    def diarise(self, audio: Any, stretches: Any, speakers: Any, on_progress: Any) -> list[Voice]:
        for _ in audio():
            pass
        time.sleep(600)
        return []


class Stopping(_Troubled):
    """Tells that it is at work, and then nothing any more."""

    def diarise(self, audio: Any, stretches: Any, speakers: Any, on_progress: Any) -> list[Voice]:
        for _ in audio():
            on_progress(0.1)
        time.sleep(600)
        return []


class Deaf(_Troubled):
    """Does not even take the sound."""

    def diarise(self, audio: Any, stretches: Any, speakers: Any, on_progress: Any) -> list[Voice]:
        time.sleep(600)
        return []


class Killed(_Troubled):
    """Is killed in the middle, as by a system that ran out of memory."""

    def diarise(self, audio: Any, stretches: Any, speakers: Any, on_progress: Any) -> list[Voice]:
        next(audio())
        os.kill(os.getpid(), signal.SIGKILL)
        return []


class Starved(_Troubled):
    """Has too little memory for the sound: it fails while there is more to come."""

    def diarise(self, audio: Any, stretches: Any, speakers: Any, on_progress: Any) -> list[Voice]:
        next(audio())
        raise MemoryError


class Faulty(_Troubled):
    """Fails, with what is none of anybody's business in its mouth."""

    def diarise(self, audio: Any, stretches: Any, speakers: Any, on_progress: Any) -> list[Voice]:
        raise ValueError(SECRET)


class Telling(_Troubled):
    """Answers what it is told to."""

    def __init__(self, answer: Sequence[Sequence[Any]]) -> None:
        self._answer = [Voice(*each) for each in answer]

    def diarise(self, audio: Any, stretches: Any, speakers: Any, on_progress: Any) -> list[Voice]:
        return self._answer


class Curious(_Troubled):
    """Its version tells the names in its environment, and what came of reaching for the network."""

    def __init__(self, port: int) -> None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            reached = "reached"
        except OSError:
            reached = "unreached"
        self.version = " ".join([reached, *sorted(os.environ)])


def missing() -> object:
    """A model that is not there."""
    raise ResourceError(N_("The model {model} is not there."), model="voices", place="speech.diariser_model")
