"""Taking a person out of the records of a session: what takes the place of what, sealed and not yet committed.

Rules kept here:
- one function for each class of record that policies/withdrawal.py does not keep; the table says which;
- every new version lies under a new epoch, so that the key of the old one can be destroyed;
- nothing is committed here: the caller commits all of a withdrawal at once, and a crash before that leaves objects
  that no record names, which hold less than what stands;
- blocks of a transcription under way, and versions that only a hold kept, go with what is touched;
- a cleared or released session whose verbatim stands goes back to review. Where nothing could be treated anew, a
  reduced text takes the place of the cleared one; either way what people cleared before no longer counts.
"""

import secrets
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from anonymize.excision import Cuts, cut_draft, cut_speakers, cut_transcript, cut_treated, cuts_of, fitting, redacted
from anonymize.forms import Forms
from flows.steps.arrival.drop_folder import read_dossier
from flows.steps.hearing.silencing import newest_parts, silenced
from flows.steps.leaving.recipients import given_of, given_out
from flows.steps.rights.consent_removal import Consents
from flows.steps.rights.standing import standing, standing_blocks, superseded, unsealed
from flows.steps.rights.traced import SessionTraces
from flows.steps.sealing import Replacement, condemn, stamp
from infra.wiring import Services
from policies.schedule import day_of
from policies.states import Move, next_state
from policies.toml_writing import write_toml
from storage.rows.kinds import Row
from storage.rows.rights import RecallRow
from storage.rows.walk import RecordRow, SessionRow
from vocabulary.choices import Audience, RecordClass, SessionState
from vocabulary.draft import Draft
from vocabulary.ids import new_id
from vocabulary.transcript import Transcript

_KEPT_KEYS = frozenset({"format", "name", "also", "forms", "kind", "pseudonym", "agrees", "form"})
"""What a dossier says of others under these keys is theirs, even where it shares a word with the name."""

_CLEARED = (SessionState.CLEARED, SessionState.RELEASED)


@dataclass
class Removal:
    """What a withdrawal is about to change: rows to add and to replace, and what it counts for the log."""

    added: list[Row] = field(default_factory=list)
    replaced: list[Replacement] = field(default_factory=list)
    records: int = 0
    passages: int = 0
    silenced_ms: int = 0
    recalls: int = 0
    sessions: int = 0
    reopened: int = 0
    reduced: int = 0
    drafts: dict[str, Draft] = field(default_factory=dict)

    def swap(self, old: list[RecordRow], new: RecordRow | None, services: Services) -> None:
        """Let ``new`` take the place of ``old``; with None, nothing does."""
        if new is not None:
            self.added.append(new)
        self.replaced += condemn(old, services.now())
        self.records += len(old)

    def leave(self, left: list[RecordRow], services: Services) -> None:
        """Let go what is of no use any more and may speak of them, as far as it does not go already."""
        going = {old.id for old, _ in self.replaced if isinstance(old, RecordRow)}
        self.swap([row for row in left if row.id not in going], None, services)


@dataclass(repr=False)
class Work:
    """One session under the knife."""

    services: Services
    session: SessionRow
    found: SessionTraces
    consents: Consents
    matcher: Forms
    gone: frozenset[str]
    vault_version: int
    change: Removal
    heard: Cuts = field(default_factory=lambda: Cuts({}))
    read: Cuts = field(default_factory=lambda: Cuts({}))
    draft: Draft | None = None
    verbatim: str | None = None

    @property
    def state(self) -> SessionState:
        """Where the session stands, or stood before it was put in quarantine."""
        state = SessionState(self.session.state)
        previous = self.session.previous
        return SessionState(previous) if state is SessionState.QUARANTINED and previous else state

    @property
    def talk_changes(self) -> bool:
        """Whether anything that was said or cleared goes."""
        return bool(self.found.passages or self.found.heard or self.found.cleared)

    @property
    def goes_back(self) -> bool:
        """Whether the session can be reviewed and cleared anew."""
        return (
            self.talk_changes
            and self.state in _CLEARED
            and bool(self.of(RecordClass.VERBATIM))
            and bool(self.of(RecordClass.DRAFT))
        )

    def of(self, record_class: RecordClass) -> list[RecordRow]:
        return standing(self.services, self.session.workshop, record_class, self.session.id)

    def newest_draft(self) -> Draft | None:
        found = self.of(RecordClass.DRAFT)
        return Draft.from_bytes(unsealed(self.services, found[-1])) if found else None

    def row(self, record_class: RecordClass, data: bytes, old: list[RecordRow]) -> RecordRow:
        """Seal bytes as the version after ``old``, under a new epoch."""
        archive = self.services.archive
        scope = archive.next_scope(self.session.workshop, self.session.number, record_class)
        sealed = archive.objects.seal(scope, data)
        return archive.new_record(
            scope, sealed, self.services.now(), session_id=self.session.id, version=old[-1].version + 1
        )


