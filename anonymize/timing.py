"""When what stands in a turn was said: offsets in its text, the words that were heard, and their times.

Rules of the module:
- A turn's text may have been corrected; its words are what was heard. Both are aligned word by word, and what cannot be
  aligned counts with all that lies between its aligned neighbours: "à mori" is where "Amaury" stands.
- A turn without words was said from its beginning to its end.
- What is to be silenced gets a margin, as the times of a recogniser lean on each other.
"""

from collections.abc import Iterable
from difflib import SequenceMatcher

from anonymize.french.folding import tokens
from vocabulary.transcript import Turn

MARGIN = 0.3
"""Seconds before and after."""

Times = tuple[float, float]
"""Seconds from the beginning of the session: (start, end)."""


def words_of(turn: Turn, start: int, end: int) -> tuple[int, int]:
    """Return the half-open range of the words of ``turn`` that were said where ``start:end`` of its text stands."""
    text = turn.text.reveal()
    if start <= 0 and end >= len(text):
        return 0, len(turn.words)
    runs = tokens(text)
    first = next((place for place, token in enumerate(runs) if token.end > start), len(runs))
    last = next((place for place, token in enumerate(runs) if token.start >= end), len(runs))
    heard = [(token.folded, place) for place, word in enumerate(turn.words) for token in tokens(word.text.reveal())]
    pairs = [
        (block.a + step, heard[block.b + step][1])
        for block in SequenceMatcher(
            None, [token.folded for token in runs], [word for word, _ in heard], autojunk=False
        ).get_matching_blocks()
        for step in range(block.size)
    ]
    before = [(place, word) for place, word in pairs if place <= first]
    after = [word for place, word in pairs if place >= last]
    begin = 0
    if before:
        place, word = before[-1]
        begin = word if place == first and first < last else word + 1
    return begin, max(begin, after[0] if after else len(turn.words))


def times_of(turn: Turn, start: int, end: int) -> Times | None:
    """Return when ``start:end`` of a turn's text was said; None if no word was heard there."""
    if not turn.words:
        return turn.start, turn.end
    first, last = words_of(turn, start, end)
    if first == last:
        return None
    if (first, last) == (0, len(turn.words)):
        return min(turn.start, turn.words[0].start), max(turn.end, turn.words[-1].end)
    return turn.words[first].start, turn.words[last - 1].end


def widened(times: Iterable[Times], longest: float) -> tuple[Times, ...]:
    """Return ``times`` with their margin, within 0 and ``longest``, in order and joined where they meet."""
    joined: list[Times] = []
    for start, end in sorted((max(0.0, start - MARGIN), min(longest, end + MARGIN)) for start, end in times):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], end)
        elif start < end:
            joined.append((start, end))
    return tuple(joined)
