"""What the whole suite shares: one language pipeline, one environment, homes built in a moment."""

import os
from pathlib import Path

import pytest

from tests import factory


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the person who runs the tests reaches them."""
    for name in list(os.environ):
        if name.startswith("HUISCLOS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HUISCLOS_INTAKE__SETTLE_SECONDS", "0")


@pytest.fixture(scope="session")
def detector():  # type: ignore[no-untyped-def]
    """The real detector, loaded once."""
    return factory.detector()


@pytest.fixture
def home(tmp_path: Path) -> factory.Built:
    """A home with one workshop and nothing in it."""
    return factory.copied(tmp_path / "home")
