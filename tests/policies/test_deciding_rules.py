"""Which decision about a record at its end counts, and what none can do."""

from dataclasses import dataclass, replace
from datetime import date

import pytest

from policies.announcing import Announced, Said, announced_for, not_yet
from policies.deciding import can_give_up, check_can_give_up, counts, leads_to_destruction
from policies.destruction import Why
from policies.period import Period
from policies.policy import Policy
from policies.schedule import Due
from vocabulary.choices import Decision, Disposal, RecordClass
from vocabulary.errors import StateError

ON = date(2027, 3, 31)
CLEARED = RecordClass.CLEARED


def end(then: Disposal = Disposal.REVIEW, on: date | None = ON) -> Due:
    return Due(on, None, then, "", is_past=True)


@dataclass(frozen=True)
class Made:
    decision: Decision = Decision.DESTROY
    at: str = "2027-04-02T09:00:00Z"
    due_on: str | None = "2027-03-31"
    until: str | None = None
    receipt_on: str | None = None


@pytest.mark.parametrize(
    ("due", "made", "does"),
    [
        (end(), Made(), True),
        (end(), Made(due_on=None), True),  # a row that does not say for which end
        (end(on=date(2027, 4, 1)), Made(), False),  # the end moved
        (end(on=date(2027, 4, 1)), Made(Decision.KEEP, until="2027-03-31"), False),
        (end(on=date(2027, 4, 3)), Made(due_on=None), False),  # decided before it
        (end(on=date(2027, 4, 3)), Made(due_on="2027-04-03"), False),
        (end(on=None), Made(), False),
        (end(), Made(at="2027-03-30T22:30:00Z"), True),  # the day had begun in the policy's time zone
        (end(Disposal.DESTROY), Made(Decision.KEEP, until="2028-01-01"), False),
        (end(Disposal.KEEP), Made(), False),
        (end(Disposal.TRANSFER), Made(), False),
        (end(Disposal.TRANSFER), Made(Decision.KEEP, until="2028-01-01"), True),
        (end(Disposal.TRANSFER), Made(Decision.TRANSFER), True),
    ],
)
def test_a_decision_counts_for_the_end_it_was_made_at(demo: Policy, due: Due, made: Made, does: bool) -> None:
    """Not for another day, not from before it, and not against what the policy asks."""
    assert counts(demo, CLEARED, due, made) is does


def test_what_can_be_handed_over_is_destroyed_by_no_decision() -> None:
    """Cleared text that is to be transferred; of another class, which cannot be handed over, a person decides."""
    with pytest.raises(StateError):
        check_can_give_up(end(Disposal.TRANSFER), CLEARED)
    assert can_give_up(end(Disposal.TRANSFER), RecordClass.VERBATIM) and can_give_up(end(), CLEARED)


def test_a_certificate_speaks_of_a_decision_that_led_to_the_end() -> None:
    """To destroy, or a receipt; not to keep, and not under a policy that destroys by itself."""
    assert leads_to_destruction(Disposal.REVIEW, Made())
    assert leads_to_destruction(Disposal.TRANSFER, Made(Decision.TRANSFER, receipt_on="2027-05-01"))
    assert not leads_to_destruction(Disposal.REVIEW, Made(Decision.KEEP, until="2028-01-01"))
    assert not leads_to_destruction(Disposal.DESTROY, Made())


@pytest.mark.parametrize(("asked", "days"), [(0, 1), (1, 1), (7, 7)])
def test_what_a_person_decided_is_announced_for_a_day_at_least(demo: Policy, asked: int, days: int) -> None:
    """Under a policy that announces nothing it still does not go on the day it was decided."""
    policy = replace(demo, retention=replace(demo.retention, announce=Period(asked)))
    assert announced_for(policy).days == days
    decided = Said(Announced(ON, date(2027, 4, 2)), None, asked=False, by_decision=True)
    assert not_yet(policy, decided, ON, date(2027, 4, 1 + days), None) is Why.NOT_ANNOUNCED
    assert not_yet(policy, decided, ON, date(2027, 4, 2 + days), None) is None
    by_itself = replace(decided, asked=True, by_decision=False)
    assert not_yet(policy, by_itself, ON, date(2027, 4, 2 + asked), None) is None
