"""The form of each column of the catalog: the same in every table that has a column of that name.

Rules kept here:
- a row holds ids, codes, states, classes, dates, counts and digests of ciphertext: no name, no text, no key;
- a column of text or numbers that is not listed here cannot be written.

Times are ISO 8601 UTC to the second, ``2026-03-14T09:00:00Z``; days ``2026-03-14``.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from enum import Enum

from policies.triggers import EVENTS
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
from vocabulary.ids import CODE_PATTERN, ID_PATTERN

HOME = "-"
"""What stands for the workshop of a record that belongs to the home."""


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


def fits(column: str, kind: type, value: object) -> bool:
    """Whether a value is of its column's kind (str, bool or int) and form."""
    if type(value) is not kind:
        return False
    if isinstance(value, str):
        return has_form(column, value)
    if isinstance(value, bool):
        return True
    return isinstance(value, int) and _LEAST[column] <= value < _LARGEST


def has_form(column: str, text: str) -> bool:
    """Whether a text keeps the form of its column; KeyError for a column there is not."""
    return _TEXT_FORMS[column](text)
