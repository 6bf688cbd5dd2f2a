"""Withdrawal of a participant, erasure of somebody spoken of: looked for, shown, asked for by two people, carried out.

Rules kept here:
- looking changes nothing and is logged as an access; what is shown are counts, places and codes;
- one person asks, and it is carried out when another asks for the very same: the same plan, under a digest that says
  nothing without the home's keys (docs/adr/0020);
- what is on hold is not destroyed: one hold on what it touches, and nothing is done;
- asked for in the name of a request, it says so in the log: that request is carried out, and no other
  (flows/steps/rights/request_withdrawal.py);
- all of it is one commit, intent included: every new version, every record that loses its key, what is to be called
  back. What a crash leaves undone after it is finished by whoever opens the home next, like any destruction;
- the log and the certificate count; they name nobody.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from anonymize.forms import PEOPLE
from anonymize.vault import Vault
from anonymize.wanted import codes_in
from flows.steps.custody.inventory import keep_inventory
from flows.steps.drafting.vaults import SealedVaults
from flows.steps.holding import hold_intake, hold_workshop
from flows.steps.leaving.codes import Codes
from flows.steps.record.checkpoints import give_out_checkpoint
from flows.steps.retention.certificates import certify
from flows.steps.rights.consent_removal import Consents
from flows.steps.rights.removal import Removal, Work, remove
from flows.steps.rights.request_withdrawal import check_carries_out
from flows.steps.rights.standing import on_hold, standing, standing_blocks, superseded
from flows.steps.rights.traced import Beyond, SessionTraces, Traces, Wanted
from flows.steps.rights.traces import trace
from flows.steps.rights.workshop_removal import leave_narrowings, leave_reasons, leave_vault
from flows.steps.sealing import Facts, finish_erasures
from infra.wiring import Services
from policies.withdrawal import is_asked_by_two
from storage.catalog_checks import check_catalog
from storage.commit import Change
from storage.log.entry import Entry
from storage.rows.forms import HOME
from storage.rows.walk import RecordRow
from vocabulary.choices import Audience, RecordClass
from vocabulary.draft import Draft
from vocabulary.errors import StateError, UnknownError
from vocabulary.ids import SessionName
from vocabulary.messages import N_

ASKED, DONE = "withdrawal-asked", "withdrawn"


@dataclass(frozen=True, repr=False)
class Plan:
    """What a withdrawal would touch. ``only`` is the one session it is about, None for the whole workshop.

    ``digest`` tells this plan from any other; ``later`` are sessions after ``only`` that speak of them too, and stay.
    ``request`` is the id of the request it carries out.
    """

    traces: Traces
    wanted: Wanted
    only: SessionName | None
    digest: str
    request: str | None = None

    @property
    def sessions(self) -> tuple[SessionTraces, ...]:
        """What is touched."""
        return tuple(one for one in self.traces.sessions if one.any and self.only in (None, one.session.name))

    @property
    def later(self) -> tuple[SessionTraces, ...]:
        if self.only is None:
            return ()
        return tuple(one for one in self.traces.sessions if one.any and one.session.number > self.only.number)

    @property
    def any(self) -> bool:
        return bool(self.sessions or (self.only is None and self.traces.any))

    @property
    def whole(self) -> bool:
        """Whether they leave the vault too."""
        return self.only is None


@dataclass(frozen=True)
class Withdrawn:
    """What was done, or only noted: then ``done`` is False and a second person has to ask for the same.

    ``entry`` is that of the log; ``certificates`` are record ids. ``waiting`` counts destructions that another process
    keeps from being carried out now: they are announced, and finished by the next run.
    """

    done: bool
    entry: str | None = None
    sessions: int = 0
    passages: int = 0
    records: int = 0
    silenced_ms: int = 0
    reopened: int = 0
    reduced: int = 0
    recalls: int = 0
    certificates: tuple[str, ...] = ()
    waiting: int = 0


def plan(
    services: Services, workshop: str, wanted: Wanted, person: str, *,
    only: SessionName | None = None, request: str | None = None,
) -> Plan:  # fmt: skip
    """Look for a person in a workshop, in the name of ``person``; logged as an access before anything is shown.

    UnknownError where there is no such workshop, session or request; StateError or UsageError where a withdrawal of
    this person cannot be what carries the request out.
    """
    if only is not None:
        services.archive.catalog.session(only)
    check_carries_out(services, workshop, wanted, request)
    found = _planned(services, workshop, wanted, only, request)
    facts: Facts = {"what": "traces", "workshop": workshop, "sessions": len(found.sessions)}
    services.commit(Change(), Entry("accessed", actor=services.person(person), facts=facts))
    return found


def withdraw(services: Services, shown: Plan, person: str) -> Withdrawn:
    """Ask for what ``shown`` says, in the name of ``person``; carry it out when somebody else asked for the same.

    UnknownError when it touches nothing; StateError when something changed since it was shown, or is on hold; BusyError
    when a process is at work in the workshop; DamagedError when the catalog is not what the log says.
    """
    workshop = shown.traces.workshop
    with hold_intake(services, workshop), hold_workshop(services, workshop):
        finish_erasures(services)
        check_carries_out(services, workshop, shown.wanted, shown.request)
        found = _planned(services, workshop, shown.wanted, shown.only, shown.request)
        _check_is_what_was_shown(shown, found)
        _check_not_held(services, found)
        check_catalog(services.archive)  # and with it the log, which says who asked
        actor = services.person(person)
        asked = {
            entry.actor
            for entry in services.archive.log.entries(kind=ASKED)
            if entry.actor is not None and entry.facts.get("plan") == found.digest
        }
        if not is_asked_by_two(asked, actor):
            if actor not in asked:
                facts: Facts = {"workshop": workshop, "plan": found.digest}
                services.commit(Change(), Entry(ASKED, actor=actor, facts=facts))
            return Withdrawn(False)
        entry, change = _commit(services, found, actor)
        finish_erasures(services)
        certificates = certify(services)
    give_out_checkpoint(services)
    keep_inventory(services)
    return Withdrawn(
        True, entry, change.sessions, change.passages, change.records, change.silenced_ms, change.reopened,
        change.reduced, change.recalls, certificates, _announced(services, workshop),
    )  # fmt: skip


def _planned(services: Services, workshop: str, wanted: Wanted, only: SessionName | None, request: str | None) -> Plan:
    found = Plan(trace(services, workshop, wanted), wanted, only, "", request)
    value = json.dumps(_written(found), sort_keys=True).encode()
    # A digest under a key of the home: without its keystore nobody can try what it stands for.
    scope = services.archive.scope(HOME, 0, RecordClass.PEOPLE)
    return replace(found, digest=services.archive.fingerprint(scope, hashlib.sha256(value).digest())[:32])


def _written(found: Plan) -> dict[str, object]:
    """All that a plan says, in one form: two plans are the same if this is."""
    return {
        **({} if found.request is None else {"request": found.request}),
        "workshop": found.traces.workshop,
        "only": None if found.only is None else str(found.only),
        "speaks": found.wanted.speaks,
        "referents": sorted(found.traces.sought.referents),
        "loose": sorted(one.id for one in found.traces.loose),
        "reasons": sorted(one.record.id for one in found.traces.reasons),
        "sessions": [
            {
                "session": one.session.id,
                "passages": [str(passage) for passage in one.passages],
                "heard": one.heard,
                "participants": one.participants,
                "known": one.known,
                "consents": one.consents,
                "cleared": [
                    [text.record.id, sorted(text.spoken), [str(passage) for passage in text.passages]]
                    for text in one.cleared
                ],
                "loose": sorted(record.id for record in one.loose),
            }
            for one in found.sessions
        ],
    }


def _check_is_what_was_shown(shown: Plan, found: Plan) -> None:
    workshop = found.traces.workshop
    if not found.any:
        message = N_("Nothing in {workshop} speaks of this person: there is nothing to withdraw. Check the spelling, "
                     "or give the code the group reads (--code).")  # fmt: skip
        raise UnknownError(message, place=workshop, workshop=workshop)
    if shown.digest != found.digest:
        message = N_("What {workshop} holds of this person changed since it was shown. Nothing was done: look at the "
                     "plan again.")  # fmt: skip
        raise StateError(message, place=workshop, workshop=workshop)


def _check_not_held(services: Services, found: Plan) -> None:
    """StateError if anything of what is touched is on hold: it is destroyed neither now nor in part."""
    workshop = found.traces.workshop
    touched = {one.session.id: str(one.session.name) for one in found.sessions}
    for record_class in RecordClass:
        records = [
            record
            for record in standing(services, workshop, record_class)
            if record.session_id in touched or (record.session_id is None and found.whole)
        ]
        for record in on_hold(services, records):
            raise _held(touched.get(record.session_id or "", workshop), RecordClass(record.record_class))
    for one in found.sessions:
        for record in on_hold(services, standing_blocks(services, one.session)):
            raise _held(str(one.session.name), RecordClass(record.record_class))


def _held(place: str, what: RecordClass) -> StateError:
    message = N_("{where} is on hold ({what}): what is on hold is not destroyed, so nothing was done. Lift the hold "
                 "first, or withdraw from the other sessions one by one: huisclos withdraw CODE/N")  # fmt: skip
    return StateError(message, place=place, where=place, what=what)


def _commit(services: Services, found: Plan, actor: str) -> tuple[str, Removal]:
    """Seal every new version, then commit all of it with its intent; return the entry's id and what was changed."""
    change = Removal()
    traces, vaults = found.traces, SealedVaults(services)
    vault = vaults.load(traces.workshop)
    gone = traces.sought.referents if found.whole else frozenset[str]()
    matcher = traces.sought.matcher()
    before = {one.session.id: _draft(services, one) for one in found.sessions}
    consents = Consents(services, traces.workshop, found.wanted.names, traces.sought)
    for one in found.sessions:
        remove(Work(services, one.session, one, consents, matcher, gone, vault.version + 1, change))
    if found.whole:
        leave_narrowings(services, consents, change)
        leave_reasons(services, traces, change)
        change.swap(list(traces.loose), None, services)
        gone |= _left_alone(services, found, vault, before, change)
        leave_vault(vaults, traces.workshop, vault, gone, change)
        change.leave(superseded(services, traces.workshop), services)
        for one in traces.sessions:  # what was listened for is marked in blocks, their name too; those on hold stay
            blocks = standing_blocks(services, one.session)
            kept = {row.id for row in on_hold(services, blocks)}
            change.leave([row for row in blocks if row.id not in kept], services)
    facts: Facts = {
        "workshop": traces.workshop,
        "plan": found.digest,
        "who": "participant" if found.wanted.speaks else "spoken_of",
        "whole": found.whole,
        "sessions": change.sessions,
        "passages": change.passages,
        "records": change.records,
        "silenced_ms": change.silenced_ms,
        "reopened": change.reopened,
        "reduced": change.reduced,
        "recalls": change.recalls,
    }
    if found.request is not None:
        facts["request"] = found.request
    rows = Change(add=tuple(change.added), replace=tuple(change.replaced))
    return services.commit(rows, Entry(DONE, actor=actor, facts=facts)), change


