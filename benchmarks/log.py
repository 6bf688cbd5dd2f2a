"""The processing log: appending, verifying, proving; beside a bare hash chain and SQLite in the same run.

    python -m benchmarks.log [--entries 1000000] [--batched 20000] [--commits 200] [--folder DIR]

The entries are made like those of a real home: twelve months, one access to three decisions, drawn with a fixed
seed. The hash chain is the barest thing that finds a change: SHA-256 of the chain so far and the line, the lines read
from the same files. Each time is the best of three, the measures taken in turn.
"""

import argparse
import hashlib
import os
import platform
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from storage.archive import Archive
from storage.commit import Change
from storage.keys.keystore import Costs
from storage.log.audit import verify_log
from storage.log.entry import Entry, LoggedEntry, WrittenRow
from storage.log.log import Log
from storage.log.tree import Tree, leaf_hash, verify_consistency, verify_inclusion

HOME = "h-" + "0" * 32
PASSPHRASE = "lanterne-gruau-parvis-mouette"
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
YEAR = 365 * 86_400
RUNS = 3


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--batched", type=int, default=20_000)
    parser.add_argument("--commits", type=int, default=200)
    parser.add_argument("--folder", type=Path, default=None, help="where to write; a temporary folder by default")
    asked = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {datetime.now(UTC):%F}")
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        verifying(Path(folder), asked.entries)
        proving(Path(folder) / "long")
        appending(Path(folder), asked.batched)
        committing(Path(folder), asked.commits)


def entries(count: int) -> Iterator[LoggedEntry]:
    """``count`` entries as a home writes them, spread over a year."""
    draw = random.Random(9162)

    def opaque(letter: str) -> str:
        return f"{letter}-{draw.getrandbits(128):032x}"

    session, person = opaque("s"), opaque("p")
    record = {
        "audience": None, "created_at": "2026-03-14T09:00:00Z", "digest": f"{draw.getrandbits(256):064x}", "epoch": 1,
        "id": opaque("r"), "kind": "table", "life": "live", "object_id": opaque("o"), "record_class": "draft",
        "session_id": session, "size": 18231, "version": 3, "workshop": "marseille-13",
    }  # fmt: skip
    row = (WrittenRow("records", str(record["id"]), record),)
    read = LoggedEntry.of(Entry("accessed", session, person, {"what": "draft", "turns": 361}), (), **_numbers(0))
    plain = LoggedEntry.of(Entry("cleared", session, person, {"digest": record["digest"]}), (), **_numbers(0))
    drafted = LoggedEntry.of(Entry("drafted", session, None, {"spans": 41, "vault": 2}), row, **_numbers(0))
    for seq in range(count):
        at = f"{BEGINNING + timedelta(seconds=seq * YEAR // count):%Y-%m-%dT%H:%M:%SZ}"
        yield replace(draw.choice((read, plain, drafted, drafted)), seq=seq, id=opaque("e"), at=at)


def _numbers(seq: int) -> dict[str, object]:
    return {"seq": seq, "entry_id": "e-" + "0" * 32, "at": f"{BEGINNING:%Y-%m-%dT%H:%M:%SZ}"}


def verifying(folder: Path, count: int) -> None:
    """A long log, verified; the same lines through a bare chain."""
    key = Ed25519PrivateKey.generate()
    log = Log.create(folder / "long", HOME, key)
    made = entries(count)
    seconds = 0.0
    while batch := [entry.line() for _, entry in zip(range(10_000), made, strict=False)]:
        began = time.perf_counter()
        log.append(batch, key)
        seconds += time.perf_counter() - began
    files = sorted((folder / "long" / "segments").iterdir())
    size = sum(path.stat().st_size for path in files)
    print(f"{count:,} entries, {size / count:.0f} bytes each, in {len(files)} segments")
    print(f"append in batches of 10,000: {count / seconds:,.0f} entries/s")
    chain, verified = best(lambda: bare_chain(files), lambda: verify_log(folder / "long", pending=list))
    print(f"bare hash chain over the same lines: {chain:.2f} s")
    print(f"log verify: {verified:.2f} s, x{verified / chain:.2f} of the chain")


def bare_chain(files: Sequence[Path]) -> bytes:
    """What any check of the lines costs at least: each is read and hashed once."""
    chain = b""
    for path in files:
        with path.open("rb", buffering=1 << 20) as lines:
            for line in lines:
                chain = hashlib.sha256(chain + line[:-1]).digest()
    return chain


