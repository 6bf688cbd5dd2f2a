"""What is heard of a stretch of speech: one attempt at decoding it, and others where the first reads like no language.

Rules this module keeps:

* A stretch is decoded by itself, without the text of another as context, which lets one mistake run on.
* First attempts at several stretches may be made together: that changes work and memory, and what is heard hardly
  (docs/explanation/benchmarks.md). Each is judged by itself, and second attempts are made one at a time.
* What looks like no language is decoded again: first without the names, then with chance.
* Names are given as hot words. A stretch that only echoes them (speech/inventions.py) is heard again without; the names
  stay where nothing better is heard.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Any

import numpy as np
import numpy.typing as npt

from speech.inventions import echoes, outdoes
from speech.recording import RATE
from vocabulary.text import IdentifiedText
from vocabulary.transcript import Word

DECODING: dict[str, Any] = {"beam_size": 5, "max_new_tokens": 210, "without_timestamps": True}
_ATTEMPTS: tuple[tuple[bool, float], ...] = ((True, 0.0), (False, 0.0), (False, 0.4))
"""With names or without, and the temperature."""
_LIKELY = -1.0  # mean log probability of a token
_REPETITIVE = 2.4  # length over zlib-compressed length
_NO_SPEECH = 0.6
_FRAMES = 100  # of the model, a second
_ECHOED = -1.0  # what an echo loses of its likelihood


Sound = npt.NDArray[np.float32]
"""One stretch, 16 kHz, full scale 1, at most 30 seconds of it."""


class Attempts:
    """Attempts of one ``pipeline`` (faster-whisper's BatchedInferencePipeline). What they give are the library's
    segments, times in seconds from the beginning of the stretch."""

    def __init__(self, pipeline: Any) -> None:
        self._pipeline = pipeline

    def first(self, stretches: Sequence[Sound], language: str, names: Sequence[str]) -> list[list[Any]]:
        """The first attempt at each of ``stretches``, made together."""
        return self._decoded(stretches, language, names, 0.0)

    def heard(self, stretch: Sound, language: str, names: Sequence[str], first: list[Any] | None = None) -> list[Any]:
        """The first attempt that reads like language, or the likeliest; an echo of the names stays where no other
        attempt outdoes it. ``first`` is the first one, if it was made."""
        echo: list[Any] = []
        echoed: list[Word] = []
        tried: list[tuple[float, list[Any]]] = []
        for with_names, temperature in _ATTEMPTS:
            if with_names and not names:
                continue
            given = names if with_names else ()
            segments = self._decoded([stretch], language, given, temperature)[0] if first is None else first
            first = None
            if not segments:
                continue
            likely = segments[0].avg_logprob
            words = [word for one in segments for word in words_of(one)]
            if with_names and echoes(words, names):
                echo, echoed = segments, words
                tried.append((likely + _ECHOED, segments))
                continue
            if echoed and not outdoes(words, echoed):
                continue
            if segments[0].no_speech_prob > _NO_SPEECH and likely < _LIKELY:
                return echo
            if likely >= _LIKELY and max(segment.compression_ratio for segment in segments) <= _REPETITIVE:
                return segments
            tried.append((likely, segments))
        return max(tried, key=lambda attempt: attempt[0])[1] if tried else []

    def _decoded(
        self, stretches: Sequence[Sound], language: str, names: Sequence[str], temperature: float
    ) -> list[list[Any]]:
        """Segments of each stretch. The library takes one sound: each stretch begins at a whole second of it, so that
        the times it rounds are rounded as those of the stretch alone."""
        *begins, length = accumulate((len(stretch) // RATE + 1 for stretch in stretches), initial=0)
        sound = np.zeros(length * RATE, np.float32)
        for begin, stretch in zip(begins, stretches, strict=True):
            sound[begin * RATE : begin * RATE + len(stretch)] = stretch
        segments, _ = self._pipeline.transcribe(
            sound,
            language=language,
            hotwords=sentence(names) if names else None,
            temperature=temperature,
            vad_filter=False,
            clip_timestamps=[_clip(*each) for each in zip(begins, stretches, strict=True)],
            word_timestamps=True,
            batch_size=len(stretches),
            **DECODING,
        )
        found: dict[int, list[Any]] = {begin: [] for begin in begins}
        for segment in segments:
            begin = segment.seek // _FRAMES
            found[begin].append(replace(segment, words=[_back(word, begin) for word in segment.words or ()]))
        return list(found.values())


def guards() -> str:
    """What the judging of attempts depends on."""
    tried = ",".join(f"{'with' if named else 'without'}:{temperature}" for named, temperature in _ATTEMPTS)
    return f"attempts={tried} likely={_LIKELY} repetitive={_REPETITIVE} no_speech={_NO_SPEECH} echoed={_ECHOED}"


def sentence(names: Sequence[str]) -> str:
    """Hot words as a sentence: without its full stop the engine leaves out those of the talk as well."""
    return ", ".join(names) + "."


def words_of(segment: Any, offset: float = 0.0) -> Iterator[Word]:
    """Join the library's tokens of a segment into words: one without a leading space belongs to the word before it.

    A space inside of one, as French puts it before a mark or into a number, parts it: each part has its share of the
    time, by its letters. ``offset`` seconds are added to its times.
    """
    text, start, end, chances = "", 0.0, 0.0, list[float]()
    for token in (*segment.words, None):
        if text.strip() and (token is None or token.word.startswith(" ")):
            chance = float(np.mean(chances))
            yield from _parts(Word(IdentifiedText(text), start, max(start, end), min(1.0, max(0.0, chance))))
            text, chances = "", []
        if token is not None:
            start = offset + float(token.start) if not text.strip() else start
            text, end = text + token.word, offset + float(token.end)
            chances.append(float(token.probability))


def _clip(begin: int, stretch: Sound) -> dict[str, float]:
    """Where the library finds a stretch. It rounds down to a sample: half a one more gives all samples but those that
    it leaves out of a sound of its own."""
    return {"start": float(begin), "end": (begin * RATE + int(len(stretch) / RATE * RATE) + 0.5) / RATE}


def _back(word: Any, seconds: int) -> Any:
    return replace(word, start=max(0.0, word.start - seconds), end=max(0.0, word.end - seconds))


def _parts(word: Word) -> Iterator[Word]:
    texts = word.text.reveal().split()
    whole, said = sum(map(len, texts)), 0
    share = (word.end - word.start) / whole
    for text in texts:
        start, said = word.start + said * share, said + len(text)
        end = word.end if said == whole else word.start + said * share
        yield replace(word, text=IdentifiedText(text), start=start, end=end)
