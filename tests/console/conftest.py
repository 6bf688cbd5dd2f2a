"""What the tests of the console share: running one command line in this process, and a real home."""

import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from console.main import main
from tests import factory
from vocabulary.choices import SessionState

PASSPHRASE = "lanterne gruau parvis mouette"


@dataclass(frozen=True)
class Ran:
    """One command line, run: its exit code and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def value(self) -> dict[str, Any]:
        """The one JSON object on standard output."""
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found


Run = Callable[..., Ran]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs ``huisclos WORDS...`` with nobody at the terminal."""
    monkeypatch.setenv("COLUMNS", "100")

    def run_words(*words: str | Path) -> Ran:
        capsys.readouterr()
        code = main([str(word) for word in words])
        written = capsys.readouterr()
        return Ran(code, written.out, written.err)

    return run_words


@pytest.fixture
def at_home(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home made by ``huisclos init``, named by HUISCLOS_HOME, with the cheapest keys."""
    home = tmp_path / "home"
    monkeypatch.setenv("HUISCLOS_HOME", str(home))
    monkeypatch.setenv("HUISCLOS_PASSPHRASE", PASSPHRASE)
    for cost, value in (("MEMORY_KIB", "8"), ("PASSES", "1"), ("LANES", "1")):
        monkeypatch.setenv(f"HUISCLOS_KEYS__{cost}", value)
    made = run("init", "--accept-place")
    assert made.code == 0, made.err
    return home


@pytest.fixture
def named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Lays out a home in a state (none: nothing in its workshop), named by the environment with its passphrase."""

    def lay_out(state: SessionState | None = None) -> Path:
        home = factory.copied(tmp_path / "home", state).path
        monkeypatch.setenv("HUISCLOS_HOME", str(home))
        monkeypatch.setenv("HUISCLOS_PASSPHRASE", factory.PASSPHRASE)
        return home

    return lay_out


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """What a person types at the prompts, a line each."""

    def answer(*lines: object) -> None:
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))

    return answer


@pytest.fixture(autouse=True)
def _nobody_at_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
