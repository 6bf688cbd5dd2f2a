"""What the steps answer: plain values for a door to show.

They hold ids, codes, counts and times. The two that hold talk (Reading, Mention) hold it as
IdentifiedText, which does not show itself by accident.
"""

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from infra.places import Standing
from infra.recovery_copies import RecoveryState
from speech.uncertain import Uncertain
from storage.rows import RequestRow
from vocabulary.choices import (
    Audience,
    Caution,
    CorrectionState,
    Disposal,
    Doubt,
    EntityType,
    Hearing,
    Reason,
    RecordClass,
    RequestKind,
    RequestState,
    SessionState,
    Tier,
    Trait,
    Use,
)
from vocabulary.errors import HuisclosError
from vocabulary.ids import SessionName
from vocabulary.request import Sealed
from vocabulary.span import Stretch
from vocabulary.text import IdentifiedText

if TYPE_CHECKING:
    from flows.steps.retention.attention import Attention
    from flows.steps.retention.daily import Day


@dataclass(frozen=True)
class Advice:
    """A message source string with its facts: shown, never raised."""

    message: str
    facts: dict[str, object]


@dataclass(frozen=True)
class WorkshopAdded:
    code: str
    policy: str
    advice: tuple[Advice, ...]


@dataclass(frozen=True)
class PolicyApplied:
    """What became of a policy that somebody wants a workshop to follow.

    ``done`` is False while a second data steward has to ask for the same; ``changed`` is False where the workshop
    follows it already. ``looser`` and ``shorter`` are the keys of what is; ``counts_from`` is the first day on which
    what is shorter counts.
    """

    code: str
    policy: str
    version: int
    digest: str
    changed: bool
    done: bool
    looser: tuple[str, ...] = ()
    shorter: tuple[str, ...] = ()
    counts_from: date | None = None
    advice: tuple[Advice, ...] = ()


@dataclass(frozen=True)
class Receipt:
    """What was sealed of one session: the phone's copy may now be erased, unless it is set aside or damaged.

    ``elsewhere`` is another session that already holds what was brought.
    """

    session: SessionName
    state: SessionState
    parts: int
    expected: int
    seconds: float
    new_parts: int
    duplicates: int
    dossier: bool
    waits: Reason | None
    reason: Reason | None
    moved: bool = False
    damaged: bool = False
    elsewhere: SessionName | None = None

    def after(self, earlier: "Receipt | None") -> "Receipt":
        """This receipt, with what an earlier one of the same intake counted."""
        if earlier is None:
            return self
        return replace(
            self,
            new_parts=earlier.new_parts + self.new_parts,
            duplicates=earlier.duplicates + self.duplicates,
            dossier=earlier.dossier or self.dossier,
            damaged=earlier.damaged or self.damaged,
            elsewhere=earlier.elsewhere or self.elsewhere,
        )


@dataclass(frozen=True)
class Refused:
    """A file of the drop folder that was not taken, and why. ``file`` is relative to the drop folder."""

    file: str
    error: HuisclosError


@dataclass(frozen=True)
class Intake:
    receipts: tuple[Receipt, ...]
    refused: tuple[Refused, ...]
    unnumbered: int


@dataclass(frozen=True)
class Walked:
    """Where one session stands after a run."""

    session: SessionName
    state: SessionState
    waits: Reason | None
    reason: Reason | None
    fault: str | None


@dataclass(frozen=True)
class RunReport:
    """What a run did. ``troubles`` are faults of the surroundings: what they stopped is tried again; ``day`` what
    retention did of itself, if its day was still to do."""

    intake: Intake
    walked: tuple[Walked, ...]
    troubles: tuple[HuisclosError, ...] = ()
    day: "Day | None" = None

    @property
    def quarantined(self) -> tuple[Walked, ...]:
        return tuple(walked for walked in self.walked if walked.state is SessionState.QUARANTINED)


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


@dataclass(frozen=True, repr=False)
class Stated:
    """The statement of a person that is kept beside a session; ``at`` in whole seconds, None about all of it."""

    session: SessionName
    at: int | None
    text: IdentifiedText


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


@dataclass(frozen=True)
class RequestDue:
    """A request that is not closed; ``left`` is how many days are left, below 0 once it is late.

    ``due_on`` is the day until which it is to be answered, or, once it is, on which it is closed by itself.
    """

    id: str
    kind: RequestKind
    state: RequestState
    due_on: date
    left: int


@dataclass(frozen=True, repr=False)
class ShownRequest:
    """A request with what is sealed of it, and what was kept beside sessions for it."""

    row: RequestRow
    sealed: Sealed
    statements: tuple[Stated, ...] = ()


@dataclass(frozen=True)
class Consented:
    """One participant: the reference of their form, what they agree to, what they took back, and where they took part.

    ``sessions`` are numbers of sessions.
    """

    name: IdentifiedText
    form: str | None
    agrees: frozenset[Use]
    taken_back: frozenset[Use]
    sessions: tuple[int, ...]


