"""Sealed against plain, in the same run: tables (write, read, filtered read) and audio (seal, find 10 s).

    python -m benchmarks.archive [--turns 400000] [--hours 1.0] [--runs 15] [--folder DIR]

A sealed table is what the archive does with it, keys, digest and durability included; a plain one is Parquet with
the library's defaults and the same compression, made as durable; ``alike`` is plain with the archive's own layout.
Text is the words of the development corpus, drawn anew with a fixed seed. Measures are taken in turn, sealed and plain
after each other; times are medians, a ratio is the median of the ratios of neighbouring runs. Audio is random bytes of
the size of 16-bit mono at 16 kHz.
"""

import argparse
import hashlib
import io
import os
import platform
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from storage.archive import Archive
from storage.durable import sync_folder
from storage.keys.keystore import Costs
from storage.keys.scope import Scope
from storage.objects import Sealed
from storage.query.ask import Limits, Part, QueryTable, ask
from storage.stream import CHUNK
from storage.tables import METADATA_KEY, layout, transcript_table, turns_of
from vocabulary.choices import RecordClass
from vocabulary.text import IdentifiedText, TreatedText
from vocabulary.transcript import Transcript, TreatedTranscript, TreatedTurn, Turn

ROOT = Path(__file__).resolve().parent.parent
PASSPHRASE = "lanterne-gruau-parvis-mouette"
WORDS_A_TURN = 25
BYTES_A_SECOND = 32_000
BOUND = 1.15


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=400_000, help="of the large table; the other has 400, one hour")
    parser.add_argument("--hours", type=float, default=1.0)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--folder", type=Path, default=None, help="where to write; a temporary folder by default")
    asked = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {datetime.now(UTC):%F}")
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        archive = Archive.create(Path(folder) / "home", PASSPHRASE, Costs.for_tests())
        for turns in (400, asked.turns):
            tables(archive, Path(folder), talk(turns), asked.runs)
        queries(archive, talk(400), 200, asked.runs)
        audio(archive, Path(folder), int(asked.hours * 3600) * BYTES_A_SECOND, asked.runs)
        archive.close()


def talk(turns: int) -> Transcript:
    """A transcript of words of the corpus; its words carry no times of their own."""
    texts = sorted((ROOT / "benchmarks" / "corpus").rglob("*.txt")) or sorted((ROOT / "tests" / "data").glob("*.txt"))
    words = [word for file in texts for word in file.read_text(encoding="utf-8").split()]
    draw = random.Random(2026)
    made = (
        Turn(
            f"S{draw.randint(1, 7)}",
            at * 9.0,
            at * 9.0 + 8.5,
            IdentifiedText(" ".join(draw.choices(words, k=WORDS_A_TURN))),
        )
        for at in range(turns)
    )
    return Transcript(tuple(made), "fr", turns * 9.0, "corpus")


def tables(archive: Archive, folder: Path, transcript: Transcript, runs: int) -> None:
    """Write, read and filter one table, sealed and plain."""
    store, scope = archive.objects, _open(archive, RecordClass.VERBATIM)
    table, plain = transcript_table(transcript), folder / "plain" / "plain.parquet"
    plain.parent.mkdir(exist_ok=True)
    sealed: list[Sealed] = []

    def write_sealed() -> None:
        sealed.append(store._seal_table(scope, table))

    def write_plain() -> None:
        sink = pa.BufferOutputStream()
        pq.write_table(table, sink, compression="zstd")
        provisional = plain.with_suffix(".new")
        with provisional.open("wb") as file:
            file.write(sink.getvalue())
            file.flush()
            os.fsync(file.fileno())
        provisional.rename(plain)
        sync_folder(plain.parent)
        sync_folder(folder)

    alike = folder / "plain" / "alike.parquet"
    pq.write_table(table, alike, **layout(table.schema.names))

    def read_alike() -> None:
        assert pq.ParquetFile(pa.BufferReader(alike.read_bytes())).read().num_rows == len(transcript.turns)

    def read_sealed() -> None:
        assert store._table(scope, sealed[-1]).num_rows == len(transcript.turns)

    def read_plain() -> None:
        assert pq.ParquetFile(pa.BufferReader(plain.read_bytes())).read().num_rows == len(transcript.turns)

    def matching(found: pa.Table) -> int:
        return int(found.filter(pc.match_substring(found.column("text"), "confiance")).num_rows)

    def filter_sealed() -> None:
        matching(store.turns(scope, sealed[-1], ("turn", "start_ms", "text"))[0])

    def filter_plain() -> None:
        found = pq.ParquetFile(pa.BufferReader(plain.read_bytes())).read(columns=["start", "text"])
        matching(turns_of(found, ("turn", "start_ms", "text"), "-")[0])

    assert METADATA_KEY in table.schema.metadata
    print(f"\ntable of {len(transcript.turns)} turns")
    for name, ours, theirs in (
        ("write", write_sealed, write_plain),
        ("read", read_sealed, read_plain),
        ("filtered read", filter_sealed, filter_plain),
        ("read, alike", read_sealed, read_alike),
    ):
        first, second = in_turn((ours, theirs), runs)
        found = ratio(first, second)
        above = "" if found <= BOUND else f"  above {BOUND}"
        shown = f"sealed {median(first) * 1000:7.2f} ms  plain {median(second) * 1000:7.2f} ms  ratio {found:.2f}"
        print(f"  {name:14} {shown}{above}")
    print(f"  bytes          sealed {sealed[-1].size}  plain {plain.stat().st_size}")


