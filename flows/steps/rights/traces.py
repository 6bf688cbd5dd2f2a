"""Traces of a person in a workshop: every record that speaks of them, and where.

Rules kept here:
- a trace reads and changes nothing; what it opens stays in memory, and no repr shows more than counts;
- it looks through every session: the talk by the draft's links, by spelling and by sound; who speaks, by what the
  talk itself says or by the label a person gives; dossiers and proofs of consent by name; cleared texts by code;
- it says what it could not look through: a verbatim that is destroyed, a vault that is gone, a voice nobody knows.
  Where the vault is gone and nobody types a name, the person can no longer be told apart (GDPR 11);
- records on hold are traced like the others: whether they may be changed is asked elsewhere.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from anonymize.excision import fitting
from anonymize.forms import Forms
from anonymize.french.folding import squash
from anonymize.retelling import Told, told_of
from anonymize.seating import Seating, speakers_of
from anonymize.timing import Times, times_of, widened
from anonymize.treatment.designations import heard_as
from anonymize.vault import Vault
from anonymize.wanted import (
    Sought,
    codes_in,
    entries_of,
    forms_of,
    heard_only,
    mentions_of,
    others_named,
    sought_in,
)
from flows.steps.arrival.drop_folder import read_dossier
from flows.steps.leaving.codes import Codes
from flows.steps.rights.consent_removal import Consents
from flows.steps.rights.standing import newest, standing, unsealed
from flows.steps.rights.traced import Beyond, ReasonTraces, SessionTraces, Traces, TreatedTraces, Wanted
from infra.wiring import Services
from storage.objects import TABLE
from storage.rows.walk import RecordRow, SessionRow
from vocabulary.choices import Audience, RecordClass
from vocabulary.corrections import Correction, corrected, corrected_at, placed
from vocabulary.dossier import Dossier
from vocabulary.draft import Draft
from vocabulary.errors import DamagedError, KeysError
from vocabulary.span import Stretch
from vocabulary.statement import Statement
from vocabulary.text import IdentifiedText
from vocabulary.transcript import Transcript, TreatedTranscript

LOOSE = (RecordClass.AMENDMENT, RecordClass.THEME, RecordClass.STATEMENT)
"""Records searched as plain text, and taken as a whole: an extract is not worth keeping in part, and what a person said
for themselves is theirs."""


def trace(services: Services, workshop: str, wanted: Wanted) -> Traces:
    """Return where the records of a workshop speak of whom is ``wanted``; UnknownError if there is no such workshop."""
    services.archive.catalog.workshop(workshop)
    services.archive.check_reaches(workshop)
    reading = _Reading.open(services, workshop, wanted)
    sessions = tuple(reading.session(row) for row in services.archive.catalog.sessions(workshop=workshop))
    loose = tuple(record for record in reading.loose(None) if reading.speaks_of(record))
    known = {one.id: one for one in reading.vault.referents}
    codes = tuple(known[one].pseudonym for one in known if one in reading.sought.referents)
    beyond = (Beyond.VAULT,) if reading.vault_is_gone and not wanted.names else ()
    return Traces(workshop, reading.sought, codes, sessions, loose, reading.reasons(), beyond, reading.vault_is_gone)


@dataclass(repr=False)
class _Reading:
    """One look through a workshop: whom is sought, the vault, what finds their spellings, and the dossiers."""

    services: Services
    workshop: str
    wanted: Wanted
    vault: Vault
    vault_is_gone: bool
    sought: Sought
    matcher: Forms
    codes: Codes
    consents: Consents
    dossiers: Mapping[str, Dossier]

    @classmethod
    def open(cls, services: Services, workshop: str, wanted: Wanted) -> "_Reading":
        """Read vault and dossiers, and gather every spelling they know under what was typed."""
        catalog = services.archive.catalog
        vaults = standing(services, workshop, RecordClass.VAULT)
        ever = catalog.records(workshop=workshop, record_class=RecordClass.VAULT, life=None)
        vault = Vault.from_bytes(unsealed(services, vaults[-1])) if vaults else Vault.empty()
        dossiers = {
            row.id: read_dossier(unsealed(services, record), "seance.toml")
            for row in catalog.sessions(workshop=workshop)
            if (record := newest(services, workshop, RecordClass.DOSSIER, row.id)) is not None
        }
        sought = sought_in(vault, wanted.names, wanted.code, speaks=wanted.speaks)
        for dossier in dossiers.values():
            people, known = entries_of(dossier, wanted.names, sought, speaks=wanted.speaks)
            spelled = [form for place in people for form in forms_of(dossier.participants[place])]
            spelled += [form for place in known for form in dossier.known[place].forms]
            sought = sought.spelled(spelled)
        gone = bool(ever) and not vaults
        consents = Consents(services, workshop, wanted.names, sought)
        codes = Codes(vault, services.policy(workshop), sought, wanted.code)
        return cls(services, workshop, wanted, vault, gone, sought, sought.matcher(), codes, consents, dossiers)

    def session(self, row: SessionRow) -> SessionTraces:
        """Look through one session."""
        found = SessionTraces(row)
        dossier = self.dossiers.get(row.id)
        if dossier is not None:
            participants, known = entries_of(dossier, self.wanted.names, self.sought, speaks=self.wanted.speaks)
            found = replace(found, participants=participants, known=known)
        found = replace(found, consents=self.consents.count(row.id) if self.wanted.speaks else 0)
        try:
            verbatim = self._verbatim(row)
            made = fitting(self._draft(row), verbatim) if verbatim is not None else None
            corrections = made.corrections if made is not None else ()
            talk = corrected(verbatim, corrections) if verbatim is not None else None
            if talk is not None and verbatim is not None:
                found = self._in_talk(found, talk, made, self._misheard(verbatim, corrections))
            found = self._in_cleared(found, talk)
            loose = tuple(record for record in self.loose(row.id) if self.speaks_of(record))
            found = replace(found, loose=loose)
        except (DamagedError, KeysError):
            return replace(found, beyond=(*found.beyond, Beyond.DAMAGED))
        if talk is None and standing(self.services, self.workshop, RecordClass.RECORDING, row.id):
            told = standing(self.services, self.workshop, RecordClass.CLEARED, row.id)
            return replace(found, beyond=(*found.beyond, Beyond.VERBATIM if told else Beyond.SILENT))
        if talk is None and found.cleared:
            return replace(found, beyond=(*found.beyond, Beyond.VERBATIM))
        return found

    def loose(self, session_id: str | None) -> list[RecordRow]:
        """The amendments, themes and statements of a session; of no session where that is None."""
        return [
            record
            for record_class in LOOSE
            for record in standing(self.services, self.workshop, record_class, session_id)
            if record.session_id == session_id
        ]

    def speaks_of(self, record: RecordRow) -> bool:
        """Whether an amendment, a theme or a statement names them or shows a code of theirs; what cannot be read counts
        as if."""
        if record.kind == TABLE:
            texts = [turn.text.reveal() for turn in self._treated(record).turns]
        elif record.record_class == RecordClass.STATEMENT:
            told = Statement.from_bytes(unsealed(self.services, record))
            texts = [one.reveal() for one in (told.text, *told.forms)]
        else:
            texts = [unsealed(self.services, record).decode("utf-8", errors="replace")]
        codes = self.codes.of()
        return bool(codes_in(texts, codes)) or any(self.matcher.find(text) for text in texts)

    def reasons(self) -> tuple[ReasonTraces, ...]:
        """The reasons of orders and extensions that name them or show a code of theirs."""
        found = []
        for record in standing(self.services, self.workshop, RecordClass.REASON):
            text = unsealed(self.services, record).decode()
            named = (Stretch(0, one.start, one.end) for one in self.matcher.find(text))
            passages = tuple(sorted({*named, *codes_in([text], self.codes.of())}))
            if passages:
                found.append(ReasonTraces(record, IdentifiedText(text), passages))
        return tuple(found)

    def _verbatim(self, row: SessionRow) -> Transcript | None:
        record = newest(self.services, self.workshop, RecordClass.VERBATIM, row.id)
        if record is None:
            return None
        archive = self.services.archive
        return archive.objects.unseal_transcript(archive.scope_of(record), archive.sealed_of(record))

    def _draft(self, row: SessionRow) -> Draft | None:
        record = newest(self.services, self.workshop, RecordClass.DRAFT, row.id)
        return None if record is None else Draft.from_bytes(unsealed(self.services, record))

    def _treated(self, record: RecordRow) -> TreatedTranscript:
        archive = self.services.archive
        return archive.objects.unseal_treated(archive.scope_of(record), archive.sealed_of(record))[0]

    def _misheard(self, verbatim: Transcript, corrections: Sequence[Correction]) -> list[Stretch]:
        """Where the corrected text does not name them and something does: what was heard, or a correction that nobody
        has taken. In the places of the corrected text."""
        heard = [
            Stretch(number, found.start, found.end)
            for number, turn in enumerate(verbatim.turns)
            for found in self.matcher.find(turn.text.reveal())
        ]
        touched = [one for one in heard if any(_touch(one, other.stretch) for other in corrections if other.applied)]
        meant = [one for one in corrections if not one.applied and self.matcher.find(one.form.reveal())]
        return [*(corrected_at(one, corrections) for one in touched), *(placed(one, corrections) for one in meant)]

    def _in_talk(
        self, found: SessionTraces, talk: Transcript, made: Draft | None, misheard: Sequence[Stretch]
    ) -> SessionTraces:
        texts = [turn.text.reveal() for turn in talk.turns]
        spans = made.spans if made is not None else ()
        seating = speakers_of(talk, made.speakers if made is not None else ())
        read = seating.transcript.turns
        voices = self._voices(found.session, seating, made)
        voiced = bool(voices) or (made is None and bool(self.consents.turns(found.session.id)))
        theirs = self._turns(found.session, seating, voices, made)
        spoken = tuple(seating.heard(Stretch(number, 0, len(read[number].text))) for number in theirs)
        mentions = mentions_of(texts, spans, self.vault, self.sought, self.matcher)
        own = (*mentions.own, *mentions.shared) if self.wanted.shared else mentions.own
        own = tuple(sorted({*own, *misheard}))
        own = tuple(one for one in own if not any(_lies_in(one, turn) for turn in spoken))
        told = told_of(texts, own, others_named(spans, self.vault, self.sought))
        if self.wanted.speaks:  # what colleagues say of them stays, their name does not
            told = Told((), ())
        passages = (*spoken, *own, *told.named, *told.around)
        times = [times_of(talk.turns[one.turn], one.start, one.end) for one in passages]
        heard = [(turn, words) for turn in talk.turns for words in heard_only(turn, self.matcher)]
        times += [(turn.words[first].start, turn.words[last - 1].end) for turn, (first, last) in heard]
        decisions = made.decisions if made is not None else ()
        return replace(
            found,
            spoken=spoken,
            turns=tuple((read[number].start, read[number].end) for number in theirs),
            named=own,
            sentences=told.named,
            around=told.around,
            shared=0 if self.wanted.shared else len(mentions.shared),
            times=widened((one for one in times if one is not None), talk.duration),
            decisions=sum(one.stretch is not None and _meets(one.stretch, passages) for one in decisions),
            heard=len(heard),
            beyond=found.beyond if voiced or not found.participants else (*found.beyond, Beyond.VOICE),
        )

    def _voices(self, row: SessionRow, seating: Seating, made: Draft | None) -> set[str]:
        """The labels they are known by: those that were typed, else what people recognised and what the talk says of
        labels that nobody recognised, be it a second one of theirs."""
        named = set(self.wanted.voices.get(row.name, ()))
        if named or not self.wanted.speaks:
            return named
        spans = seating.draft(made).spans if made is not None else ()
        heard = heard_as(seating.texts, seating.labels, spans, self.vault)
        known = {**heard, **seating.people}
        return {label for label, referent in known.items() if referent in self.sought.referents}

    def _turns(self, row: SessionRow, seating: Seating, voices: set[str], made: Draft | None) -> list[int]:
        """The turns they speak, as people corrected who speaks, with those a person added. Without a draft nobody's
        corrections are left: what was sealed of the voices is."""
        turns = seating.transcript.turns
        starts = [int(turn.start) for turn in turns]
        added = {max(0, bisect_right(starts, one) - 1) for one in self.wanted.also.get(row.name, ())}
        sealed = self.consents.turns(row.id) if self.wanted.speaks and made is None else frozenset()
        return [
            number
            for number, turn in enumerate(turns)
            if turn.text and (turn.speaker in voices or number in added or (turn.start, turn.end) in sealed)
        ]

    def _in_cleared(self, found: SessionTraces, talk: Transcript | None) -> SessionTraces:
        """The newest cleared text of each audience: by the times of the talk where it is there, and by code.

        Where the verbatim is gone, the turns that show a code are all that says when they were spoken of.
        """
        records = standing(self.services, self.workshop, RecordClass.CLEARED, found.session.id)
        concerned, beyond, said = [], set[Beyond](), list[Times]()
        for record in {row.audience: row for row in records}.values():
            audience = Audience(str(record.audience))
            treated = self._treated(record)
            codes = self.codes.of(audience)
            texts = [turn.text.reveal() for turn in treated.turns]
            heard = self._said_in(found, talk, treated)
            voices = {number for number, turn in enumerate(treated.turns) if turn.speaker and _is(turn.speaker, codes)}
            shown = codes_in(texts, codes)
            told = told_of(texts, shown, codes_in(texts, self.codes.of_others(audience)))
            spoken = frozenset(heard | (voices if self.wanted.speaks else set()))
            passages = shown if self.wanted.speaks else (*told.named, *told.around)
            passages = tuple(sorted(one for one in passages if one.turn not in spoken))
            if spoken or passages:
                concerned.append(TreatedTraces(record, audience, spoken, passages))
                turns = {*spoken, *(one.turn for one in passages)}
                said += [(treated.turns[number].start, treated.turns[number].end) for number in sorted(turns)]
            elif talk is None and not self.codes.are_shown_to(audience):
                beyond.add(Beyond.GENERALIZED)
        if talk is None:
            found = replace(found, times=widened(said, max((end for _, end in said), default=0.0)))
        return replace(found, cleared=tuple(concerned), beyond=(*found.beyond, *sorted(beyond)))

    def _said_in(self, found: SessionTraces, talk: Transcript | None, treated: TreatedTranscript) -> set[int]:
        """The turns of a treated text that they spoke, by the times of the talk, or of the sealed voices."""
        said: set[tuple[float, float]] = set()
        if talk is not None:
            said = set(found.turns)
        elif self.wanted.speaks:
            said = set(self.consents.turns(found.session.id))
        return {number for number, turn in enumerate(treated.turns) if (turn.start, turn.end) in said}


def _touch(one: Stretch, other: Stretch) -> bool:
    return one.turn == other.turn and one.meets(other.start, other.end)


def _lies_in(one: Stretch, other: Stretch) -> bool:
    return one.turn == other.turn and other.start <= one.start and one.end <= other.end


def _meets(stretch: Stretch, passages: Sequence[Stretch]) -> bool:
    return any(_touch(one, stretch) for one in passages)


def _is(speaker: str, codes: frozenset[str]) -> bool:
    return any(squash(speaker) == squash(code) for code in codes)
