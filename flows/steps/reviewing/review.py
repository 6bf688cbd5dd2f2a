"""The review: an entitled person reads the draft, and takes what was found for the group.

Reading is logged as access. Each act adds a decision to a new sealed version of the draft. What is only suspected, and
what is a form of the vault, stays masked until a person frees that very passage, with a reason that is sealed with the
draft; the log holds counts and ids. Whoever frees has reviewed.
"""

from dataclasses import replace

from anonymize.freeing import freed, freers, needed, passages
from flows.steps.drafting.draft import designated, open_draft, open_seated, open_transcript, seal_draft, treated_for
from flows.steps.drafting.vaults import SealedVaults
from flows.steps.holding import hold
from flows.steps.retention.holds import check_none_held, check_usable
from flows.steps.reviewing.numbering import (
    DECIDED,
    LISTED,
    NUMBERING,
    check_is_read,
    decided,
    listing,
    numbering,
    occurrence,
)
from flows.steps.reviewing.outcomes import Accepted, Freeing, Reading
from flows.steps.reviewing.reading import count_of, reading_of
from flows.steps.reviewing.singling import flags_of
from flows.steps.rights.statements import statements_of
from flows.steps.sealing import Facts, Replacement, condemn, finish_erasures, stamp, versions
from infra.wiring import Services
from policies.states import Move, check_can_move, next_state
from storage.commit import Change
from storage.log.entry import Entry
from vocabulary.choices import NAMED, Audience, CorrectionState, RecordClass, SessionState, Tier
from vocabulary.draft import ACCEPT_ALL, FREE, MASK, Decision
from vocabulary.errors import PersonError, StateError, UsageError
from vocabulary.ids import SessionName
from vocabulary.messages import N_
from vocabulary.text import IdentifiedText


def show(services: Services, name: SessionName, person: str, audience: Audience = Audience.GROUP) -> Reading:
    """The draft of a session and what ``audience`` will read, for the person who reviews it; logged as access before
    anything is shown. PolicyError for an audience the policy does not know.

    The entry says under which numbering the passages were read: they are freed under those numbers and no others.
    """
    archive = services.archive
    session = archive.catalog.session(name)
    check_usable(services, session)
    actor = services.person(person)
    read = open_seated(services, session)
    made, transcript = read.draft, read.transcript
    vault = SealedVaults(services).load(session.workshop)
    policy = services.policy(session.workshop)
    profile = policy.profile(audience)
    found = passages(transcript, made, vault)
    flags = flags_of(read, vault, policy, audience)
    facts: Facts = {
        "what": "draft",
        "audience": str(audience),
        "spans": len(made.spans),
        "passages": len(found),
        "singled": len(flags),
        "uncorrected": sum(one.state is CorrectionState.PROPOSED for one in made.corrections),
        NUMBERING: numbering(made, found),
        LISTED: listing(made),
        DECIDED: decided(made),
    }
    if statements := statements_of(services, session):
        facts["statements"] = len(statements)
    services.commit(Change(), Entry("accessed", session=session.id, actor=actor, facts=facts))
    names = designated(services, session, read, vault, profile).names
    return replace(reading_of(session, read, found, flags, vault, profile, names), statements=statements)


def accept(services: Services, name: SessionName, person: str) -> Accepted:
    """Take all that was found, for the whole session, in the name of ``person``.

    StateError when the session is not in review, or when the policy asks that a draft be read first and this person has
    not read it as it stands.
    """
    archive = services.archive
    session = archive.catalog.session(name)
    check_in_review(name, SessionState(session.state))
    check_usable(services, session)
    with hold(services, session) as session:
        check_in_review(name, SessionState(session.state))
        _, _, vault, _ = treated_for(services, session, Audience.GROUP)
        actor = services.person(person)
        if not services.policy(session.workshop).accept_unread:
            read = open_seated(services, session)
            check_is_read(services, session, actor, read.draft, passages(read.transcript, read.draft, vault))
        old = versions(services, session, RecordClass.DRAFT)
        moment = stamp(services.now())
        made = open_draft(services, session).decided(Decision(ACCEPT_ALL, actor, moment))
        row = seal_draft(services, session, made, old)
        changed = replace(session, reviewed_at=moment, changed_at=moment)
        named = {span.cluster for span in made.spans if span.label in NAMED and span.cluster}
        accepted = Accepted(
            name,
            len(named),
            count_of(made.spans, Tier.SURE),
            count_of(made.spans, Tier.RESIDUAL),
            sum(one.state is CorrectionState.PROPOSED for one in made.corrections),
        )
        facts: Facts = {
            "record": row.id,
            "act": "accept_all",
            "sure": accepted.sure,
            "residual": accepted.residual,
            "uncorrected": accepted.uncorrected,
        }
        services.commit(
            Change(add=(row,), replace=((session, changed),)),
            Entry("reviewed", session=session.id, actor=actor, facts=facts),
        )
    return accepted


