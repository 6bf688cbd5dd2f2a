"""What a draft is made of, without any commit: correct, detect, link, draw.

Rules kept here:
- the verbatim stays what was recognised; names that were misheard are corrected in a copy, and everything after reads
  that copy. A new dossier therefore leads to new corrections without a new transcription;
- what people ruled of corrections before stands (anonymize/hearing/rulings.py), and what they said of who speaks: turns
  are parted after they are corrected (anonymize/seating.py);
- all that is ever drawn for the vault is drawn here; the caller stores it in the same commit as the draft.
"""

import secrets
from dataclasses import dataclass

from anonymize.hearing.corrections import find_corrections, undecided, whole
from anonymize.hearing.rulings import with_rulings
from anonymize.linking.link import link
from anonymize.linking.proposals import propose
from anonymize.seating import speakers_of
from anonymize.treatment.traits import complete
from anonymize.vault import Vault, known_from
from flows.steps.arrival.dossiers import load, told_in
from infra.wiring import Services
from storage.rows.walk import SessionRow
from vocabulary.choices import Audience, CorrectionState, EntityType, RecordClass, Tier
from vocabulary.corrections import corrected, placed
from vocabulary.draft import Draft
from vocabulary.profile import EQUIVALENT
from vocabulary.transcript import Transcript


@dataclass(frozen=True)
class Made:
    """A draft, and the vault as it now is; ``grown`` when that is another one than before."""

    draft: Draft
    vault: Vault
    grown: bool

    @property
    def facts(self) -> dict[str, str | int | bool | None]:
        """What the log keeps of it: counts."""
        spans, corrections = self.draft.spans, self.draft.corrections
        residual = sum(span.tier is Tier.RESIDUAL for span in spans)
        return {
            "sure": len(spans) - residual,
            "residual": residual,
            "proposals": len(self.draft.proposals),
            "corrected": sum(one.applied for one in corrections),
            "uncorrected": sum(one.state is CorrectionState.PROPOSED for one in corrections),
            "vault": self.vault.version,
            "youths": sum(referent.kind is EntityType.YOUTH for referent in self.vault.referents),
            "persons": sum(referent.kind is EntityType.PERSON for referent in self.vault.referents),
        }


def make(
    services: Services, session: SessionRow, verbatim: Transcript, vault: Vault, before: Draft | None = None
) -> Made:
    """Make the draft of a session from its verbatim, its dossier and the vault. What people decided in the draft
    ``before`` about corrections and about who speaks is kept where it is of this verbatim. DetectorError when a
    detector fails."""
    record = services.archive.catalog.latest(session.id, RecordClass.VERBATIM)
    told = None if record is None else record.id
    decided = before.speakers if before is not None and before.verbatim == told else ()
    dossier = load(services, session)
    known = known_from(dossier, vault)
    found = find_corrections(verbatim, known, told_in(services, session.workshop))
    corrections = with_rulings(found, before.corrections if before else (), verbatim)
    seating = speakers_of(corrected(verbatim, corrections), decided)
    texts, speakers = seating.texts, seating.labels
    marks = [(at, one) for one in corrections for at in seating.here(placed(one, corrections))]
    examined = services.detector.examine(texts, known)
    detected, masks = undecided(examined.spans, marks)
    evidence = services.detector.weigh(texts, detected, speakers, examined.session)
    linked, after = link(texts, detected, known, vault, speakers=speakers, evidence=evidence)
    spans = sorted(whole(texts, [*linked, *masks], marks))
    profiles = services.policy(session.workshop).audiences.values()
    grown = complete(
        after, vault, texts, spans,
        dossier=dossier, speakers=speakers, equivalent=any(one.pseudonyms == EQUIVALENT for one in profiles),
    )  # fmt: skip
    draft = Draft(
        spans=tuple(seating.heard_span(span) for span in spans),
        decisions=(),
        salts={audience: secrets.token_hex(32) for audience in Audience},
        detector=services.detector.version,
        vault_version=grown.version,
        proposals=tuple(seating.heard_proposal(one) for one in propose(texts, linked, evidence, known)),
        speakers=decided,
        verbatim=told,
        corrections=corrections,
    )
    return Made(draft, grown, grown.version != vault.version)
