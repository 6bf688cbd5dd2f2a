"""What a data steward decides of a record at its end, where the policy leaves it to a person or asks for a transfer.

Rules kept here:
- a person decides once the period is over, and not before; what was decided can be decided anew until it is destroyed;
- a decision is about the end it was made at: should that day move, it does not count, and is asked for at the new one;
- kept: up to a day that is asked about again, at most ``LONGEST`` ahead, so that nothing waits for ever;
- destroyed: as what the schedule destroys, announced for as long as the policy asks before it goes, and never at once:
  one person does not destroy alone and unseen;
- handed over: what leaves is cleared text, by the one way by which anything leaves; the record is destroyed once its
  recipient's receipt is noted, and not before;
- what the policy asks to hand over, and can be, is handed over or kept, and destroyed by no decision;
- under a policy that destroys, or keeps, what was decided under another does not count.
"""

import datetime
from dataclasses import dataclass, replace
from typing import Protocol

from policies.destruction import Why
from policies.period import Period, Unit
from policies.policy import Policy
from policies.schedule import Due, day_of
from vocabulary.choices import Decision, Disposal, RecordClass
from vocabulary.errors import StateError
from vocabulary.messages import N_

LONGEST = Period(5, Unit.YEAR)
"""How far ahead a record may be kept by one decision."""

HANDED_OVER = frozenset({RecordClass.CLEARED})
"""What can be handed over readable. All else goes sealed, with its workshop (flows/steps/custody/handover.py)."""

WAITING = frozenset({Why.TO_REVIEW, Why.TO_TRANSFER, Why.NO_RECEIPT})
"""Why a record at its end waits for a person, and for nothing else."""

_BY_A_PERSON = frozenset({Disposal.REVIEW, Disposal.TRANSFER})


class Decided(Protocol):
    """The newest decision about a record (storage.rows.retention.DecisionRow)."""

    @property
    def decision(self) -> str: ...
    @property
    def at(self) -> str: ...
    @property
    def due_on(self) -> str | None: ...
    @property
    def until(self) -> str | None: ...
    @property
    def receipt_on(self) -> str | None: ...


class Thing(Protocol):
    """A record (storage.rows.walk.RecordRow)."""

    @property
    def id(self) -> str: ...
    @property
    def record_class(self) -> str: ...


@dataclass(frozen=True)
class End:
    """How a record ends once somebody decided; ``why`` keeps it until then, None where the schedule's own rules do."""

    due: Due
    why: Why | None = None
    by_decision: bool = False


def counts(policy: Policy, record_class: RecordClass, due: Due, decided: Decided) -> bool:
    """Whether the newest decision about a record counts, which comes ``due`` by its schedule under ``policy``."""
    if due.disposal not in _BY_A_PERSON or due.on is None:
        return False
    if decided.due_on not in (None, due.on.isoformat()):
        return False
    if day_of(policy, datetime.datetime.fromisoformat(decided.at)) < due.on:
        return False
    return decided.decision != Decision.DESTROY or can_give_up(due, record_class)


def leads_to_destruction(then: Disposal, decided: Decided) -> bool:
    """Whether the newest decision about a record that was destroyed led to it, where the policy ends it by ``then``."""
    if then not in _BY_A_PERSON:
        return False
    return decided.decision == Decision.DESTROY or decided.receipt_on is not None


def end_of(due: Due, decided: Decided | None, today: datetime.date) -> End:
    """The end of a record that comes ``due`` by its schedule, after what was ``decided`` of it, if anything that
    counts was."""
    if decided is None:
        return End(due)
    if decided.decision == Decision.KEEP:
        until = datetime.date.fromisoformat(str(decided.until))
        return End(replace(due, on=until, is_past=today >= until), Why.DECIDED if today < until else None)
    if decided.decision == Decision.TRANSFER and decided.receipt_on is None:
        return End(due, Why.NO_RECEIPT)
    return End(replace(due, disposal=Disposal.DESTROY), by_decision=True)


def waits_for_a_person(due: Due, why: Why | None) -> bool:
    """Whether a record is at its end and waits for a person, and for nothing else."""
    return due.is_past and why in WAITING


def command(record: Thing, why: Why | None) -> str:
    """What a steward types to decide of a record that waits for it."""
    if why is Why.NO_RECEIPT:
        return f"huisclos retention transfer {record.id} --received REFERENCE --as NAME"
    if why is Why.TO_TRANSFER and record.record_class in HANDED_OVER:
        return f"huisclos retention transfer {record.id} --to CODE --as NAME"
    return f"huisclos retention review {record.id} --keep-until DATE --as NAME"


def check_can_decide(due: Due, today: datetime.date) -> None:
    """Raise StateError unless a person may decide now of a record that comes ``due`` by its schedule."""
    if due.disposal not in _BY_A_PERSON:
        message = N_("The policy leaves nothing to decide here: this record's end is {disposal}. Nothing was changed.")
        raise StateError(message, disposal=due.disposal)
    if due.on is None or due.on > today:
        message = N_("The period of this record is not over yet ({day}): a person decides on it then. Nothing was "
                     "changed.")  # fmt: skip
        raise StateError(message, day=due.on)


def check_can_give_up(due: Due, record_class: RecordClass) -> None:
    """Raise StateError where a record is to be handed over, and can be: nobody decides to destroy it instead."""
    if not can_give_up(due, record_class):
        message = N_("The policy asks for the transfer of this text: it is handed over, or kept longer. Another end "
                     "takes another version of the policy (huisclos policy apply). Nothing was changed.")  # fmt: skip
        raise StateError(message)


def can_give_up(due: Due, record_class: RecordClass) -> bool:
    """Whether ``check_can_give_up`` would let it pass."""
    return due.disposal is not Disposal.TRANSFER or record_class not in HANDED_OVER


def check_can_keep(until: datetime.date, today: datetime.date) -> None:
    """Raise StateError unless a record may be kept until that day."""
    last = LONGEST.counted_from(today)
    if not today < until <= last:
        message = N_("A record is kept until a day after today and up to {last}: found {day}. Nothing was changed.")
        raise StateError(message, day=until, last=last)


def check_can_hand_over(record_class: RecordClass) -> None:
    """Raise StateError unless records of a class are handed over readable."""
    if record_class not in HANDED_OVER:
        message = N_("Only cleared text is handed over readable, and this is: {what}. A whole workshop is handed over "
                     "sealed (huisclos workshop export); otherwise decide: huisclos retention review")  # fmt: skip
        raise StateError(message, what=record_class)
