"""Consent at work: what a participant takes back, and whose turns leave a cleared text for an audience.

Rules kept here:
- what was cleared is never changed: what leaves is computed from it and from consent as it is now, and has a digest of
  its own (docs/adr/0019-consent-at-the-exit.md);
- somebody who withdrew agrees to nothing: their turns may be among those of nobody known;
- who spoke which turn is sealed without a name when a text is cleared, so that consent is honoured after verbatim and
  draft are gone; the vault alone links it to people;
- narrowing holds the whole workshop: nothing is released meanwhile. Copies in the outbox that hold what may not reach
  their audience any more are removed;
- a restriction stops that it is shown, and not that somebody narrows it: that protects them;
- names are shown to whoever opens them, and logged as access; no entry holds one.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

from anonymize.french.folding import squash
from anonymize.treatment.designations import who_speaks
from anonymize.treatment.treat import content_digest
from anonymize.vault import Vault
from flows.steps.drafting.draft import open_seated
from flows.steps.drafting.vaults import SealedVaults
from flows.steps.holding import hold, hold_intake, hold_workshop
from flows.steps.leaving.outbox import NARROWED, remove_taken_back
from flows.steps.leaving.recipients import given_of, given_out
from flows.steps.retention.holds import check_usable, supersede
from flows.steps.rights.outcomes import Consented, Narrowed
from flows.steps.rights.standing import standing
from flows.steps.sealing import Facts, Replacement, finish_erasures, next_version, stamp
from infra.wiring import Services
from policies.consent import USE_OF, Agreed, agreements, check_can_leave, check_can_narrow, turns_left_out
from policies.schedule import day_of
from returns.packet import leave_out
from storage.commit import Change
from storage.keys.scope import Scope
from storage.log.entry import Entry
from storage.rows.walk import RecordRow, SessionRow
from vocabulary.choices import Audience, RecordClass, Use
from vocabulary.consent import Agreement, Narrowing, Narrowings, Proof, Voice, Voices, may_be_one, words
from vocabulary.errors import StateError, UnknownError, UsageError, WithheldError
from vocabulary.ids import SessionName
from vocabulary.messages import N_
from vocabulary.text import IdentifiedText
from vocabulary.transcript import TreatedTranscript

VOICES_FORMAT = "voices"
"""The ``format`` of the record of a session's voices, beside its proof of consent."""


@dataclass(frozen=True)
class Leaving:
    """A cleared text, and the turns (from 0) that may not reach its audience."""

    cleared: TreatedTranscript
    left_out: frozenset[int] = frozenset()

    def digest(self, salt: str) -> str:
        """The salted digest of what leaves; that of the cleared text where nothing is left out."""
        return content_digest(leave_out(self.cleared, self.left_out), salt)


def leaving(services: Services, session: SessionRow, cleared: TreatedTranscript, *, last: bool = False) -> Leaving:
    """What of a cleared text may reach its audience; WithheldError when that is not known well enough, or is nothing.

    ``last``: nobody will name a voice any more, so that turns of nobody known are left out and not waited for.
    """
    audience = Audience(cleared.audience)
    use = USE_OF[audience]
    proof = _proof(services, session)
    if proof is None:
        return Leaving(cleared)
    kept = _narrowings(services, session.workshop)[1]
    people = agreements(services.policy(session.workshop), proof, kept, session.number)
    all_agree = not proof.withdrawn and all(use in one.agrees for one in people)
    voices, nameable = _voices_now(services, session, people, len(kept.entries))
    missed = voices is not None and any(
        one.concerns(session.number) and use in one.uses for one in kept.entries[voices.narrowings :]
    )
    turns = _by_turn(cleared, None if missed and not all_agree else voices)
    if all_agree:  # whoever of them speaks agrees: what stays is what somebody said is no participant's
        turns = [frozenset({use}) if agrees is None else agrees for agrees in turns]
        if not turns_left_out(turns, use):
            return Leaving(cleared)
    spoken = [number for number, turn in enumerate(cleared.turns) if turn.speaker is not None]
    check_can_leave([turns[number] for number in spoken], audience, nameable=nameable and not last)
    return Leaving(cleared, turns_left_out(turns, use) & frozenset(spoken))


