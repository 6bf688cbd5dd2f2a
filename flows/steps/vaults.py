"""The workshop's vault, sealed: loaded, and stored by compare-and-set.

Each version is sealed under an epoch of its own and the one before loses its key at once, so that a name
taken out of the vault is gone from the disk too.
"""

from anonymize.vault import Vault
from flows.steps.sealing import Replacement, condemn, record_row
from infra.wiring import Services
from storage.rows import RecordRow
from vocabulary.choices import RecordClass
from vocabulary.errors import ConflictError
from vocabulary.messages import N_


class SealedVaults:
    """The vaults of one home, in its archive (the protocol is anonymize.vault.VaultStore)."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def load(self, workshop: str) -> Vault:
        """The vault as last stored; an empty one when the workshop has none yet."""
        record = self._record(workshop)
        if record is None:
            return Vault.empty()
        archive = self._services.archive
        return Vault.from_bytes(archive.objects.unseal(archive.scope_of(record), archive.sealed_of(record)))

    def exists(self, workshop: str) -> bool:
        return self._record(workshop) is not None

    def seal(self, workshop: str, vault: Vault) -> tuple[RecordRow, list[Replacement]]:
        """Seal a new version; return its row and what it replaces, for the caller's one commit.

        ConflictError if the version stored is not the one before: read again and link again.
        """
        record = self._record(workshop)
        stored = record.version if record else 0
        if vault.version != stored + 1:
            raise ConflictError(N_("The vault of this workshop changed meanwhile. Run again."))
        archive = self._services.archive
        scope = archive.next_scope(workshop, 0, RecordClass.VAULT)
        sealed = archive.objects.seal(scope, vault.to_bytes())
        row = record_row(self._services, scope, sealed, session=None, version=vault.version)
        return row, condemn([record] if record else [], self._services.now())

    def _record(self, workshop: str) -> RecordRow | None:
        found = self._services.archive.catalog.records(workshop=workshop, record_class=RecordClass.VAULT)
        return max(found, key=lambda record: record.version, default=None)
