"""Makes a small home with this version and keeps it: ``python -m tests.homes.make``.

The session is released, after a person freed a passage and said who speaks; a record is on hold, the return is closed,
and somebody asked for access. The talk is the one of tests/factory.py. The archive file holds names, modes and bytes
and nothing of the machine: sorted, without owners or times. A home that is kept is never made again.
"""

import gzip
import io
import sys
import tarfile
import tempfile
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path

from flows.steps.retention import events, holds
from flows.steps.reviewing import review, speakers
from flows.steps.rights import requests
from infra.wiring import Services
from tests import factory
from vocabulary.choices import Ground, RecordClass, RequestKind, SessionState, Suspends, Trigger
from vocabulary.text import IdentifiedText

KEPT = Path(__file__).parent
LARGEST = 500_000
"""Bytes of a kept home at most: it stays in the repository for good."""

FREED = "0:0-7"
"""The first word of the talk, which is nobody's name."""
REASON = "Quastelbach le demande."
ASKING = "Solveig Quastelbach"

_OF_THE_MOMENT = ("locks", "tmp", "prefect")


def pack(home: Path) -> bytes:
    """A home as one compressed archive: its files under ``home/``, empty folders included."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in sorted(home.rglob("*")):
            inside = path.relative_to(home)
            if inside.parts[0] in _OF_THE_MOMENT and len(inside.parts) > 1:
                continue
            entry = archive.gettarinfo(path, f"home/{inside}")
            entry.uid = entry.gid = entry.mtime = 0
            entry.uname = entry.gname = ""
            with path.open("rb") if path.is_file() else io.BytesIO() as content:
                archive.addfile(entry, content)
    return gzip.compress(packed.getvalue(), mtime=0)


def unpack(kept: Path, folder: Path) -> factory.Built:
    """The home in a kept archive, laid out under ``folder``."""
    with tarfile.open(kept) as archive:
        archive.extractall(folder, filter="data")
    for path in (folder / "home", *(folder / "home").rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)
    return factory.Built(folder / "home")


def build(path: Path) -> factory.Built:
    """A home in which people did something of each kind that leaves a record of its own."""
    home = factory.build(path, SessionState.IN_REVIEW)
    with home.open() as services:
        _review(services)
        factory.walk_on(services, SessionState.RELEASED)
        _order(services)
    return home


def _review(services: Services) -> None:
    voice = speakers.show(services, factory.SESSION, "Camille").voices[0].label
    (solveig,) = speakers.participants(services, factory.SESSION, voice, "Camille")
    speakers.recognise(services, factory.SESSION, voice, solveig.referent, "Camille")
    review.show(services, factory.SESSION, "Camille")
    review.free(services, factory.SESSION, FREED, "Mot ordinaire.", "Camille")


def _order(services: Services) -> None:
    today = requests.today(services)
    (draft,) = services.archive.catalog.records(record_class=RecordClass.DRAFT)
    reason = IdentifiedText(REASON)
    holds.place(
        services, Suspends.DESTRUCTION, draft.id, Ground.DISPUTE, today + timedelta(days=60), "Dominique", reason
    )
    events.note(services, Trigger.RETURN_CLOSED, str(factory.SESSION), today, "Dominique")
    who = IdentifiedText(ASKING)
    requests.open_request(services, RequestKind.ACCESS, today, who, "Dominique", speaks=True)


def main() -> int:
    """Build, pack and write; 1 when this version has its home already or it grew too large."""
    target = KEPT / f"{version('huisclos')}.tar.gz"
    if target.exists():
        print(f"{target.name} is kept already, and a kept home is never made again.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        data = pack(build(Path(folder) / "home").path)
    if len(data) > LARGEST:
        print(f"{len(data)} bytes: a kept home has {LARGEST} at most.", file=sys.stderr)
        return 1
    target.write_bytes(data)
    print(f"{target.name}: {len(data)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
