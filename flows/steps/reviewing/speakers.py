"""Who speaks: shown to an entitled person, and corrected by them.

What is heard as one voice may be two people, or two voices one. A person joins labels, gives turns or words to another
label, and says which participant of the dossier a voice is. Each act is a decision in a new sealed version of the draft
(anonymize/seating.py says what they come to); the log holds labels' counts and never who was recognised. Speakers of
two sessions are one person because two people said so of a participant, never because voices are alike.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from anonymize.freeing import passages
from anonymize.french.folding import squash
from anonymize.seating import Seating, speakers_of
from anonymize.treatment.designations import heard_as
from anonymize.vault import Vault
from flows.steps.arrival.dossiers import load
from flows.steps.drafting.draft import Seated, open_seated, open_transcript, seal_draft
from flows.steps.drafting.vaults import SealedVaults
from flows.steps.holding import hold
from flows.steps.retention.holds import check_usable
from flows.steps.sealing import Facts, Replacement, stamp, versions
from infra.wiring import Services
from policies.states import Move, check_can_move
from storage.commit import Change
from storage.log.entry import Entry
from storage.rows.walk import SessionRow
from vocabulary.choices import EntityType, RecordClass, SessionState, ToldApart
from vocabulary.errors import StateError, UsageError
from vocabulary.ids import SessionName
from vocabulary.messages import N_
from vocabulary.speakers import SpeakerAct, SpeakerDecision, WordRange
from vocabulary.text import IdentifiedText
from vocabulary.transcript import Turn

_PLACE = re.compile(r"([1-9]\d{0,5})(?::([1-9]\d{0,4})(?:-([1-9]\d{0,4}))?)?")
_FIRST_WORDS = 60
"""Characters shown of the first thing a voice says."""


@dataclass(frozen=True)
class ReadVoice:
    """One label: how much it speaks (seconds), its first words, how certain its turns are (None: not known).

    ``who`` is the name of the participant it is; ``recognised``: whether a person said so, or the talk does.
    """

    label: str
    turns: int
    seconds: float
    first: IdentifiedText
    certainty: float | None
    overlapped: int
    who: IdentifiedText | None
    recognised: bool


@dataclass(frozen=True)
class ReadPlace:
    """One turn under its place, with its words if they are asked for, the first one counted ``first``."""

    place: str
    label: str
    start: float
    text: IdentifiedText
    certainty: float | None
    first: int
    words: tuple[IdentifiedText, ...] = ()


@dataclass(frozen=True)
class ReadSpeakers:
    """Who speaks in a session; ``heads`` is the dossier's head count."""

    session: SessionName
    told_apart: ToldApart | None
    heads: int | None
    voices: tuple[ReadVoice, ...]
    places: tuple[ReadPlace, ...] = ()


@dataclass(frozen=True)
class Choice:
    """A participant a voice may be: id of the referent, name and role, and the label already recognised as them."""

    referent: str
    name: IdentifiedText
    role: IdentifiedText
    label: str | None


@dataclass(frozen=True)
class Settled:
    """What a decision came to: the label it is about, turns that changed hands, clearances that no longer count."""

    session: SessionName
    label: str
    turns: int
    clearances: int


def show(
    services: Services, name: SessionName, person: str, *, of: str | None = None, place: str | None = None
) -> ReadSpeakers:
    """Who speaks in a session; logged as access before anything is shown.

    ``of`` asks for the turns of one label too, ``place`` for the words of one turn, numbered.
    """
    session = services.archive.catalog.session(name)
    check_usable(services, session)
    read = open_seated(services, session)
    if of is not None:
        _check_label(read, name, of)
    wanted = None if place is None else _range(read, name, place)
    dossier, vault = load(services, session), SealedVaults(services).load(session.workshop)
    _log_access(services, session, person, read)
    told = read.transcript.told_apart
    found = [
        ReadPlace(
            str(piece), turn.speaker, turn.start, turn.text, turn.certainty, piece.words.first + 1,
            _words(turn) if wanted is not None else (),
        )
        for piece, turn in zip(read.seating.pieces, read.transcript.turns, strict=True)
        if turn.speaker == of or (wanted is not None and piece.words.turn == wanted.turn)
    ]  # fmt: skip
    return ReadSpeakers(name, told, dossier.speakers if dossier else None, _voices(read, vault), tuple(found))


