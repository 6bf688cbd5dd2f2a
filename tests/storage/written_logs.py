"""Small real logs, written with a known key, and the checker of exports run as an auditor runs it."""

import subprocess
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from storage.expiry import settle, stage
from storage.log.entry import Entry, LoggedEntry
from storage.log.export import CHECKER, checker
from storage.log.log import Log
from storage.log.segments import ACCESS
from vocabulary.ids import new_id

HOME = "h-" + "0" * 32
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def entry_line(seq: int, entry: Entry | None = None) -> bytes:
    """An entry of one second after the other."""
    at = f"2026-03-14T{9 + seq // 3600:02}:{seq // 60 % 60:02}:{seq % 60:02}Z"
    return LoggedEntry.of(entry or Entry("fault"), (), seq=seq, entry_id=new_id("e"), at=at).line()


def written(directory: Path, size: int, key: Ed25519PrivateKey = KEY, home: str = HOME) -> Log:
    """A log of ``size`` entries."""
    log = Log.create(directory, home, key)
    grow(log, size, key)
    return log


def grow(log: Log, count: int, key: Ed25519PrivateKey = KEY) -> None:
    """``count`` more entries."""
    size = log.checkpoint().size
    log.append([entry_line(size + number) for number in range(count)], key)


def check(folder: Path, *words: str | Path, python: str = sys.executable) -> tuple[int, str]:
    """Run the checker in an empty folder with nothing of this program to be found; its exit code and its words."""
    folder.mkdir(exist_ok=True)
    program = folder / CHECKER
    program.write_bytes(checker())
    command = [python, "-I", str(program), *map(str, words)]
    ran = subprocess.run(command, cwd=folder, capture_output=True, env={}, timeout=30)
    assert b"Traceback" not in ran.stderr, ran.stderr.decode()
    return ran.returncode, ran.stdout.decode()


def with_expired(directory: Path) -> tuple[Log, str]:
    """A log whose accesses (entries 2 to 5 and 8) expired, and a checkpoint from the middle of them."""
    log = written(directory, 2)
    person = "p-" + "3" * 32

    def more(kind: str, count: int) -> None:
        size = log.checkpoint().size
        log.append([entry_line(size + number, Entry(kind, actor=person)) for number in range(count)], KEY)

    more("accessed", 2)
    kept = log.checkpoint_text()
    for kind, count in (("accessed", 2), ("fault", 2), ("accessed", 1), ("fault", 1)):
        more(kind, count)
    facts = stage(log, KEY, [one for one in log.segments() if one.stream == ACCESS])
    log.append([entry_line(10, Entry("segment-expired", facts=facts))], KEY)
    settle(log)
    return log, kept
