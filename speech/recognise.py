"""Speech recognition: samples in, timed words out.

Rules this module keeps:

* Decoding is sequential, one stretch after the other (speech/attempts.py), unless it is told to take several at a
  time: that saves work and costs memory.
* Speech is found first (voice activity detection) and cut at pauses into stretches that fit Whisper's
  window of 30 seconds: a window that ends in the middle of a word loses the words around its edge.
* What the recogniser makes up is kept out: a stretch that is probably no speech, words faster than anyone
  speaks, and what speech/inventions.py knows.
* Names are given as hot words in every window, the first ones that fit: it hears them, now and then also where
  they were not said. A stretch that only echoes them is heard again without; the names stay where nothing better is
  heard. Casing is kept as recognised; detection rests on it.
* Long recordings are cut at their quietest moments into pieces, so that memory does not grow with length.
* The same samples, words and model give the same result: the one source of chance has a fixed seed.
* Nothing is fetched and nothing is printed. The library logs text at the level DEBUG, which is shut here.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from speech import inventions
from speech.attempts import DECODING, Attempts, Sound, guards, sentence, words_of
from speech.inventions import FASTEST, is_gabble, without_inventions, without_loops
from speech.models import model_digest
from speech.recording import RATE, Samples
from speech.voice import LEVEL, MOST_GAIN, STRETCH, VOICE, gather, voiced_in
from vocabulary.errors import ResourceError
from vocabulary.messages import N_
from vocabulary.transcript import Word

_PIECE = 600  # seconds
_PIECE_SLACK = 60
_PAD = 0.25
_LEFT_OUT = 0.8  # seconds of voice
_HOTWORDS = 60
_PROMPT = 223  # tokens of hot words that faster-whisper reads; it cuts off the rest, in the middle of a name
_SEED = 0
_INVENTIONS = 4  # which edition of speech/inventions.py


@dataclass(frozen=True)
class Heard:
    """One stretch of speech as recognised, in its words; times in seconds from the first sample."""

    words: tuple[Word, ...]


class Recogniser(Protocol):
    """Anything that hears words. ``version`` records every parameter that affects the result."""

    @property
    def version(self) -> str: ...

    def recognise(
        self,
        samples: Samples,
        *,
        language: str,
        hotwords: Sequence[str],
        on_progress: Callable[[float], None],
    ) -> list[Heard]:
        """Words of ``samples`` (16-bit mono, 16 kHz) in order; an empty list if there is no speech.

        ``on_progress`` gets fractions that never go back, 1.0 last. No word is empty, holds a space, or
        ends before it begins.
        """
        ...


class WhisperRecogniser:
    """Whisper through faster-whisper, int8 on the processor, from a local directory.

    ``threads`` 0 lets the engine choose. ``stretches`` are decoded at a time. Raises ResourceError if the directory
    holds no loadable model.
    """

    def __init__(self, directory: Path, threads: int = 0, stretches: int = 1) -> None:
        import ctranslate2
        from faster_whisper import BatchedInferencePipeline, WhisperModel

        logging.getLogger("faster_whisper").setLevel(logging.WARNING)
        ctranslate2.set_log_level(logging.ERROR)
        self._engine = ctranslate2
        try:
            model = WhisperModel(
                str(directory), device="cpu", compute_type="int8", cpu_threads=threads, local_files_only=True
            )
        except (RuntimeError, ValueError, OSError):
            raise ResourceError(
                N_(
                    "The speech model {model} cannot be loaded. Expected: a Whisper model converted for CTranslate2. "
                    "Install it again, or set speech.model to base."
                ),
                model=directory.name,
            ) from None
        self._directory = directory
        self._model = model
        self._attempts = Attempts(BatchedInferencePipeline(model))
        self._stretches = stretches

    @property
    def version(self) -> str:
        """Weights, libraries and parameters."""
        values = " ".join(f"{key}={value}" for key, value in {**DECODING, **VOICE}.items())
        together = f" stretches={self._stretches}" if self._stretches > 1 else ""
        return (
            f"whisper {model_digest(self._directory)[:12]} int8{together} faster-whisper {version('faster-whisper')} "
            f"ctranslate2 {version('ctranslate2')} {values} {guards()} stretch={STRETCH} pad={_PAD} "
            f"fastest={FASTEST} hotwords={_HOTWORDS}, a sentence seed={_SEED} level={LEVEL}/{MOST_GAIN} "
            f"left_out={_LEFT_OUT} piece={_PIECE}/{_PIECE_SLACK} prompt={_PROMPT} "
            f"inventions={_INVENTIONS} unlikely={inventions.UNLIKELY} sure={inventions.SURE}"
        )

    def recognise(
        self,
        samples: Samples,
        *,
        language: str,
        hotwords: Sequence[str],
        on_progress: Callable[[float], None],
    ) -> list[Heard]:
        """See Recogniser."""
        self._engine.set_random_seed(_SEED)
        names = self._fitting(hotwords)
        heard: list[Heard] = []
        for start, end in pieces(samples):
            piece = samples[start:end].astype(np.float32) / np.float32(32768)
            voiced = voiced_in(piece)
            stretches = gather(voiced)
            for at in range(0, len(stretches), self._stretches):
                together = stretches[at : at + self._stretches]
                begun = self._attempts.first([_sound(piece, *each) for each in together], language, names)
                for stretch, attempt in zip(together, begun, strict=True):
                    for words in self._stretch(piece, stretch, attempt, voiced, language, names):
                        heard.append(Heard(tuple(_moved(words, start / RATE))))
                    on_progress((start + min(stretch[1] * RATE, len(piece))) / len(samples))
            on_progress(end / len(samples))
        return heard

    def _stretch(
        self,
        piece: Sound,
        stretch: tuple[float, float],
        attempt: list[Any] | None,
        voiced: Sequence[tuple[float, float]],
        language: str,
        names: Sequence[str],
    ) -> Iterator[list[Word]]:
        """Words of one stretch, at which the first ``attempt`` was made. Where the recogniser stops while the voice
        goes on, it is asked again from there."""
        first, last = stretch
        while last - first > 0:
            said = begin = _begin(first)
            for segment in self._attempts.heard(_sound(piece, first, last), language, names, attempt):
                words = list(words_of(segment, begin))
                if words and not is_gabble(words):
                    said = words[-1].end
                    if real := without_loops(without_inventions(words)):
                        yield real
            left = sum(max(0.0, b - max(a, said)) for a, b in voiced if a < last)
            if left < _LEFT_OUT or said - begin < _LEFT_OUT:
                return
            first, attempt = said, None

    def _fitting(self, hotwords: Sequence[str]) -> list[str]:
        """The first of the hot words, each once: at most ``_HOTWORDS``, and no more than the engine reads whole."""
        names = list(dict.fromkeys(hotwords))[:_HOTWORDS]
        tokenizer = self._model.hf_tokenizer
        while names and len(tokenizer.encode(" " + sentence(names), add_special_tokens=False).ids) > _PROMPT:
            names.pop()
        return names


def pieces(samples: Samples) -> list[tuple[int, int]]:
    """Cut ``samples`` at quiet moments into pieces of ten minutes at most: half-open, covering all."""
    cuts = [0]
    window = RATE // 5
    while len(samples) - cuts[-1] > _PIECE * RATE:
        last = cuts[-1] + _PIECE * RATE
        first = last - _PIECE_SLACK * RATE
        power = np.square(samples[first:last].astype(np.float32)).reshape(-1, window).mean(axis=1)
        calm = np.convolve(power, np.ones(3), "same")
        cuts.append(first + int(np.argmin(calm)) * window + window // 2)
    return list(zip(cuts, [*cuts[1:], len(samples)], strict=True)) if len(samples) else []


def _sound(piece: Sound, first: float, last: float) -> Sound:
    """What is recognised of a stretch, a little before and after it included."""
    return piece[int(_begin(first) * RATE) : int(min(len(piece) / RATE, last + _PAD) * RATE)]


def _begin(first: float) -> float:
    return max(0.0, first - _PAD)


def _moved(words: Sequence[Word], offset: float) -> Iterator[Word]:
    for word in words:
        yield replace(word, start=word.start + offset, end=word.end + offset)
