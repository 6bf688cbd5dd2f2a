"""Who may clear, as a table of cases."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.clearance import can_clear, check_can_clear, is_complete, missing
from policies.policy import Clearance, Policy
from policies.policy_file import parse_policy
from vocabulary.choices import Audience, Exit
from vocabulary.errors import HuisclosError, PersonError, PolicyError, StateError

GROUP = Audience.GROUP
SAMPLE = Path(__file__).parents[2] / "policies" / "samples" / "demo.yaml"
DEMO = parse_policy(SAMPLE.read_bytes(), SAMPLE.name)
ANNE, BRUNO, CLAIRE, DAVID = (f"p-{letter * 32}" for letter in "abcd")


def asking(policy: Policy, people: int, reviewer_counts: bool) -> Policy:
    return replace(policy, clearance={**policy.clearance, GROUP: Clearance(people, reviewer_counts)})


@pytest.mark.parametrize(
    ("people", "reviewer_counts", "reviewers", "cleared_by", "person", "refusal"),
    [
        (2, True, [ANNE], [], BRUNO, None),
        (2, True, [ANNE], [], ANNE, None),
        (2, True, [ANNE], [ANNE], BRUNO, None),
        (2, True, [ANNE], [BRUNO], ANNE, None),
        (2, True, [ANNE], [ANNE], ANNE, PersonError),
        (2, True, [ANNE], [BRUNO], BRUNO, PersonError),
        (2, True, [ANNE, BRUNO], [ANNE], BRUNO, PersonError),
        (2, True, [ANNE, BRUNO], [ANNE], CLAIRE, None),
        (2, True, [ANNE], [ANNE, BRUNO], CLAIRE, StateError),
        (2, False, [ANNE], [], ANNE, PersonError),
        (2, False, [ANNE], [BRUNO], CLAIRE, None),
        (1, True, [ANNE], [], ANNE, PersonError),
        (1, True, [ANNE], [], BRUNO, None),
        (1, True, [ANNE], [BRUNO], CLAIRE, StateError),
        (3, True, [ANNE], [ANNE, BRUNO], CLAIRE, None),
        (3, True, [ANNE, BRUNO], [ANNE, CLAIRE], BRUNO, PersonError),
        (2, True, [], [ANNE], BRUNO, None),
    ],
)
def test_who_may_give_the_next_clearance(
    demo: Policy,
    people: int,
    reviewer_counts: bool,
    reviewers: list[str],
    cleared_by: list[str],
    person: str,
    refusal: type[HuisclosError] | None,
) -> None:
    """Each case is allowed, or refused to this person (exit 8), or no longer needed (exit 7)."""
    policy = asking(demo, people, reviewer_counts)
    assert can_clear(policy, GROUP, person, reviewers, cleared_by) is (refusal is None)
    if refusal is not None:
        with pytest.raises(refusal) as caught:
            check_can_clear(policy, GROUP, person, reviewers, cleared_by)
        assert caught.value.exit is (Exit.PERSON if refusal is PersonError else Exit.STATE)
        assert "p-" not in str(caught.value)


@pytest.mark.parametrize(
    ("people", "reviewer_counts", "reviewers", "cleared_by", "left"),
    [
        (2, True, [ANNE], [], 2),
        (2, True, [ANNE], [ANNE], 1),
        (2, True, [ANNE], [ANNE, BRUNO], 0),
        (2, True, [ANNE, BRUNO], [ANNE, BRUNO], 1),
        (2, False, [ANNE], [ANNE, BRUNO], 1),
        (1, True, [ANNE], [ANNE], 1),
        (1, False, [ANNE], [BRUNO], 0),
        (2, True, [ANNE], [BRUNO, CLAIRE, DAVID], 0),
        (2, True, [ANNE], [BRUNO, BRUNO], 1),
    ],
)
def test_how_many_clearances_are_missing(
    demo: Policy, people: int, reviewer_counts: bool, reviewers: list[str], cleared_by: list[str], left: int
) -> None:
    """Different people are counted, and reviewers only as far as the policy lets them."""
    policy = asking(demo, people, reviewer_counts)
    assert missing(policy, GROUP, cleared_by, reviewers) == left
    assert is_complete(policy, GROUP, cleared_by, reviewers) is (left == 0)


crowd = st.sampled_from([ANNE, BRUNO, CLAIRE, DAVID])


@given(st.integers(1, 4), st.booleans(), st.frozensets(crowd), st.lists(crowd, max_size=12))
def test_an_allowed_clearance_always_counts(
    people: int, reviewer_counts: bool, reviewers: frozenset[str], asked: list[str]
) -> None:
    """Each clearance that was allowed lowers what is missing by one, and somebody who did not review is among them."""
    policy = asking(DEMO, people, reviewer_counts)
    given_by: list[str] = []
    for person in asked:
        if can_clear(policy, GROUP, person, reviewers, given_by):
            before = missing(policy, GROUP, given_by, reviewers)
            given_by.append(person)
            assert missing(policy, GROUP, given_by, reviewers) == before - 1
    if is_complete(policy, GROUP, given_by, reviewers):
        assert len(set(given_by)) == people and not set(given_by) <= reviewers


def test_an_audience_without_a_rule_cannot_be_cleared(demo: Policy) -> None:
    """Where the policy says nothing of an audience, nothing can be cleared for it."""
    policy = replace(
        demo,
        clearance={GROUP: demo.clearance[GROUP]},
        audiences={GROUP: demo.audiences[GROUP]},
    )
    with pytest.raises(PolicyError):
        check_can_clear(policy, Audience.PUBLIC, ANNE, [], [])
