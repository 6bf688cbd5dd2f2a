"""Holds and restrictions: what stands over a record, and what may still be done with it.

Rules kept here:
- a hold suspends destruction, a restriction suspends use (GDPR 18); both can stand over one record, several of each;
- what stands over a workshop stands over each of its sessions and records, those that come later included; what
  stands over a session, over each of its records;
- a restriction on one record restricts what would be made of it: its session, or its workshop if it has none;
- none ends by itself: a date of review is a date to be asked on, and nothing else;
- whoever is registered may place one, as it only keeps; a data steward lifts it, and where somebody outside relies
  on it (``FROM_OUTSIDE``) another one than who placed it, or than whom they made a steward since, be it through others;
- a standing order keeps its own sealed reason.
"""

import datetime
from collections.abc import Iterable
from typing import NamedTuple, Protocol

from vocabulary.choices import Ground, Suspends
from vocabulary.errors import PersonError, StateError
from vocabulary.messages import N_

FROM_OUTSIDE = frozenset({Ground.AUTHORITY, Ground.DANGER, Ground.INSPECTION, Ground.REQUEST})
"""Grounds on which a judge, a child, an authority or a person relies on it."""


class Order(Protocol):
    """A hold or a restriction that was not lifted (storage.rows.retention.HoldRow)."""

    @property
    def suspends(self) -> str: ...
    @property
    def workshop(self) -> str: ...
    @property
    def session_id(self) -> str | None: ...
    @property
    def record_id(self) -> str | None: ...
    @property
    def ground(self) -> str: ...
    @property
    def person(self) -> str: ...
    @property
    def note(self) -> str | None: ...
    @property
    def review_on(self) -> str: ...
    @property
    def at(self) -> str: ...


class Made(NamedTuple):
    """Somebody was made a steward (opaque ids): ``by`` whom, None where nobody signed for it."""

    steward: str
    by: str | None


class Thing(Protocol):
    """A record under its session, or under its workshop alone (storage.rows.walk.RecordRow)."""

    @property
    def id(self) -> str: ...
    @property
    def workshop(self) -> str: ...
    @property
    def session_id(self) -> str | None: ...


def covers(order: Order, record: Thing) -> bool:
    """Whether an order stands over a record: set on it, inherited, or given its reason in it."""
    if record.id in (order.record_id, order.note):
        return True
    if order.record_id is not None or order.workshop != record.workshop:
        return False
    return order.session_id in (None, record.session_id)


def is_held(orders: Iterable[Order], record: Thing) -> bool:
    """Whether a hold stands over a record. The reason of a restriction is kept while that stands, too."""
    return any(
        covers(order, record) for order in orders if order.suspends == Suspends.DESTRUCTION or order.note == record.id
    )


def restriction_on(orders: Iterable[Order], workshop: str, session_id: str | None) -> Order | None:
    """The first restriction under which a session, or a workshop for None, may not be used."""
    for order in orders:
        if order.suspends == Suspends.USE and order.workshop == workshop and order.session_id in (None, session_id):
            return order
    return None


def can_use(orders: Iterable[Order], workshop: str, session_id: str | None) -> bool:
    """Whether ``check_can_use`` would let it pass."""
    return restriction_on(orders, workshop, session_id) is None


def check_can_use(orders: Iterable[Order], workshop: str, session_id: str | None, shown: str) -> None:
    """Raise StateError while a restriction stands over a session (or a workshop); ``shown`` names it in messages."""
    order = restriction_on(orders, workshop, session_id)
    if order is not None:
        message = N_("The use of {what} has been restricted since {day}: nothing is read, cleared or given out until "
                     "the restriction is lifted. Type: huisclos restriction list")  # fmt: skip
        raise StateError(message, place=shown, what=shown, day=datetime.date.fromisoformat(order.at[:10]))


def is_to_review(order: Order, today: datetime.date) -> bool:
    """Whether the day has come on which somebody must say that an order goes on."""
    return order.review_on <= today.isoformat()


def bound(order: Order, since: Iterable[Made]) -> frozenset[str]:
    """Who placed an order, and whom they made a steward ``since`` it stands, the oldest first, be it through others.

    Who was a steward before is not bound by it, nor whom anybody else made one; made by nobody known counts as bound.
    """
    theirs = {order.person}
    for one in since:
        if one.by is None or one.by in theirs:
            theirs.add(one.steward)
        elif one.steward != order.person:
            theirs.discard(one.steward)
    return frozenset(theirs)


def can_lift(order: Order, steward: str, since: Iterable[Made]) -> bool:
    """Whether ``check_can_lift`` would let it pass."""
    return order.ground not in FROM_OUTSIDE or steward not in bound(order, since)


def check_can_lift(order: Order, steward: str, since: Iterable[Made], shown: str) -> None:
    """Raise PersonError unless this data steward may lift an order; ``shown`` is its id, ``since`` as for ``bound``."""
    if not can_lift(order, steward, since):
        message = N_("{id} was placed for this reason: {ground}. Somebody outside relies on it, so that a data steward "
                     "lifts it who neither placed it nor was made a steward since by who did. Nothing was "
                     "changed.")  # fmt: skip
        raise PersonError(message, place="--as", id=shown, ground=Ground(order.ground))
