"""A long recording, transcribed in blocks, killed in the middle and resumed: time, speed and memory.

    python -m benchmarks.long_recording [--minutes 180] [--kill-at 0.5] [--folder DIR]

The recording is the demo's, again and again, each time at another level and another pitch (fixed seed), as FLAC; it is
made for the measurement and not shipped. The transcription runs as the step does, sealing, voices and log included,
in a process of its own that gets SIGKILL once the given share of the blocks is committed, and is started again.
Memory is the resident set of each process (psutil), sampled four times a second; the peak of the sum is that of all at
one moment.
"""

import argparse
import io
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import av
import numpy as np
import psutil

from flows.steps import workshops
from flows.steps.arrival import receive
from flows.steps.attempt import attempt
from flows.steps.drafting.draft import open_transcript
from flows.steps.hearing.blocks import block_rows
from flows.steps.hearing.transcribe import transcribe
from infra.home import create_home
from infra.settings import Keys, load_settings
from infra.wiring import open_services
from speech.recording import RATE, Samples, decode
from storage.catalog.catalog import Catalog
from storage.rows.walk import RecordRow
from vocabulary.choices import RecordClass
from vocabulary.ids import SessionName

ROOT = Path(__file__).resolve().parent.parent
PASSPHRASE = "lanterne-gruau-parvis-mouette"
SESSION = SessionName("demo", 1)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=180.0)
    parser.add_argument("--kill-at", type=float, default=0.5, help="share of the recording; 0 for no kill")
    parser.add_argument("--folder", type=Path, default=None, help="where to write; a temporary folder by default")
    parser.add_argument("--work", type=Path, default=None, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.work is not None:
        work(asked.work)
        return
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {datetime.now(UTC):%F}")
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        measure(Path(folder), asked.minutes, asked.kill_at)


def measure(folder: Path, minutes: float, kill_at: float) -> None:
    """Make a home with the recording in it, transcribe it, and print what that took."""
    home = prepare(folder, minutes)
    catalog = Catalog(home / "archive" / "catalog.sqlite")
    length = sum(row.length_ms or 0 for row in catalog.records(record_class=RecordClass.RECORDING)) / 1000
    peaks: Counter[str] = Counter()
    taken = 0.0
    kept: list[RecordRow] = []
    if kill_at:
        taken += watch(home, peaks, until=lambda: _done(catalog) >= kill_at * length)
        kept = _blocks(catalog)
        print(f"killed with {len(kept)} blocks kept, {_done(catalog) / 60:.1f} of {length / 60:.1f} min")
    taken += watch(home, peaks)
    with open_services(load_settings(home), PASSPHRASE) as services:
        transcript = open_transcript(services, services.archive.catalog.session(SESSION))
        every = sum(1 for entry in services.archive.log.entries(kind="block-transcribed"))
        left = block_rows(services, services.archive.catalog.session(SESSION))
    words = sum(len(turn.words) for turn in transcript.turns)
    print(f"length {length / 60:.1f} min, {every + 1} blocks, {words} words")
    print(f"took {taken / 60:.1f} min, start-up and what was lost included: real-time factor {taken / length:.3f}")
    print("peak memory, MiB: " + json.dumps({name: size >> 20 for name, size in sorted(peaks.items())}))
    print(f"blocks left afterwards: {len(left)}")


def prepare(folder: Path, minutes: float) -> Path:
    """A home in which the recording is received."""
    home, recording = folder / "home", folder / "seance1.flac"
    write(recording, varied(minutes * 60))
    create_home(home, PASSPHRASE, keys=Keys(memory_kib=8, passes=1, lanes=1), accept_place=True)
    with open_services(load_settings(home), PASSPHRASE) as services:
        workshops.add(services, SESSION.workshop, ROOT / "policies" / "samples" / "demo.yaml")
        receive.submit(services, [recording], SESSION, ROOT / "demo" / "seance1.toml", move=False)
    recording.unlink()
    return home


def work(home: Path) -> None:
    """One attempt at the transcription; ends the process with 1 if it did not go through."""
    with open_services(load_settings(home), PASSPHRASE) as services:
        session = services.archive.catalog.session(SESSION)
        if not attempt(services, session.id, transcribe):
            print(*(error for error in services.troubles.values()), file=sys.stderr)
            raise SystemExit(1)


def watch(home: Path, peaks: "Counter[str]", until: Callable[[], bool] | None = None) -> float:
    """Run ``work`` in a process, killed once ``until`` holds; note peaks of memory, return the seconds it took."""
    began = time.monotonic()
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.long_recording", "--work", str(home)], cwd=ROOT)
    while process.poll() is None:
        sizes = Counter(dict(_sizes(psutil.Process(process.pid))))
        for name, size in (*sizes.items(), ("all", sizes.total())):
            peaks[name] = max(peaks[name], size)
        if until is not None and until():
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            return time.monotonic() - began
        time.sleep(0.25)
    if process.returncode:
        raise SystemExit(process.returncode)
    return time.monotonic() - began


def varied(seconds: float) -> Iterator[Samples]:
    """The demo's recording repeated to a length, each time louder or softer, higher or lower."""
    draw = np.random.default_rng(2026)
    samples = decode(io.BytesIO((ROOT / "demo" / "seance1.ogg").read_bytes()))[0].astype(np.float32)
    left = int(seconds * RATE)
    while left:
        places = np.arange(0, len(samples) - 1, draw.uniform(0.97, 1.03))
        copy = np.interp(places, np.arange(len(samples)), samples) * draw.uniform(0.5, 1.0)
        copy = (copy + draw.normal(0, 15, len(copy)))[:left]
        left -= len(copy)
        yield np.clip(copy, -32768, 32767).astype(np.int16)


def write(path: Path, pieces: Iterator[Samples]) -> None:
    """A FLAC file of ``pieces``."""
    with av.open(str(path), "w", format="flac") as container:
        stream = container.add_stream("flac", rate=RATE)
        stream.layout = "mono"
        for piece in pieces:
            frame = av.AudioFrame.from_ndarray(piece[None], format="s16", layout="mono")
            frame.rate = RATE
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _sizes(parent: psutil.Process) -> Iterator[tuple[str, int]]:
    """The resident bytes of the process and of its children, each by its part in the work."""
    for process in (parent, *_children(parent)):
        try:
            command = " ".join(process.cmdline())
            name = next((part for part in ("decoding", "recogniser") if f"{part}_child" in command), "step")
            yield name, process.memory_info().rss
        except psutil.Error:
            continue


def _children(parent: psutil.Process) -> list[psutil.Process]:
    try:
        return parent.children()
    except psutil.Error:
        return []


def _blocks(catalog: Catalog) -> list[RecordRow]:
    return [row for row in catalog.records(record_class=RecordClass.VERBATIM) if row.is_block]


def _done(catalog: Catalog) -> float:
    return sum(row.length_ms or 0 for row in _blocks(catalog)) / 1000


if __name__ == "__main__":
    main()