def remove(work: Work) -> None:
    """Take the person out of every record of one session, and say where it then stands."""
    work.change.sessions += 1
    work.change.passages += len(work.found.passages)
    for take_out in REMOVERS.values():
        take_out(work)
    work.change.leave(standing_blocks(work.services, work.session), work.services)
    work.change.leave(superseded(work.services, work.session.workshop, work.session.id), work.services)
    if work.talk_changes:
        _stand_anew(work)


def _stand_anew(work: Work) -> None:
    """The row of the session, and its clearances, after its talk changed."""
    session, moment = work.session, stamp(work.services.now())
    changed = replace(session, reviewed_at=None, changed_at=moment)
    if work.goes_back:
        state = next_state(work.state, Move.REOPEN)
        quarantined = session.state == SessionState.QUARANTINED
        changed = replace(changed, cleared_at=None)
        changed = replace(changed, previous=state) if quarantined else replace(changed, state=state)
        work.change.reopened += 1
    elif work.state in (*_CLEARED, SessionState.CLOSED):
        changed = replace(session, changed_at=moment)
    given = [one for one in work.services.archive.catalog.clearances(session.id) if not one.void]
    work.change.replaced += [(session, changed), *((one, replace(one, void=True)) for one in given)]


def _verbatim(work: Work) -> None:
    old = work.of(RecordClass.VERBATIM)
    if not old or not (work.found.passages or work.found.heard):
        return
    archive = work.services.archive
    talk: Transcript = archive.objects.unseal_transcript(archive.scope_of(old[-1]), archive.sealed_of(old[-1]))
    made = fitting(work.newest_draft(), talk)
    work.heard, work.read = cuts_of(talk, made.corrections if made is not None else (), work.found.passages)
    scope = archive.next_scope(work.session.workshop, work.session.number, RecordClass.VERBATIM)
    sealed = archive.objects.seal_transcript(scope, cut_transcript(talk, work.heard, work.matcher))
    row = archive.new_record(
        scope, sealed, work.services.now(), session_id=work.session.id, version=old[-1].version + 1
    )
    work.change.swap(old, row, work.services)
    if made is not None:
        voices = work.gone | work.consents.sought.referents
        made = replace(made, speakers=cut_speakers(made.speakers, talk, work.heard, work.matcher, voices))
    work.draft, work.verbatim = made, row.id


def _draft(work: Work) -> None:
    old, made = work.of(RecordClass.DRAFT), work.draft
    if made is None:
        if work.talk_changes:  # without the verbatim it was made of it is of no use, and may hold a name
            work.change.swap(old, None, work.services)
        elif old:
            work.change.drafts[work.session.id] = Draft.from_bytes(unsealed(work.services, old[-1]))
        return
    made = cut_draft(made, work.heard, work.read, work.gone, work.matcher)
    salts = {audience: secrets.token_hex(32) for audience in made.salts}  # the old text's digests must die with it
    made = replace(made, salts=salts, vault_version=work.vault_version, verbatim=work.verbatim)
    work.change.drafts[work.session.id] = made
    work.change.swap(old, work.row(RecordClass.DRAFT, made.to_bytes(), old), work.services)


def _recording(work: Work) -> None:
    parts = newest_parts(work.of(RecordClass.RECORDING))
    if not parts or not work.found.times:
        return
    for old, copy in silenced(work.services, work.session, parts, work.found.times):
        earlier = [one for one in work.of(RecordClass.RECORDING) if one.part == old.part]
        work.change.swap(earlier, copy, work.services)
    work.change.silenced_ms += round(1000 * sum(end - start for start, end in work.found.times))


def _dossier(work: Work) -> None:
    old = work.of(RecordClass.DOSSIER)
    if not old or not (work.found.participants or work.found.known or work.talk_changes):
        return
    data = without_entries(unsealed(work.services, old[-1]), work.found, work.matcher)
    read_dossier(data, "seance.toml")
    work.change.swap(old, work.row(RecordClass.DOSSIER, data, old), work.services)