def proving(log_dir: Path) -> None:
    """Proofs of inclusion and consistency in the long log: made, and checked."""
    packed = Log(log_dir).leaves()
    began = time.perf_counter()
    tree = Tree(packed)
    print(f"tree of {tree.size:,} leaves built for proofs: {time.perf_counter() - began:.2f} s")
    draw, root = random.Random(6962), tree.root()
    places = [draw.randrange(1, tree.size) for _ in range(2_000)]

    def included() -> None:
        for place in places:
            assert verify_inclusion(place, tree.size, tree.leaf(place), tree.prove_inclusion(place), root)

    def consistent() -> None:
        for place in places:
            proof = tree.prove_consistency(place)
            assert verify_consistency(place, tree.size, proof, tree.root(place), root)

    for name, seconds in zip(("inclusion", "consistency"), best(included, consistent), strict=True):
        print(f"{name} proof, made and checked: {seconds / len(places) * 1e6:.0f} microseconds")


def appending(folder: Path, count: int) -> None:
    """Batches made durable one by one: our log, a bare chain in one file, SQLite (WAL, synchronous=FULL)."""
    lines = [entry.line() for entry in entries(count)]
    print("entries a second, each batch durable before the next:")
    for batch in (1, 10, 100, 1000):
        part = lines[: min(count, 300 * batch)]
        groups = [part[at : at + batch] for at in range(0, len(part), batch)]
        rates = []
        for write in (append_log, append_chain, append_sqlite):
            with tempfile.TemporaryDirectory(dir=folder) as place:
                began = time.perf_counter()
                write(Path(place), groups)
                rates.append(len(part) / (time.perf_counter() - began))
        ours, chain, sqlite = rates
        print(f"  batch of {batch:4d}: log {ours:8,.0f}, bare chain {chain:8,.0f} (x{ours / chain:.2f}), "
              f"SQLite {sqlite:8,.0f} (x{ours / sqlite:.2f})")  # fmt: skip


def append_log(folder: Path, groups: Sequence[Sequence[bytes]]) -> None:
    """The appender of the log."""
    key = Ed25519PrivateKey.generate()
    log = Log.create(folder / "log", HOME, key)
    for group in groups:
        log.append(group, key)


def append_chain(folder: Path, groups: Sequence[Sequence[bytes]]) -> None:
    """Lines with the chain's hash, in one file, synced."""
    chain = b""
    with (folder / "chain").open("wb", buffering=0) as file:
        for group in groups:
            data = []
            for line in group:
                chain = hashlib.sha256(chain + line).digest()
                data += [line, b" ", chain.hex().encode(), b"\n"]
            file.write(b"".join(data))
            os.fsync(file.fileno())


def append_sqlite(folder: Path, groups: Sequence[Sequence[bytes]]) -> None:
    """Lines with their leaf hash, one transaction a batch."""
    connection = sqlite3.connect(folder / "log.sqlite", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE log (seq INTEGER PRIMARY KEY, line BLOB, leaf BLOB)")
    for group in groups:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO log (line, leaf) VALUES (?, ?)", [(one, leaf_hash(one)) for one in group])
        connection.execute("COMMIT")
    connection.close()


def committing(folder: Path, count: int) -> None:
    """Whole commits: catalog transaction, log entry, checkpoint; several processes share one append."""
    for workers in (1, 8):
        home = folder / f"home-{workers}"
        Archive.create(home, PASSPHRASE, Costs.for_tests()).close()
        began = time.perf_counter()
        children = [_fork(partial(_commit, home, count // workers)) for _ in range(workers)]
        assert all(os.waitpid(child, 0)[1] == 0 for child in children)
        seconds = time.perf_counter() - began
        print(f"commits by {workers} processes: {count // workers * workers / seconds:,.0f} a second")


def _fork(work: Callable[[], None]) -> int:
    child = os.fork()
    if child == 0:
        try:
            work()
            os._exit(0)
        finally:
            os._exit(1)
    return child


def _commit(home: Path, count: int) -> None:
    archive = Archive.open(home, PASSPHRASE)
    for _ in range(count):
        archive.commit(Change(), Entry("accessed"))


def best(*actions: Callable[[], object]) -> list[float]:
    """The shortest of ``RUNS`` times of each action, in seconds, the actions taken in turn."""
    seconds = [float("inf")] * len(actions)
    for _ in range(RUNS):
        for number, action in enumerate(actions):
            began = time.perf_counter()
            action()
            seconds[number] = min(seconds[number], time.perf_counter() - began)
    return seconds


if __name__ == "__main__":
    main()
