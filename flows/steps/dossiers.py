"""The session dossier: sealed on arrival, read again by the steps that need it.

Its participants' agreements are sealed a second time on their own, as the proof of consent outlives the
dossier. A later dossier makes a new draft before clearance; after it, it is refused with the way back.
"""

import json
from dataclasses import replace

from flows.steps.drop_folder import read_dossier
from flows.steps.sealing import Facts, Replacement, condemn, finish_erasures, record_row, stamp
from infra.wiring import Services
from policies.consent import waits_for as consent_waits_for
from policies.states import Move, next_state
from storage.commit import Change
from storage.log.entry import Entry
from storage.rows import RecordRow, SessionRow
from vocabulary.choices import Reason, RecordClass, SessionState
from vocabulary.dossier import Dossier
from vocabulary.errors import StateError
from vocabulary.ids import SessionName
from vocabulary.messages import N_

CONSENT_FORMAT = "huisclos-consent/1"


def take_dossier(services: Services, session: SessionRow, data: bytes, name: str) -> SessionRow:
    """Seal a dossier and its proof of consent for ``session``; return the session as it now stands."""
    archive = services.archive
    state = SessionState(session.state)
    shown = SessionName(session.workshop, session.number)
    dossier = read_dossier(data, name, shown)
    if state in (SessionState.CLEARED, SessionState.RELEASED, SessionState.CLOSED):
        raise StateError(
            N_("Session {session} is already {state}: its dossier can no longer change. Reopen its review first."),
            session=str(shown),
            state=state,
        )
    earlier = load(services, session)
    old = _live(services, session)
    scope = archive.scope(session.workshop, session.number, RecordClass.DOSSIER)
    proof = archive.scope(session.workshop, session.number, RecordClass.CONSENT)
    if old:
        scope = archive.next_scope(session.workshop, session.number, RecordClass.DOSSIER)
        proof = archive.next_scope(session.workshop, session.number, RecordClass.CONSENT)
    version = 1 + max((record.version for record in old), default=0)
    added = (
        record_row(services, scope, archive.objects.seal(scope, data), session=session, version=version),
        record_row(services, proof, archive.objects.seal(proof, _consent(dossier)), session=session, version=version),
    )
    changed = replace(
        session,
        parts_expected=dossier.parts,
        language=dossier.language,
        changed_at=stamp(services.now()),
        state=_state_after(state, earlier, dossier),
    )
    changed = replace(changed, waits=_waits(services, changed, dossier))
    facts: Facts = {
        "record": added[0].id,
        "participants": len(dossier.participants),
        "known": len(dossier.known),
    }
    entry = Entry("dossier-sealed", session=session.id, facts=facts)
    if archive.catalog.find_session(shown) is None:
        services.commit(Change(add=(changed, *added)), entry)
    else:
        replaced: list[Replacement] = [(session, changed), *condemn(old, services.now())]
        services.commit(Change(add=added, replace=tuple(replaced)), entry)
        finish_erasures(services)
    return changed


def load(services: Services, session: SessionRow) -> Dossier | None:
    """The session's dossier, opened; None if none has come."""
    archive = services.archive
    record = archive.catalog.latest(session.id, RecordClass.DOSSIER)
    if record is None:
        return None
    return read_dossier(
        archive.objects.unseal(archive.scope_of(record), archive.sealed_of(record)), "seance.toml", None
    )


def waits_for(services: Services, session: SessionRow) -> Reason | None:
    """What is still missing before the session may be transcribed."""
    return _waits(services, session, load(services, session))


def _waits(services: Services, session: SessionRow, dossier: Dossier | None) -> Reason | None:
    policy = services.policy(session.workshop)
    return consent_waits_for(policy, dossier, session.parts or 0, session.parts_expected)


def _live(services: Services, session: SessionRow) -> list[RecordRow]:
    catalog = services.archive.catalog
    return [
        record
        for record_class in (RecordClass.DOSSIER, RecordClass.CONSENT)
        for record in catalog.records(session_id=session.id, record_class=record_class)
    ]


def _state_after(state: SessionState, earlier: Dossier | None, dossier: Dossier) -> str:
    """A new dossier makes a new draft; one that changes what was heard makes a new transcript."""
    if state in (SessionState.QUARANTINED, SessionState.RECEIVED):
        return str(state)
    heard_anew = earlier is None or (earlier.withheld, earlier.speakers) != (dossier.withheld, dossier.speakers)
    return str(next_state(state, Move.RETRANSCRIBE if heard_anew else Move.REDRAFT))


def _consent(dossier: Dossier) -> bytes:
    value = {
        "format": CONSENT_FORMAT,
        "date": dossier.date.isoformat() if dossier.date else None,
        "people": [
            {"name": person.name, "form": person.form, "agrees": sorted(str(use) for use in person.agrees)}
            for person in dossier.participants
        ],
    }
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
