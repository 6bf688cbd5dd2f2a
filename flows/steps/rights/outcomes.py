"""What the steps of people's rights answer: plain values for a door to show."""

from dataclasses import dataclass
from datetime import date

from storage.rows.rights import RequestRow
from vocabulary.choices import RequestKind, RequestState, Use
from vocabulary.ids import SessionName
from vocabulary.request import Sealed
from vocabulary.text import IdentifiedText


@dataclass(frozen=True, repr=False)
class Stated:
    """The statement of a person that is kept beside a session; ``at`` in whole seconds, None about all of it."""

    session: SessionName
    at: int | None
    text: IdentifiedText


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
