"""The main job, end to end, through the real commands: what `make demo` runs.

A home is made under .demo/, a recording goes in, its return comes out, the recording is destroyed, and
log and archive are verified. Each command is shown before it runs, so that this is a tutorial too.
"""

import argparse
import json
import os
import secrets
import shutil
import subprocess
import sys
import time
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from console.messages import _
from returns.rendering import extract
from vocabulary.messages import N_

ROOT = Path(__file__).resolve().parent.parent
PLACE = ROOT / ".demo"
SESSION = "demo/1"


def main() -> int:
    """Run the demonstration; the exit code is that of the first command that failed."""
    options = _options()
    began = time.monotonic()
    home = _fresh_home()
    for number, (title, command) in enumerate(_commands(options), 1):
        print(f"\n\033[1m{number}. {_(title)}\033[0m")
        print(f"   $ huisclos {' '.join(command)}\n", flush=True)
        done = subprocess.run([sys.executable, "-m", "console", *command], cwd=ROOT, env=_environment(home))
        if done.returncode != 0:
            return done.returncode
    if options.recording == ROOT / "demo" / "seance1.ogg":
        _count_identifiers(home)
    _farewell(home, time.monotonic() - began)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Run the main job on a recording.")
    parser.add_argument("--recording", type=Path, default=ROOT / "demo" / "seance1.ogg")
    parser.add_argument("--dossier", type=Path, default=ROOT / "demo" / "seance1.toml")
    return parser.parse_args()


def _fresh_home() -> Path:
    """An empty place for a home, and a passphrase of its own, readable by its owner only."""
    PLACE.mkdir(mode=0o700, exist_ok=True)
    home = PLACE / "home"
    if home.exists():
        shutil.rmtree(home)
    file = PLACE / "passphrase"
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write("-".join(secrets.token_hex(3) for _ in range(6)) + "\n")
    return home


def _environment(home: Path) -> dict[str, str]:
    return {**os.environ, "HUISCLOS_HOME": str(home), "HUISCLOS_DEMONSTRATION": "true"}


def _commands(options: argparse.Namespace) -> list[tuple[str, list[str]]]:
    secret = ["--passphrase-file", str((PLACE / "passphrase").relative_to(ROOT))]
    recording, dossier = (str(_shown(path)) for path in (options.recording, options.dossier))
    policy = str(_shown(ROOT / "policies" / "samples" / "demo.yaml"))
    release = ["release", SESSION, "--audience", "group", "--format", "docx,vtt,txt", "--as", "Camille"]
    return [
        (N_("A home: keys, drop folder, outbox, archive"), ["init", *secret]),
        (N_("A workshop, under a policy that asks for two clearances"),
         ["workshop", "add", "demo", "--policy", policy, *secret]),
        (N_("The recording and its dossier are sealed"),
         ["submit", recording, "--workshop", "demo", "--session", "1", "--dossier", dossier, *secret]),
        (N_("Transcription and pseudonymization"), ["run", *secret]),
        (N_("The review: everything found is taken, what is doubtful stays masked"),
         ["review", "accept", SESSION, "--all", "--as", "Camille", *secret]),
        (N_("First clearance"), ["clear", SESSION, "--audience", "group", "--as", "Camille", *secret]),
        (N_("Second clearance, by another person"),
         ["clear", SESSION, "--audience", "group", "--as", "Dominique", *secret]),
        (N_("The return goes to the outbox, past the egress guard"), [*release, *secret]),
        (N_("What the retention schedule says"), ["retention", "plan"]),
        (N_("The recording is destroyed, its key first"),
         ["retention", "apply", "--yes", "--as", "Dominique", *secret]),
        (N_("The log is whole"), ["log", "verify"]),
        (N_("The archive is whole"), ["archive", "verify", *secret]),
    ]  # fmt: skip


def _shown(path: Path) -> Path:
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


def _count_identifiers(home: Path) -> None:
    """How many of the recording's identifiers stand in what left."""
    gold = json.loads((ROOT / "demo" / "gold.jsonl").read_text(encoding="utf-8").splitlines()[0])
    forms = {_fold(entity["text"]) for entity in gold["entities"] if entity["label"] != "PUBLIC"}
    left = left_over(forms, (home / "outbox/demo/1/group/demo-1-group.txt").read_bytes())
    found = _(N_("Identifiers of the recording found in the return: {left} of {all}."))
    print(found.format(left=len(left), all=len(forms)))


def left_over(forms: Iterable[str], returned: bytes) -> set[str]:
    """Those of ``forms`` that stand in a return as text: whole words, folded.

    It is read as the egress guard reads it: the talk without the numbers of its lines, which are nobody's age.
    """
    texts = [f" {_fold(text)} " for text in extract("txt", returned).values()]
    return {form for form in forms if any(f" {_fold(form)} " in text for text in texts)}


def _fold(text: str) -> str:
    letters = unicodedata.normalize("NFD", text.lower())
    kept = "".join(c if c.isalnum() else " " for c in letters if unicodedata.category(c) != "Mn")
    return " ".join(kept.split())


def _farewell(home: Path, seconds: float) -> None:
    done = _(N_("Done in {seconds} seconds. Where things are:")).format(seconds=round(seconds))
    print(f"\n\033[1m{done}\033[0m")
    for file in sorted((home / "outbox").rglob("*")):
        if file.is_file():
            print(f"   {file.relative_to(ROOT)}")
    print(_(N_("Open the .docx first: it is the return the group reads, with its amendment sheet.")))
    print(_(N_("Then: HUISCLOS_HOME=.demo/home .venv/bin/huisclos log show")))
    print(_(N_("The passphrase of this home lies in .demo/passphrase. Your own first recording: README.md.")))


if __name__ == "__main__":
    sys.exit(main())
