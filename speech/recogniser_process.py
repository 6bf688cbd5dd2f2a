"""A recogniser that runs in a process of its own (speech/recogniser_child.py), and looks like any other.

Rules this module keeps, beside those of speech/child_process.py:

* A block is given, and words come back; what comes back is checked before it is believed.
* Progress is a sign of life: only silence is limited.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from speech.blocks import read
from speech.child_errors import ChildFaultError
from speech.child_process import PATIENCE, ChildProcess, Recipe, Trade
from speech.recognise import Heard
from speech.recording import Samples
from vocabulary.messages import N_
from vocabulary.transcript import Word

_BEYOND = 1.0  # seconds a word may lie past the last sample


def whisper(directory: Path, threads: int, stretches: int = 1) -> Recipe:
    """The recipe of a Whisper model in a local directory, so many ``stretches`` decoded at a time."""
    arguments = {"directory": str(directory), "threads": threads, "stretches": stretches}
    return Recipe("speech.recogniser_child", "whisper", arguments)


def network_left() -> bool:
    """Whether the kernel of this machine keeps such processes from the network: one is started to see."""
    process = ChildProcess(_TRADE, Recipe("types", "SimpleNamespace", {"version": "none"}))
    try:
        return process.network_left
    finally:
        process.close()


class ProcessRecogniser:
    """See speech.recognise.Recogniser; what it raises is in ChildProcess. ChildFaultError, too, when the process says
    what no recogniser may say."""

    def __init__(
        self,
        recipe: Recipe,
        patience: float = PATIENCE,
        admission: Callable[[], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        self.process = ChildProcess(_TRADE, recipe, patience, admission)

    @property
    def version(self) -> str:
        """That of the recogniser in the process, which is started for it."""
        return self.process.version

    def recognise(
        self,
        samples: Samples,
        *,
        language: str,
        hotwords: Sequence[str],
        on_progress: Callable[[float], None],
    ) -> list[Heard]:
        """See Recogniser."""
        order = {"language": language, "hotwords": list(hotwords)}
        answer, seconds = self.process.ask(order, [samples], on_progress)
        try:
            return _heard(answer, seconds)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the process, whatever it is doing. The next call starts another one."""
        self.process.close()


def _heard(answer: Any, seconds: float) -> list[Heard]:
    """What was heard. ChildFaultError if it is nothing that a recogniser may say: the process lives, and would say the
    same of this recording again."""
    heard: list[Heard] | None
    try:
        heard = [Heard(**{**each, "words": read(each["words"])}) for each in answer]
    except (ValueError, TypeError, KeyError, OverflowError):
        heard = None
    if heard is None or not all(_is_plain(word) for each in heard for word in each.words):
        raise ChildFaultError("an answer in no known form")
    for word in (word for each in heard for word in each.words):
        if not 0 <= word.start <= word.end <= seconds + _BEYOND:
            raise ChildFaultError("a word outside of what it was given")
        if not 0 <= word.probability <= 1:
            raise ChildFaultError("a word whose chance is none")
        if word.text.reveal().split() != [word.text.reveal()]:
            raise ChildFaultError("a word that is empty or holds a space")
    return heard


def _is_plain(word: Word) -> bool:
    figures = (word.start, word.end, word.probability)
    text: object = word.text.reveal()
    return isinstance(text, str) and all(type(figure) in (int, float) for figure in figures)


_TRADE = Trade(
    "speech.recogniser_child",
    ended=N_(
        "The speech recognition ended unexpectedly. Nothing is lost: what is transcribed so far is kept, and the next "
        "run goes on from there. If it happens again, the memory may be too small for the model: close other programs, "
        "set speech.stretches back to 1, or speech.model to a smaller one."
    ),
    silent=N_(
        "The speech recognition gave no sign of life for {seconds} seconds and was stopped. Nothing is lost: what is "
        "transcribed so far is kept, and the next run goes on from there. If the machine is slow, raise "
        "speech.patience_seconds."
    ),
)
