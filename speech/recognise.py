"""Speech recognition: samples in, timed words out.

Rules this module keeps:

* Decoding is sequential, one stretch after the other, without the previous text as context, which lets one
  mistake run on. What looks like no language is decoded again, differently.
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
import numpy.typing as npt

from speech import inventions
from speech.inventions import FASTEST, echoes, is_gabble, outdoes, without_inventions, without_loops
from speech.models import model_digest
from speech.recording import RATE, Samples
from speech.voice import LEVEL, MOST_GAIN, STRETCH, VOICE, gather, voiced_in
from vocabulary.errors import ResourceError
from vocabulary.messages import N_
from vocabulary.text import IdentifiedText
from vocabulary.transcript import Word

_PIECE = 600  # seconds
_PIECE_SLACK = 60
_PAD = 0.25
_LEFT_OUT = 0.8  # seconds of voice
_HOTWORDS = 60
_PROMPT = 223  # tokens of hot words that faster-whisper reads; it cuts off the rest, in the middle of a name
_ECHOED = -1.0  # what an echo loses of its likelihood
_SEED = 0
_INVENTIONS = 4  # which edition of speech/inventions.py
_DECODING: dict[str, Any] = {"beam_size": 5, "max_new_tokens": 210, "without_timestamps": True}
# A stretch is decoded again when the result looks like none: first without hot words, then with chance.
_ATTEMPTS: tuple[tuple[bool, float], ...] = ((True, 0.0), (False, 0.0), (False, 0.4))
_LIKELY = -1.0  # mean log probability of a token
_REPETITIVE = 2.4  # length over zlib-compressed length
_NO_SPEECH = 0.6


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

    ``threads`` 0 lets the engine choose. Raises ResourceError if the directory holds no loadable model.
    """

    def __init__(self, directory: Path, threads: int = 0) -> None:
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
        self._pipeline = BatchedInferencePipeline(model)  # of one stretch at a time

    @property
    def version(self) -> str:
        """Weights, libraries and parameters."""
        values = " ".join(f"{key}={value}" for key, value in {**_DECODING, **VOICE}.items())
        attempts = ",".join(f"{'with' if named else 'without'}:{temperature}" for named, temperature in _ATTEMPTS)
        guards = f"attempts={attempts} likely={_LIKELY} repetitive={_REPETITIVE} no_speech={_NO_SPEECH}"
        return (
            f"whisper {model_digest(self._directory)[:12]} int8 faster-whisper {version('faster-whisper')} "
            f"ctranslate2 {version('ctranslate2')} {values} {guards} stretch={STRETCH} pad={_PAD} "
            f"fastest={FASTEST} hotwords={_HOTWORDS}, a sentence seed={_SEED} level={LEVEL}/{MOST_GAIN} "
            f"left_out={_LEFT_OUT} piece={_PIECE}/{_PIECE_SLACK} prompt={_PROMPT} "
            f"inventions={_INVENTIONS} echoed={_ECHOED} unlikely={inventions.UNLIKELY} sure={inventions.SURE}"
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
            for first, last in gather(voiced):
                for words in self._stretch(piece, (first, last), voiced, language, names):
                    heard.append(Heard(tuple(_moved(words, start / RATE))))
                on_progress((start + min(last * RATE, len(piece))) / len(samples))
            on_progress(end / len(samples))
        return heard

    def _stretch(
        self,
        piece: npt.NDArray[np.float32],
        stretch: tuple[float, float],
        voiced: Sequence[tuple[float, float]],
        language: str,
        names: Sequence[str],
    ) -> Iterator[list[Word]]:
        """Words of one stretch. Where the recogniser stops while the voice goes on, it is asked again from there."""
        first, last = stretch
        while last - first > 0:
            begin, end = max(0.0, first - _PAD), min(len(piece) / RATE, last + _PAD)
            said = begin
            for segment in self._hear(piece[int(begin * RATE) : int(end * RATE)], language, names):
                words = list(_words(segment.words or (), begin))
                if words and not is_gabble(words):
                    said = words[-1].end
                    if real := without_loops(without_inventions(words)):
                        yield real
            left = sum(max(0.0, b - max(a, said)) for a, b in voiced if a < last)
            if left < _LEFT_OUT or said - begin < _LEFT_OUT:
                return
            first = said

    def _fitting(self, hotwords: Sequence[str]) -> list[str]:
        """The first of the hot words, each once: at most ``_HOTWORDS``, and no more than the engine reads whole."""
        names = list(dict.fromkeys(hotwords))[:_HOTWORDS]
        tokenizer = self._model.hf_tokenizer
        while names and len(tokenizer.encode(" " + _sentence(names), add_special_tokens=False).ids) > _PROMPT:
            names.pop()
        return names

    def _hear(self, stretch: npt.NDArray[np.float32], language: str, names: Sequence[str]) -> list[Any]:
        """The library's segments of one stretch: the first attempt that reads like language, or the likeliest. An
        echo of the names stays where no other attempt outdoes it."""
        echo: list[Any] = []
        echoed: list[Word] = []
        tried: list[tuple[float, list[Any]]] = []
        for with_names, temperature in _ATTEMPTS:
            if with_names and not names:
                continue
            found, _ = self._pipeline.transcribe(
                stretch,
                language=language,
                hotwords=_sentence(names) if with_names else None,
                temperature=temperature,
                vad_filter=False,
                clip_timestamps=[{"start": 0.0, "end": len(stretch) / RATE}],
                word_timestamps=True,
                batch_size=1,
                **_DECODING,
            )
            segments = list(found)
            if not segments:
                continue
            likely = segments[0].avg_logprob
            words = [word for one in segments for word in _words(one.words or (), 0.0)]
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


def _sentence(names: Sequence[str]) -> str:
    """Hot words as a sentence: without its full stop the engine leaves out those of the talk as well."""
    return ", ".join(names) + "."


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


def _moved(words: Sequence[Word], offset: float) -> Iterator[Word]:
    for word in words:
        yield replace(word, start=word.start + offset, end=word.end + offset)


def _words(tokens: Sequence[Any], offset: float) -> Iterator[Word]:
    """Join the library's tokens into words: one without a leading space belongs to the word before it.

    A space inside of one, as French puts it before a mark or into a number, parts it: each part has its share of the
    time, by its letters.
    """
    text, start, end, chances = "", 0.0, 0.0, list[float]()
    for token in (*tokens, None):
        if text.strip() and (token is None or token.word.startswith(" ")):
            chance = float(np.mean(chances))
            yield from _parts(Word(IdentifiedText(text), start, max(start, end), min(1.0, max(0.0, chance))))
            text, chances = "", []
        if token is not None:
            start = offset + float(token.start) if not text.strip() else start
            text, end = text + token.word, offset + float(token.end)
            chances.append(float(token.probability))


def _parts(word: Word) -> Iterator[Word]:
    texts = word.text.reveal().split()
    whole, said = sum(map(len, texts)), 0
    share = (word.end - word.start) / whole
    for text in texts:
        start, said = word.start + said * share, said + len(text)
        end = word.end if said == whole else word.start + said * share
        yield replace(word, text=IdentifiedText(text), start=start, end=end)