def participants(services: Services, name: SessionName, label: str, person: str) -> tuple[Choice, ...]:
    """The participants of the session's dossier, in its order; logged as access. StateError when it has none."""
    session = services.archive.catalog.session(name)
    check_usable(services, session)
    read = open_seated(services, session)
    _check_label(read, name, label)
    dossier, vault = load(services, session), SealedVaults(services).load(session.workshop)
    bearers = {
        squash(form): one.id for one in vault.referents if one.kind is EntityType.PERSON for form in one.forms
    }  # fmt: skip
    labels = {one: known for known, one in read.seating.people.items() if one is not None}
    found = [
        Choice(referent, IdentifiedText(one.name), IdentifiedText(one.role), labels.get(referent))
        for one in (dossier.participants if dossier else ())
        if (referent := bearers.get(squash(one.name))) is not None
    ]
    if not found:
        raise StateError(
            N_("The dossier of session {session} names no participant: nobody can be recognised."), session=str(name)
        )
    _log_access(services, session, person, read)
    return tuple(found)


def join(services: Services, name: SessionName, label: str, joined: str, person: str) -> Settled:
    """Make two labels one: ``joined`` becomes ``label``. UsageError when a person said that they are two people."""

    def decided(read: Seated, actor: str, moment: str) -> SpeakerDecision:
        _check_label(read, name, label)
        _check_label(read, name, joined)
        if label == joined:
            raise UsageError(N_("Name two speakers: {label} is one already."), label=label)
        one, other = read.seating.people.get(label), read.seating.people.get(joined)
        if one is not None and other is not None and one != other:
            raise UsageError(
                N_("{label} and {joined} were recognised as two different participants. Correct that first: huisclos "
                   "review name {session} {joined} --as NAME"), label=label, joined=joined, session=str(name),
            )  # fmt: skip
        return SpeakerDecision(SpeakerAct.JOIN, actor, moment, label, joined=joined)

    return _decide(services, name, person, decided)


def part(services: Services, name: SessionName, places: Sequence[str], to: str | None, person: str) -> Settled:
    """Give turns, or words of them, to a label of the session, or to a new one. UsageError for what is no place.

    A mention is never parted: what was found in it would no longer be one name.
    """

    def decided(read: Seated, actor: str, moment: str) -> SpeakerDecision:
        if to is not None:
            _check_label(read, name, to)
        words = tuple(_range(read, name, place) for place in places)
        label = to or _new_label(services, session, read)
        return SpeakerDecision(SpeakerAct.PART, actor, moment, label, words=words)

    session = services.archive.catalog.session(name)
    return _decide(services, name, person, decided)


def recognise(services: Services, name: SessionName, label: str, referent: str | None, person: str) -> Settled:
    """Say which participant a voice is, by the id of their referent; None takes it back, or says that it is none."""

    def decided(read: Seated, actor: str, moment: str) -> SpeakerDecision:
        _check_label(read, name, label)
        for other, one in read.seating.people.items():
            if one == referent is not None and other != label and other in read.seating.labels:
                raise UsageError(
                    N_("{other} was recognised as this participant already. If both are one voice: huisclos review "
                       "join {session} {other} {label} --as NAME"), other=other, label=label, session=str(name),
                )  # fmt: skip
        return SpeakerDecision(SpeakerAct.NAME, actor, moment, label, referent=referent)

    return _decide(services, name, person, decided)


def _decide(
    services: Services,
    name: SessionName,
    person: str,
    decided: Callable[[Seated, str, str], SpeakerDecision],
) -> Settled:
    archive = services.archive
    with hold(services, archive.catalog.session(name)) as session:
        _check_in_review(name, SessionState(session.state))
        check_usable(services, session)
        read = open_seated(services, session)
        actor, moment = services.person(person), stamp(services.now())
        decision = decided(read, actor, moment)
        sealed = replace(read.sealed, speakers=(*read.sealed.speakers, decision))
        after = Seated.of(speakers_of(open_transcript(services, session), sealed.speakers), sealed)
        vault = SealedVaults(services).load(session.workshop)
        _check_no_mention_parted(read, after, vault)
        row = seal_draft(services, session, sealed, versions(services, session, RecordClass.DRAFT))
        given = [one for one in archive.catalog.clearances(session.id) if not one.void]
        replaced: list[Replacement] = [(one, replace(one, void=True)) for one in given]
        turns = _changed(read.seating, after.seating)
        facts: Facts = {
            "record": row.id,
            "act": str(decision.act),
            "turns": turns,
            "speakers": len(set(after.seating.labels)),
            "clearances": len(given),
        }
        services.commit(
            Change(add=(row,), replace=tuple(replaced)),
            Entry("reviewed", session=session.id, actor=actor, facts=facts),
        )
    return Settled(name, decision.speaker, turns, len(given))


