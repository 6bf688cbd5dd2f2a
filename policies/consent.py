"""What a session still waits for before it may go on, and whose turns may reach an audience.

Rules kept here:
- no step is taken on a session whose parts have not all arrived;
- agreement is required before the step the policy names, and before every later one; without a dossier,
  or without a participant in it, nobody's agreement is known;
- offence data need an authorisation named in the policy before anything is transcribed
  (GDPR 10, loi Informatique et Libertés 46);
- what people can mend themselves is said first;
- a use that a participant took back is not agreed to any more, whether or not the form asked about it; one that the
  form never asked about and nobody took back does not rest on agreement;
- what was refused stays refused when the policy stops asking about it;
- only the turns of those who agree to an audience's use reach it. Where somebody does not, a turn of nobody known may
  be theirs: it is withheld as long as the voices can still be named, and left out once they cannot;
- being recorded cannot be taken back alone: that is a withdrawal, which removes what was said.
"""

from collections.abc import Collection, Mapping, Sequence

from policies.policy import Moment, Policy
from vocabulary.choices import Audience, Reason, Use
from vocabulary.consent import Agreement, Narrowings, Proof
from vocabulary.dossier import Dossier
from vocabulary.errors import HuisclosError, UsageError, WithheldError
from vocabulary.messages import N_

USE_OF: Mapping[Audience, Use] = {
    Audience.GROUP: Use.RETURN,
    Audience.RESEARCH: Use.RESEARCH,
    Audience.PUBLIC: Use.PUBLIC,
    Audience.DEPOSIT: Use.DEPOSIT,
}
"""What a participant has agreed to when their turns may reach an audience: each use of a form but being recorded has
one, and no policy says otherwise, so that a text leaves for what people signed (docs/adr/0024)."""


def unmet(policy: Policy) -> tuple[Use, ...]:
    """The uses a policy's form asks about for which it has no audience: nothing is given out for them."""
    met = {USE_OF[audience] for audience in policy.audiences} | {Use.RECORDING}
    return tuple(use for use in policy.consent.uses if use not in met)


Agreed = frozenset[Use] | None
"""What the speaker of one turn agrees to; None where nobody knows whose turn it is."""


def waits_for(
    policy: Policy, dossier: Dossier | None, parts: int, expected: int, before: Moment = Moment.TRANSCRIPTION
) -> Reason | None:
    """Return why the session waits, or None if it may go on to ``before``.

    ``parts`` of the ``expected`` files have arrived. Before the return to the group, agreement to the
    return is required too, where the policy asks about it.
    """
    if _is_required(policy, before):
        if dossier is None:
            return Reason.DOSSIER_MISSING
        if not dossier.participants or lacking(dossier, Use.RECORDING):
            return Reason.CONSENT_MISSING
        if before is Moment.RETURN and Use.RETURN in policy.consent.uses and lacking(dossier, Use.RETURN):
            return Reason.CONSENT_MISSING
    if parts < expected:
        return Reason.PARTS_MISSING
    if not policy.offence_data_authorised:
        return Reason.OFFENCE_DATA
    return None


def lacking(dossier: Dossier, use: Use) -> int:
    """How many participants have not agreed to ``use``."""
    return sum(use not in participant.agrees for participant in dossier.participants)


def _is_required(policy: Policy, before: Moment) -> bool:
    required = policy.consent.required_before
    return required is not Moment.NONE and (required is Moment.TRANSCRIPTION or before is Moment.RETURN)


def agreements(policy: Policy, proof: Proof, narrowings: Narrowings, session: int) -> tuple[Agreement, ...]:
    """What each participant of a session agrees to now, in the order of the proof."""
    unasked = frozenset(Use) - frozenset(policy.consent.uses) - proof.surely_asked
    return tuple(
        Agreement(one.name, (one.agrees | unasked) - narrowings.taken_back(one.name, session), one.form)
        for one in proof.people
    )


def turns_left_out(turns: Sequence[Agreed], use: Use) -> frozenset[int]:
    """The turns that may not reach those who are given ``use``, when somebody does not agree to it."""
    return frozenset(number for number, agrees in enumerate(turns) if agrees is None or use not in agrees)


def check_can_leave(turns: Sequence[Agreed], audience: Audience, *, nameable: bool) -> None:
    """WithheldError unless it is known well enough whose turns may reach ``audience``, and some may.

    ``turns`` are those of a session in which somebody does not agree; ``nameable``: whether the voices can still be
    named in the review.
    """
    unknown = sum(agrees is None for agrees in turns)
    if unknown and nameable:
        raise WithheldError(
            N_("A participant does not agree to {use}, and it is not known who speaks in some turns ({count}): nothing "
               "was written for {audience}. Take the session back to review, name its voices, and clear it again."),
            use=USE_OF[audience], count=unknown, audience=audience,
        )  # fmt: skip
    if len(turns_left_out(turns, USE_OF[audience])) == len(turns):
        raise WithheldError(
            N_("Nothing of this session may reach {audience}: of no turn is it known that whoever speaks agrees to "
               "{use}."),
            audience=audience, use=USE_OF[audience],
        )  # fmt: skip


def can_leave(turns: Sequence[Agreed], audience: Audience, *, nameable: bool) -> bool:
    """Whether ``check_can_leave`` would let it pass."""
    try:
        check_can_leave(turns, audience, nameable=nameable)
    except HuisclosError:
        return False
    return True


def check_can_narrow(uses: Collection[Use], agreed: Collection[Use]) -> None:
    """UsageError unless ``uses`` can be taken back by somebody who agrees to ``agreed``."""
    if Use.RECORDING in uses:
        raise UsageError(
            N_("Whoever takes back that they were recorded withdraws: what they said is removed, not left out. "
               "Use: huisclos withdraw"),
            place="--uses",
        )  # fmt: skip
    if not set(uses) & set(agreed):
        raise UsageError(N_("This person agrees to none of these uses (any more): nothing was recorded."))


def can_narrow(uses: Collection[Use], agreed: Collection[Use]) -> bool:
    """Whether ``check_can_narrow`` would let it pass."""
    try:
        check_can_narrow(uses, agreed)
    except HuisclosError:
        return False
    return True
