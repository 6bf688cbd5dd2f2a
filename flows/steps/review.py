"""The review: an entitled person reads the draft, and takes what was found for the group.

Reading is logged as access. Each act adds a decision to a new sealed version of the draft. What is only suspected, and
what is a form of the vault, stays masked until a person frees that very passage, with a reason that is sealed with the
draft; the log holds counts and ids. Whoever frees has reviewed.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from anonymize.freeing import freeable, freed, freers, needed, passages
from anonymize.french.folding import tokens
from anonymize.singling import singled_out
from anonymize.treatment.offsets import offsets_of
from anonymize.treatment.treat import becomes
from anonymize.vault import Vault
from flows.steps.draft import designated, open_draft, open_transcript, seal_draft, treated_for
from flows.steps.holding import hold
from flows.steps.outcomes import Accepted, Freeing, Mention, Proposed, Reading, ReadReferent, ReadTurn, Singled
from flows.steps.sealing import Facts, Replacement, condemn, finish_erasures, stamp, versions
from flows.steps.vaults import SealedVaults
from infra.wiring import Services
from policies.states import Move, check_can_move, next_state
from speech.uncertain import Uncertain, uncertain
from storage.commit import Change
from storage.log.entry import Entry
from storage.rows import SessionRow
from vocabulary.choices import NAMED, Audience, EntityType, RecordClass, SessionState, Tier
from vocabulary.draft import ACCEPT_ALL, FREE, MASK, Decision, Draft
from vocabulary.errors import PersonError, StateError, UsageError
from vocabulary.ids import SessionName
from vocabulary.messages import N_
from vocabulary.span import Span, Stretch
from vocabulary.text import IdentifiedText
from vocabulary.transcript import Transcript


def show(services: Services, name: SessionName, person: str) -> Reading:
    """The draft of a session, for the person who reviews it; logged as access before anything is shown.

    The entry says under which numbering the passages were read: they are freed under those numbers and no others.
    """
    archive = services.archive
    session = archive.catalog.session(name)
    actor = services.person(person)
    made = open_draft(services, session)
    transcript = open_transcript(services, session)
    vault = SealedVaults(services).load(session.workshop)
    policy = services.policy(session.workshop)
    profile = policy.profile(Audience.GROUP)
    found = passages(transcript, made, vault)
    talk = [turn.text.reveal() for turn in transcript.turns]
    flags = singled_out(talk, found, vault, profile, policy.thresholds.plot)
    facts: Facts = {
        "what": "draft",
        "spans": len(made.spans),
        "passages": len(found),
        "singled": len(flags),
        NUMBERING: _numbering(made, found),
    }
    services.commit(Change(), Entry("accessed", session=session.id, actor=actor, facts=facts))
    referents = {referent.id: referent for referent in vault.referents}
    names = designated(services, session, transcript, made, vault, profile).names
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
        read = surface
        if waits is None or waits > 0:
            read = becomes(surface, span, vault, profile, names, weeks.get((span.turn, span.start)))
        mention = Mention(
            span.start,
            span.end,
            span.label,
            span.tier,
            read,
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
            ReadTurn(turn.speaker, turn.start, turn.end, turn.text, tuple(mentions[number]), unsure[number])
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
        made = open_draft(services, session).decided(Decision(ACCEPT_ALL, actor, moment))
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
        _check_in_review(name, SessionState(session.state))
        actor = services.person(person)
        made, transcript = open_draft(services, session), open_transcript(services, session)
        vault = SealedVaults(services).load(session.workshop)
        stretch = _occurrence(services, session, made, transcript, vault, passage, actor)
        moment = stamp(services.now())
        if act == FREE and actor in freers(made.decisions).get(stretch, ()):
            raise PersonError(N_("This person has already freed this passage; if it stays masked, another must do it."))
        old = versions(services, session, RecordClass.DRAFT)
        made = made.decided(Decision(act, actor, moment, stretch, reason))
        row = seal_draft(services, session, made, old)
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


def _occurrence(
    services: Services,
    session: SessionRow,
    made: Draft,
    transcript: Transcript,
    vault: Vault,
    passage: str,
    actor: str,
) -> Stretch:
    """The occurrence a person means. StateError when the numbers are no longer those this person read."""
    exact = re.fullmatch(r"(\d{1,6}):(\d{1,6})-(\d{1,6})", passage)
    if exact is not None:
        turn, start, end = map(int, exact.groups())
        if turn < len(transcript.turns) and _is_words(transcript.turns[turn].text.reveal(), start, end):
            stretch = Stretch(turn, start, end)
            if freeable(stretch, passages(transcript, made, vault)):
                return stretch
    elif passage.isascii() and passage.isdigit() and len(passage) < 7:
        found = passages(transcript, made, vault)
        if 1 <= int(passage) <= len(found):
            read = [
                entry.facts.get(NUMBERING)
                for entry in services.archive.log.entries(kind="accessed", session=session.id)
                if entry.actor == actor and NUMBERING in entry.facts
            ]
            if not read or read[-1] != _numbering(made, found):
                raise StateError(
                    N_("The passages of {session} are not numbered as you last read them. "
                       "First: huisclos review show {session} --as NAME"), session=str(session.name)
                )  # fmt: skip
            return found[int(passage) - 1].stretch
    raise UsageError(
        N_("There is no passage {passage} in session {session}: `huisclos review show` numbers those there are."),
        place="--passage", passage=passage[:20], session=str(session.name),
    )  # fmt: skip


def _is_words(text: str, start: int, end: int) -> bool:
    """Whether a stretch is made of whole words."""
    runs = tokens(text)
    return any(token.start == start for token in runs) and any(token.end == end for token in runs) and start < end


NUMBERING = "numbering"


def _numbering(made: Draft, found: Sequence[Span]) -> str:
    """What tells one numbering of the passages from another: a digest of their places, under the draft's salt."""
    places = "\n".join(str(span.stretch) for span in found)
    return hashlib.sha256(f"{made.salts[Audience.GROUP]}\n{places}".encode()).hexdigest()[:16]


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


def _numbers(found: Sequence[Span], places: Sequence[Stretch]) -> tuple[int, ...]:
    return tuple(number for number, span in enumerate(found, 1) if span.stretch in places)


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
