"""Whom passages of a session may single out for an audience: what a review shows, and an assessment answers for."""

from anonymize.freeing import freed, passages
from anonymize.singling import Flag, singled_out
from anonymize.vault import Vault
from flows.steps.drafting.draft import Seated, open_seated
from flows.steps.drafting.vaults import SealedVaults
from infra.wiring import Services
from policies.policy import Policy
from storage.rows.walk import SessionRow
from vocabulary.choices import Audience


def flags_of(read: Seated, vault: Vault, policy: Policy, audience: Audience) -> list[Flag]:
    """A flag for each person; ``read`` is the draft as it stands, freed passages are read as they were said."""
    found = passages(read.transcript, read.draft, vault)
    let_stand = freed(read.transcript, read.draft, vault)
    profile = policy.profile(audience)
    return singled_out(read.seating.texts, found, vault, profile, policy.thresholds.plot, let_stand)


def count_singled(services: Services, session: SessionRow, audience: Audience) -> int:
    """How many people; StateError when draft or verbatim are not there."""
    policy = services.policy(session.workshop)
    vault = SealedVaults(services).load(session.workshop)
    return len(flags_of(open_seated(services, session), vault, policy, audience))