def spoken_by(
    services: Services, session: SessionRow, treated: TreatedTranscript, referents: Collection[str]
) -> frozenset[int]:
    """The turns (from 0) of a treated text that participants of these ids in the vault spoke, as far as it is known."""
    voices, _ = _voices_now(services, session, (), 0)
    places = {} if voices is None else {(start, end): voices.speakers[label] for start, end, label in voices.turns}
    if voices is None or not len(places) == len(voices.turns) == len(treated.turns):
        return frozenset()
    found = (places.get((turn.start, turn.end)) for turn in treated.turns)
    return frozenset(n for n, voice in enumerate(found) if voice is not None and voice.referent in referents)


def voices_change(services: Services, session: SessionRow) -> tuple[tuple[RecordRow, ...], list[Replacement]]:
    """Seal who speaks in a session and what they agree to, as far as it is known now, for the caller's one commit.

    Nothing when nothing is known of it, or nothing new, or the proof of consent is destroyed: then no turn of anybody
    can leave, whoever spoke it. The caller holds the session.
    """
    archive = services.archive
    narrowed = len(_narrowings(services, session.workshop)[1].entries)
    try:
        people = _agreements(services, session)
    except WithheldError:
        return (), []
    voices, _ = _voices_now(services, session, people, narrowed)
    earlier = _voices_record(services, session)
    if voices is None or (earlier is not None and voices == _open_voices(services, earlier)):
        return (), []
    scope = archive.next_scope(session.workshop, session.number, RecordClass.CONSENT)
    sealed = archive.objects.seal(scope, voices.to_bytes())
    row = archive.new_record(
        scope, sealed, services.now(),
        session_id=session.id, version=next_version([earlier] if earlier else []), format=VOICES_FORMAT,
    )  # fmt: skip
    return (row,), supersede(services, [earlier] if earlier else [])


def keep_voices(services: Services, session: SessionRow) -> None:
    """Seal who speaks in a session as far as it is known now, if that is new. BusyError if it is at work elsewhere."""
    with hold(services, session) as session:
        added, replaced = voices_change(services, session)
        if added:
            entry = Entry("voices-sealed", session=session.id, facts={"record": added[0].id})
            services.commit(Change(add=added, replace=tuple(replaced)), entry)


def show(services: Services, workshop: str, number: int | None, person: str) -> tuple[Consented, ...]:
    """Who agrees to what in a session, or in a workshop where ``number`` is None; logged as access."""
    services.archive.catalog.workshop(workshop)
    sessions = _sessions(services, workshop, number)
    for session in sessions:
        check_usable(services, session)
    found = _consented(services, sessions)
    facts: Facts = {"what": "consent", "people": len(found), "workshop": workshop}
    of = sessions[0].id if number is not None else None
    services.commit(Change(), Entry("accessed", session=of, actor=services.person(person), facts=facts))
    return found


def narrow(
    services: Services, workshop: str, number: int | None, name: IdentifiedText, uses: frozenset[Use],
    on: date | None, person: str,
) -> Narrowed:  # fmt: skip
    """Record that a participant takes ``uses`` back, for one session or for the whole workshop and its later sessions.

    UnknownError for somebody who is in no dossier there, UsageError for what cannot be taken back, or a day to come.
    """
    archive = services.archive
    archive.catalog.workshop(workshop)
    with hold_intake(services, workshop), hold_workshop(services, workshop):
        sessions = _sessions(services, workshop, number)
        removed = remove_taken_back(services, workshop)  # what a crash left of an earlier one
        theirs = _named(_consented(services, sessions), name)
        check_can_narrow(uses, theirs.agrees)
        today = day_of(services.policy(workshop), services.now())
        if on is not None and on > today:
            raise UsageError(N_("{day} is still to come: give the day on which it was said."), place="--on", day=on)
        actor = services.person(person)
        entry = Narrowing(theirs.name.reveal(), uses, on or today, actor, stamp(services.now()), number)
        _seal_narrowing(services, workshop, entry, sessions[0].id if number is not None else None, actor)
        for session in sessions:
            keep_voices(services, session)
        removed += remove_taken_back(services, workshop)
        finish_erasures(services)
    return Narrowed(workshop, number, tuple(sorted(uses)), removed, _released(services, sessions, uses))


