"""The rows of the catalog: plain frozen values.

Rules kept here:
- a row holds ids, codes, states, classes, dates, counts and digests of ciphertext: no name, no text, no key;
- a closed choice is held as its plain value;
- every value keeps the form of its column, checked once when the row is built; a value that does not raises
  RowError, which names table, row and column and not the value.

Times are ISO 8601 UTC to the second, ``2026-03-14T09:00:00Z``.
"""

import re
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from enum import Enum

from policies.triggers import EVENTS
from storage.keys.scope import Scope
from vocabulary.choices import (
    Article,
    Audience,
    Decision,
    ExportKind,
    Ground,
    Notice,
    Reason,
    RecallAnswer,
    RecordClass,
    RecordLife,
    RequestKind,
    RequestState,
    Role,
    Ruling,
    SessionState,
    Suspends,
)
from vocabulary.ids import CODE_PATTERN, ID_PATTERN, SessionName

BLOCK = "block"
"""The format of a finished block of a transcription under way; its class is that of a verbatim."""

HOME = "-"
"""What stands for the workshop of a record that belongs to the home."""

Value = str | int | bool | None


class RowError(ValueError):
    """A value does not keep the form of its column."""

    def __init__(self, table: str, key: str, column: str) -> None:
        super().__init__(f"{table}, row {key}: the value of {column} does not have its form")
        self.table, self.key, self.column = table, key, column


def _form(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern)
    return lambda value: compiled.fullmatch(value) is not None


def _one_of(choices: Iterable[Enum]) -> Callable[[str], bool]:
    values = frozenset(str(choice.value) for choice in choices)
    return values.__contains__