def without_entries(data: bytes, found: SessionTraces, matcher: Forms) -> bytes:
    """A dossier without the entries found and without comments; the name is marked where others are described."""
    value = tomllib.loads(data.decode())
    for key, places in (("participant", found.participants), ("known", found.known)):
        kept = [entry for place, entry in enumerate(value.get(key, ())) if place not in places]
        value.pop(key, None)
        if kept:
            value[key] = kept
    plain = redacted(value, matcher, _KEPT_KEYS.__contains__)
    assert isinstance(plain, dict)
    return write_toml(plain).encode()


def _consent(work: Work) -> None:
    if not work.found.consents:
        return
    proof, voices = work.consents.proof(work.session.id), work.consents.voices(work.session.id)
    if proof is not None:
        policy = work.services.policy(work.session.workshop)
        changed = work.consents.without(proof[1], day_of(policy, work.services.now()))
        _swap_consent(work, proof[0], changed.to_bytes())
    if voices is not None:
        _swap_consent(work, voices[0], work.consents.silenced(voices[1]).to_bytes())


def _swap_consent(work: Work, newest: RecordRow, data: bytes) -> None:
    old = [one for one in work.of(RecordClass.CONSENT) if one.format == newest.format]
    row = work.row(RecordClass.CONSENT, data, old)
    work.change.swap(old, replace(row, format=newest.format), work.services)


def _cleared(work: Work) -> None:
    standing_ones = work.of(RecordClass.CLEARED)
    if work.goes_back:
        work.change.swap(standing_ones, None, work.services)
        return
    archive = work.services.archive
    ever = archive.catalog.records(session_id=work.session.id, record_class=RecordClass.CLEARED, life=None)
    version = max((one.version for one in ever), default=0)
    for traces in work.found.cleared:
        old = [one for one in standing_ones if one.audience == traces.audience]
        treated, _ = archive.objects.unseal_treated(archive.scope_of(traces.record), archive.sealed_of(traces.record))
        reduced = cut_treated(treated, traces.spoken, traces.passages)
        scope = archive.next_scope(work.session.workshop, work.session.number, RecordClass.CLEARED)
        sealed = archive.objects.seal_treated(scope, reduced, secrets.token_hex(32))
        version += 1
        row = archive.new_record(
            scope, sealed, work.services.now(),
            session_id=work.session.id, version=version, audience=Audience(traces.audience),
        )  # fmt: skip
        work.change.swap(old, row, work.services)
        work.change.reduced += 1


def _output(work: Work) -> None:
    """Sealed outputs go; whatever was given out is to be called back from each who received it, even where its sealed
    copy is gone already."""
    if not work.talk_changes:
        return
    work.change.swap(work.of(RecordClass.OUTPUT), None, work.services)
    catalog, moment = work.services.archive.catalog, stamp(work.services.now())
    asked = {one.record_id for one in catalog.recalls(present=False)}
    issued = catalog.records(session_id=work.session.id, record_class=RecordClass.OUTPUT, life=None)
    told = given_out(work.services.archive.log, work.session.id)
    recalls = [
        RecallRow(new_id("b"), one.id, moment, recipient=given.recipient)
        for one in issued
        if one.id not in asked
        for given in given_of(told, one)
    ]
    work.change.added += recalls
    work.change.recalls += len(recalls)


def _amendment(work: Work) -> None:
    _destroy_found(work, RecordClass.AMENDMENT)


def _theme(work: Work) -> None:
    _destroy_found(work, RecordClass.THEME)


def _statement(work: Work) -> None:
    _destroy_found(work, RecordClass.STATEMENT)


def _destroy_found(work: Work, record_class: RecordClass) -> None:
    found = [record for record in work.found.loose if record.record_class == record_class]
    work.change.swap(found, None, work.services)


def _fault(work: Work) -> None:
    if work.found.any:
        work.change.swap(work.of(RecordClass.FAULT), None, work.services)


REMOVERS: Mapping[RecordClass, Callable[[Work], None]] = {
    RecordClass.VERBATIM: _verbatim,
    RecordClass.DRAFT: _draft,
    RecordClass.RECORDING: _recording,
    RecordClass.DOSSIER: _dossier,
    RecordClass.CONSENT: _consent,
    RecordClass.CLEARED: _cleared,
    RecordClass.OUTPUT: _output,
    RecordClass.AMENDMENT: _amendment,
    RecordClass.THEME: _theme,
    RecordClass.STATEMENT: _statement,
    RecordClass.FAULT: _fault,
}
"""What is done in a session, class by class, in this order; the vault is the workshop's
(flows/steps/rights/withdraw.py)."""
