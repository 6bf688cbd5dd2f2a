"""The workshop's vault, sealed: loaded, and stored by compare-and-set.

Each version is sealed under an epoch of its own and the one before loses its key at once, so that a name
taken out of the vault is gone from the disk too.
"""

from anonymize.vault import Vault
from flows.steps.retention.holds import supersede
from flows.steps.rights.standing import standing
from flows.steps.sealing import Replacement
from infra.wiring import Services
from storage.rows.walk import RecordRow
from vocabulary.choices import RecordClass
from vocabulary.errors import ConflictError, DamagedError, KeyGoneError
from vocabulary.messages import N_


class SealedVaults:
    """The vaults of one home, in its archive (the protocol is anonymize.vault.VaultStore)."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def load(self, workshop: str) -> Vault:
        """The vault as last stored; an empty one when the workshop has none."""
        archive = self._services.archive
        record = self._record(workshop)
        while record is not None:
            try:
                return Vault.from_bytes(archive.objects.unseal(archive.scope_of(record), archive.sealed_of(record)))
            except (DamagedError, KeyGoneError):
                newer = self._record(workshop)
                if newer == record:
                    raise
                record = newer  # replaced while it was being read
        return Vault.empty()

    def knows(self, workshop: str, cleared: RecordRow) -> bool:
        """Whether the vault that knew the forms of a cleared text is still there, or there never was one."""
        records = self._services.archive.catalog.records(workshop=workshop, record_class=RecordClass.VAULT, life=None)
        begun = [record.created_at for record in records if record.version == 1]
        if not begun:
            return True
        return self._record(workshop) is not None and (len(begun) == 1 or max(begun) <= cleared.created_at)

    def seal(self, workshop: str, vault: Vault) -> tuple[RecordRow, list[Replacement]]:
        """Seal a new version; return its row and what it replaces, for the caller's one commit.

        ConflictError if the version stored is not the one before: read again and link again.
        """
        record = self._record(workshop)
        stored = record.version if record else 0
        earlier = standing(self._services, workshop, RecordClass.VAULT)  # a hold that was lifted may have kept some
        if vault.version != stored + 1:
            raise ConflictError(N_("The vault of this workshop changed meanwhile. Run again."))
        archive = self._services.archive
        scope = archive.next_scope(workshop, 0, RecordClass.VAULT)
        sealed = archive.objects.seal(scope, vault.to_bytes())
        row = archive.new_record(scope, sealed, self._services.now(), version=vault.version)
        return row, supersede(self._services, earlier)

    def _record(self, workshop: str) -> RecordRow | None:
        found = self._services.archive.catalog.records(workshop=workshop, record_class=RecordClass.VAULT)
        return max(found, key=lambda record: record.version, default=None)
