"""What goes into the answer to a request: the processing, what is kept of the person, and their own turns.

Rules kept here:
- the letter that asks for proof of identity is made of the row alone: it is the same whether or not anything is known
  of whom it is about;
- of the talk, only the turns of the participant who asks are given, and as the group reads them: whoever is named in
  them keeps the code they have (GDPR 15(4)). What others say of somebody is others' talk, and is never given;
- the letter is logged before it can be written.
"""

from collections.abc import Collection
from dataclasses import dataclass

from flows.steps.consents import spoken_by
from flows.steps.dossiers import load
from flows.steps.draft import treated_for
from flows.steps.requests import note_answer, opened, progress_of, today
from flows.steps.traced import Wanted
from flows.steps.traces import trace
from infra.wiring import Services
from policies.policy import Policy, Rule
from policies.requests import Act, Letter, check_can_do, letter_of
from storage.rows import RequestRow, SessionRow
from vocabulary.choices import Audience, RecordClass, RequestKind, Ruling
from vocabulary.errors import StateError
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
    """What a letter is made of; ``sealed`` is None for a letter that may not depend on anything that is known."""

    row: RequestRow
    letter: Letter
    sealed: Sealed | None
    processing: tuple[Processing, ...] = ()
    own: tuple[OwnTurns, ...] = ()


def answer(services: Services, request_id: str, person: str) -> Answer:
    """Draft the letter that is due, and log it; StateError where a decision has to come first."""
    row = services.archive.catalog.request(request_id)
    progress = progress_of(row)
    check_can_do(progress, Act.ANSWER, today(services))
    letter = letter_of(progress)
    made = Answer(row, letter, None)
    if letter is not Letter.IDENTITY:
        sealed = opened(services, row)
        given = letter is Letter.ANSWER and row.ruling in (Ruling.GRANTED.value, Ruling.IN_PART.value)
        access = given and row.request_kind == RequestKind.ACCESS and sealed.found is not None and sealed.found.any
        made = Answer(
            row, letter, sealed,
            processing=_processing(services, sealed) if access else (),
            own=_own_turns(services, sealed) if access and sealed.speaks else (),
        )  # fmt: skip
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


def _own_turns(services: Services, sealed: Sealed) -> tuple[OwnTurns, ...]:
    """What a participant said themselves, in every session where it is known."""
    found = []
    for workshop in services.archive.catalog.workshops():
        if workshop.left_at is None:
            traces = trace(services, workshop.code, Wanted(names=sealed.forms, speaks=True))
            if len(traces.sought.referents) != 1:  # nobody, or two people of that name: no turn is surely theirs
                continue
            sessions = [one.session for one in traces.sessions]
            found += [(one, _turns_of(services, one, traces.sought.referents)) for one in sessions]
    return tuple(OwnTurns(_day(services, one), turns) for one, turns in found if turns)


def _turns_of(
    services: Services, session: SessionRow, referents: Collection[str]
) -> tuple[tuple[float, TreatedText], ...]:
    """What participants of these ids in the vault said in a session, as the group reads it; nothing if that is unknown.

    By the voices of the review alone: a turn that is somebody else's is never given.
    """
    archive = services.archive
    record = archive.catalog.latest(session.id, RecordClass.CLEARED, Audience.GROUP)
    try:
        treated = (
            treated_for(services, session, Audience.GROUP)[0]
            if record is None
            else archive.objects.unseal_treated(archive.scope_of(record), archive.sealed_of(record))[0]
        )
    except StateError:  # not drafted, or gone: what was heard cannot be given without naming others
        return ()
    spoken = spoken_by(services, session, treated, referents)
    return tuple((turn.start, turn.text) for number, turn in enumerate(treated.turns) if number in spoken)


def _day(services: Services, session: SessionRow) -> str:
    """The day of a session, as its dossier has it; the number where that is gone."""
    dossier = load(services, session)
    return dossier.date.isoformat() if dossier is not None and dossier.date is not None else str(session.number)
