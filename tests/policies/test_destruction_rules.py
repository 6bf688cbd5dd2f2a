"""Whether a record may be destroyed, as a table of cases."""

import datetime
from dataclasses import replace

import pytest

from policies.destruction import Why, can_destroy, check_can_destroy, why_not
from policies.policy import Policy
from policies.schedule import due
from vocabulary.choices import Disposal, Exit, RecordClass, RecordLife, Trigger
from vocabulary.errors import StateError

LIVE, HELD, DESTROYED = RecordLife.LIVE, RecordLife.HELD, RecordLife.DESTROYED
EVENT = datetime.datetime(2026, 3, 12, 10, tzinfo=datetime.UTC)
BEFORE = datetime.datetime(2026, 4, 10, 12, tzinfo=datetime.UTC)
AFTER = datetime.datetime(2026, 4, 11, 12, tzinfo=datetime.UTC)
LONG_AFTER = datetime.datetime(2036, 4, 11, 12, tzinfo=datetime.UTC)
CLOSED = {Trigger.RETURN_CLOSED: EVENT}
ENDED = {Trigger.RESEARCH_ENDED: EVENT}


@pytest.mark.parametrize(
    ("record_class", "events", "now", "life", "held", "public", "visa", "why"),
    [
        (RecordClass.VERBATIM, CLOSED, AFTER, LIVE, False, False, False, None),
        (RecordClass.VERBATIM, CLOSED, AFTER, DESTROYED, False, False, False, Why.DESTROYED),
        (RecordClass.VERBATIM, CLOSED, BEFORE, LIVE, False, False, False, Why.NOT_DUE),
        (RecordClass.VERBATIM, {}, LONG_AFTER, LIVE, False, False, False, Why.NOT_DATED),
        (RecordClass.VERBATIM, CLOSED, AFTER, LIVE, True, False, False, Why.HELD),
        (RecordClass.VERBATIM, CLOSED, AFTER, HELD, False, False, False, Why.HELD),
        (RecordClass.VERBATIM, CLOSED, AFTER, LIVE, False, True, False, Why.NO_VISA),
        (RecordClass.VERBATIM, CLOSED, AFTER, LIVE, False, True, True, None),
        (RecordClass.VERBATIM, CLOSED, AFTER, HELD, False, True, True, Why.HELD),
        (RecordClass.CLEARED, ENDED, LONG_AFTER, LIVE, False, False, True, Why.TO_REVIEW),
        (RecordClass.OUTPUT, ENDED, LONG_AFTER, LIVE, False, False, True, Why.KEPT),
        (RecordClass.PEOPLE, ENDED, LONG_AFTER, LIVE, False, False, True, Why.KEPT),
        (RecordClass.FAULT, {}, LONG_AFTER, LIVE, False, False, True, Why.KEPT),
    ],
)
def test_what_may_be_destroyed(
    demo: Policy,
    record_class: RecordClass,
    events: dict[Trigger, datetime.datetime],
    now: datetime.datetime,
    life: RecordLife,
    held: bool,
    public: bool,
    visa: bool,
    why: Why | None,
) -> None:
    """Only what is dated, due, to be destroyed, not held, and has its visa; in every other case the reason is said."""
    policy = replace(demo, processing=replace(demo.processing, public_archives=public))
    end = due(policy, record_class, events, now)
    assert why_not(policy, end, life, held=held, visa=visa) is why
    assert can_destroy(policy, end, life, held=held, visa=visa) is (why is None)
    if why is None:
        check_can_destroy(policy, end, life, held=held, visa=visa)
        return
    with pytest.raises(StateError) as caught:
        check_can_destroy(policy, end, life, held=held, visa=visa)
    assert caught.value.facts["why"] is why and caught.value.exit is Exit.STATE


def test_the_proof_of_an_agreement_stays_as_long_as_what_was_agreed_to(demo: Policy) -> None:
    """A proof that is due is kept while anything it proves the agreement to can be used, and goes after."""
    end = due(demo, RecordClass.CONSENT, ENDED, LONG_AFTER)
    assert why_not(demo, end, LIVE, proves=True) is Why.PROVES
    assert why_not(demo, end, LIVE) is None


def test_transfer_is_not_destruction(demo: Policy) -> None:
    """A class to be transferred is never destroyed by itself."""
    end = replace(due(demo, RecordClass.VERBATIM, CLOSED, AFTER), disposal=Disposal.TRANSFER)
    assert why_not(demo, end, LIVE) is Why.TO_TRANSFER
