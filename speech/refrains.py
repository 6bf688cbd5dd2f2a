"""Words that come back: what a recogniser falls back on where it hears hardly anything.

Rules this module keeps:

* On voices that nobody could understand Whisper gives the same few sentences again and again, each of them likely
  enough to pass (speech/inventions.py keeps out those that nobody says). A refrain is a whole run of words, the same
  but for case, accents and marks, that stands alone, ``ALONE`` seconds from any other word, in ``PLACES`` places or
  more that are ``FAR`` seconds from each other.
* People come back to the same words too. So nothing is left out: a refrain is marked for the reviewer, where the
  recogniser was not sure of it (``SURE``, the mean of its words). Short answers are none, however unsure.

Where the figures come from (benchmarks/murmurs.py): in 35 made sessions of some six minutes (three corpora, 5,099
sentences) no sentence of any length comes three times. Of what Whisper base made up of murmurs, nothing had a mean
above 0.61; larger models are surer of themselves.

Source: Barański et al. 2025, "Investigation of Whisper ASR hallucinations induced by non-speech audio" (few sentences
make up most of what is invented).
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from statistics import fmean

from speech.inventions import fold
from vocabulary.transcript import Turn, Word

ALONE = 1.0
FAR = 30.0
PLACES = 3
SURE = 0.8
ANSWERS = frozenset({
    "oui", "ouais", "non", "nan", "si", "voila", "bon", "bah", "ben", "ok", "okay", "accord", "d", "ah", "oh", "eh",
    "he", "hein", "euh", "hum", "hm", "mmh", "mm", "exact", "exactement", "tout", "a", "fait", "c", "est", "ca",
    "bien", "sur",
})  # fmt: skip
"""Words of which people make their short answers, folded."""

_Run = list[tuple[int, int, Word]]
"""Words that follow each other: number of the turn, place in it, and the word."""


def refrains(turns: Sequence[Turn]) -> frozenset[tuple[int, int]]:
    """The words of all refrains that are not sure: number of the turn, and place among its words."""
    found: dict[str, list[_Run]] = defaultdict(list)
    for run in _alone(turns):
        said = fold(" ".join(word.text.reveal() for _, _, word in run))
        if not ANSWERS.issuperset(said.split()):
            found[said].append(run)
    return frozenset(
        (turn, place)
        for runs in found.values()
        if _places(runs) >= PLACES
        for run in runs
        if fmean(word.probability for _, _, word in run) < SURE
        for turn, place, _ in run
    )


def _alone(turns: Sequence[Turn]) -> Iterator[_Run]:
    """The runs of words that stand alone, in order."""
    run: _Run = []
    for number, turn in enumerate(turns):
        for place, word in enumerate(turn.words):
            if run and word.start - run[-1][2].end >= ALONE:
                yield run
                run = []
            run.append((number, place, word))
    if run:
        yield run


def _places(runs: Sequence[_Run]) -> int:
    """How many of these runs, in order, are far from the one counted before."""
    count, last = 0, float("-inf")
    for run in runs:
        start = run[0][2].start
        if start - last >= FAR:
            count, last = count + 1, start
    return count
