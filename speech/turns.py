"""From words and voices to turns.

Rules this module keeps:

* An utterance ends where there is a pause in the sound, where the words part, or at the end of a sentence:
  whoever speaks, one person speaks it. Pauses are looked for in the samples, because a recogniser's word
  times lean on each other.
* Each word belongs to the voice that speaks through most of it, or to the nearest one. Where two voices speak through
  half of it or more, it is marked as overlapped, and belongs to whoever spoke before.
* A turn is the words of one speaker on end. One that runs on is parted at the end of a sentence, so that nobody has to
  review a page in one piece.
* Words are joined by one space and nothing in them is changed.
"""

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean

import numpy as np
import numpy.typing as npt

from speech.diarise import Voice
from speech.recording import RATE, Samples
from vocabulary.text import IdentifiedText
from vocabulary.transcript import Turn, Word

Utterance = tuple[Word, ...]

_HOP = 160
_PAUSE = 0.18  # seconds of quiet
_APART = 0.25  # seconds between two words
_LONG_TURN = 75.0  # seconds
_MOMENT = 0.02  # seconds: no word is shorter
_SENTENCE_END = re.compile(r"[.?!…][»”\")]*$")
EDITION = f"utterances 1 hop={_HOP} pause={_PAUSE} apart={_APART}"
"""All that the cutting into utterances depends on, beside words and samples. Another rule has another number."""


def utterances(words: Sequence[Word], samples: Samples) -> list[Utterance]:
    """Cut ``words`` (times in seconds of ``samples``) into utterances, in order, none empty."""
    quiet = np.array([(start + end) / 2 for start, end in pauses(samples)])
    cut: list[list[Word]] = []
    for word in words:
        before = cut[-1][-1] if cut else None
        if before is None or _parted(before, word, quiet):
            cut.append([])
        cut[-1].append(word)
    return [tuple(each) for each in cut]


def pauses(samples: Samples) -> list[tuple[float, float]]:
    """Stretches without voice of 0.18 s at least, in seconds: quiet against what is loud around them."""
    found: list[tuple[float, float]] = []
    block = 60 * RATE
    for begin in range(0, len(samples), block):
        part = samples[begin : begin + block]
        count = len(part) // _HOP
        if count < 3:
            continue
        frames = part[: count * _HOP].astype(np.float32).reshape(count, _HOP)
        level = np.convolve(np.sqrt(np.square(frames).mean(axis=1)), np.ones(3) / 3, "same")
        floor, speech = np.quantile(level, 0.05), np.quantile(level, 0.8)
        quiet = level < max(min(2 * floor, speech / 4), 0.06 * speech)
        edges = np.diff(np.concatenate([[0], quiet.astype(np.int8), [0]]))
        for start, end in zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1), strict=True):
            if (end - start) * _HOP >= _PAUSE * RATE:
                found.append(((begin + start * _HOP) / RATE, (begin + end * _HOP) / RATE))
    return found


def turns(spoken: Sequence[Utterance], voices: Sequence[Voice]) -> tuple[Turn, ...]:
    """Give each word of ``spoken`` to its voice, and join them into turns; voice 0 becomes ``S1``.

    ``voices`` are in order and not empty, unless ``spoken`` is. A turn is as certain as its words on average, where
    the diariser says so of all of them.
    """
    joined: list[tuple[int, list[tuple[Word, float | None]]]] = []
    heard = _Heard(voices)
    for words in spoken:
        rested = True
        for word in words:
            label, certainty, overlapped = heard.whose(word)
            said = (replace(word, overlapped=True) if overlapped else word, certainty)
            if joined and joined[-1][0] == label and not (rested and _runs_on([one for one, _ in joined[-1][1]])):
                joined[-1][1].append(said)
            else:
                joined.append((label, [said]))
            rested = False
    return tuple(_turn(label, said) for label, said in joined)


def _turn(label: int, said: Sequence[tuple[Word, float | None]]) -> Turn:
    words = tuple(word for word, _ in said)
    certainties = [certainty for _, certainty in said if certainty is not None]
    return Turn(
        speaker=f"S{label + 1}",
        start=words[0].start,
        end=words[-1].end,
        text=IdentifiedText(" ".join(word.text.reveal() for word in words)),
        words=words,
        certainty=fmean(certainties) if len(certainties) == len(words) else None,
    )


class _Heard:
    """The voices around a word, for words that come in order."""

    def __init__(self, voices: Sequence[Voice]) -> None:
        self._coming = deque(voices)
        self._around: list[Voice] = []
        self._last: Voice | None = None
        self._before: int | None = None

    def whose(self, word: Word) -> tuple[int, float | None, bool]:
        """Return the label of a word's voice, how certain that is, and whether another one speaks meanwhile."""
        start, end = word.start, max(word.end, word.start + _MOMENT)
        while self._coming and self._coming[0].start < end:
            self._around.append(self._coming.popleft())
        gone = [voice for voice in self._around if voice.end <= start]
        self._last = max([*gone, *([self._last] if self._last else [])], key=lambda voice: voice.end, default=None)
        self._around = [voice for voice in self._around if voice.end > start]
        shares: dict[int, float] = {}
        for voice in self._around:
            shares[voice.label] = shares.get(voice.label, 0.0) + min(voice.end, end) - max(voice.start, start)
        if shares:
            label = max(shares, key=lambda one: (round(shares[one], 3), one == self._before))
            voice = next(voice for voice in self._around if voice.label == label)
        else:
            voice = self._nearest(start, end)
        self._before = voice.label
        return voice.label, voice.certainty, sum(share >= (end - start) / 2 for share in shares.values()) > 1

    def _nearest(self, start: float, end: float) -> Voice:
        coming = self._coming[0] if self._coming else None
        if self._last is None or (coming is not None and coming.start - end < start - self._last.end):
            if coming is None:
                raise ValueError("words without any voice")
            return coming
        return self._last


def _parted(before: Word, after: Word, quiet: npt.NDArray[np.float64]) -> bool:
    if after.start - before.end > _APART or _SENTENCE_END.search(before.text.reveal()):
        return True
    first, last = (before.start + before.end) / 2, (after.start + after.end) / 2
    return bool(np.searchsorted(quiet, first) < np.searchsorted(quiet, last))


def _runs_on(words: Sequence[Word]) -> bool:
    """Whether a turn is long enough to be parted here, at the end of a sentence."""
    return words[-1].end - words[0].start > _LONG_TURN and bool(_SENTENCE_END.search(words[-1].text.reveal()))
