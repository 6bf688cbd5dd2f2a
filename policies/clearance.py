"""Who may clear a text for an audience, and when enough people have.

Rules kept here (clearances are those given to exactly the content as it stands; the caller leaves out void
ones):
- each clearance comes from another person;
- where the policy lets a reviewer count, one clearance at most comes from those who reviewed, and never
  the only one, so that somebody who did not write the text has always read it;
- where it does not, none does.
People are opaque ids throughout, and none stands in a message.
"""

from collections.abc import Collection

from policies.policy import Policy
from vocabulary.choices import Audience
from vocabulary.errors import HuisclosError, PersonError, StateError
from vocabulary.messages import N_


def check_can_clear(
    policy: Policy, audience: Audience, person: str, reviewers: Collection[str], cleared_by: Collection[str]
) -> None:
    """Raise unless ``person`` may give the next clearance.

    PolicyError for an audience the policy does not know, PersonError for this person, StateError when
    enough people have cleared already.
    """
    policy.check_audience(audience)
    rule = policy.clearance[audience]
    if person in cleared_by:
        raise PersonError(
            N_("This person has already cleared this text for {audience}; another person must do it."),
            audience=audience,
        )
    if is_complete(policy, audience, cleared_by, reviewers):
        raise StateError(
            N_("This text is already cleared for {audience} by the {people} the policy asks for."),
            audience=audience,
            people=rule.people,
        )
    if person not in reviewers:
        return
    if not rule.reviewer_counts:
        raise PersonError(
            N_("The policy does not let those who reviewed a text clear it for {audience}; "
               "somebody who did not review it must do it."), audience=audience)  # fmt: skip
    if rule.people == 1:
        raise PersonError(
            N_("The only clearance for {audience} cannot come from a person who reviewed the text; "
               "somebody else must do it."), audience=audience)  # fmt: skip
    if not set(cleared_by).isdisjoint(reviewers):
        raise PersonError(
            N_("Another person who reviewed this text has already cleared it for {audience}; "
               "what is missing must come from somebody who did not review it."), audience=audience)  # fmt: skip


def can_clear(
    policy: Policy, audience: Audience, person: str, reviewers: Collection[str], cleared_by: Collection[str]
) -> bool:
    """Whether ``check_can_clear`` would let it pass."""
    try:
        check_can_clear(policy, audience, person, reviewers, cleared_by)
    except HuisclosError:
        return False
    return True


def missing(policy: Policy, audience: Audience, cleared_by: Collection[str], reviewers: Collection[str]) -> int:
    """How many clearances are still missing for ``audience``; PolicyError if the policy does not know it."""
    policy.check_audience(audience)
    rule = policy.clearance[audience]
    people, authors = set(cleared_by), set(reviewers)
    counted = len(people - authors)
    if people & authors and rule.reviewer_counts and rule.people > 1:
        counted += 1
    return max(0, rule.people - counted)


def is_complete(policy: Policy, audience: Audience, cleared_by: Collection[str], reviewers: Collection[str]) -> bool:
    """Whether those who cleared are enough for ``audience``."""
    return missing(policy, audience, cleared_by, reviewers) == 0
