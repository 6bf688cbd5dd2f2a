"""What the steps of the review answer: plain values for a door to show.

Those that hold talk (Reading, Mention) hold it as IdentifiedText, which does not show itself by accident.
"""

from dataclasses import dataclass

from flows.steps.rights.outcomes import Stated
from speech.uncertain import Uncertain
from vocabulary.choices import (
    Audience,
    CorrectionState,
    Doubt,
    EntityType,
    Hearing,
    SessionState,
    Tier,
    Trait,
)
from vocabulary.ids import SessionName
from vocabulary.span import Stretch
from vocabulary.text import IdentifiedText


@dataclass(frozen=True)
class Mention:
    """A stretch of one turn: offsets in that turn's text, and what it becomes for the group.

    ``passage`` is the number under which it is freed. ``waits`` is how many more people it takes before it is: None
    while nobody asked, 0 once it is read as it was said.
    """

    start: int
    end: int
    label: EntityType
    tier: Tier
    becomes: str
    reasons: tuple[str, ...]
    passage: int = 0
    waits: int | None = None


@dataclass(frozen=True)
class ReadTurn:
    """One turn. ``place`` is what it is called when it is given to another speaker (anonymize/seating.py).

    ``certainty`` is that of its speaker; ``overlapped`` counts words through which somebody else speaks.
    """

    speaker: str
    start: float
    end: float
    text: IdentifiedText
    mentions: tuple[Mention, ...]
    place: str = ""
    certainty: float | None = None
    overlapped: int = 0
    uncertain: tuple[Uncertain, ...] = ()


@dataclass(frozen=True)
class ReadReferent:
    """One referent of the session: the forms it takes and what the group reads for it, its code beside a name."""

    label: EntityType
    forms: tuple[IdentifiedText, ...]
    pseudonym: str
    mentions: int


@dataclass(frozen=True)
class Singled:
    """A person whom what is said together singles out: the pseudonym, what is combined, and the passages.

    ``numbers`` are those of the passages that ``review show`` numbers.
    """

    pseudonym: str
    kinds: tuple[Trait, ...]
    passages: tuple[Stretch, ...]
    numbers: tuple[int, ...]


@dataclass(frozen=True)
class Proposed:
    """What the review is asked about who is one person: why, the pseudonyms of those in question, and the passages.

    ``numbers`` are those of the passages that ``review show`` numbers.
    """

    doubt: Doubt
    pseudonyms: tuple[str, ...]
    passages: tuple[Stretch, ...]
    numbers: tuple[int, ...]


@dataclass(frozen=True)
class ReadCorrection:
    """A name that was misheard: the number it is decided under, where it stands in the text that is shown, what was
    heard and the right form, why, and what became of it."""

    number: int
    place: Stretch
    heard: IdentifiedText
    form: IdentifiedText
    reason: Hearing
    state: CorrectionState


@dataclass(frozen=True)
class Corrected:
    """What became of corrections: how many were decided and are in the text, whether the draft was made anew, and how
    many still wait."""

    session: SessionName
    decided: int
    remade: bool
    waiting: int
    clearances: int


@dataclass(frozen=True)
class Reading:
    """The draft as an entitled person reads it."""

    session: SessionName
    state: SessionState
    turns: tuple[ReadTurn, ...]
    referents: tuple[ReadReferent, ...]
    sure: int
    residual: int
    warnings: tuple[str, ...]
    singled: tuple[Singled, ...] = ()
    proposals: tuple[Proposed, ...] = ()
    corrections: tuple[ReadCorrection, ...] = ()
    statements: tuple["Stated", ...] = ()
    audience: Audience = Audience.GROUP


@dataclass(frozen=True)
class Freeing:
    """What became of a passage: ``people`` asked that it be read as it was said, of the ``needed``."""

    session: SessionName
    passage: str
    people: int
    needed: int
    clearances: int

    @property
    def done(self) -> bool:
        return self.people >= self.needed


@dataclass(frozen=True)
class Accepted:
    session: SessionName
    referents: int
    sure: int
    residual: int
    uncorrected: int = 0


@dataclass(frozen=True)
class Clearance:
    session: SessionName
    audience: Audience
    given: int
    needed: int
    complete: bool
    content_digest: str
    assessment: str | None = None
