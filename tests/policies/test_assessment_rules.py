"""When a text may be cleared upon an assessment of the risk that somebody is recognised, as a table of cases."""

from dataclasses import replace

import pytest

from policies.assessment import Assessment, check_is_assessed, counts, is_assessed
from policies.policy import Clearance, Policy
from vocabulary.choices import Audience
from vocabulary.errors import PolicyError, StateError

PUBLIC = Audience.PUBLIC


def asking(policy: Policy, required: bool) -> Policy:
    return replace(policy, clearance={**policy.clearance, PUBLIC: Clearance(2, False, required)})


@pytest.mark.parametrize(
    ("required", "assessment", "singled", "passes"),
    [
        (True, None, 0, False),
        (True, None, 2, False),
        (True, Assessment("ER-1"), 0, True),
        (True, Assessment("ER-1", 2), 2, True),
        (True, Assessment("ER-1", 1), 2, False),
        (True, Assessment("ER-1", 3), 2, False),
        (True, Assessment("ER-1"), 2, False),
        (False, None, 0, True),
        (False, None, 2, True),
        (False, Assessment("ER-1", 2), 2, True),
        (False, Assessment("ER-1", 1), 2, False),
    ],
)
def test_a_text_is_cleared_upon_an_assessment_that_answers_for_everybody_singled_out(
    demo: Policy, required: bool, assessment: Assessment | None, singled: int, passes: bool
) -> None:
    """Where the policy asks for none, none is needed; one that is named answers for exactly those there are."""
    policy = asking(demo, required)
    assert is_assessed(policy, PUBLIC, assessment, singled) is passes
    if not passes:
        with pytest.raises(StateError) as raised:
            check_is_assessed(policy, PUBLIC, "demo-1/1", assessment, singled)
        assert "review show demo-1/1 --audience public" in str(raised.value)


@pytest.mark.parametrize(("required", "reference", "found"), [
    (True, None, False), (True, "ER-1", True), (False, None, True), (False, "ER-1", True),
])  # fmt: skip
def test_a_clearance_counts_where_it_names_what_the_policy_asks_for(
    demo: Policy, required: bool, reference: str | None, found: bool
) -> None:
    """A clearance from before the policy asked counts no longer."""
    assert counts(asking(demo, required), PUBLIC, reference) is found


def test_an_audience_that_the_policy_does_not_know_is_refused(demo: Policy) -> None:
    """PolicyError, as everywhere."""
    policy = replace(
        demo,
        clearance={Audience.GROUP: demo.clearance[Audience.GROUP]},
        audiences={Audience.GROUP: demo.audiences[Audience.GROUP]},
    )
    with pytest.raises(PolicyError):
        counts(policy, PUBLIC, "ER-1")
