"""What the steps at the exit answer: plain values for a door to show."""

from dataclasses import dataclass
from pathlib import Path

from vocabulary.choices import Audience
from vocabulary.ids import SessionName
from vocabulary.text import IdentifiedText


@dataclass(frozen=True)
class WithheldPassage:
    """A passage the egress guard withholds, as it would have left: its place, what is there, and what stands around.

    ``stretch`` is the occurrence in the verbatim as ``review free`` takes it (TURN:START-END), if it could be found.
    """

    place: str
    reason: str
    before: IdentifiedText
    text: IdentifiedText
    after: IdentifiedText
    stretch: str | None


@dataclass(frozen=True)
class Released:
    """``suspected`` counts what the egress guard would not swear to be no name; it withholds nothing.

    ``left_out`` counts the turns of participants who do not agree to reach this audience; ``recipient`` is the code of
    who receives it, None where nobody was named.
    """

    session: SessionName
    audience: Audience
    files: tuple[Path, ...]
    days_in_outbox: int
    suspected: int = 0
    left_out: int = 0
    recipient: str | None = None
