"""Stretches worth listening to again: where the recogniser itself was not sure.

Rules this module keeps:

* A word is uncertain below ``UNSURE``, or where it is part of a refrain (speech/refrains.py). Uncertain words with one
  sure word between them are one stretch.
* A stretch is given as offsets in the turn's text, for reading, and as the time to listen to, ``LEAD`` seconds before
  its first word. A word that a person corrected since is no longer in the text, and not marked.
* Where ``MOSTLY`` of a transcript's words are uncertain, the whole was hard to hear.

On the demonstration recording the stretches hold one word in fourteen and nearly half of those that are wrong; in a
reverberant room a third and two thirds (docs/explanation/benchmarks.md). The rest of the wrong words are wrong with
confidence: a text without marks is not a text without mistakes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from speech.refrains import refrains
from vocabulary.transcript import Turn

UNSURE = 0.6
MOSTLY = 0.3
LEAD = 1.0
_TELLING = 60  # words


@dataclass(frozen=True)
class Uncertain:
    """Half-open offsets in a turn's text, and seconds from the beginning of the session."""

    turn: int
    start: int
    end: int
    listen_at: float


def uncertain(turns: Sequence[Turn]) -> tuple[Uncertain, ...]:
    """The stretches of a transcript worth listening to again, in order."""
    found: list[Uncertain] = []
    coming_back = refrains(turns)
    for number, turn in enumerate(turns):
        placed = list(_placed(turn))
        unsure = [turn.words[at].probability < UNSURE or (number, at) in coming_back for at, _, _ in placed]
        for first, last in _runs(unsure):
            start, end = placed[first][1], placed[last][2]
            found.append(Uncertain(number, start, end, max(0.0, turn.words[placed[first][0]].start - LEAD)))
    return tuple(found)


def is_hard_to_hear(turns: Sequence[Turn]) -> bool:
    """Whether so many words are uncertain that the transcript as a whole is."""
    words = [word for turn in turns for word in turn.words if any(map(str.isalnum, word.text.reveal()))]
    unsure = sum(word.probability < UNSURE for word in words)
    return len(words) >= _TELLING and unsure >= MOSTLY * len(words)


def _placed(turn: Turn) -> Iterator[tuple[int, int, int]]:
    """The words of a turn that still stand in its text, by their place among its words, with their offsets there."""
    text, end = turn.text.reveal(), 0
    for place, word in enumerate(turn.words):
        said = word.text.reveal()
        start = text.find(said, end)
        if start >= 0 and any(map(str.isalnum, said)) and start - end <= _NEAR:
            end = start + len(said)
            yield place, start, end


_NEAR = 80
"""Characters of the text that a correction may have put before a word."""


def _runs(unsure: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """First and last place of each run of uncertain words, one sure word between two of them included."""
    first = last = -1
    for place, doubtful in enumerate(unsure):
        if not doubtful:
            continue
        if first >= 0 and place - last > 2:
            yield first, last
            first = place
        first = place if first < 0 else first
        last = place
    if first >= 0:
        yield first, last
