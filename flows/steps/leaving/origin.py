"""Where a passage that the egress guard found comes from: back from a rendered line to the talk.

Rules kept here:
- a place ("docx: lines 4-6") leads to its lines, a line to its turn and the offsets there (returns/packet.py);
- from the turn as it would leave to the turn as it was said, words are followed by their count: the third "rose" that
  is still there is the third that treatment let stand, if as many are left as it did. Else there is no origin.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from anonymize.freeing import KNOWN
from anonymize.french.folding import Token, tokens
from returns.packet import Packet
from vocabulary.span import Span, Stretch
from vocabulary.transcript import Transcript

_PLACE = re.compile(r"\w+: lines? (\d+)(?:-(\d+))?")


@dataclass(frozen=True, repr=False)
class Origin:
    """The talk, what treatment replaces in it, what people freed of that, and the packet that was made."""

    transcript: Transcript
    passages: Sequence[Span]
    freed: Sequence[Stretch]
    packet: Packet

    def of(self, place: str, start: int, end: int) -> str | None:
        """The stretch of the corrected talk (TURN:START-END) that stands at ``start:end`` of the text at ``place``."""
        found = _PLACE.fullmatch(place)
        if found is None:
            return None
        first, last = int(found[1]), int(found[2] or found[1])
        at = 0
        for line in self.packet.lines:
            if not first <= line.number <= last:  # lines that were left out keep their numbers
                continue
            length = line.end - line.start
            if start < at + length:
                stretch = self._said(line.turn, line.start + start - at, line.start + end - at)
                return None if stretch is None else str(stretch)
            at += length + 1
        return None

    def _said(self, turn: int, start: int, end: int) -> Stretch | None:
        leaving = tokens(self.packet.turns[turn].text.reveal())
        sought = [token.folded for token in leaving if start < token.end and end > token.start]
        left = _runs(leaving, sought)
        said = _runs(tokens(self.transcript.turns[turn].text.reveal()), sought)
        spans = [one for one in self.passages if KNOWN not in one.reasons]
        # What the vault learnt since was not replaced then; what it knew already was.
        for replaced in ((), spans, self.passages):
            standing = [run for run in said if self._stands(turn, run[0].start, run[-1].end, replaced)]
            if len(standing) == len(left):
                run = standing[sum(one[0].start < start for one in left)]
                return Stretch(turn, run[0].start, run[-1].end)
        return None

    def _stands(self, turn: int, start: int, end: int, replaced: Sequence[Span]) -> bool:
        """Whether treatment left a stretch as it was said, if it replaced ``replaced``."""
        if any(one.turn == turn and one.meets(start, end) for one in self.freed):
            return True
        return not any(one.turn == turn and one.stretch.meets(start, end) for one in replaced)


def _runs(words: Sequence[Token], sought: Sequence[str]) -> list[Sequence[Token]]:
    size = len(sought)
    found = (words[n : n + size] for n in range(len(words) - size + 1))
    return [run for run in found if size and [token.folded for token in run] == list(sought)]
