"""The one span value: half-open offsets in code points, what they identify, and why.

A stretch is where, a span is also what and why. Neither holds the text it covers, so that both can be compared,
counted and logged as facts.
"""

from dataclasses import dataclass, field

from vocabulary.choices import EntityType, Tier
from vocabulary.text import IdentifiedText


@dataclass(frozen=True, order=True)
class Stretch:
    """One occurrence and no other: half-open offsets, in code points, in one turn (from 0)."""

    turn: int
    start: int
    end: int

    def __post_init__(self) -> None:
        if not (self.turn >= 0 and 0 <= self.start < self.end):
            raise ValueError(f"stretch {self.turn}:{self.start}-{self.end} is empty or inverted")

    def __str__(self) -> str:
        return f"{self.turn}:{self.start}-{self.end}"

    def meets(self, start: int, end: int) -> bool:
        """Whether it shares a character with ``start:end`` of its turn."""
        return start < self.end and end > self.start


@dataclass(frozen=True, order=True)
class Span:
    """One mention in the text of one turn.

    ``score`` lies in 0..1; ``reasons`` name the detectors and cues that voted; ``cluster`` is the
    referent it belongs to, once linked.
    """

    turn: int
    start: int
    end: int
    label: EntityType = field(compare=False)
    tier: Tier = field(compare=False, default=Tier.SURE)
    score: float = field(compare=False, default=1.0)
    reasons: tuple[str, ...] = field(compare=False, default=())
    cluster: str | None = field(compare=False, default=None)

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"span {self.start}:{self.end} is empty or inverted")
        if not 0.0 <= self.score <= 1.0:
            raise ValueError(f"score {self.score} is not in 0..1")

    @property
    def stretch(self) -> Stretch:
        return Stretch(self.turn, self.start, self.end)

    def of(self, text: IdentifiedText) -> IdentifiedText:
        """Return the characters covered; refuse a span that reaches past the text."""
        if self.end > len(text):
            raise ValueError(f"span {self.start}:{self.end} does not fit a text of {len(text)} characters")
        return IdentifiedText(text.reveal()[self.start : self.end])
