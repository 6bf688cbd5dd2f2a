"""Clearance: a person vouches that a text may reach an audience, at exactly this content.

Where the policy asks for it, they name the written assessment of the risk that somebody is recognised in it
(policies/assessment.py). The treated transcript is computed anew for each clearance; its salted digest is what is
cleared. A clearance given to another content no longer counts. With the last one the policy asks for, the text is
sealed as cleared, who spoke when beside it without a name, and the superseded versions of the review lose their keys.
A text that a withdrawal reduced, its verbatim gone, is cleared as it stands: it is sealed already.
"""

from dataclasses import dataclass, replace

from anonymize.treatment.treat import content_digest
from flows.steps.arrival.dossiers import check_agreed
from flows.steps.drafting.draft import treated_for
from flows.steps.evidence import counted, reviewers_of
from flows.steps.holding import hold
from flows.steps.retention.holds import check_usable, supersede
from flows.steps.reviewing.outcomes import Clearance
from flows.steps.reviewing.singling import count_singled
from flows.steps.rights.consents import voices_change
from flows.steps.sealing import Facts, Replacement, finish_erasures, next_version, stamp, versions
from infra.wiring import Services
from policies.assessment import Assessment, check_is_assessed, counts
from policies.clearance import check_can_clear, is_complete
from policies.policy import Policy
from policies.states import Move, next_state
from storage.commit import Change
from storage.log.entry import Entry
from storage.rows.row import RowError
from storage.rows.walk import ClearanceRow, RecordRow, SessionRow
from vocabulary.choices import Audience, RecordClass, SessionState
from vocabulary.errors import StateError, UsageError
from vocabulary.ids import SessionName, new_id
from vocabulary.messages import N_
from vocabulary.transcript import TreatedTranscript

_CAN_CLEAR = (SessionState.IN_REVIEW, SessionState.CLEARED, SessionState.RELEASED)


@dataclass(frozen=True, repr=False)
class _Text:
    """What is cleared, its salt, and who may not be the only one to clear it; ``record`` if it is sealed already."""

    treated: TreatedTranscript
    salt: str
    reviewers: frozenset[str]
    record: RecordRow | None = None


def clear(
    services: Services, name: SessionName, audience: Audience, person: str, assessment: Assessment | None = None
) -> Clearance:
    """Give one clearance in the name of ``person``, upon ``assessment``.

    StateError when the session was not reviewed, is already cleared for this audience, lacks an agreement or an
    assessment the policy asks for; PersonError when this person may not, or has already given theirs; UsageError for a
    reference that could be anything.
    """
    archive = services.archive
    with hold(services, archive.catalog.session(name)) as session:
        check_usable(services, session)
        policy = services.policy(session.workshop)
        text = _reduced(services, session, audience) or _reviewed(services, session, audience)
        digest = content_digest(text.treated, text.salt)
        actor = services.person(person)
        policy.check_audience(audience)
        standing, outdated = counted(archive, policy, session, audience, digest)
        people = frozenset(one.person for one in standing)
        if not is_complete(policy, audience, people, text.reviewers):
            check_can_clear(policy, audience, actor, text.reviewers, people)
            _check_assessed(services, session, policy, audience, text, assessment)
            row = _row(services, session, audience, digest, actor, assessment)
            facts: Facts = {"clearance": row.id, "audience": str(audience), "digest": digest}
            if assessment is not None:
                facts |= {"assessment": assessment.reference, "singled": assessment.singled}
            entry = Entry("cleared", session=session.id, actor=actor, facts=facts)
            ended = tuple((one, replace(one, void=True)) for one in outdated)
            services.commit(Change(add=(row,), replace=ended), entry)
            people |= {actor}
        complete = is_complete(policy, audience, people, text.reviewers)
        if complete:
            _complete(services, session, audience, text, digest)
    rests_on = None if assessment is None else assessment.reference
    return Clearance(name, audience, len(people), policy.clearance[audience].people, complete, digest, rests_on)


def _check_assessed(
    services: Services, session: SessionRow, policy: Policy, audience: Audience, text: _Text, given: Assessment | None
) -> None:
    """Of a text that is sealed already, nothing says any more whom its passages may single out."""
    told_apart = text.record is None and (given is not None or not counts(policy, audience, None))
    singled = count_singled(services, session, audience) if told_apart else 0
    check_is_assessed(policy, audience, str(session.name), given, singled)


