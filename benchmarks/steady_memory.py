"""What the recogniser's process weighs, block after block: whether its memory grows with the length of a recording.

    python -m benchmarks.steady_memory [--minutes 20] [--block 100]

The demo's talk, repeated and varied as in benchmarks/long_recording.py, is given to the process that recognises
(speech/recogniser_process.py) in blocks, with names to listen for. Printed for each block, in MiB: the largest resident
size while it was worked on (psutil, sampled twenty times a second), that afterwards, and the largest of this process,
which gives the samples. Then what the blocks cost of processor time.
"""

import argparse
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil

from benchmarks.long_recording import varied
from benchmarks.machine import machine, today
from speech.blocks import cut
from speech.models import default_cache, model_directory
from speech.recogniser_process import ProcessRecogniser, whisper
from speech.recording import RATE

NAMES = ("Malik Benali", "Karim", "Sofia", "cité des Bleuets")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--block", type=float, default=100.0, help="the longest a block may be, in seconds")
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args()
    recogniser = ProcessRecogniser(whisper(model_directory("base", default_cache()), asked.threads))
    here = psutil.Process()
    before = set(here.children())
    assert recogniser.version
    (child,) = set(here.children()) - before
    spent, seconds = _processor(child), 0.0
    print("block, seconds, peak, afterwards, this process")
    for number, samples in enumerate(cut(varied(60 * asked.minutes), asked.block), 1):
        with peaks(child, here) as told:
            recogniser.recognise(samples, language="fr", hotwords=NAMES, on_progress=lambda _: None)
        there, mine = told()
        time.sleep(0.5)  # what is given back is given back after the answer
        after = child.memory_info().rss >> 20
        seconds += len(samples) / RATE
        print(f"{number}, {len(samples) / RATE:.0f}, {there}, {after}, {mine}", flush=True)
    print(f"processor time per second of talk: {(_processor(child) - spent) / seconds:.3f}")
    print(f"{machine()}, {today()}")
    recogniser.close()


@contextmanager
def peaks(*processes: psutil.Process) -> Iterator[Callable[[], list[int]]]:
    """The largest resident size of each process while the block lasts, in MiB."""
    largest, ended = [0] * len(processes), threading.Event()

    def watch() -> None:
        while not ended.wait(0.05):
            for at, process in enumerate(processes):
                largest[at] = max(largest[at], process.memory_info().rss >> 20)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield lambda: largest
    finally:
        ended.set()
        watcher.join()


def _processor(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


if __name__ == "__main__":
    main()
