"""The rows of the walk: workshops, their sessions, what is sealed of each, who cleared it, what lies in the outbox."""

from dataclasses import dataclass

from storage.keys.scope import Scope
from storage.rows.row import CheckedRow
from vocabulary.choices import RecordClass
from vocabulary.ids import SessionName

BLOCK = "block"
"""The format of a finished block of a transcription under way; its class is that of a verbatim."""


@dataclass(frozen=True)
class WorkshopRow(CheckedRow):
    """A workshop and the policy in force for it. ``policy_digest`` is that of the policy file.

    ``left_at`` is set once the workshop was handed over to another home.
    """

    TABLE = "workshops"
    KEY = "code"

    code: str
    created_at: str
    policy_digest: str
    policy_name: str
    policy_version: int
    left_at: str | None = None


@dataclass(frozen=True)
class SessionRow(CheckedRow):
    """A session and where it stands.

    ``previous`` is the state a quarantined session goes back to, ``reason`` why it is there, ``fault`` the
    sealed traceback, ``waits`` what it waits for. ``parts`` is None until a dossier or a recording came.
    """

    TABLE = "sessions"
    KEY = "id"

    id: str
    workshop: str
    number: int
    state: str
    previous: str | None
    reason: str | None
    fault: str | None
    waits: str | None
    parts: int | None
    parts_expected: int
    language: str
    created_at: str
    changed_at: str
    reviewed_at: str | None = None
    cleared_at: str | None = None
    released_at: str | None = None

    @property
    def name(self) -> SessionName:
        """The session as people write it, ``CODE/N``."""
        return SessionName(self.workshop, self.number)


@dataclass(frozen=True)
class RecordRow(CheckedRow):
    """A sealed object under one retention schedule.

    ``digest`` and ``size`` (bytes) are those of the ciphertext; ``epoch`` is that of its data key;
    ``fingerprint`` a keyed digest of the plain bytes whose key dies with the record; ``length_ms`` the
    length of a recording in milliseconds.
    """

    TABLE = "records"
    KEY = "id"

    id: str
    workshop: str
    session_id: str | None
    record_class: str
    life: str
    object_id: str
    digest: str
    size: int
    kind: str
    epoch: int
    version: int
    part: int | None
    audience: str | None
    format: str | None
    created_at: str
    destroy_intended_at: str | None = None
    destroyed_at: str | None = None
    fingerprint: str | None = None
    length_ms: int | None = None

    @property
    def is_block(self) -> bool:
        """Whether it is a finished block of a transcription under way, and no transcript: ``part`` is its number."""
        return self.format == BLOCK

    def scope(self, session_number: int) -> Scope:
        """What its data key covers; ``session_number`` is 0 for a record of a workshop or the home."""
        return Scope(self.workshop, session_number, RecordClass(self.record_class), self.epoch)


@dataclass(frozen=True)
class ClearanceRow(CheckedRow):
    """One person's clearance of one treated text, at its salted digest. ``void`` once the text changed.

    ``assessment`` is the reference of the written assessment it rests on (policies/assessment.py).
    """

    TABLE = "clearances"
    KEY = "id"

    id: str
    session_id: str
    audience: str
    content_digest: str
    person: str
    at: str
    void: bool = False
    assessment: str | None = None


@dataclass(frozen=True)
class CopyRow(CheckedRow):
    """A copy of a sealed output in the outbox; ``path`` is relative to the home."""

    TABLE = "copies"
    KEY = "id"

    id: str
    record_id: str
    path: str
    issued_at: str
    removed_at: str | None = None