def free(services: Services, name: SessionName, passage: str, reason: str, person: str) -> Freeing:
    """Let one passage be read as it was said, for every audience, in the name of ``person`` and for a reason.

    ``passage`` is a number of ``review show``, as this person last read it, or an occurrence as TURN:START-END. What
    is surely a youth's takes two people (anonymize/freeing.py). Clearances given to the text as it was no longer count.
    """
    if not reason.strip():
        raise UsageError(N_("Say why this passage names nobody: --reason TEXT."), place="--reason")
    return _decide(services, name, passage, person, FREE, IdentifiedText(reason.strip()))


def mask(services: Services, name: SessionName, passage: str, person: str) -> Freeing:
    """Take back that a passage was freed: it is masked again. One person is enough."""
    return _decide(services, name, passage, person, MASK, None)


def _decide(
    services: Services, name: SessionName, passage: str, person: str, act: str, reason: IdentifiedText | None
) -> Freeing:
    archive = services.archive
    with hold(services, archive.catalog.session(name)) as session:
        check_in_review(name, SessionState(session.state))
        check_usable(services, session)
        actor = services.person(person)
        read = open_seated(services, session)
        made, transcript = read.draft, read.transcript
        vault = SealedVaults(services).load(session.workshop)
        stretch = occurrence(services, session, made, transcript, vault, passage, actor)
        moment = stamp(services.now())
        if act == FREE and actor in freers(made.decisions).get(stretch, ()):
            raise PersonError(N_("This person has already freed this passage; if it stays masked, another must do it."))
        old = versions(services, session, RecordClass.DRAFT)
        sealed = read.sealed.decided(Decision(act, actor, moment, read.seating.heard(stretch), reason))
        made = read.seating.draft(sealed)
        row = seal_draft(services, session, sealed, old)
        people = len(freers(made.decisions).get(stretch, ()))
        asked = needed(transcript, made, vault, [stretch])[stretch]
        changes = people >= asked or act == MASK
        given = [one for one in archive.catalog.clearances(session.id) if not one.void] if changes else []
        replaced: list[Replacement] = [(one, replace(one, void=True)) for one in given]
        facts: Facts = {
            "record": row.id,
            "act": act,
            "people": people,
            "needed": asked,
            "freed": len(freed(transcript, made, vault)),
            "clearances": len(given),
        }
        services.commit(
            Change(add=(row,), replace=tuple(replaced)),
            Entry("reviewed", session=session.id, actor=actor, facts=facts),
        )
    return Freeing(name, passage, people, asked, len(given))


def reopen(services: Services, name: SessionName, person: str) -> int:
    """Take a cleared or released session back to review; returns how many clearances no longer count.

    Cleared texts lose their keys; outputs already given out stay sealed, under their own schedule. StateError
    when the session is not cleared, when its verbatim is gone and nothing could be treated anew, or while a hold stands
    over a cleared text.
    """
    archive = services.archive
    with hold(services, archive.catalog.session(name)) as session:
        check_usable(services, session)
        state = next_state(SessionState(session.state), Move.REOPEN)
        check_none_held(services, session, versions(services, session, RecordClass.CLEARED))
        open_transcript(services, session)
        actor = services.person(person)
        given = [row for row in archive.catalog.clearances(session.id) if not row.void]
        cleared = versions(services, session, RecordClass.CLEARED)
        changed = replace(session, state=state, reviewed_at=None, cleared_at=None, changed_at=stamp(services.now()))
        replaced: list[Replacement] = [(session, changed), *condemn(cleared, services.now())]
        replaced += [(row, replace(row, void=True)) for row in given]
        facts: Facts = {"clearances": len(given), "texts": len(cleared)}
        services.commit(
            Change(replace=tuple(replaced)),
            Entry("clearance-voided", session=session.id, actor=actor, facts=facts),
        )
        finish_erasures(services)
    return len(given)


def check_in_review(name: SessionName, state: SessionState) -> None:
    if state is not SessionState.IN_REVIEW:
        check_can_move(state, Move.REVIEW)
        raise StateError(
            N_("Session {session} is {state}: only a session in review can be accepted."),
            session=str(name),
            state=state,
        )
