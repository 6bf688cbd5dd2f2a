"""The packet: what goes out of one session for one audience, whatever the format.

Rules
- A packet is a function of the cleared transcript, the turns left out of it and its heading, and of nothing
  else: no clock, no random number, no font. The same three give the same packet, and the same bytes in every format.
- Its turns stand in the order of the cleared transcript, one for one, so that a line leads back to the
  turn that was cleared; typography is all that was done to their text.
- What somebody did not agree to is left out: a neutral notice stands there, one for a run of such turns, and
  the lines of all others keep the numbers they have in the whole.
- Where people let a stretch stand as it was said, the packet knows where that stretch came to stand.
- A packet shows its text only to a renderer: the types of its turns hide it from repr.

docs/reference/return.md describes it.
"""

import datetime
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from returns.lines import Line, number
from returns.typography import clean, typeset
from vocabulary.choices import Audience
from vocabulary.ids import SessionName
from vocabulary.text import HIDDEN, TreatedText
from vocabulary.transcript import TreatedTranscript, TreatedTurn

DAYS_BEFORE_NEXT = 3
"""Written amendments are handed in this many days before the next session."""
LEFT_OUT = "[intervention non reprise]"
"""What stands where turns were left out: it says of nobody why."""


@dataclass(frozen=True)
class Copy:
    """The mark of one numbered copy: the ``number``-th of ``of``, with a short code."""

    number: int
    of: int
    code: str

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.of:
            raise ValueError(f"copy {self.number} of {self.of} is not one of them")


@dataclass(frozen=True)
class Heading:
    """What stands above the talk. ``number`` is the session's, ``edition`` counts from 1."""

    workshop: str
    number: int
    date: datetime.date | None = None
    audience: Audience = Audience.GROUP
    edition: int = 1
    next_session: datetime.date | None = None
    copy: Copy | None = None

    def __post_init__(self) -> None:
        SessionName(self.workshop, self.number)
        if self.edition < 1:
            raise ValueError(f"editions count from 1, not {self.edition}")

    @property
    def deadline(self) -> datetime.date | None:
        """The last day for written amendments: three days before the next session, never before
        the day that follows this one; None while the next session has no date."""
        if self.next_session is None:
            return None
        day = self.next_session - datetime.timedelta(days=DAYS_BEFORE_NEXT)
        return day if self.date is None else max(day, self.date + datetime.timedelta(days=1))


@dataclass(frozen=True)
class Packet:
    """A heading, the turns as they are set, and their numbered lines."""

    heading: Heading
    turns: tuple[TreatedTurn, ...]
    lines: tuple[Line, ...]

    def text_of(self, line: Line) -> TreatedText:
        """Return the characters of one line."""
        return TreatedText(self.turns[line.turn].text.reveal()[line.start : line.end])

    def contributions(self) -> Iterator[tuple[TreatedTurn, tuple[Line, ...]]]:
        """Yield each turn that has something to show, with its lines; a notice has none."""
        own: dict[int, list[Line]] = {}
        for line in self.lines:
            own.setdefault(line.turn, []).append(line)
        for index, turn in enumerate(self.turns):
            if len(turn.text):
                yield turn, tuple(own.get(index, ()))


def leave_out(treated: TreatedTranscript, left_out: Collection[int]) -> TreatedTranscript:
    """Return the transcript without the turns of these numbers (from 0): what is left of them is a notice."""
    return replace(treated, turns=_without(treated.turns, left_out))


def _without(turns: tuple[TreatedTurn, ...], left_out: Collection[int]) -> tuple[TreatedTurn, ...]:
    return tuple(
        TreatedTurn(None, turn.start, turn.end, TreatedText("" if number - 1 in left_out else LEFT_OUT))
        if number in left_out
        else turn
        for number, turn in enumerate(turns)
    )


def compose(treated: TreatedTranscript, heading: Heading, left_out: Collection[int] = ()) -> Packet:
    """Return the packet of a cleared transcript without the turns of ``left_out`` (from 0).

    ValueError if it was treated for another audience.
    """
    if treated.audience != str(heading.audience):
        raise ValueError(f"treated for {treated.audience}, asked for {heading.audience}")
    turns = tuple(_set(turn) for turn in treated.turns)
    lines = tuple(line for line in number(turns) if line.turn not in left_out)
    return Packet(heading, _without(turns, left_out), lines)


def _set(turn: TreatedTurn) -> TreatedTurn:
    speaker = None if turn.speaker is None else typeset(turn.speaker)
    plain = turn.text.reveal()
    text = typeset(plain)
    freed = tuple(_moved(plain, text, start, end) for start, end in turn.freed)
    return replace(turn, speaker=speaker, text=TreatedText(text), freed=freed)


def _moved(plain: str, text: str, start: int, end: int) -> tuple[int, int]:
    """Return where a stretch of ``plain`` stands once set: typography changes no letter and no figure."""
    letters = [at for at, character in enumerate(text) if character.isalnum()]
    before = sum(map(str.isalnum, clean(plain[:start])))
    count = sum(map(str.isalnum, clean(plain[start:end])))
    if not count or before + count > len(letters):
        return 0, 0  # not a word: nothing is let stand
    return letters[before], letters[before + count - 1] + 1


def hide_freed(packet: Packet) -> Packet:
    """Return the packet with the letters of what people freed hidden, line by line the same.

    What is read out of both renderings tells the egress guard which characters it may leave.
    """
    return replace(packet, turns=tuple(_hidden(turn) for turn in packet.turns))


def _hidden(turn: TreatedTurn) -> TreatedTurn:
    letters = list(turn.text.reveal())
    for start, end in turn.freed:
        letters[start:end] = [HIDDEN if character.isalnum() else character for character in letters[start:end]]
    return replace(turn, text=TreatedText("".join(letters)))
