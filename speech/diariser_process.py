"""A diariser that runs in a process of its own (speech/diariser_child.py), and looks like any other.

Rules this module keeps, beside those of speech/child_process.py:

* Whether the models load is tried when the diariser is made, before hours of recognition. The process ends at once and
  its memory is free; it is started again for each session, and ends with the answer: nothing of a voice outlives it.
* The sound goes over the pipe as it is decoded: it lies in no file, and here no more of it than a piece in memory.
* Of the answer, times, labels and certainties are read and nothing else, and checked before they are believed.
* The libraries tell how they progress, and only silence is limited. sherpa-onnx tells it once it knows where voices
  are: that may take the patience once for every ten minutes of sound.
* One that fails is told as such, and nobody else's labels are given in its place: who chose it decides. What is wrong
  is the model or its library, and not the recording.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from speech.audio import Audio
from speech.child_errors import ChildFaultError
from speech.child_process import PATIENCE, ChildProcess, Recipe, Trade
from speech.diarise import Diariser, SpectralDiariser, Voice, in_order
from speech.operator_diarisers import check_folder
from vocabulary.choices import ToldApart
from vocabulary.errors import ModelFaultError, ResourceError
from vocabulary.messages import N_

_Answer = TypeVar("_Answer")
_LATEST = 1e9  # seconds; what no sound lasts

_RECIPES = {ToldApart.PYANNOTE: "pyannote", ToldApart.SHERPA_ONNX: "sherpa"}


class ProcessDiariser:
    """See speech.diarise.Diariser; what it raises is in ChildProcess, but ModelFaultError instead of ChildFaultError,
    and when the process says what no diariser may say."""

    def __init__(self, kind: ToldApart, recipe: Recipe, patience: float = PATIENCE) -> None:
        self.process = ChildProcess(_TRADE, recipe, patience)
        self._kind = kind
        self._version: str | None = None

    @property
    def kind(self) -> ToldApart:
        return self._kind

    @property
    def version(self) -> str:
        """That of the diariser in the process when it last ran; it is started for it if it never did."""
        if self._version is None:
            self._version = self._once(lambda: self.process.version)
        return self._version

    def diarise(self, audio: Audio, stretches: Sequence[tuple[float, float]], speakers: int | None) -> list[Voice]:
        """See Diariser. Nobody is asked whose words one person's are."""
        if not stretches or speakers == 1:
            return [Voice(start, end, 0) for start, end in stretches]
        order = {"stretches": [list(each) for each in stretches], "speakers": speakers}

        def asked() -> list[Voice]:
            self._version = self.process.version
            answer, seconds = self.process.ask(order, audio())
            return _voices(answer, seconds, speakers)

        return self._once(asked)

    def _once(self, asked: Callable[[], _Answer]) -> _Answer:
        """What a process says that is ended afterwards. ModelFaultError if nobody foresaw it."""
        try:
            return asked()
        except ChildFaultError as error:
            problem = str(error)
        finally:
            self.process.close()
        raise ModelFaultError(
            N_("Telling the voices apart failed inside the model or its library ({problem}). Nothing is lost: the "
               "session waits, and the next run tries again. If it happens again, try another version of the library "
               "or other models, or set speech.diariser to plain."),
            problem=problem, place="speech.diariser",
        )  # fmt: skip


def make_diariser(kind: ToldApart, folder: Path | None, threads: int, patience: float) -> Diariser:
    """The diariser of a kind; ResourceError when its folder or its library is missing, or it cannot be loaded."""
    if kind is ToldApart.PLAIN:
        return SpectralDiariser()
    if folder is None:
        raise ResourceError(
            N_("The setting speech.diariser is {kind}, and speech.diariser_model names no folder. Name the folder with "
               "its models in huisclos.toml, or set speech.diariser to plain."),
            kind=str(kind), place="speech.diariser_model",
        )  # fmt: skip
    check_folder(kind, folder)
    recipe = Recipe("speech.diariser_child", _RECIPES[kind], {"folder": str(folder), "threads": threads})
    made = ProcessDiariser(kind, recipe, patience)
    _ = made.version  # loads it once
    return made


def _voices(answer: Any, seconds: float, speakers: int | None) -> list[Voice]:
    """The voices of an answer, within the sound. ChildFaultError if it is nothing that a diariser may say."""
    if not isinstance(answer, list) or not answer or not all(map(_is_voice, answer)):
        raise ChildFaultError("an answer in no known form")
    if speakers is not None and len({label for _, _, label, _ in answer}) > speakers:
        raise ChildFaultError("more voices than heads")
    return in_order(
        Voice(min(max(start, 0.0), seconds), min(max(end, 0.0), seconds), label, certainty)
        for start, end, label, certainty in answer
    )


def _is_voice(value: Any) -> bool:
    if not isinstance(value, list) or len(value) != 4:
        return False
    start, end, label, certainty = value
    return (
        all(type(time) in (int, float) and -_LATEST < time < _LATEST for time in (start, end))
        and start <= end
        and type(label) is int
        and label >= 0
        and (certainty is None or (type(certainty) in (int, float) and 0 <= certainty <= 1))
    )


_TRADE = Trade(
    "speech.diariser_child",
    ended=N_(
        "Telling the voices apart ended unexpectedly. Nothing is lost: what is transcribed so far is kept, and the "
        "next run goes on from there. If it happens again, the memory may be too small for a recording of this "
        "length: close other programs, or set speech.diariser to plain."
    ),
    silent=N_(
        "Telling the voices apart gave no sign of life for {seconds} seconds and was stopped. Nothing is lost: what is "
        "transcribed so far is kept, and the next run goes on from there. Raise speech.patience_seconds if the machine "
        "is slow, or set speech.diariser to plain."
    ),
    sound=600.0,
)
