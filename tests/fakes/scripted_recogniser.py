"""A recogniser that says what it was told: for tests in which the speech model is not the point."""

from collections.abc import Callable, Sequence

from speech.recognise import Heard
from speech.recording import RATE, Samples
from vocabulary.text import IdentifiedText
from vocabulary.transcript import Word


class ScriptedRecogniser:
    """Hears each line of ``script`` in its equal share of the recording, wherever there is any sound."""

    def __init__(self, script: Sequence[str]) -> None:
        self._script = tuple(script)

    @property
    def version(self) -> str:
        return f"scripted, {len(self._script)} lines"

    def recognise(
        self,
        samples: Samples,
        *,
        language: str,
        hotwords: Sequence[str],
        on_progress: Callable[[float], None],
    ) -> list[Heard]:
        heard = []
        share = len(samples) / RATE / max(len(self._script), 1)
        for number, line in enumerate(self._script):
            texts = line.split()
            step = 0.8 * share / max(len(texts), 1)
            begin = number * share
            words = [
                Word(IdentifiedText(text), begin + place * step, begin + (place + 1) * step, 0.9)
                for place, text in enumerate(texts)
            ]
            words = [word for word in words if samples[int(word.start * RATE) : int(word.end * RATE)].any()]
            if words:
                heard.append(Heard(tuple(words)))
            on_progress((number + 1) / len(self._script))
        on_progress(1.0)
        return heard