def _log_access(services: Services, session: SessionRow, person: str, read: Seated) -> None:
    facts: Facts = {"what": "speakers", "speakers": len(set(read.seating.labels)), "turns": len(read.seating.pieces)}
    actor = services.person(person)
    services.commit(Change(), Entry("accessed", session=session.id, actor=actor, facts=facts))


def _voices(read: Seated, vault: Vault) -> tuple[ReadVoice, ...]:
    """Every label, in the order of the talk."""
    seating = read.seating
    by_talk = heard_as(seating.texts, seating.labels, read.draft.spans, vault)
    found = []
    for label in dict.fromkeys(seating.labels):
        own = [turn for turn in read.transcript.turns if turn.speaker == label]
        recognised = seating.people.get(label)
        who = recognised if label in seating.people else by_talk.get(label)
        one = None if who is None else vault.referent(who)
        certainties = [turn.certainty for turn in own if turn.certainty is not None]
        found.append(
            ReadVoice(
                label,
                len(own),
                sum(turn.end - turn.start for turn in own),
                IdentifiedText(own[0].text.reveal()[:_FIRST_WORDS]),
                fmean(certainties) if len(certainties) == len(own) else None,
                sum(word.overlapped for turn in own for word in turn.words),
                None if one is None else IdentifiedText(one.forms[0]),
                recognised is not None,
            )
        )
    return tuple(found)


def _words(turn: Turn) -> tuple[IdentifiedText, ...]:
    return tuple(word.text for word in turn.words) or (turn.text,)


def _range(read: Seated, name: SessionName, place: str) -> WordRange:
    """The words a place means: TURN, TURN:FIRST or TURN:FIRST-LAST, counted from 1 in the verbatim."""
    found = _PLACE.fullmatch(place)
    counts = {piece.words.turn: piece.of for piece in read.seating.pieces}
    if found is not None and int(found[1]) - 1 in counts:
        turn, first = int(found[1]) - 1, int(found[2] or 1)
        last = int(found[3] or counts[turn])
        if first <= last <= counts[turn]:
            return WordRange(turn, first - 1, last)
    raise UsageError(
        N_("Session {session} has no turn {turn}, or not those words of it. Write TURN, TURN:FIRST or TURN:FIRST-LAST, "
           "as `huisclos review speakers {session} --turn TURN` numbers them."),
        place=place[:20], turn=place[:20], session=str(name),
    )  # fmt: skip


def _check_label(read: Seated, name: SessionName, label: str) -> None:
    if label not in read.seating.labels:
        raise UsageError(
            N_("There is no speaker {label} in session {session}: `huisclos review speakers` lists those there are."),
            place=label[:20], label=label[:20], session=str(name),
        )  # fmt: skip


def _check_no_mention_parted(read: Seated, after: Seated, vault: Vault) -> None:
    before = len(passages(read.transcript, read.draft, vault)), len(read.draft.decisions)
    if before != (len(passages(after.transcript, after.draft, vault)), len(after.draft.decisions)):
        raise UsageError(
            N_("These words begin or end inside a passage that was found or freed. Part the turn before or after it.")
        )


def _check_in_review(name: SessionName, state: SessionState) -> None:
    if state is not SessionState.IN_REVIEW:
        check_can_move(state, Move.REVIEW)
        raise StateError(
            N_("Session {session} is {state}: who speaks is corrected while it is in review."),
            session=str(name),
            state=state,
        )


def _new_label(services: Services, session: SessionRow, read: Seated) -> str:
    """The label after all that were ever given in this session."""
    heard = [turn.speaker for turn in open_transcript(services, session).turns]
    given = [one.speaker for one in read.sealed.speakers]
    numbers = [int(label[1:]) for label in (*heard, *given) if label[1:].isdigit()]
    return f"S{max(numbers, default=0) + 1}"


def _changed(before: Seating, after: Seating) -> int:
    """How many turns are another voice's than they were, or were cut."""
    old = dict(zip(map(str, before.pieces), before.labels, strict=True))
    new = zip(map(str, after.pieces), after.labels, strict=True)
    return sum(old.get(place) != label for place, label in new)