def _named(people: Sequence[Consented], name: IdentifiedText) -> Consented:
    """The participant of this name, in any order of its words, or the only one whose name holds it. UnknownError."""
    same = [one for one in people if words(one.name.reveal()) == words(name.reveal())]
    near = [one for one in people if may_be_one(one.name.reveal(), name.reveal())]
    if same or len(near) == 1:
        return (same or near)[0]
    raise UnknownError(N_("No session dossier names this person as a participant."))


def _seal_narrowing(services: Services, workshop: str, entry: Narrowing, session: str | None, actor: str) -> None:
    archive = services.archive
    kept = _narrowings(services, workshop)[1]
    earlier = [row for row in standing(services, workshop, RecordClass.CONSENT) if row.session_id is None]
    scope = archive.next_scope(workshop, 0, RecordClass.CONSENT)
    sealed = archive.objects.seal(scope, Narrowings((*kept.entries, entry)).to_bytes())
    row = archive.new_record(scope, sealed, services.now(), version=next_version(earlier))
    facts: Facts = {"record": row.id, "workshop": workshop, "uses": ",".join(sorted(map(str, entry.uses)))}
    change = Change(add=(row,), replace=tuple(supersede(services, earlier)))
    services.commit(change, Entry(NARROWED, session=session, actor=actor, facts=facts))


def _released(services: Services, sessions: Sequence[SessionRow], uses: frozenset[Use]) -> tuple[str, ...]:
    """What was given out for those uses before, as CODE/N AUDIENCE and, where one was named, RECIPIENT."""
    found = set()
    for session in sessions:
        outputs = _outputs(services, session, uses)
        told = given_out(services.archive.log, session.id) if outputs else {}
        for row in outputs:
            found |= {f"{session.name} {row.audience} {one.recipient or ''}".strip() for one in given_of(told, row)}
    return tuple(sorted(found))


def _outputs(services: Services, session: SessionRow, uses: frozenset[Use]) -> list[RecordRow]:
    rows = services.archive.catalog.records(session_id=session.id, record_class=RecordClass.OUTPUT)
    return [row for row in rows if row.audience is not None and USE_OF[Audience(row.audience)] in uses]


# What is known of consent


def _sessions(services: Services, workshop: str, number: int | None) -> list[SessionRow]:
    if number is not None:
        return [services.archive.catalog.session(SessionName(workshop, number))]
    return services.archive.catalog.sessions(workshop=workshop)


def _consented(services: Services, sessions: Sequence[SessionRow]) -> tuple[Consented, ...]:
    """Each participant of ``sessions`` once: what they agree to in any of them, and what they took back in any."""
    found: dict[tuple[str, ...], Consented] = {}
    for session in sessions:
        kept = _narrowings(services, session.workshop)[1]
        for one in _agreements(services, session):
            key = words(one.name)
            known = found.get(key, Consented(IdentifiedText(one.name), one.form, frozenset(), frozenset(), ()))
            found[key] = replace(
                known,
                agrees=known.agrees | one.agrees,
                taken_back=known.taken_back | kept.taken_back(one.name, session.number),
                sessions=(*known.sessions, session.number),
            )
    return tuple(found.values())


def _agreements(services: Services, session: SessionRow) -> tuple[Agreement, ...]:
    """What the participants of a session agree to now; nobody where no dossier ever came. WithheldError."""
    proof = _proof(services, session)
    kept = _narrowings(services, session.workshop)[1]
    return () if proof is None else agreements(services.policy(session.workshop), proof, kept, session.number)


def _proof(services: Services, session: SessionRow) -> Proof | None:
    """The proof of consent of a session; None where no dossier ever came.

    WithheldError once the proof of consent is destroyed: nobody knows any more who agreed.
    """
    archive = services.archive
    ever = archive.catalog.records(session_id=session.id, record_class=RecordClass.CONSENT, life=None)
    records = [row for row in _live(ever) if row.format is None]
    if not records:
        if not ever:
            return None
        raise WithheldError(
            N_("The proof of consent of session {session} is destroyed: nobody knows any more who agreed to what."),
            session=str(session.name),
        )
    row = max(records, key=lambda record: record.version)
    return Proof.from_bytes(archive.objects.unseal(archive.scope_of(row), archive.sealed_of(row)))


