"""Numbered lines, computed once, before any format or typesetter sees the text.

Rules
- A line holds at most ``WIDTH`` characters: code points of NFC text.
- Every turn begins a line; the speaker's label is outside the count.
- A line breaks at U+0020 only, as late as it can, and the space at a break belongs to no line.
  U+00A0 and U+202F count as one character and are never broken. There is no hyphenation.
- What holds no space for longer than a line is cut at ``WIDTH``, a little before it where the cut would
  fall beside a no-break space or part a letter from its accent; nothing is left out there.
- Numbers run from 1 through the packet. A notice (a turn without a speaker) carries none.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from returns.typography import NARROW, NBSP
from vocabulary.transcript import TreatedTurn

WIDTH = 72


@dataclass(frozen=True, order=True)
class Line:
    """Line ``number`` (from 1) is ``start:end`` of turn ``turn`` (from 0), in code points, end exclusive."""

    number: int
    turn: int
    start: int
    end: int


def break_turn(text: str) -> list[tuple[int, int]]:
    """Return the half-open (start, end) of each line of one turn; none for an empty text."""
    at = 0
    spans: list[tuple[int, int]] = []
    while at < len(text):
        end = len(text)
        if end - at > WIDTH:
            space = text.rfind(" ", at, at + WIDTH + 1)
            end = space if space > at else _cut(text, at)
        spans.append((at, end))
        at = end + 1 if text[end : end + 1] == " " else end
    return spans


def number(turns: Sequence[TreatedTurn]) -> tuple[Line, ...]:
    """Return the lines of all turns in order, numbered from 1."""
    return tuple(Line(n, *place) for n, place in enumerate(_places(turns), start=1))


def _places(turns: Sequence[TreatedTurn]) -> Iterator[tuple[int, int, int]]:
    for index, turn in enumerate(turns):
        if turn.speaker is not None:
            for start, end in break_turn(turn.text.reveal()):
                yield index, start, end


def _cut(text: str, at: int) -> int:
    for end in range(at + WIDTH, at, -1):
        if not (_clings(text[end]) or text[end - 1] in (NBSP, NARROW)):
            return end
    return at + WIDTH


def _clings(character: str) -> bool:
    return character in (NBSP, NARROW) or unicodedata.combining(character) != 0
