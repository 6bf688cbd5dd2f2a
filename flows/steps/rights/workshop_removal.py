"""Taking a person out of the records of a workshop that are of no session: what was narrowed, reasons, the vault.

Rules kept here are those of removal.py. Whatever an order, an extension or a decision gave its reason in stays with
it: its row names the new version from the same commit on.
"""

from collections.abc import Sequence
from dataclasses import replace

from anonymize.excision import Cuts
from anonymize.vault import Vault
from flows.steps.drafting.vaults import SealedVaults
from flows.steps.rights.consent_removal import Consents
from flows.steps.rights.removal import Removal
from flows.steps.rights.traced import Traces
from flows.steps.sealing import Replacement
from infra.wiring import Services
from storage.rows.walk import RecordRow
from vocabulary.choices import RecordClass


def leave_narrowings(services: Services, consents: Consents, change: Removal) -> None:
    """Seal what was taken back in the workshop without their name."""
    found = consents.narrowings()
    if found is None or consents.unnamed(found[1]) == found[1]:
        return
    archive = services.archive
    scope = archive.next_scope(consents.workshop, 0, RecordClass.CONSENT)
    sealed = archive.objects.seal(scope, consents.unnamed(found[1]).to_bytes())
    row = archive.new_record(scope, sealed, services.now(), version=found[0].version + 1)
    change.swap([found[0]], row, services)


def leave_reasons(services: Services, traces: Traces, change: Removal) -> None:
    """Seal the reasons that name them with the mark in their place; they end when the old ones would have."""
    if not traces.reasons:
        return
    archive = services.archive
    scope = archive.next_scope(traces.workshop, 0, RecordClass.REASON)
    for found in traces.reasons:
        text, old = found.text.reveal(), found.record
        sealed = archive.objects.seal(scope, Cuts.of([text], found.passages).text(0, text).encode())
        row = archive.new_record(scope, sealed, services.now(), version=old.version + 1)
        row = replace(row, created_at=old.created_at)
        change.swap([old], row, services)
        change.replaced += _told_in(services, old, row)


def _told_in(services: Services, old: RecordRow, new: RecordRow) -> Sequence[Replacement]:
    """The rows that gave their reason in ``old``, with ``new`` in its place."""
    catalog = services.archive.catalog
    orders = [row for row in catalog.holds(present=False) if row.note == old.id]
    extensions = [row for row in catalog.extensions() if row.note == old.id]
    decisions = [row for row in catalog.decisions() if row.note == old.id]
    return [
        *((row, replace(row, note=new.id)) for row in orders),
        *((row, replace(row, note=new.id)) for row in extensions),
        *((row, replace(row, note=new.id)) for row in decisions),
    ]


def leave_vault(vaults: SealedVaults, workshop: str, vault: Vault, gone: frozenset[str], change: Removal) -> None:
    """Seal the vault without those who are gone; the counters stay, so that no code is given twice."""
    kept = tuple(one for one in vault.referents if one.id not in gone)
    if len(kept) == len(vault.referents):
        return
    row, replaced = vaults.seal(workshop, replace(vault, version=vault.version + 1, referents=kept))
    change.added.append(row)
    change.replaced += replaced
    change.records += len(replaced)
