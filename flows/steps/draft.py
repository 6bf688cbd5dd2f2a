"""Detect, link, treat: from the verbatim to a draft that a person can review.

Detection is given the dossier and the vault; linking may admit referents to the vault, and what else is known of them
is kept there (anonymize/treatment/traits.py): all that is ever drawn is drawn here, in the same commit as the
draft. The vault is stored by compare-and-set, so that two sessions drafted at once agree. The vault's version
number counts commits of its own: see vaults.py.
"""

import secrets
from dataclasses import replace

from anonymize.freeing import set_aside
from anonymize.linking.link import link
from anonymize.linking.proposals import propose
from anonymize.treatment.designations import Designations, designate
from anonymize.treatment.offsets import offsets_of
from anonymize.treatment.traits import complete
from anonymize.treatment.treat import treat
from anonymize.vault import Vault, known_from
from flows.steps.dossiers import load
from flows.steps.holding import hold_vault
from flows.steps.sealing import Facts, Replacement, condemn, finish_erasures, next_version, stamp, versions
from flows.steps.vaults import SealedVaults
from infra.wiring import Services
from policies.states import Move, next_state
from storage.commit import Change
from storage.log.entry import Entry
from storage.rows import RecordRow, SessionRow
from vocabulary.choices import Audience, EntityType, RecordClass, SessionState, Tier
from vocabulary.draft import Draft
from vocabulary.errors import StateError
from vocabulary.messages import N_
from vocabulary.profile import EQUIVALENT, Profile
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
        dossier, vault = load(services, session), vaults.load(session.workshop)
        transcript = open_transcript(services, session)
        texts = [turn.text.reveal() for turn in transcript.turns]
        known = known_from(dossier, vault)
        found = services.detector.detect(texts, known)
        speakers = [turn.speaker for turn in transcript.turns]
        evidence = services.detector.weigh(texts, found, speakers)
        spans, linked = link(texts, found, known, vault, speakers=speakers, evidence=evidence)
        profiles = services.policy(session.workshop).audiences.values()
        grown = complete(
            linked, vault, texts, spans,
            dossier=dossier, speakers=speakers, equivalent=any(one.pseudonyms == EQUIVALENT for one in profiles),
        )  # fmt: skip
        added: list[RecordRow] = []
        replaced: list[Replacement] = []
        if grown.version != vault.version:
            row, gone = vaults.seal(session.workshop, grown)
            added.append(row)
            replaced.extend(gone)
        made = Draft(
            spans=tuple(spans),
            decisions=(),
            salts={audience: secrets.token_hex(32) for audience in Audience},
            detector=services.detector.version,
            vault_version=grown.version,
            proposals=propose(texts, spans, evidence, known),
        )
        old = versions(services, session, RecordClass.DRAFT)
        row = seal_draft(services, session, made, old)
        changed = replace(
            session,
            state=next_state(SessionState.TRANSCRIBED, Move.DRAFT),
            reviewed_at=None,
            changed_at=stamp(services.now()),
        )
        residual = sum(span.tier is Tier.RESIDUAL for span in spans)
        facts: Facts = {
            "record": row.id,
            "sure": len(spans) - residual,
            "residual": residual,
            "proposals": len(made.proposals),
            "vault": grown.version,
            "youths": sum(referent.kind is EntityType.YOUTH for referent in grown.referents),
            "persons": sum(referent.kind is EntityType.PERSON for referent in grown.referents),
        }
        services.commit(
            Change(add=(*added, row), replace=((session, changed), *replaced, *condemn(old, services.now()))),
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


def open_transcript(services: Services, session: SessionRow) -> Transcript:
    """The session's verbatim; StateError when it was destroyed or never made."""
    archive = services.archive
    record = archive.catalog.latest(session.id, RecordClass.VERBATIM)
    if record is None:
        raise StateError(
            N_("The verbatim of session {session} is not there (any more)."),
            session=str(session.name),
        )
    return archive.objects.unseal_transcript(archive.scope_of(record), archive.sealed_of(record))


def open_draft(services: Services, session: SessionRow) -> Draft:
    """The newest version of the session's draft; StateError when there is none."""
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
    made = open_draft(services, session)
    transcript = open_transcript(services, session)
    read = designated(services, session, transcript, made, vault, profile)
    apart = set_aside(transcript, made, vault)
    weeks = offsets_of(made.spans, vault)  # what is freed moves no date
    treated = treat(apart.transcript, apart.draft, vault, profile, read.speakers, read.names, weeks)
    return apart.put_back(treated), made, vault, profile


def designated(
    services: Services, session: SessionRow, transcript: Transcript, made: Draft, vault: Vault, profile: Profile
) -> Designations:
    """What the audience of ``profile`` reads for the people, places and speakers of a session."""
    texts = [turn.text.reveal() for turn in transcript.turns]
    labels = [turn.speaker for turn in transcript.turns]
    fewest = services.policy(session.workshop).thresholds.attribute
    return designate(texts, labels, made.spans, vault, profile, fewest)