@dataclass(frozen=True)
class Narrowed:
    """``copies`` is how many files left the outbox; ``released`` what was given out before, as CODE/N AUDIENCE
    and, where one was named, the recipient."""

    workshop: str
    session: int | None
    uses: tuple[Use, ...]
    copies: int
    released: tuple[str, ...]


@dataclass(frozen=True)
class PlanItem:
    """One record under its schedule; ``why`` says what keeps it when it is not to be destroyed.

    ``announced_on`` is the day on which its destruction on the day ``due`` was announced; ``command`` what a steward
    types where it waits for a person.
    """

    record: str
    session: SessionName | None
    workshop: str
    record_class: RecordClass
    due: date | None
    disposal: Disposal
    because: str
    destroy: bool
    why: Advice | None
    announced_on: date | None = None
    command: str | None = None


@dataclass(frozen=True)
class Expired:
    """Segments of one stream that went: ``accesses`` or ``decisions``, months (``2026-03``), entries in them."""

    stream: str
    oldest: str
    newest: str
    entries: int


@dataclass(frozen=True)
class Plan:
    """``copies`` to be removed from the outbox, ``log`` segments of the log to expire, by name."""

    today: date
    items: tuple[PlanItem, ...]
    copies: tuple[str, ...]
    log: tuple[str, ...] = ()

    @property
    def to_destroy(self) -> tuple[PlanItem, ...]:
        return tuple(item for item in self.items if item.destroy)


@dataclass(frozen=True)
class Applied:
    """``kept`` is what was to be destroyed and was not, each with the reason; ``shut`` are the texts (session,
    audience) that failed the egress guard before their vault was destroyed, and leave no more."""

    destroyed: tuple[PlanItem, ...]
    certificates: tuple[str, ...]
    copies_removed: int
    expired: tuple[Expired, ...] = ()
    kept: tuple[PlanItem, ...] = ()
    shut: tuple[tuple[SessionName, Audience], ...] = ()


@dataclass(frozen=True)
class Discarded:
    """``done`` is False while a second person has to ask for the same."""

    session: SessionName
    done: bool
    records: int


@dataclass(frozen=True)
class Recovered:
    session: SessionName
    files: tuple[Path, ...]


@dataclass(frozen=True)
class Transcription:
    """How far the transcription of a session has come, by its finished blocks; lengths in seconds of the recording.

    ``at_work`` says whether a process is at work on it now, ``speed`` how many times real time it goes and ``left``
    how many seconds are left, None while that cannot be told.
    """

    done: float
    length: float
    blocks: int
    at_work: bool
    speed: float | None
    left: float | None


@dataclass(frozen=True)
class SessionStatus:
    session: SessionName
    state: SessionState
    waits: Reason | None
    reason: Reason | None
    fault: str | None
    parts: int
    expected: int
    reviewed: bool
    clearances: dict[str, int]
    released: bool
    changed_at: str
    transcription: Transcription | None = None
    cautions: tuple[Caution, ...] = ()


@dataclass(frozen=True)
class CheckpointsAway:
    """Checkpoints that left the machine, as the log and their folder tell.

    ``left_at`` is when the last one left (UTC), ``stale`` whether that is too long ago, ``uncovered`` how many
    releases, destructions and changes of key came after it; ``configured``, ``reachable`` and ``problem`` are about
    the folder of ``copies.checkpoints``, ``same_disk`` whether it would be lost with the home.
    """

    left_at: str | None = None
    stale: bool = False
    uncovered: int = 0
    configured: bool = False
    reachable: bool = False
    problem: str | None = None
    same_disk: bool | None = None


@dataclass(frozen=True)
class BackupStanding:
    """How it stands with backups: when the newest that has not ended was made, until when the policies let it stand
    (the first day after), and how many stand for longer than that. ``aside`` counts objects of no record.

    ``keys_renewed``: keys were renewed since the newest was made: what was sealed anew is in none that brings it back.
    """

    last_at: str | None
    renew_on: date | None
    overdue: int
    aside: int
    keys_renewed: bool


@dataclass(frozen=True)
class InTransit:
    """A workshop that is sealed for another home and stands still here; ``made_at`` is when (UTC)."""

    workshop: str
    export: str
    made_at: str


@dataclass(frozen=True)
class Status:
    """What ``status`` shows; read without a passphrase.

    Readable on the disk lie ``drop_files`` (waiting), ``unnumbered`` and ``passed_over`` (which no run will
    take), ``claimed`` and ``outbox_files``; files are named relative to the drop folder. Of the ``people`` known,
    ``authenticated`` open the home with a passphrase of their own.
    """

    home: Path
    running: bool
    workshops: tuple[str, ...]
    in_transit: tuple[InTransit, ...]
    sessions: tuple[SessionStatus, ...]
    drop_files: tuple[str, ...]
    unnumbered: tuple[str, ...]
    passed_over: tuple[str, ...]
    refused: tuple[Refused, ...]
    claimed: int
    outbox_files: int
    last_checkpoint: str | None
    log_entries: int
    checkpoints: CheckpointsAway
    people: int
    authenticated: int
    inventory: Standing
    recovery: RecoveryState
    backup: BackupStanding
    attention: "Attention"
    requests: tuple[RequestDue, ...] = ()