def _left_alone(
    services: Services, found: Plan, vault: Vault, before: Mapping[str, Draft | None], change: Removal
) -> frozenset[str]:
    """People whom nothing speaks of any more once the passages are gone: a mother named beside her son.

    Nobody where a session could not be looked through: they may be in it. One that was never transcribed gave the vault
    nobody.
    """
    if any(set(one.beyond) - {Beyond.SILENT} for one in found.traces.sessions):
        return frozenset()
    spoken_of = {span.cluster for draft in before.values() if draft is not None for span in draft.spans}
    others = [one for one in found.traces.sessions if one.session.id not in before]
    drafts = [*change.drafts.values(), *(_draft(services, one) for one in others)]
    still = {span.cluster for draft in drafts if draft is not None for span in draft.spans}
    alone = {
        one.id
        for one in vault.referents
        if one.kind in PEOPLE and not one.is_participant and one.id in spoken_of - still
    }
    return frozenset(alone) - _shown_in_cleared(services, found, vault, alone)


def _shown_in_cleared(services: Services, found: Plan, vault: Vault, people: set[str]) -> frozenset[str]:
    """Those of ``people`` whose code a cleared text that stays still shows."""
    archive, policy = services.archive, services.policy(found.traces.workshop)
    doomed: set[str] = set()
    for one in found.sessions:
        doomed |= {record.id for record in _cleared(services, one)}
    shown: set[str] = set()
    for one in found.traces.sessions:
        for record in _cleared(services, one):
            if record.id in doomed:
                continue
            treated, _ = archive.objects.unseal_treated(archive.scope_of(record), archive.sealed_of(record))
            texts = [turn.text.reveal() for turn in treated.turns]
            for person in people - shown:
                sought = replace(found.traces.sought, referents=frozenset({person}))
                codes = Codes(vault, policy, sought, None).of(Audience(treated.audience))
                if codes_in(texts, codes):
                    shown.add(person)
    return frozenset(shown)


def _cleared(services: Services, found: SessionTraces) -> Sequence[RecordRow]:
    return standing(services, found.session.workshop, RecordClass.CLEARED, found.session.id)


def _draft(services: Services, found: SessionTraces) -> Draft | None:
    records = standing(services, found.session.workshop, RecordClass.DRAFT, found.session.id)
    archive = services.archive
    if not records:
        return None
    return Draft.from_bytes(archive.objects.unseal(archive.scope_of(records[-1]), archive.sealed_of(records[-1])))


def _announced(services: Services, workshop: str) -> int:
    return sum(1 for one in services.archive.catalog.records(workshop=workshop) if one.destroy_intended_at is not None)
