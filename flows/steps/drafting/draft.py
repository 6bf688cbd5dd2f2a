"""Correct, detect, link, treat: from the verbatim to a draft that a person can review.

What is drafted is made in drafting.py: linking may admit referents to the vault, and what else is known of them is kept
there (anonymize/treatment/traits.py), in the same commit as the draft. The vault is stored by compare-and-set, so that
two sessions drafted at once agree. The vault's version number counts commits of its own: see vaults.py.

The text of a session is its verbatim with the corrections of its draft: ``open_transcript`` gives that, to everyone who
reads what was said once there is a draft. Only drafting itself reads the bare verbatim.
"""

from dataclasses import dataclass, replace

from anonymize.freeing import set_aside
from anonymize.seating import Seating, speakers_of
from anonymize.treatment.designations import Designations, designate
from anonymize.treatment.offsets import offsets_of
from anonymize.treatment.treat import treat
from anonymize.vault import Vault
from flows.steps.drafting.made import make
from flows.steps.drafting.vaults import SealedVaults
from flows.steps.holding import hold_vault
from flows.steps.retention.holds import supersede
from flows.steps.sealing import Facts, Replacement, finish_erasures, next_version, stamp, versions
from infra.wiring import Services
from policies.states import Move, next_state
from storage.commit import Change
from storage.log.entry import Entry
from storage.rows.walk import RecordRow, SessionRow
from vocabulary.choices import Audience, RecordClass, SessionState
from vocabulary.corrections import corrected
from vocabulary.draft import Draft
from vocabulary.errors import StateError
from vocabulary.messages import N_
from vocabulary.profile import Profile
from vocabulary.transcript import Transcript, TreatedTranscript


def draft(services: Services, session_id: str) -> bool:
    """Draft a transcribed session; True when the walk may go on."""
    archive = services.archive
    session = archive.catalog.session_by_id(session_id)
    if session.state != SessionState.TRANSCRIBED:
        return True
    services.progress.stage(str(session.name), "draft", 0.0)
    vaults = SealedVaults(services)
    with hold_vault(services, session.workshop, wait=True):
        vault, before = vaults.load(session.workshop), _before(services, session)
        made = make(services, session, open_verbatim(services, session), vault, before)
        added: list[RecordRow] = []
        replaced: list[Replacement] = []
        if made.grown:
            row, gone = vaults.seal(session.workshop, made.vault)
            added.append(row)
            replaced.extend(gone)
        old = versions(services, session, RecordClass.DRAFT)
        row = seal_draft(services, session, made.draft, old)
        changed = replace(
            session,
            state=next_state(SessionState.TRANSCRIBED, Move.DRAFT),
            reviewed_at=None,
            changed_at=stamp(services.now()),
        )
        facts: Facts = {"record": row.id, **made.facts}
        services.commit(
            Change(add=(*added, row), replace=((session, changed), *replaced, *supersede(services, old))),
            Entry("drafted", session=session.id, facts=facts),
        )
    finish_erasures(services)
    services.progress.stage(str(session.name), "draft", 1.0)
    return True


def present(services: Services, session_id: str) -> bool:
    """Hand a draft to review once it treats without error for the group. The walk ends here."""
    archive = services.archive
    session = archive.catalog.session_by_id(session_id)
    if session.state != SessionState.DRAFTED:
        return False
    treated_for(services, session, Audience.GROUP)
    changed = replace(session, state=next_state(SessionState.DRAFTED, Move.REVIEW), changed_at=stamp(services.now()))
    services.commit(Change(replace=((session, changed),)), Entry("presented", session=session.id))
    return False


def seal_draft(services: Services, session: SessionRow, made: Draft, old: list[RecordRow]) -> RecordRow:
    """Seal a version of the draft under an epoch of its own."""
    archive = services.archive
    scope = archive.next_scope(session.workshop, session.number, RecordClass.DRAFT)
    sealed = archive.objects.seal(scope, made.to_bytes())
    return archive.new_record(scope, sealed, services.now(), session_id=session.id, version=next_version(old))


