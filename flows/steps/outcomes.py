"""What the steps answer: plain values for a door to show. They hold ids, codes, counts and times.

Each folder of steps has its own; here is what the whole home answers.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from flows.steps.advice import Advice
from flows.steps.arrival.outcomes import Intake, Refused
from flows.steps.hearing.outcomes import Transcription
from flows.steps.record.outcomes import CheckpointsAway
from flows.steps.rights.outcomes import RequestDue
from infra.places import Standing
from infra.recovery_copies import RecoveryState
from vocabulary.choices import Caution, Reason, SessionState
from vocabulary.errors import HuisclosError
from vocabulary.ids import SessionName

if TYPE_CHECKING:
    from flows.steps.retention.attention import Attention
    from flows.steps.retention.daily import Day


@dataclass(frozen=True)
class WorkshopAdded:
    code: str
    policy: str
    advice: tuple[Advice, ...]


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
class Recovered:
    session: SessionName
    files: tuple[Path, ...]


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
