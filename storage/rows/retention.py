"""The rows of retention: what starts, suspends, extends or decides the end of a record, and what announces it."""

from dataclasses import dataclass

from storage.rows.row import CheckedRow


@dataclass(frozen=True)
class EventRow(CheckedRow):
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
class HoldRow(CheckedRow):
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
class ExtensionRow(CheckedRow):
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
class VisaRow(CheckedRow):
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
class DecisionRow(CheckedRow):
    """What a steward decided of a record at its end; the newest of a record counts (policies/deciding.py).

    ``until`` is the day up to which it is kept; ``note`` the sealed reason; ``recipient`` who was given it, as the
    policy calls them, ``receipt_on`` and ``reference`` their receipt; ``due_on`` the end it was decided for, unknown in
    older rows. ``at`` is later than that of any earlier decision about the record.
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
    due_on: str | None = None


@dataclass(frozen=True)
class NoticeRow(CheckedRow):
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
class FormerPolicyRow(CheckedRow):
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