def queries(archive: Archive, transcript: Transcript, count: int, runs: int) -> None:
    """One query over many sealed texts, as ``huisclos sql`` runs it; and one that reads none."""
    store, scope = archive.objects, _open(archive, RecordClass.CLEARED)
    turns = tuple(TreatedTurn(t.speaker, t.start, t.end, TreatedText(t.text.reveal())) for t in transcript.turns)
    sealed = [store.seal_treated(scope, TreatedTranscript("group", turns), "0" * 64) for _ in range(count)]

    def part(number: int) -> Part:
        return Part(lambda columns: store.turns(scope, sealed[number], columns)[0], {"session": number})

    columns = {"session": "integer", "turn": "integer", "text": "text"}
    table = {"cleared": QueryTable(columns, [part(number) for number in range(count)])}

    def over_all() -> None:
        ask(table, "select session, count(*) from cleared where text ilike '%confiance%' group by session", Limits())

    def over_one() -> None:
        ask(table, "select count(*) from cleared where session = 3 and text ilike '%confiance%'", Limits())

    def over_none() -> None:
        ask({}, "select 1", Limits())

    names = (f"{count} texts", "one of them", "no table")
    print(f"\nquery over {count} sealed texts of {len(turns)} turns, its process included")
    for name, taken in zip(names, in_turn((over_all, over_one, over_none), runs), strict=True):
        print(f"  {name:14} {median(taken) * 1000:8.0f} ms")


def audio(archive: Archive, folder: Path, size: int, runs: int) -> None:
    """Seal a recording beside bare AES-GCM and a plain copy; find ten seconds in it."""
    store, scope = archive.objects, _open(archive, RecordClass.RECORDING)
    source = folder / "recording"
    with source.open("wb") as file:
        for _ in range(size // CHUNK + 1):
            file.write(os.urandom(CHUNK))
    size = source.stat().st_size
    sealed: list[Sealed] = []

    def seal() -> None:
        if sealed:
            store.discard(sealed.pop().digest)
        with source.open("rb") as file:
            sealed.append(store.seal(scope, file))

    def bare() -> None:
        cipher, left = AESGCM(bytes(32)), size
        chunk = bytes(CHUNK)
        while left > 0:
            cipher.encrypt(bytes(12), chunk, None)
            left -= CHUNK

    def digested() -> None:
        cipher, digest, left = AESGCM(bytes(32)), hashlib.sha256(), size
        chunk = bytes(CHUNK)
        while left > 0:
            digest.update(cipher.encrypt(bytes(12), chunk, None))
            left -= CHUNK

    def copy() -> None:
        target = folder / "copy"
        with source.open("rb") as read, target.open("wb") as written:
            shutil.copyfileobj(read, written, CHUNK)
            written.flush()
            os.fsync(written.fileno())
        target.unlink()

    draw = random.Random(10)

    def seek() -> None:
        with store.reader(scope, sealed[-1]) as reader:
            reader.seek(draw.randrange(size - 10 * BYTES_A_SECOND), io.SEEK_SET)
            assert len(reader.read(10 * BYTES_A_SECOND)) == 10 * BYTES_A_SECOND

    times = in_turn((seal, bare, digested, copy), runs)
    print(f"\naudio of {size / 2**20:.0f} MiB ({size / BYTES_A_SECOND / 3600:.2f} h)")
    names = ("sealing", "bare AES-GCM", "AES-GCM and SHA-256", "plain copy")
    for name, taken in zip(names, times, strict=True):
        speed = size / median(taken) / 1e6
        print(f"  {name:20} {speed:6.0f} MB/s  sealing takes {ratio(times[0], taken):.1f} times as long")
    (found,) = in_turn((seek,), 20 * runs)
    print(f"  10 s of audio found and opened in {median(found) * 1000:.1f} ms")


def in_turn(measures: Sequence[Callable[[], None]], runs: int) -> list[list[float]]:
    """The times of each, in seconds: all once to warm up, then one after the other, in an order that alternates."""
    times: list[list[float]] = [[] for _ in measures]
    for run in range(runs + 1):
        for at in sorted(range(len(measures)), reverse=run % 2 == 1):
            begun = time.perf_counter()
            measures[at]()
            if run:
                times[at].append(time.perf_counter() - begun)
    return times


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of the ratios of neighbouring runs: what else the machine does disturbs both alike."""
    return median(first / second for first, second in zip(ours, theirs, strict=True))


def _open(archive: Archive, record_class: RecordClass) -> Scope:
    return archive.scope("banc", 1, record_class)


if __name__ == "__main__":
    main()