def _row(
    services: Services, session: SessionRow, audience: Audience, digest: str, actor: str, assessment: Assessment | None
) -> ClearanceRow:
    reference = None if assessment is None else assessment.reference
    try:
        return ClearanceRow(
            new_id("c"), session.id, audience, digest, actor, stamp(services.now()), assessment=reference
        )
    except RowError:
        message = N_("A reference has up to 40 letters without accents, digits, spaces, dots, slashes and hyphens, and "
                     "names nobody: BE 2026-12")  # fmt: skip
        raise UsageError(message, place="--assessment") from None


def _complete(
    services: Services,
    session: SessionRow,
    audience: Audience,
    text: _Text,
    digest: str,
) -> None:
    archive = services.archive
    facts: Facts = {"audience": str(audience), "digest": digest, "turns": len(text.treated.turns)}
    if text.record is not None:
        facts["record"] = text.record.id
        services.commit(Change(), Entry("clearance-completed", session=session.id, facts=facts))
        return
    scope = archive.next_scope(session.workshop, session.number, RecordClass.CLEARED)
    earlier = versions(services, session, RecordClass.CLEARED)
    # Editions never come back, not even after a reopened review: outputs are known by theirs.
    ever = archive.catalog.records(session_id=session.id, record_class=RecordClass.CLEARED, life=None)
    sealed = archive.objects.seal_treated(scope, text.treated, text.salt)
    row = archive.new_record(
        scope, sealed, services.now(), session_id=session.id, version=next_version(ever), audience=audience
    )
    moment = stamp(services.now())
    replaced: list[Replacement] = []
    if session.state == SessionState.IN_REVIEW:
        changed = replace(
            session,
            state=next_state(SessionState.IN_REVIEW, Move.CLEAR),
            cleared_at=moment,
            changed_at=moment,
        )
        replaced.append((session, changed))
    drafts = versions(services, session, RecordClass.DRAFT)
    replaced_too = [record for record in earlier if record.audience == audience]
    replaced.extend(supersede(services, [*replaced_too, *drafts[:-1]]))
    voices, earlier_voices = voices_change(services, session)
    facts["record"] = row.id
    services.commit(
        Change(add=(row, *voices), replace=(*replaced, *earlier_voices)),
        Entry("clearance-completed", session=session.id, facts=facts),
    )
    finish_erasures(services)


def _reviewed(services: Services, session: SessionRow, audience: Audience) -> _Text:
    """The session as it was reviewed, treated now."""
    _check_reviewed(services, session, audience)
    check_agreed(services, session)
    treated, made, _, _ = treated_for(services, session, audience)
    return _Text(treated, made.salts[audience], made.reviewers)


def _reduced(services: Services, session: SessionRow, audience: Audience) -> _Text | None:
    """A sealed text that lacks its clearances: what a withdrawal left of one that could not be treated anew."""
    archive = services.archive
    record = archive.catalog.latest(session.id, RecordClass.CLEARED, audience)
    can_be_treated = archive.catalog.latest(session.id, RecordClass.VERBATIM) is not None
    if record is None or can_be_treated or session.state not in (SessionState.CLEARED, SessionState.RELEASED):
        return None
    treated, salt = archive.objects.unseal_treated(archive.scope_of(record), archive.sealed_of(record))
    digest, reviewers = content_digest(treated, salt), reviewers_of(archive, session)
    policy = services.policy(session.workshop)
    people = {one.person for one in counted(archive, policy, session, audience, digest)[0]}
    if is_complete(policy, audience, people, reviewers):
        return None
    return _Text(treated, salt, reviewers, record)


def _check_reviewed(services: Services, session: SessionRow, audience: Audience) -> None:
    state = SessionState(session.state)
    if state not in _CAN_CLEAR or session.reviewed_at is None:
        raise StateError(
            N_(
                "Session {session} is {state} and not reviewed yet. "
                "First: huisclos review accept {session} --all --as NAME"
            ),
            session=str(session.name),
            state=state,
        )
    if services.archive.catalog.latest(session.id, RecordClass.CLEARED, audience) is not None:
        raise StateError(
            N_("Session {session} is already cleared for {audience}."), session=str(session.name), audience=audience
        )
