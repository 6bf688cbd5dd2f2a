"""What a session still waits for before it may go on.

Rules kept here:
- no step is taken on a session whose parts have not all arrived;
- agreement is required before the step the policy names, and before every later one; without a dossier,
  or without a participant in it, nobody's agreement is known;
- offence data need an authorisation named in the policy before anything is transcribed
  (GDPR 10, loi Informatique et Libertés 46);
- what people can mend themselves is said first.
"""

from policies.policy import Moment, Policy
from vocabulary.choices import Reason, Use
from vocabulary.dossier import Dossier


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
