"""The review: an entitled person reads the draft, and takes what was found for the group.

Reading is logged as access. Accepting adds a decision to a new sealed version of the draft; residual hits
stay masked until a person frees them.
"""

from collections import defaultdict
from dataclasses import replace

from anonymize.offsets import offsets_of
from anonymize.treat import becomes
from flows.steps.draft import designated, open_draft, open_transcript, seal_draft, treated_for
from flows.steps.holding import hold
from flows.steps.outcomes import Accepted, Mention, Reading, ReadReferent, ReadTurn
from flows.steps.sealing import Facts, Replacement, condemn, finish_erasures, stamp, versions
from flows.steps.vaults import SealedVaults
from infra.wiring import Services
from policies.states import Move, check_can_move, next_state
from storage.commit import Change
from storage.log.entry import Entry
from vocabulary.choices import NAMED, Audience, EntityType, RecordClass, SessionState, Tier
from vocabulary.draft import Decision
from vocabulary.errors import StateError
from vocabulary.ids import SessionName
from vocabulary.messages import N_
from vocabulary.span import Span
from vocabulary.text import IdentifiedText


def show(services: Services, name: SessionName, person: str) -> Reading:
    """The draft of a session, for the person who reviews it; logged as access before the talk is opened."""
    archive = services.archive
    session = archive.catalog.session(name)
    made = open_draft(services, session)
    actor = services.person(person)
    facts: Facts = {"what": "draft", "spans": len(made.spans)}
    services.commit(Change(), Entry("accessed", session=session.id, actor=actor, facts=facts))
    transcript = open_transcript(services, session)
    vault = SealedVaults(services).load(session.workshop)
    profile = services.policy(session.workshop).profile(Audience.GROUP)
    referents = {referent.id: referent for referent in vault.referents}
    names = designated(services, session, transcript, made, vault, profile).names
    weeks = offsets_of(made.spans, vault)
    mentions: dict[int, list[Mention]] = defaultdict(list)
    forms: dict[str, dict[str, None]] = defaultdict(dict)
    counts: dict[str, int] = defaultdict(int)
    for span in made.spans:
        known = referents.get(span.cluster or "")
        surface = span.of(transcript.turns[span.turn].text).reveal()
        read = becomes(surface, span, vault, profile, names, weeks.get((span.turn, span.start)))
        mentions[span.turn].append(Mention(span.start, span.end, span.label, span.tier, read, span.reasons))
        if known is not None:
            counts[known.id] += 1
            forms[known.id][surface] = None
    return Reading(
        session=name,
        state=SessionState(session.state),
        turns=tuple(
            ReadTurn(turn.speaker, turn.start, turn.end, turn.text, tuple(mentions[number]))
            for number, turn in enumerate(transcript.turns)
        ),
        referents=tuple(
            ReadReferent(
                EntityType(referents[key].kind),
                tuple(IdentifiedText(form) for form in forms[key]),
                _shown(names.get(key), referents[key].pseudonym),
                counts[key],
            )
            for key in forms
        ),
        sure=_count(made.spans, Tier.SURE),
        residual=_count(made.spans, Tier.RESIDUAL),
        warnings=transcript.warnings,
    )


def accept(services: Services, name: SessionName, person: str) -> Accepted:
    """Take all that was found, for the whole session, in the name of ``person``.

    StateError when the session is not in review, or when the policy wants every page read.
    """
    archive = services.archive
    session = archive.catalog.session(name)
    _check_in_review(name, SessionState(session.state))
    if not services.policy(session.workshop).accept_unread:
        raise StateError(
            N_("The policy of {workshop} does not allow a draft to be accepted as a whole."), workshop=session.workshop
        )
    with hold(services, session) as session:
        _check_in_review(name, SessionState(session.state))
        treated_for(services, session, Audience.GROUP)
        actor = services.person(person)
        old = versions(services, session, RecordClass.DRAFT)
        moment = stamp(services.now())
        made = open_draft(services, session).decided(Decision("accept_all", actor, moment))
        row = seal_draft(services, session, made, old)
        changed = replace(session, reviewed_at=moment, changed_at=moment)
        named = {span.cluster for span in made.spans if span.label in NAMED and span.cluster}
        accepted = Accepted(name, len(named), _count(made.spans, Tier.SURE), _count(made.spans, Tier.RESIDUAL))
        facts: Facts = {
            "record": row.id,
            "act": "accept_all",
            "sure": accepted.sure,
            "residual": accepted.residual,
        }
        services.commit(
            Change(add=(row,), replace=((session, changed),)),
            Entry("reviewed", session=session.id, actor=actor, facts=facts),
        )
    return accepted


def reopen(services: Services, name: SessionName, person: str) -> int:
    """Take a cleared or released session back to review; returns how many clearances no longer count.

    Cleared texts lose their keys; outputs already given out stay sealed, under their own schedule. StateError
    when the session is not cleared, or when its verbatim is gone and nothing could be treated anew.
    """
    archive = services.archive
    with hold(services, archive.catalog.session(name)) as session:
        state = next_state(SessionState(session.state), Move.REOPEN)
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


def _shown(name: str | None, code: str) -> str:
    """What the group reads for a referent, and the code that other audiences may read."""
    return code if name in (None, code) else f"{name} ({code})"


def _check_in_review(name: SessionName, state: SessionState) -> None:
    if state is not SessionState.IN_REVIEW:
        check_can_move(state, Move.REVIEW)
        raise StateError(
            N_("Session {session} is {state}: only a session in review can be accepted."),
            session=str(name),
            state=state,
        )


def _count(spans: tuple[Span, ...], tier: Tier) -> int:
    return sum(span.tier is tier for span in spans)
