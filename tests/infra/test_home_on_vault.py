"""A home whose slot secret Vault seals: made from the settings, opened from its file, looked at by the doctor."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra import doctor
from infra.home import create_home
from infra.settings import Slot, load_settings
from infra.wiring import open_services, slots_of
from storage.keys.transit_slots import TransitSlots
from tests import factory
from tests.fakes.vault_transit import TOKEN, VaultTransit
from vocabulary.errors import KeysError, ResourceError


@pytest.fixture
def vault(monkeypatch: pytest.MonkeyPatch) -> Iterator[VaultTransit]:
    monkeypatch.setenv("VAULT_TOKEN", TOKEN)
    with VaultTransit() as made:
        yield made


def _make(path: Path, vault: VaultTransit) -> None:
    create_home(
        path, factory.PASSPHRASE, keys=factory.FAST, slot=Slot(kind="transit", url=vault.url), accept_place=True
    )


def _slot_checks(home: Path) -> list[tuple[str, str]]:
    found = doctor.examine(load_settings(home))
    return [(check.level, check.message.format(**check.facts)) for check in found if check.name in {"slot", "transit"}]


def test_the_home_remembers_where_its_slot_is(tmp_path: Path, vault: VaultTransit) -> None:
    """What init was told by variables stands in the file, so that every later command finds the secret."""
    _make(tmp_path / "home", vault)
    settings = load_settings(tmp_path / "home")
    assert isinstance(slots_of(settings), TransitSlots)
    with open_services(settings, factory.PASSPHRASE) as services:
        assert services.archive.slots.read("a") is not None
    assert len(vault.keys) == 1
    assert TOKEN not in (tmp_path / "home" / "huisclos.toml").read_text()


def test_nothing_is_made_when_vault_does_not_answer(tmp_path: Path, vault: VaultTransit) -> None:
    """A home is made whole or not at all: Vault is asked first."""
    vault.sealed = True
    with pytest.raises(ResourceError):
        _make(tmp_path / "home", vault)
    vault.sealed, vault.token = False, "hvs.another"
    with pytest.raises(KeysError):
        _make(tmp_path / "home", vault)
    assert not (tmp_path / "home").exists()


def test_the_doctor_says_where_the_slot_lies(tmp_path: Path, vault: VaultTransit) -> None:
    """Behind Vault, in a file still, out of reach, with a key too many, or without the right to look."""
    home = tmp_path / "home"
    _make(home, vault)
    ((level, text),) = _slot_checks(home)
    assert (level, vault.url in text) == ("ok", True)
    slots = slots_of(load_settings(home))
    slots.fill("b")
    slots.path("b").write_bytes(bytes(4096))  # type: ignore[attr-defined]
    assert [level for level, _ in _slot_checks(home)] == ["ok", "advice"]
    assert max(vault.keys) in _slot_checks(home)[1][1] or min(vault.keys) in _slot_checks(home)[1][1]
    vault.denied.add("list")
    assert "may not list" in _slot_checks(home)[1][1]
    vault.sealed = True
    ((level, text),) = _slot_checks(home)
    assert (level, "is sealed" in text) == ("fault", True)


def test_the_doctor_says_that_a_secret_is_still_in_a_file(tmp_path: Path, vault: VaultTransit) -> None:
    """After the settings were changed, and before the first rotation."""
    home = factory.copied(tmp_path / "home").path
    (home / "huisclos.toml").write_text(f'[slot]\nkind = "transit"\nurl = "{vault.url}"\n')
    assert [(level, "still lies in a file" in text) for level, text in _slot_checks(home)] == [("advice", True)]