@dataclass(frozen=True)
class Seated:
    """What is said in a session and its draft, as people read and review them: by who was found to speak.

    ``sealed`` is the draft as it lies in the archive, with the turns of the verbatim.
    """

    seating: Seating
    sealed: Draft
    draft: Draft

    @classmethod
    def of(cls, seating: Seating, sealed: Draft) -> "Seated":
        return cls(seating, sealed, seating.draft(sealed))

    @property
    def transcript(self) -> Transcript:
        return self.seating.transcript


def open_seated(services: Services, session: SessionRow) -> Seated:
    """The session's talk and the newest version of its draft, seated; errors as open_draft and open_transcript."""
    sealed = open_draft(services, session)
    return Seated.of(speakers_of(text_of(services, session, sealed), sealed.speakers), sealed)


def open_transcript(services: Services, session: SessionRow) -> Transcript:
    """The text of a session: its verbatim with the corrections of its draft, if it has one. StateError as for
    ``open_verbatim``, and when the draft was made of another transcript."""
    if services.archive.catalog.latest(session.id, RecordClass.DRAFT) is None:
        return open_verbatim(services, session)
    return text_of(services, session, open_draft(services, session))


def text_of(services: Services, session: SessionRow, made: Draft) -> Transcript:
    """The text that a draft speaks of; StateError as for ``open_transcript``."""
    verbatim = open_verbatim(services, session)
    try:
        return corrected(verbatim, made.corrections)
    except ValueError:
        pass
    raise StateError(
        N_("The draft of session {session} was made of another transcript. `huisclos run` makes it anew."),
        session=str(session.name),
    )


def open_verbatim(services: Services, session: SessionRow) -> Transcript:
    """What was recognised, without any correction; StateError when it was destroyed or never made."""
    archive = services.archive
    record = _verbatim(services, session)
    return archive.objects.unseal_transcript(archive.scope_of(record), archive.sealed_of(record))


def _verbatim(services: Services, session: SessionRow) -> RecordRow:
    record = services.archive.catalog.latest(session.id, RecordClass.VERBATIM)
    if record is None:
        raise StateError(
            N_("The verbatim of session {session} is not there (any more)."),
            session=str(session.name),
        )
    return record


def _before(services: Services, session: SessionRow) -> Draft | None:
    """The draft before, if there is one: what people decided in it stands, as far as it is of this verbatim."""
    if services.archive.catalog.latest(session.id, RecordClass.DRAFT) is None:
        return None
    return open_draft(services, session)


def open_draft(services: Services, session: SessionRow) -> Draft:
    """The newest version of the session's draft, with the turns of the verbatim; StateError when there is none."""
    archive = services.archive
    record = archive.catalog.latest(session.id, RecordClass.DRAFT)
    if record is None:
        raise StateError(
            N_("Session {session} has no draft yet: it is {state}. `huisclos run` takes it further."),
            session=str(session.name),
            state=SessionState(session.state),
        )
    return Draft.from_bytes(archive.objects.unseal(archive.scope_of(record), archive.sealed_of(record)))


def treated_for(
    services: Services, session: SessionRow, audience: Audience
) -> tuple[TreatedTranscript, Draft, Vault, Profile]:
    """Treat the session as it now stands for one audience."""
    profile = services.policy(session.workshop).profile(audience)
    vault = SealedVaults(services).load(session.workshop)
    read = open_seated(services, session)
    names = designated(services, session, read, vault, profile)
    apart = set_aside(read.transcript, read.draft, vault)
    weeks = offsets_of(read.draft.spans, vault)  # what is freed moves no date
    treated = treat(apart.transcript, apart.draft, vault, profile, names.speakers, names.names, weeks)
    return apart.put_back(treated), read.sealed, vault, profile


def designated(services: Services, session: SessionRow, read: Seated, vault: Vault, profile: Profile) -> Designations:
    """What the audience of ``profile`` reads for the people, places and speakers of a session."""
    fewest = services.policy(session.workshop).thresholds.attribute
    seating = read.seating
    return designate(seating.texts, seating.labels, read.draft.spans, vault, profile, fewest, seating.people)
