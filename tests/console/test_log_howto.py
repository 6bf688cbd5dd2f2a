"""docs/fr/verifier-le-journal.md: every command of the page, run in its order."""

import re
import shlex
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from flows.steps.retention import retain
from tests.factory import PASSPHRASE, copied
from vocabulary.choices import SessionState

DOCS = Path(__file__).parents[2] / "docs"


def commands() -> list[str]:
    """The lines of the page's shell blocks."""
    page = (DOCS / "fr" / "verifier-le-journal.md").read_text(encoding="utf-8")
    return [line for block in re.findall(r"```sh\n(.*?)```", page, re.DOTALL) for line in block.splitlines()]


def test_every_command_of_the_page_does_what_it_says(run, tmp_path, monkeypatch):
    """Each ends with 0, in a home with a certificate of destruction, from another folder than the home's."""
    built = copied(tmp_path / "home", SessionState.RECEIVED)
    with built.open(now=lambda: datetime(2100, 1, 1, tzinfo=UTC)) as services:
        retain.apply(services, "Dominique")
        (certified, *_) = services.archive.log.entries(kind="certified")
    desk = tmp_path / "desk"
    desk.mkdir()
    shutil.copy(built.path / "archive" / "log" / "key.pub", desk / "cle.pub")
    shutil.copy(DOCS / "reference" / "check_log.py", desk / "check_log.py")
    monkeypatch.chdir(desk)
    monkeypatch.setenv("HUISCLOS_HOME", str(built.path))
    monkeypatch.setenv("HUISCLOS_PASSPHRASE", PASSPHRASE)
    seen = 0
    for line in commands():
        command, _, target = line.replace("r-...", str(certified.facts["certificate"])).partition(" > ")
        program, *words = shlex.split(command)
        if program == "huisclos":
            ran = run(*words)
            code, out = ran.code, ran.out
        else:
            assert program == "python"
            done = subprocess.run([sys.executable, "-I", *words], capture_output=True, text=True, timeout=30)
            code, out = done.returncode, done.stdout
        assert code == 0, f"{line}: {out}"
        if target:
            Path(target).write_text(out, encoding="utf-8")
        seen += 1
    assert seen > 15