def _narrowings(services: Services, workshop: str) -> tuple[RecordRow | None, Narrowings]:
    archive = services.archive
    records = archive.catalog.records(workshop=workshop, record_class=RecordClass.CONSENT)
    own = [row for row in _live(records) if row.session_id is None]
    if not own:
        return None, Narrowings()
    row = max(own, key=lambda record: record.version)
    return row, Narrowings.from_bytes(archive.objects.unseal(archive.scope_of(row), archive.sealed_of(row)))


def _live(records: Sequence[RecordRow]) -> list[RecordRow]:
    return [row for row in records if row.destroyed_at is None and row.destroy_intended_at is None]


# Who speaks


def _by_turn(cleared: TreatedTranscript, voices: Voices | None) -> list[Agreed]:
    """What the speaker of each turn agrees to; of a turn that is not where it was, nothing is known."""
    known = {} if voices is None else {(start, end): voices.speakers.get(label) for start, end, label in voices.turns}
    if voices is None or len(voices.turns) != len(cleared.turns) or len(known) != len(cleared.turns):
        return [None] * len(cleared.turns)
    found = (known.get((turn.start, turn.end)) for turn in cleared.turns)
    return [None if voice is None else voice.agrees for voice in found]


def _voices_now(
    services: Services, session: SessionRow, people: Sequence[Agreement], narrowings: int
) -> tuple[Voices | None, bool]:
    """Who speaks in a session and what they agree to, and whether a voice can still be named in the review."""
    vault = SealedVaults(services).load(session.workshop)
    if vault.version:
        try:
            return _heard(services, session, vault, people, narrowings), True
        except StateError:
            pass  # the verbatim or its draft is gone: what was sealed of it is left
    record = _voices_record(services, session)
    if record is None:
        return None, False
    sealed = _open_voices(services, record)
    who = {label: one.referent for label, one in sealed.speakers.items() if one.referent is not None}
    if not who or any(vault.referent(referent) is None for referent in who.values()):
        return sealed, False  # nobody can tell any more who they are: what they agreed to then is all that is known
    speakers = {label: _voice(vault, one.referent, people) for label, one in sealed.speakers.items()}
    return Voices(sealed.turns, speakers, narrowings), False


def _heard(
    services: Services, session: SessionRow, vault: Vault, people: Sequence[Agreement], narrowings: int
) -> Voices:
    """As the review has it: the voices of the verbatim, and the participants they surely are."""
    read = open_seated(services, session)
    seating = read.seating
    who = who_speaks(seating.texts, seating.labels, read.draft.spans, vault, seating.people)
    speakers: dict[str, Voice] = {}
    for spoken in sorted(set(seating.labels)):
        nobody = seating.people.get(spoken, "") is None  # somebody said that it is no participant's: agrees to nothing
        speakers[spoken] = Voice(None, frozenset()) if nobody else _voice(vault, who.get(spoken), people)
    turns = tuple((turn.start, turn.end, turn.speaker) for turn in read.transcript.turns)
    return Voices(turns, speakers, narrowings)


def _voice(vault: Vault, referent_id: str | None, people: Sequence[Agreement]) -> Voice:
    """The voice of a referent of the vault, with what the one participant of that name agrees to."""
    referent = None if referent_id is None else vault.referent(referent_id)
    if referent is None:
        return Voice()
    forms = {form for told in referent.forms for form in (squash(told), words(told))}
    theirs = [one.agrees for one in people if forms & {squash(one.name), words(one.name)}]
    return Voice(referent_id, theirs[0] if len(theirs) == 1 else None)


def _voices_record(services: Services, session: SessionRow) -> RecordRow | None:
    records = services.archive.catalog.records(session_id=session.id, record_class=RecordClass.CONSENT)
    return max(
        (row for row in _live(records) if row.format == VOICES_FORMAT), key=lambda row: row.version, default=None
    )


def _open_voices(services: Services, record: RecordRow) -> Voices:
    archive = services.archive
    scope: Scope = archive.scope_of(record)
    return Voices.from_bytes(archive.objects.unseal(scope, archive.sealed_of(record)))
