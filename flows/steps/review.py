"""The review: an entitled person reads the draft, and takes what was found for the group.

Reading is logged as access. Each act adds a decision to a new sealed version of the draft. What is only suspected, and
what is a form of the vault, stays masked until a person frees that very passage, with a reason that is sealed with the
draft; the log holds counts and ids. Whoever frees has reviewed.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from anonymize.freeing import freed, freers, needed, passages
from anonymize.singling import singled_out
from anonymize.treatment.offsets import offsets_of
from anonymize.treatment.treat import becomes
from flows.steps.draft import designated, open_draft, open_seated, open_transcript, seal_draft, treated_for
from flows.steps.holding import hold
from flows.steps.holds import check_none_held, check_usable
from flows.steps.numbering import LISTED, NUMBERING, listing, numbering, occurrence
from flows.steps.outcomes import (
    Accepted,
    Freeing,
    Mention,
    Proposed,
    ReadCorrection,
    Reading,
    ReadReferent,
    ReadTurn,
    Singled,
)
from flows.steps.sealing import Facts, Replacement, condemn, finish_erasures, stamp, versions
from flows.steps.vaults import SealedVaults
from infra.wiring import Services
from policies.states import Move, check_can_move, next_state
from speech.uncertain import Uncertain, uncertain
from storage.commit import Change
from storage.log.entry import Entry
from vocabulary.choices import NAMED, Audience, CorrectionState, EntityType, RecordClass, SessionState, Tier
from vocabulary.corrections import placed
from vocabulary.draft import ACCEPT_ALL, FREE, MASK, Decision
from vocabulary.errors import PersonError, StateError, UsageError
from vocabulary.ids import SessionName
from vocabulary.messages import N_
from vocabulary.span import Span, Stretch
from vocabulary.text import IdentifiedText


def show(services: Services, name: SessionName, person: str) -> Reading:
    """The draft of a session, for the person who reviews it; logged as access before anything is shown.

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
    profile = policy.profile(Audience.GROUP)
    found = passages(transcript, made, vault)
    flags = singled_out(read.seating.texts, found, vault, profile, policy.thresholds.plot)
    facts: Facts = {
        "what": "draft",
        "spans": len(made.spans),
        "passages": len(found),
        "singled": len(flags),
        "uncorrected": sum(one.state is CorrectionState.PROPOSED for one in made.corrections),
        NUMBERING: numbering(made, found),
        LISTED: listing(made),
    }
    services.commit(Change(), Entry("accessed", session=session.id, actor=actor, facts=facts))
    referents = {referent.id: referent for referent in vault.referents}
    names = designated(services, session, read, vault, profile).names
    weeks = offsets_of(made.spans, vault)
    asked = freers(made.decisions)
    missing = {one: count - len(asked[one]) for one, count in needed(transcript, made, vault, list(asked)).items()}
    mentions: dict[int, list[Mention]] = defaultdict(list)
    forms: dict[str, dict[str, None]] = defaultdict(dict)
    counts: dict[str, int] = defaultdict(int)
    for number, span in enumerate(found, 1):
        known = referents.get(span.cluster or "")
        surface = span.of(transcript.turns[span.turn].text).reveal()
        waits = missing.get(span.stretch)
        reads = surface
        if waits is None or waits > 0:
            reads = becomes(surface, span, vault, profile, names, weeks.get((span.turn, span.start)))
        mention = Mention(
            span.start,
            span.end,
            span.label,
            span.tier,
            reads,
            span.reasons,
            number,
            None if waits is None else max(0, waits),
        )
        mentions[span.turn].append(mention)
        if known is not None:
            counts[known.id] += 1
            forms[known.id][surface] = None
    unsure: dict[int, tuple[Uncertain, ...]] = defaultdict(tuple)
    for stretch in uncertain(transcript.turns):
        unsure[stretch.turn] += (stretch,)
    return Reading(
        session=name,
        state=SessionState(session.state),
        turns=tuple(
            ReadTurn(
                turn.speaker,
                turn.start,
                turn.end,
                turn.text,
                tuple(mentions[number]),
                str(read.seating.pieces[number]),
                turn.certainty,
                sum(word.overlapped for word in turn.words),
                unsure[number],
            )
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
        singled=tuple(
            Singled(
                _shown(names.get(flag.referent), referents[flag.referent].pseudonym),
                flag.kinds,
                flag.passages,
                _numbers(found, flag.passages),
            )
            for flag in flags
        ),
        proposals=tuple(
            Proposed(
                one.doubt,
                tuple(_shown(names.get(key), referents[key].pseudonym) for key in one.clusters),
                one.passages,
                _numbers(found, one.passages),
            )
            for one in made.proposals
            if referents.keys() >= set(one.clusters)
        ),
        corrections=tuple(
            ReadCorrection(number, at, one.heard, one.form, one.reason, one.state)
            for number, one in enumerate(made.corrections, 1)
            for at in read.seating.here(placed(one, made.corrections))[:1]
        ),
    )


def accept(services: Services, name: SessionName, person: str) -> Accepted:
    """Take all that was found, for the whole session, in the name of ``person``.

    StateError when the session is not in review, or when the policy wants every page read.
    """
    archive = services.archive
    session = archive.catalog.session(name)
    check_in_review(name, SessionState(session.state))
    check_usable(services, session)
    if not services.policy(session.workshop).accept_unread:
        raise StateError(
            N_("The policy of {workshop} does not allow a draft to be accepted as a whole."), workshop=session.workshop
        )
    with hold(services, session) as session:
        check_in_review(name, SessionState(session.state))
        treated_for(services, session, Audience.GROUP)
        actor = services.person(person)
        old = versions(services, session, RecordClass.DRAFT)
        moment = stamp(services.now())
        made = open_draft(services, session).decided(Decision(ACCEPT_ALL, actor, moment))
        row = seal_draft(services, session, made, old)
        changed = replace(session, reviewed_at=moment, changed_at=moment)
        named = {span.cluster for span in made.spans if span.label in NAMED and span.cluster}
        accepted = Accepted(
            name,
            len(named),
            _count(made.spans, Tier.SURE),
            _count(made.spans, Tier.RESIDUAL),
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


def _numbers(found: Sequence[Span], places: Sequence[Stretch]) -> tuple[int, ...]:
    return tuple(number for number, span in enumerate(found, 1) if span.stretch in places)


def _shown(name: str | None, code: str) -> str:
    """What the group reads for a referent, and the code that other audiences may read."""
    return code if name in (None, code) else f"{name} ({code})"


def check_in_review(name: SessionName, state: SessionState) -> None:
    if state is not SessionState.IN_REVIEW:
        check_can_move(state, Move.REVIEW)
        raise StateError(
            N_("Session {session} is {state}: only a session in review can be accepted."),
            session=str(name),
            state=state,
        )


def _count(spans: tuple[Span, ...], tier: Tier) -> int:
    return sum(span.tier is tier for span in spans)
