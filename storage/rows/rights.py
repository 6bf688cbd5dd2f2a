"""The rows of rights: what people concerned ask of the controller, and what is called back for them."""

from dataclasses import dataclass

from storage.rows.row import CheckedRow


@dataclass(frozen=True)
class RequestRow(CheckedRow):
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
class RecallRow(CheckedRow):
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
