"""From words and voices to turns.

Rules this module keeps:

* An utterance ends where there is a pause in the sound, where the words part, or at the end of a sentence:
  whoever speaks, one person speaks it. Pauses are looked for in the samples, because a recogniser's word
  times lean on each other.
* A turn is the utterances of one speaker on end. One that runs on is parted at the end of a sentence, so
  that nobody has to review a page in one piece.
* Words are joined by one space and nothing in them is changed.
"""

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from speech.recording import RATE, Samples
from vocabulary.text import IdentifiedText
from vocabulary.transcript import Turn, Word

Utterance = tuple[Word, ...]

_HOP = 160
_PAUSE = 0.18  # seconds of quiet
_APART = 0.25  # seconds between two words
_LONG_TURN = 75.0  # seconds
_SENTENCE_END = re.compile(r"[.?!…][»”\")]*$")


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


def turns(spoken: Sequence[Utterance], labels: Sequence[int]) -> tuple[Turn, ...]:
    """Join utterances into turns; ``labels`` has the speaker of each, 0 becoming ``S1``."""
    joined: list[tuple[int, list[Word]]] = []
    for words, label in zip(spoken, labels, strict=True):
        if joined and joined[-1][0] == label and not _runs_on(joined[-1][1]):
            joined[-1][1].extend(words)
        else:
            joined.append((label, list(words)))
    return tuple(
        Turn(
            speaker=f"S{label + 1}",
            start=words[0].start,
            end=words[-1].end,
            text=IdentifiedText(" ".join(word.text.reveal() for word in words)),
            words=tuple(words),
        )
        for label, words in joined
    )


def _parted(before: Word, after: Word, quiet: npt.NDArray[np.float64]) -> bool:
    if after.start - before.end > _APART or _SENTENCE_END.search(before.text.reveal()):
        return True
    first, last = (before.start + before.end) / 2, (after.start + after.end) / 2
    return bool(np.searchsorted(quiet, first) < np.searchsorted(quiet, last))


def _runs_on(words: Sequence[Word]) -> bool:
    """Whether a turn is long enough to be parted here, at the end of a sentence."""
    return words[-1].end - words[0].start > _LONG_TURN and bool(_SENTENCE_END.search(words[-1].text.reveal()))
