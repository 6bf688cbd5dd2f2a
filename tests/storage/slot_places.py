"""The places a slot secret can lie in, for tests that hold for all of them."""

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from storage.keys.slots import FileSlots
from storage.keys.transit import Transit
from storage.keys.transit_slots import TransitSlots
from tests.fakes.vault_transit import TOKEN, Key, VaultTransit

PREFIX = "huisclos-test"


@dataclass
class SlotPlace:
    """A folder for slot files, and the Vault that seals them, if one does."""

    folder: Path
    vault: VaultTransit | None = None
    _kept: dict[str, Key] = field(default_factory=dict)

    def slots(self, folder: Path | None = None) -> FileSlots:
        """The slots of the folder, as a new process sees them."""
        if self.vault is None:
            return FileSlots(folder or self.folder)
        return TransitSlots(folder or self.folder, Transit(self.vault.url), PREFIX)

    def again(self, home: Path, number: int) -> Path:
        """A copy of a home, and Vault as it was when the first copy was made."""
        if self.vault is not None:
            if number == 0:
                self._kept = dict(self.vault.keys)
            self.vault.keys = {name: replace(key) for name, key in self._kept.items()}
        return Path(shutil.copytree(home, home.parent / f"{home.name}-{number}"))

    def keys(self) -> list[str]:
        """The transit keys there are."""
        return [] if self.vault is None else sorted(self.vault.keys)


@contextlib.contextmanager
def slot_place(kind: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SlotPlace]:
    """``file`` or ``transit``."""
    if kind == "file":
        yield SlotPlace(home / "slot")
        return
    monkeypatch.setenv("VAULT_TOKEN", TOKEN)
    with VaultTransit() as vault:
        yield SlotPlace(home / "slot", vault)
