"""Recognisers that go wrong, to be run in a process of their own."""

import os
import signal
import time
from typing import Any

import numpy as np

from speech.recognise import Heard
from speech.voice import voiced_in
from vocabulary.errors import ResourceError
from vocabulary.messages import N_
from vocabulary.text import IdentifiedText
from vocabulary.transcript import Word

SECRET = "Zorbekian"


class _Troubled:
    version = "troubled"


class Stuck(_Troubled):
    """Hears nothing and says nothing, for ever."""

    def recognise(self, samples: Any, **_: Any) -> list[Heard]:
        time.sleep(600)
        return []


class Killed(_Troubled):
    """Is killed in the middle, as by a system that ran out of memory."""

    def recognise(self, samples: Any, *, on_progress: Any, **_: Any) -> list[Heard]:
        on_progress(0.5)
        os.kill(os.getpid(), signal.SIGKILL)
        return []


class Faulty(_Troubled):
    """Fails, with what it heard in its mouth."""

    def recognise(self, samples: Any, **_: Any) -> list[Heard]:
        raise ValueError(SECRET)


class Starved(_Troubled):
    """Has too little memory."""

    def recognise(self, samples: Any, **_: Any) -> list[Heard]:
        raise MemoryError


class Babbling(_Troubled):
    """Says what no recogniser may say: a word that ends before it begins."""

    def recognise(self, samples: Any, **_: Any) -> list[Heard]:
        return [Heard((Word(IdentifiedText("bonjour"), 2.0, 1.0, 0.9),))]


class Telling(_Troubled):
    """Its version tells the names in its environment."""

    version = " ".join(sorted(os.environ))


def missing() -> object:
    """A model that is not there."""
    raise ResourceError(N_("The speech model {model} is not there."), model="small")


class Listening(_Troubled):
    """Finds voices as the real one does, and writes none of it down."""

    def recognise(self, samples: Any, *, on_progress: Any, **_: Any) -> list[Heard]:
        voiced_in(samples.astype(np.float32) / np.float32(32768))
        on_progress(1.0)
        return []
