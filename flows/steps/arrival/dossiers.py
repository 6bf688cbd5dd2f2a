"""The session dossier: sealed on arrival, read again by the steps that need it.

Its participants' agreements are sealed a second time on their own, as the proof of consent outlives the
dossier. A later dossier makes a new draft before clearance; after it, it is refused with the way back.
"""

import contextlib
from collections.abc import Sequence
from dataclasses import replace

from anonymize.french.folding import squash
from anonymize.vault import Vault, known_from
from flows.steps.arrival.drop_folder import read_dossier
from flows.steps.retention.holds import supersede
from flows.steps.rights.standing import unsealed
from flows.steps.sealing import Facts, Replacement, finish_erasures, next_version, stamp
from infra.wiring import Services
from policies.consent import waits_for as consent_waits_for
from policies.holds import can_use
from policies.policy import Moment, Policy
from policies.states import Move, next_state
from storage.commit import Change
from storage.log.entry import Entry
from storage.rows.walk import RecordRow, SessionRow
from vocabulary.choices import Reason, RecordClass, SessionState
from vocabulary.consent import Proof, WithdrawnForm
from vocabulary.dossier import Dossier
from vocabulary.errors import DamagedError, KeyGoneError, StateError
from vocabulary.messages import N_


def take_dossier(services: Services, session: SessionRow, data: bytes, name: str) -> SessionRow:
    """Seal a dossier and its proof of consent for ``session``, which the caller holds; return it as it now stands."""
    archive = services.archive
    state = SessionState(session.state)
    dossier = read_dossier(data, name, session.name)
    if data == _sealed(services, session):
        return session  # the very same again: what is drafted from it stands
    if state in (SessionState.CLEARED, SessionState.RELEASED, SessionState.CLOSED):
        raise StateError(
            N_(
                "Session {session} is already {state}: its dossier can no longer change. "
                "To go back: huisclos review reopen {session} --as NAME, then submit the dossier again."
            ),
            session=str(session.name),
            state=state,
        )
    earlier = load(services, session)
    old = _live(services, session)
    scope = archive.scope(session.workshop, session.number, RecordClass.DOSSIER)
    proof = archive.scope(session.workshop, session.number, RecordClass.CONSENT)
    if old:
        scope = archive.next_scope(session.workshop, session.number, RecordClass.DOSSIER)
        proof = archive.next_scope(session.workshop, session.number, RecordClass.CONSENT)
    asked = services.policy(session.workshop).consent.uses
    agreed = replace(Proof.of(dossier, asked), withdrawn=_withdrawn(services, old))
    added = tuple(
        archive.new_record(
            place, archive.objects.seal(place, content), services.now(),
            session_id=session.id, version=next_version(old),
        )
        for place, content in ((scope, data), (proof, agreed.to_bytes()))
    )  # fmt: skip
    changed = replace(
        session,
        parts_expected=dossier.parts,
        language=dossier.language,
        changed_at=stamp(services.now()),
        state=_state_after(state, earlier, dossier),
    )
    changed = replace(changed, waits=_waits(services.policy(session.workshop), changed, dossier))
    facts: Facts = {
        "record": added[0].id,
        "participants": len(dossier.participants),
        "known": len(dossier.known),
    }
    entry = Entry("dossier-sealed", session=session.id, facts=facts)
    if archive.catalog.find_session(session.name) is None:
        services.commit(Change(add=(changed, *added)), entry)
    else:
        replaced: list[Replacement] = [(session, changed), *supersede(services, old)]
        if changed.state != session.state:  # what was cleared is not the draft that will be made
            given = archive.catalog.clearances(session.id)
            replaced += [(one, replace(one, void=True)) for one in given if not one.void]
        services.commit(Change(add=added, replace=tuple(replaced)), entry)
        finish_erasures(services)
    return changed


def load(services: Services, session: SessionRow) -> Dossier | None:
    """The session's dossier, opened; None if none has come."""
    data = _sealed(services, session)
    return None if data is None else read_dossier(data, "seance.toml")


def told_in(services: Services, workshop: str) -> frozenset[str]:
    """The letters of every form that a dossier of the workshop gives: what the vault knows by them was not misheard.

    A dossier that is damaged, or whose key is gone, gives none, and `archive verify` tells of damage. Nor does one
    whose use is restricted.
    """
    catalog = services.archive.catalog
    orders = catalog.holds()
    told: set[str] = set()
    for session in catalog.sessions(workshop=workshop):
        if not can_use(orders, workshop, session.id):
            continue
        with contextlib.suppress(DamagedError, KeyGoneError):
            dossier = load(services, session)
            known = () if dossier is None else known_from(dossier, Vault.empty())
            told.update(squash(form) for referent in known for form in referent.forms)
    return frozenset(told)


def waits_for(services: Services, session: SessionRow, policy: Policy | None = None) -> Reason | None:
    """What is still missing before the session may be transcribed, under the policy in force or another."""
    return _waits(policy or services.policy(session.workshop), session, load(services, session))


def check_agreed(services: Services, session: SessionRow) -> None:
    """Raise StateError unless the participants have agreed to what the policy asks for before the return."""
    dossier = load(services, session)
    reason = _waits(services.policy(session.workshop), session, dossier, Moment.RETURN)
    if reason in (Reason.DOSSIER_MISSING, Reason.CONSENT_MISSING):
        raise StateError(
            N_("Session {session} cannot be cleared: its dossier does not say that every participant agrees to the "
               "recording and to the return to the group. Complete it and bring it again."),
            session=str(session.name),
        )  # fmt: skip


def _waits(
    policy: Policy, session: SessionRow, dossier: Dossier | None, before: Moment = Moment.TRANSCRIPTION
) -> Reason | None:
    return consent_waits_for(policy, dossier, session.parts or 0, session.parts_expected, before)


def _sealed(services: Services, session: SessionRow) -> bytes | None:
    archive = services.archive
    record = archive.catalog.latest(session.id, RecordClass.DOSSIER)
    return None if record is None else archive.objects.unseal(archive.scope_of(record), archive.sealed_of(record))


def _live(services: Services, session: SessionRow) -> list[RecordRow]:
    catalog = services.archive.catalog
    return [
        record
        for record_class in (RecordClass.DOSSIER, RecordClass.CONSENT)
        for record in catalog.records(session_id=session.id, record_class=record_class)
    ]


def _withdrawn(services: Services, old: Sequence[RecordRow]) -> tuple[WithdrawnForm, ...]:
    """Those who withdrew before, by the proof that stands: a later dossier does not bring them back."""
    proofs = [row for row in old if row.record_class == RecordClass.CONSENT and row.format is None]
    if not proofs:
        return ()
    return Proof.from_bytes(unsealed(services, max(proofs, key=lambda row: row.version))).withdrawn


def _state_after(state: SessionState, earlier: Dossier | None, dossier: Dossier) -> str:
    """A new dossier makes a new draft; one that changes what was heard makes a new transcript."""
    if state in (SessionState.QUARANTINED, SessionState.RECEIVED):
        return str(state)
    heard_anew = earlier is None or (earlier.withheld, earlier.speakers) != (dossier.withheld, dossier.speakers)
    return str(next_state(state, Move.RETRANSCRIBE if heard_anew else Move.REDRAFT))
