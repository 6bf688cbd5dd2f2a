"""A home is made as the settings say, and what a system does not tell is never called sound."""

from pathlib import Path

import pytest

from infra import doctor
from infra.disk import Disk
from infra.home import create_home
from infra.settings import Keys
from tests import factory


def test_higher_costs_than_the_defaults_are_the_costs_of_the_home(tmp_path: Path) -> None:
    """Who asks for more never gets the costs of the tests."""
    create_home(
        tmp_path / "home", factory.PASSPHRASE, keys=Keys(memory_kib=70000, passes=3, lanes=4), accept_place=True
    )
    assert b"argon2id 70000 3 4 " in (tmp_path / "home" / "archive" / "keystore").read_bytes()


def test_what_the_system_does_not_tell_is_an_advice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """None means not known."""
    unknown = Disk(
        filesystem=None, encrypted=None, network=None, flash=None, copy_on_write=None, free=2**40, synced=False
    )
    monkeypatch.setattr(doctor, "look", lambda _: unknown)
    monkeypatch.setattr(doctor, "swap_in_clear", lambda: None)
    levels = {check.name: check.level for check in doctor.disk_checks(tmp_path)}
    assert levels == {"place": "advice", "encryption": "advice", "slot": "advice", "room": "ok", "swap": "advice"}
