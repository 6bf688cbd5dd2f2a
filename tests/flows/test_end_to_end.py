"""The main job through the real doors: the command line, Prefect, the real speech model, a real recording."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import factory
from tests.canary.scan import needles, scan

PASSPHRASE = "lanterne-gruau-parvis-mouette"
NAMES = ["Malik", "Benali"]
DOSSIER = """\
format = "huisclos-session/1"

[session]
number = 1
date = 2026-03-14
speakers = 2

[[participant]]
name = "Malik Benali"
role = "éducateur"
institution = "association"
form = "F-2026-001"
agrees = ["recording", "return"]
"""


class Console:
    """Runs huisclos in processes of its own and keeps what it printed."""

    def __init__(self, home: Path) -> None:
        self.printed = ""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("HUISCLOS_", "PREFECT_"))}
        self._environment = kept | {
            "HUISCLOS_HOME": str(home),
            "HUISCLOS_PASSPHRASE": PASSPHRASE,
            "HUISCLOS_INTAKE__SETTLE_SECONDS": "0",
            "HUISCLOS_SPEECH__AT_ONCE": "9",  # whoever else transcribes on this machine
        }

    def __call__(self, *arguments: str, expect: int = 0, **environment: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "console", *arguments],
            cwd=factory.ROOT,
            env=self._environment | environment,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == expect, (arguments, done.returncode, done.stdout, done.stderr)
        if arguments[:2] != ("review", "show"):
            self.printed += done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Console]:
    """A home taken from `init` to `retention apply`, by commands alone."""
    folder = tmp_path_factory.mktemp("walked")
    home = folder / "home"
    console = Console(home)
    console("init", "--accept-place")
    console("workshop", "add", "essai", "--policy", str(factory.POLICY))
    drop = home / "drop" / "essai"
    (drop / "seance1.ogg").write_bytes(factory.RECORDING.read_bytes())
    (drop / "seance1.toml").write_text(DOSSIER, encoding="utf-8")
    console("run")
    console("review", "accept", "essai/1", "--all", "--as", "Camille")
    console("clear", "essai/1", "--as", "Camille")
    console("clear", "essai/1", "--as", "Dominique")
    console("release", "essai/1", "--audience", "group", "--format", "docx,vtt,txt", "--as", "Camille")
    console("retention", "apply", "--yes", "--as", "Dominique")
    return home, console


def test_nothing_planted_is_found_in_home_prefect_or_output(walked: tuple[Path, Console]) -> None:
    """Names that were spoken and written in the dossier, and bytes of the recording."""
    home, console = walked
    wanted = needles([*NAMES, "Camille", "Dominique"], factory.RECORDING.read_bytes())
    assert scan(home, wanted, console.printed) == []
    assert (home / "prefect" / "prefect.db").exists()


def test_the_return_lies_in_the_outbox_under_its_names(walked: tuple[Path, Console]) -> None:
    """outbox/CODE/N/AUDIENCE/CODE-N-AUDIENCE.EXT"""
    home, _ = walked
    found = sorted(str(path.relative_to(home)) for path in (home / "outbox").rglob("*") if path.is_file())
    assert found == [f"outbox/essai/1/group/essai-1-group.{form}" for form in ("docx", "txt", "vtt")]


def test_log_and_archive_verify_without_and_with_the_passphrase(walked: tuple[Path, Console]) -> None:
    """Neither command needs it; with it, every object is opened too."""
    _, console = walked
    console("log", "verify", HUISCLOS_PASSPHRASE="")
    console("archive", "verify", HUISCLOS_PASSPHRASE="")
    console("archive", "verify")


def test_status_says_the_session_is_released_and_names_are_declarations(walked: tuple[Path, Console]) -> None:
    """One JSON object, with its schema."""
    _, console = walked
    status = json.loads(console("status", "--json"))
    assert status["sessions"][0]["state"] == "released"
    assert status["schema"].startswith("huisclos-")
    assert status["people"]["authenticated"] == 0


def test_a_wrong_passphrase_is_refused_with_its_code(walked: tuple[Path, Console]) -> None:
    """Exit 3, and nothing changes."""
    _, console = walked
    console("run", expect=3, HUISCLOS_PASSPHRASE="une autre phrase de passe")


def test_a_text_file_named_wav_ends_in_quarantine_and_run_says_so(walked: tuple[Path, Console]) -> None:
    """Exit 12: done, but something is set aside. The archive is still whole."""
    home, console = walked
    (home / "drop" / "essai" / "seance2.wav").write_text("ceci n'est pas un enregistrement\n" * 20)
    console("run", expect=12)
    assert not (home / "drop" / "essai" / "seance2.wav").exists()
    console("archive", "verify")


def test_bad_requests_get_the_codes_the_reference_promises(walked: tuple[Path, Console], tmp_path: Path) -> None:
    """Usage 2, contract 5, unknown 6, state 7, person 8."""
    _, console = walked
    console("clear", "essai", "--as", "Camille", expect=2)
    bad = tmp_path / "politique.yaml"
    bad.write_text(factory.POLICY.read_text(encoding="utf-8").replace("clearance:", "clarance:", 1), encoding="utf-8")
    console("policy", "check", str(bad), expect=5)
    console("clear", "ailleurs/1", "--as", "Camille", expect=6)
    console("clear", "essai/1", "--as", "Sacha", expect=7)
    console("submit", str(factory.RECORDING), "--workshop", "nulle-part", "--session", "1", expect=6)
