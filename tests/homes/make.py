"""Makes a small home with this version and keeps it: ``python -m tests.homes.make``.

The session is released; the talk is the one of tests/factory.py. The archive file holds names, modes and bytes
and nothing of the machine: sorted, without owners or times. A home that is kept is never made again.
"""

import gzip
import io
import sys
import tarfile
import tempfile
from importlib.metadata import version
from pathlib import Path

from tests import factory
from vocabulary.choices import SessionState

KEPT = Path(__file__).parent
LARGEST = 500_000
"""Bytes of a kept home at most: it stays in the repository for good."""

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


def main() -> int:
    """Build, pack and write; 1 when this version has its home already or it grew too large."""
    target = KEPT / f"{version('huisclos')}.tar.gz"
    if target.exists():
        print(f"{target.name} is kept already, and a kept home is never made again.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        data = pack(factory.build(Path(folder) / "home", SessionState.RELEASED).path)
    if len(data) > LARGEST:
        print(f"{len(data)} bytes: a kept home has {LARGEST} at most.", file=sys.stderr)
        return 1
    target.write_bytes(data)
    print(f"{target.name}: {len(data)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
