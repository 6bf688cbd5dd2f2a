"""The names recognition listens for: those of the dossier and of the vault, by how often the workshop mentions them."""

import contextlib
from collections import Counter

from anonymize.naming.listening import listening_order
from anonymize.vault import Vault
from flows.steps.drafting.vaults import SealedVaults
from infra.wiring import Services
from policies.holds import can_use
from storage.rows.walk import SessionRow
from vocabulary.choices import RecordClass
from vocabulary.dossier import Dossier
from vocabulary.draft import Draft
from vocabulary.errors import DamagedError, KeyGoneError


def names_to_hear(services: Services, session: SessionRow, dossier: Dossier | None) -> list[str]:
    """Forms of names, the most useful first."""
    vault = SealedVaults(services).load(session.workshop)
    return listening_order(dossier, vault, _mentions(services, session))


def names_of_dossier(dossier: Dossier | None) -> list[str]:
    """Those of the names to hear that the session's own dossier gives."""
    return listening_order(dossier, Vault.empty(), {})


def _mentions(services: Services, session: SessionRow) -> Counter[str]:
    """How often the drafts of the workshop's other sessions name each referent.

    A draft that is damaged, or goes while it is read, counts for nothing: what is asked is an order, and
    `archive verify` tells of damage. Nor does one whose use is restricted.
    """
    archive = services.archive
    orders = archive.catalog.holds()
    found: Counter[str] = Counter()
    for other in archive.catalog.sessions():
        record = archive.catalog.latest(other.id, RecordClass.DRAFT) if other.workshop == session.workshop else None
        if record is None or other.id == session.id or not can_use(orders, other.workshop, other.id):
            continue
        with contextlib.suppress(DamagedError, KeyGoneError):
            made = Draft.from_bytes(archive.objects.unseal(archive.scope_of(record), archive.sealed_of(record)))
            found.update(span.cluster for span in made.spans if span.cluster)
    return found
