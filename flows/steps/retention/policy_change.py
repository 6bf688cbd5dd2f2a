"""A workshop gets another version of its policy, at any time.

Rules kept here:
- a data steward applies a policy; where nobody has a passphrase of that role, who signs declares to be one;
- one that loosens takes a second steward: the first call notes the wish, for this very file in the place of the one
  in force, and the wish is gone once any policy of the workshop was changed;
- one that shortens counts for what is shorter once the grace is over that the policy in force states: until then the
  replaced policy stays beside it (in_force.py), and nothing is destroyed earlier;
- what each session waits for is said anew in the same commit; nobody works on a session meanwhile.
"""

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from flows.steps.advice import Advice
from flows.steps.arrival.dossiers import waits_for
from flows.steps.custody.inventory import keep_inventory
from flows.steps.holding import hold, hold_intake
from flows.steps.retention.outcomes import PolicyApplied
from flows.steps.retention.stewards import steward
from flows.steps.sealing import Facts, Replacement, stamp
from flows.steps.workshops import Offered, check_complete, install, offered
from infra.wiring import Services, read_policy
from policies.grace import grace_ends
from policies.loosening import Change as Difference
from policies.loosening import changes
from policies.policy import Policy
from policies.policy_file import warnings
from storage.catalog_checks import check_catalog
from storage.commit import Change
from storage.log.entry import Entry
from storage.rows.retention import FormerPolicyRow
from storage.rows.walk import SessionRow, WorkshopRow
from vocabulary.choices import SessionState
from vocabulary.errors import StateError
from vocabulary.ids import new_id
from vocabulary.messages import N_

ASKED, CHANGED = "policy-asked", "policy-changed"
_BY_STEWARD = N_("A policy is applied by a data steward: a person with a passphrase of their own and that role "
                 "({count} here). Ask one of them.")  # fmt: skip


def apply(services: Services, code: str, file: Path, person: str) -> PolicyApplied:
    """Let a workshop follow the policy in ``file``, when enough stewards ask for it. The same again changes nothing.

    PolicyError for the file, PersonError for who is no steward, StateError for a version that is not newer, BusyError
    while somebody works on a session.
    """
    offer = offered(file)
    catalog = services.archive.catalog
    with hold_intake(services, code):
        found = catalog.workshop(code)
        if found.policy_digest == offer.digest:
            install(services.home, f"{offer.digest}.yaml", offer.text)
            return _told(found.code, offer, changed=False, done=True)
        check_complete(services.settings, offer, file.name)
        old = read_policy(services.home, found.policy_digest)
        _check_is_newer(found, offer.policy)
        actor = steward(services, person, _BY_STEWARD)
        differences = changes(old, offer.policy)
        looser = [one for one in differences if one.is_looser]
        if looser and not _is_asked_by_two(services, found, offer, actor, looser):
            return _told(code, offer, changed=True, done=False, differences=differences)
        applied = _replace(services, found, offer, old, differences, actor)
    keep_inventory(services)
    return applied


def _check_is_newer(found: WorkshopRow, policy: Policy) -> None:
    if policy.name == found.policy_name and policy.version <= found.policy_version:
        message = N_("Workshop {code} follows policy {policy}, version {version}: another version of it has a larger "
                     "number, found {found}. Nothing was changed.")  # fmt: skip
        raise StateError(
            message, place="version", code=found.code, policy=found.policy_name, version=found.policy_version,
            found=policy.version,
        )  # fmt: skip


def _is_asked_by_two(
    services: Services, found: WorkshopRow, offer: Offered, actor: str, looser: Sequence[Difference]
) -> bool:
    """Whether another steward asked for the same; the wish of the first is noted."""
    check_catalog(services.archive)  # and with it the log, which says who asked
    asked: set[str | None] = set()
    for entry in services.archive.log.entries():
        if entry.facts.get("workshop") != found.code:
            continue
        if entry.kind == CHANGED:
            asked.clear()
        elif entry.kind == ASKED and entry.facts.get("policy") == offer.digest:
            asked.add(entry.actor)
    if asked - {actor}:
        return True
    if actor not in asked:
        facts: Facts = {
            "workshop": found.code, "policy": offer.digest, "was": found.policy_digest, "looser": len(looser),
        }  # fmt: skip
        services.commit(Change(), Entry(ASKED, actor=actor, facts=facts))
    return False


def _replace(
    services: Services,
    found: WorkshopRow,
    offer: Offered,
    old: Policy,
    differences: Sequence[Difference],
    actor: str,
) -> PolicyApplied:
    now, catalog = services.now(), services.archive.catalog
    shorter = any(one.is_shorter for one in differences)
    counts_from = grace_ends(old, now) if shorter else None
    install(services.home, f"{offer.digest}.yaml", offer.text)
    former = FormerPolicyRow(
        new_id("o"), found.code, found.policy_digest, found.policy_name, found.policy_version, stamp(now),
        counts_from.isoformat() if counts_from else None,
    )  # fmt: skip
    with contextlib.ExitStack() as held:
        sessions = [held.enter_context(hold(services, one)) for one in catalog.sessions(workshop=found.code)]
        replaced: list[Replacement] = [(found, replace(offer.row(found.code, found.created_at), left_at=found.left_at))]
        replaced += _waiting(services, sessions, offer.policy)
        facts: Facts = {
            "workshop": found.code,
            "policy": offer.digest,
            "was": found.policy_digest,
            "version": offer.policy.version,
            "looser": sum(one.is_looser for one in differences),
            "shorter": sum(one.is_shorter for one in differences),
            "counts_from": counts_from.isoformat() if counts_from else None,
        }
        services.commit(Change(add=(former,), replace=tuple(replaced)), Entry(CHANGED, actor=actor, facts=facts))
    told = _told(found.code, offer, changed=True, done=True, differences=differences)
    return replace(told, counts_from=counts_from)


def _waiting(services: Services, sessions: Sequence[SessionRow], policy: Policy) -> list[Replacement]:
    """The sessions that wait for something else under another policy."""
    changed: list[Replacement] = []
    for session in sessions:
        waits = waits_for(services, session, policy) if session.state == SessionState.RECEIVED else session.waits
        if waits != session.waits:
            changed.append((session, replace(session, waits=waits, changed_at=stamp(services.now()))))
    return changed


def _told(
    code: str, offer: Offered, *, changed: bool, done: bool, differences: Sequence[Difference] = ()
) -> PolicyApplied:
    return PolicyApplied(
        code=code,
        policy=offer.policy.name,
        version=offer.policy.version,
        digest=offer.digest,
        changed=changed,
        done=done,
        looser=tuple(one.key for one in differences if one.is_looser),
        shorter=tuple(one.key for one in differences if one.is_shorter),
        advice=tuple(Advice(one.message, dict(one.facts)) for one in warnings(offer.policy)),
    )
