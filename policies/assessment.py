"""The risk that somebody is recognised in a text, assessed by people before the text is cleared.

Three questions are to be answered in writing (Article 29 Working Party, opinion 05/2014 on anonymisation techniques,
WP 216): can one person be singled out in it; can what is said be linked with what is known of them elsewhere; can
something be inferred about them that is not said. The written assessment stays where the controller keeps it.

Rules kept here:
- where the policy asks for an assessment, each clearance names the one it rests on, and one that names none does not
  count; as a clearance holds for exactly one content, a changed text asks for the assessment anew;
- an assessment answers for each person whom passages together may single out in that text (anonymize/singling.py):
  whoever clears says for how many, and another number is refused.
"""

from dataclasses import dataclass

from policies.policy import Policy
from vocabulary.choices import Audience
from vocabulary.errors import HuisclosError, StateError
from vocabulary.messages import N_


@dataclass(frozen=True)
class Assessment:
    """A written assessment: its reference, and for how many people whom passages may single out it answers."""

    reference: str
    singled: int = 0


def counts(policy: Policy, audience: Audience, reference: str | None) -> bool:
    """Whether a clearance that rests on ``reference`` counts; PolicyError if the policy does not know the audience."""
    policy.check_audience(audience)
    return reference is not None or not policy.clearance[audience].assessment_required


def check_is_assessed(
    policy: Policy, audience: Audience, session: str, assessment: Assessment | None, singled: int
) -> None:
    """Raise StateError unless a text, in which passages may single out ``singled`` people, may be cleared upon
    ``assessment``; ``session`` is what the message calls it. PolicyError if the policy does not know the audience."""
    if not counts(policy, audience, None if assessment is None else assessment.reference):
        raise StateError(
            N_("The policy asks that the risk of recognising somebody be assessed in writing before this text is "
               "cleared for {audience}: whether one person can be singled out in it, linked with what is known "
               "elsewhere, or something be inferred about them. People whom passages may single out: {singled}; "
               "huisclos review show {session} --audience {code} lists them. Then: huisclos clear {session} --audience "
               "{code} --assessment REFERENCE --singled {singled} --as NAME"),
            session=session, audience=audience, code=str(audience), singled=singled,
        )  # fmt: skip
    if assessment is not None and assessment.singled != singled:
        raise StateError(
            N_("The assessment answers for {answered} people whom passages may single out; in this text there are "
               "{singled}. Read them again with huisclos review show {session} --audience {code}, answer for each of "
               "them in the assessment, and give their number with --singled."),
            answered=assessment.singled, session=session, code=str(audience), singled=singled,
        )  # fmt: skip


def is_assessed(policy: Policy, audience: Audience, assessment: Assessment | None, singled: int) -> bool:
    """Whether ``check_is_assessed`` would let it pass."""
    try:
        check_is_assessed(policy, audience, "", assessment, singled)
    except HuisclosError:
        return False
    return True
