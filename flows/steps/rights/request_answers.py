"""What goes into the answer to a request: the processing, what is kept of the person, and their own turns.

Rules kept here:
- the letter that asks for proof of identity is made of the row alone: it is the same whether or not anything is known
  of whom it is about;
- of the talk, only the turns of the participant who asks are given, and as the group reads them: whoever is named in
  them keeps the code they have (GDPR 15(4)). What others say of somebody is others' talk, and is never given;
- nothing is given that was not reviewed and cleared for the group, and the egress guard searches it once more: a hit
  withholds the letter. What is not cleared yet follows, and the letter says so;
- nothing is answered that was granted and not carried out (flows/steps/rights/carried_out.py);
- the letter is logged before it can be written.
"""

from collections.abc import Collection
from dataclasses import dataclass

from anonymize.treatment.treat import content_digest
from flows.steps.arrival.dossiers import load
from flows.steps.evidence import check_clearances
from flows.steps.leaving.egress import check, packet_of
from flows.steps.rights.carried_out import check_carried_out
from flows.steps.rights.consents import Leaving, spoken_by
from flows.steps.rights.requests import note_answer, opened, progress_of, today
from flows.steps.rights.traced import Beyond, SessionTraces, Wanted
from flows.steps.rights.traces import trace
from infra.wiring import Services
from policies.policy import Policy, Rule
from policies.requests import Act, Letter, check_can_do, letter_of
from returns.rendering import render
from storage.rows.rights import RequestRow
from storage.rows.walk import RecordRow, SessionRow
from vocabulary.choices import Audience, RecordClass, RequestKind, Ruling, SessionState
from vocabulary.request import Sealed
from vocabulary.text import TreatedText


@dataclass(frozen=True)
class Processing:
    """What a policy says of the processing to whom it concerns (GDPR 13 to 15)."""

    controllers: tuple[str, ...]
    purpose: str
    bases: tuple[str, ...]
    audiences: tuple[Audience, ...]
    schedule: tuple[tuple[RecordClass, Rule], ...]


@dataclass(frozen=True, repr=False)
class OwnTurns:
    """The turns of a participant in one session, as the group reads them: (seconds from its beginning, text)."""

    day: str
    turns: tuple[tuple[float, TreatedText], ...]

    def __repr__(self) -> str:
        return f"OwnTurns({len(self.turns)} turns)"


@dataclass(frozen=True, repr=False)
class Answer:
    """What a letter is made of; ``sealed`` is None for a letter that may not depend on anything that is known.

    ``following`` are the sessions whose turns are to be given once they are cleared for the group.
    """

    row: RequestRow
    letter: Letter
    sealed: Sealed | None
    processing: tuple[Processing, ...] = ()
    own: tuple[OwnTurns, ...] = ()
    following: tuple[str, ...] = ()


def answer(services: Services, request_id: str, person: str) -> Answer:
    """Draft the letter that is due, and log it; StateError where a decision, or carrying it out, has to come first.

    WithheldError when the egress guard finds a form in what would be given.
    """
    row = services.archive.catalog.request(request_id)
    progress = progress_of(row)
    check_can_do(progress, Act.ANSWER, today(services))
    letter = letter_of(progress)
    made = Answer(row, letter, None)
    if letter is not Letter.IDENTITY:
        sealed = opened(services, row)
        if letter is Letter.ANSWER:
            check_carried_out(services, row, sealed, person)
        given = letter is Letter.ANSWER and row.ruling in (Ruling.GRANTED.value, Ruling.IN_PART.value)
        access = given and row.request_kind == RequestKind.ACCESS and sealed.found is not None and sealed.found.any
        own, following = _own_turns(services, sealed, person) if access and sealed.speaks else ((), ())
        processing = _processing(services, sealed) if access else ()
        made = Answer(row, letter, sealed, processing, own, following)
    note_answer(services, row, letter.value, person)
    return made


def _processing(services: Services, sealed: Sealed) -> tuple[Processing, ...]:
    """The processing of the workshops concerned, each once."""
    found = sealed.found
    codes = () if found is None else found.concerned
    return tuple(dict.fromkeys(_told(services.policy(code)) for code in codes))


def _told(policy: Policy) -> Processing:
    about = policy.processing
    return Processing(
        controllers=(about.controller, *about.joint_controllers),
        purpose=about.purpose,
        bases=(f"6(1)({about.article_6})", f"9(2)({about.article_9})"),
        audiences=tuple(policy.audiences),
        schedule=tuple(policy.schedule.items()),
    )


def _own_turns(services: Services, sealed: Sealed, person: str) -> tuple[tuple[OwnTurns, ...], tuple[str, ...]]:
    """What a participant said themselves, in every session where it is known, and the sessions that are to follow."""
    own: list[OwnTurns] = []
    following: list[str] = []
    for workshop in services.archive.catalog.workshops():
        if workshop.left_at is None:
            traces = trace(services, workshop.code, Wanted(names=sealed.forms, speaks=True))
            if len(traces.sought.referents) > 1:  # two people of that name: no turn is surely theirs
                continue
            for found in traces.sessions:
                cleared = _cleared(services, found.session)
                if cleared is not None and traces.sought.referents:
                    turns = _turns_of(services, found.session, cleared, traces.sought.referents, person)
                    own += [OwnTurns(_day(services, found.session), turns)] if turns else []
                elif cleared is None and _may_have_spoken(found):
                    following.append(str(found.session.name))
    return tuple(own), tuple(following)


def _cleared(services: Services, session: SessionRow) -> RecordRow | None:
    """The text cleared for the group; None before, and while the session is reviewed anew."""
    if session.state not in (SessionState.CLEARED, SessionState.RELEASED, SessionState.CLOSED):
        return None
    return services.archive.catalog.latest(session.id, RecordClass.CLEARED, Audience.GROUP)


def _may_have_spoken(found: SessionTraces) -> bool:
    """Whether turns of theirs are known of, or may be found once the session is transcribed or its voices named."""
    if found.session.state == SessionState.CLOSED:  # nothing is reviewed any more
        return False
    unknown = Beyond.SILENT in found.beyond or Beyond.VOICE in found.beyond
    return bool(found.spoken) or bool(found.participants and unknown)


def _turns_of(
    services: Services, session: SessionRow, cleared: RecordRow, referents: Collection[str], person: str
) -> tuple[tuple[float, TreatedText], ...]:
    """What participants of these ids in the vault said in a session, as the group reads it; nothing if that is unknown.

    By the voices of the review alone: a turn that is somebody else's is never given. As a release does, it asks for
    the clearances of this very text, and has the egress guard read it.
    """
    archive = services.archive
    treated, salt = archive.objects.unseal_treated(archive.scope_of(cleared), archive.sealed_of(cleared))
    spoken = spoken_by(services, session, treated, referents)
    if not spoken:
        return ()
    digest = content_digest(treated, salt)
    check_clearances(archive, services.policy(session.workshop), session, Audience.GROUP, digest)
    theirs = Leaving(treated, frozenset(range(len(treated.turns))) - spoken)
    packet = packet_of(services, session, theirs, cleared)
    check(services, session, packet, digest, {"txt": render(packet, "txt")}, services.person(person))
    return tuple((turn.start, turn.text) for number, turn in enumerate(treated.turns) if number in spoken)


def _day(services: Services, session: SessionRow) -> str:
    """The day of a session, as its dossier has it; the number where that is gone."""
    dossier = load(services, session)
    return dossier.date.isoformat() if dossier is not None and dossier.date is not None else str(session.number)