_IS_ID = _form(ID_PATTERN)
_IS_TIME = _form(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_IS_DAY = _form(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_IS_DIGEST = _form(r"[0-9a-f]{64}")
_IS_REFERENCE = _form(r"[A-Za-z0-9][A-Za-z0-9 ./_-]{0,39}")
_IS_STATE = _one_of(SessionState)
_IS_REASON = _one_of(Reason)

_TEXT_FORMS: Mapping[str, Callable[[str], bool]] = {
    "id": _IS_ID, "session_id": _IS_ID, "record_id": _IS_ID, "object_id": _IS_ID, "person": _IS_ID, "fault": _IS_ID,
    "code": _form(CODE_PATTERN),
    "workshop": _form(f"{CODE_PATTERN}|{HOME}"),
    "policy_digest": _IS_DIGEST, "digest": _IS_DIGEST, "content_digest": _IS_DIGEST, "fingerprint": _IS_DIGEST,
    "policy_name": _form(r"\w[\w .-]{0,63}"),
    "state": _IS_STATE, "previous": _IS_STATE,
    "reason": _IS_REASON, "waits": _IS_REASON,
    "language": _form(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?"),
    "record_class": _one_of(RecordClass), "life": _one_of(RecordLife), "audience": _one_of(Audience),
    "kind": _form("blob|table"),
    "format": _form("[a-z0-9]{1,16}(,[a-z0-9]{1,16}){0,3}"),
    "path": _form(r"(?!.*(^|/)\.\.?(/|$))[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*"),
    "created_at": _IS_TIME, "changed_at": _IS_TIME, "reviewed_at": _IS_TIME, "cleared_at": _IS_TIME,
    "released_at": _IS_TIME, "destroy_intended_at": _IS_TIME, "destroyed_at": _IS_TIME, "at": _IS_TIME,
    "registered_at": _IS_TIME, "issued_at": _IS_TIME, "removed_at": _IS_TIME, "added_at": _IS_TIME,
    "made_at": _IS_TIME, "ended_at": _IS_TIME, "left_at": _IS_TIME, "replaced_at": _IS_TIME,
    "asked_at": _IS_TIME, "returned_at": _IS_TIME,
    "role": _one_of(Role), "export_kind": _one_of(ExportKind), "holder": _IS_ID,
    "workshops": _form(f"{CODE_PATTERN}( {CODE_PATTERN})*"),
    "place": _form(r"[A-Za-z0-9][A-Za-z0-9 ._/-]{0,79}"),
    "witness": _form(r"[A-Za-z0-9][A-Za-z0-9./_-]{0,79}"),
    "public_key": _form(r"[!-~]{1,200}"),
    "event": _one_of(EVENTS), "suspends": _one_of(Suspends), "ground": _one_of(Ground), "notice": _one_of(Notice),
    "day": _IS_DAY, "review_on": _IS_DAY, "due_on": _IS_DAY, "until": _IS_DAY, "counts_until": _IS_DAY,
    "corrects": _IS_ID, "note": _IS_ID, "lifted_by": _IS_ID, "lifted_at": _IS_TIME,
    "reference": _IS_REFERENCE, "assessment": _IS_REFERENCE,
    "decision": _one_of(Decision), "recipient": _form(CODE_PATTERN), "receipt_on": _IS_DAY,
    "request_kind": _one_of(RequestKind), "request_state": _one_of(RequestState), "ruling": _one_of(Ruling),
    "article": _one_of(Article), "answer": _one_of(RecallAnswer),
    "received_on": _IS_DAY, "identity_on": _IS_DAY, "extended_on": _IS_DAY, "searched_on": _IS_DAY,
    "decided_on": _IS_DAY, "answered_on": _IS_DAY, "closed_on": _IS_DAY, "keep_until": _IS_DAY, "opened_at": _IS_TIME,
}  # fmt: skip

_LEAST: Mapping[str, int] = {
    "policy_version": 0, "number": 1, "parts": 0, "parts_expected": 1, "size": 0, "epoch": 1, "version": 1, "part": 1,
    "length_ms": 0, "generation": 1, "log_size": 0,
}  # fmt: skip
_LARGEST = 2**53


class _Checked:
    """Checks every value of a row against its column when the row is built."""

    TABLE: typing.ClassVar[str]
    KEY: typing.ClassVar[str]

    def __post_init__(self) -> None:
        for column, (kind, optional) in columns(type(self)).items():
            value = getattr(self, column)
            if isinstance(value, Enum):
                value = value.value
                object.__setattr__(self, column, value)
            if not (value is None and optional) and not _fits(column, kind, value):
                raise RowError(self.TABLE, shown_key(self.KEY, getattr(self, self.KEY)), column)


def _fits(column: str, kind: type, value: object) -> bool:
    if type(value) is not kind:
        return False
    if isinstance(value, str):
        return _TEXT_FORMS[column](value)
    if isinstance(value, bool):
        return True
    return isinstance(value, int) and _LEAST[column] <= value < _LARGEST


def shown_key(column: str, key: object) -> str:
    """The value of a key column as messages may show it: what has not the form of a key could be anything."""
    return key if isinstance(key, str) and _TEXT_FORMS[column](key) else "with a damaged key"


@dataclass(frozen=True)
class WorkshopRow(_Checked):
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
class SessionRow(_Checked):
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
class RecordRow(_Checked):
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
class ClearanceRow(_Checked):
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
class PersonRow(_Checked):
    """A registered person; the name is in the sealed register."""

    TABLE = "people"
    KEY = "id"

    id: str
    registered_at: str


@dataclass(frozen=True)
class CopyRow(_Checked):
    """A copy of a sealed output in the outbox; ``path`` is relative to the home."""

    TABLE = "copies"
    KEY = "id"

    id: str
    record_id: str
    path: str
    issued_at: str
    removed_at: str | None = None


@dataclass(frozen=True)
class OpenerRow(_Checked):
    """A person who opens the keystore with a passphrase of their own.

    ``workshops`` holds codes with a space between them; None means every workshop.
    """

    TABLE = "openers"
    KEY = "person"

    person: str
    role: str
    workshops: str | None
    added_at: str
    removed_at: str | None = None


@dataclass(frozen=True)
class ExportRow(_Checked):
    """Something that left the machine and may still hold what is destroyed here later.

    ``generation`` is that of the keystore and ``log_size`` the entries of the log when it was made; ``place`` is
    the label its holder knows it by. ``ended_at`` is set when it was renewed or destroyed.
    """

    TABLE = "exports"
    KEY = "id"

    id: str
    export_kind: str
    made_at: str
    generation: int
    log_size: int
    holder: str
    place: str
    ended_at: str | None = None


@dataclass(frozen=True)
class WitnessRow(_Checked):
    """A second party that countersigns checkpoints: the name it signs under and its public key (C2SP text form)."""

    TABLE = "witnesses"
    KEY = "witness"

    witness: str
    public_key: str
    added_at: str
    removed_at: str | None = None


@dataclass(frozen=True)
class EventRow(_Checked):
    """An event that starts clocks, as a person noted it (policies/triggers.py). Days are those of the policy's zone.

    ``workshop`` is HOME for what holds of every workshop. ``corrects`` is the row that this one takes the place of;
    ``day`` is None where the event has not happened after all.
    """

    TABLE = "events"
    KEY = "id"

    id: str
    event: str
    workshop: str
    session_id: str | None
    day: str | None
    person: str
    at: str
    corrects: str | None = None


@dataclass(frozen=True)
class HoldRow(_Checked):
    """A hold or a restriction on a record, a session or a workshop, and on all that belongs to it.

    ``session_id`` is None for a whole workshop, ``record_id`` for a whole session. ``note`` is the record of the
    sealed reason. It stands until ``lifted_at``; nothing happens by itself after ``review_on``.
    """

    TABLE = "holds"
    KEY = "id"

    id: str
    suspends: str
    workshop: str
    session_id: str | None
    record_id: str | None
    ground: str
    review_on: str
    note: str | None
    person: str
    at: str
    lifted_by: str | None = None
    lifted_at: str | None = None


@dataclass(frozen=True)
class ExtensionRow(_Checked):
    """That a steward gave the recordings of a session the one extension their policy allows; ``note`` says why."""

    TABLE = "extensions"
    KEY = "id"

    id: str
    workshop: str
    session_id: str
    record_class: str
    note: str
    person: str
    at: str


@dataclass(frozen=True)
class VisaRow(_Checked):
    """The visa of the archives service for what comes due in a workshop or a session up to the day ``until``."""

    TABLE = "visas"
    KEY = "id"

    id: str
    workshop: str
    session_id: str | None
    until: str
    reference: str
    person: str
    at: str


@dataclass(frozen=True)
class DecisionRow(_Checked):
    """What a steward decided of a record at its end; the newest of a record counts (policies/deciding.py).

    ``until`` is the day up to which it is kept; ``note`` the sealed reason; ``recipient`` who was given it, as the
    policy calls them, ``receipt_on`` and ``reference`` their receipt.
    """

    TABLE = "decisions"
    KEY = "id"

    id: str
    workshop: str
    record_id: str
    decision: str
    person: str
    at: str
    until: str | None = None
    note: str | None = None
    recipient: str | None = None
    receipt_on: str | None = None
    reference: str | None = None


@dataclass(frozen=True)
class NoticeRow(_Checked):
    """What was said ahead of the destruction of a record that was then to come due on ``due_on``."""

    TABLE = "notices"
    KEY = "id"

    id: str
    workshop: str
    record_id: str
    notice: str
    due_on: str
    at: str


@dataclass(frozen=True)
class FormerPolicyRow(_Checked):
    """A policy that another one replaced, by the digest of its file.

    ``counts_until`` is the first day on which its longer periods no longer count, in its own time zone; None where
    the policy that replaced it shortens nothing.
    """

    TABLE = "former_policies"
    KEY = "id"

    id: str
    workshop: str
    policy_digest: str
    policy_name: str
    policy_version: int
    replaced_at: str
    counts_until: str | None = None


@dataclass(frozen=True)
class RequestRow(_Checked):
    """What somebody asked of the controller, and how far it is: kind, days and ruling, and of nobody who they are.

    Days are those of the policies' time zone. ``record_id`` is the sealed content as it stands, which is destroyed
    from ``keep_until`` on; the row stays.
    """

    TABLE = "requests"
    KEY = "id"

    id: str
    request_kind: str
    request_state: str
    received_on: str
    due_on: str
    opened_at: str
    person: str
    record_id: str
    mandate: bool = False
    identity_on: str | None = None
    extended_on: str | None = None
    searched_on: str | None = None
    decided_on: str | None = None
    ruling: str | None = None
    article: str | None = None
    answered_on: str | None = None
    closed_on: str | None = None
    keep_until: str | None = None


@dataclass(frozen=True)
class RecallRow(_Checked):
    """An output that was given to somebody and speaks of a person withdrawn: to be called back.

    ``record_id`` is that of the sealed output, which is destroyed; ``recipient`` the code of who received it, None
    where the release named nobody. ``returned_at`` is set once a person has noted that it came back or was destroyed;
    ``answer`` and ``answered_on`` say what its recipient answered, and the day, or that they did not by that day.
    """

    TABLE = "recalls"
    KEY = "id"

    id: str
    record_id: str
    asked_at: str
    returned_at: str | None = None
    recipient: str | None = None
    answer: str | None = None
    answered_on: str | None = None


Row = (
    WorkshopRow | SessionRow | RecordRow | ClearanceRow | PersonRow | CopyRow | OpenerRow | ExportRow | WitnessRow
    | EventRow | HoldRow | ExtensionRow | VisaRow | DecisionRow | NoticeRow | FormerPolicyRow
    | RequestRow | RecallRow
)  # fmt: skip

ROW_TYPES: tuple[type[Row], ...] = (
    WorkshopRow, SessionRow, RecordRow, ClearanceRow, PersonRow, CopyRow, OpenerRow, ExportRow, WitnessRow,
    EventRow, HoldRow, ExtensionRow, VisaRow, DecisionRow, NoticeRow, FormerPolicyRow,
    RequestRow, RecallRow,
)  # fmt: skip
"""Every row type, a table before those that refer to it."""


_COLUMNS: dict[type, Mapping[str, tuple[type, bool]]] = {}


def columns(row_type: type) -> Mapping[str, tuple[type, bool]]:
    """The columns of a row type in order: name -> (str, int or bool; whether it may be None)."""
    if row_type not in _COLUMNS:
        hints = typing.get_type_hints(row_type)
        _COLUMNS[row_type] = {field.name: _kind(hints[field.name]) for field in fields(row_type)}
    return _COLUMNS[row_type]


def _kind(hint: object) -> tuple[type, bool]:
    kinds = typing.get_args(hint) or (hint,)
    return next(kind for kind in kinds if kind is not types.NoneType), types.NoneType in kinds


def key_of(row: Row) -> str:
    """The value of the row's key column."""
    return str(getattr(row, row.KEY))


def values_of(row: Row) -> dict[str, Value]:
    """The row as column -> value, in column order."""
    return {column: getattr(row, column) for column in columns(type(row))}
