"""One stretch at a time or several: what batching changes in our own recognition, in words, work and memory.

    python -m benchmarks.batching [--sound FILE] [--seconds 300] [--batches 1,4,8]

The beginning of a recording (the demonstration's by default) and a minute of each sound without speech are recognised
by our recogniser, and by the same with stretches decoded several at a time (``speech.stretches``), each in a process of
its own with two threads. Printed for each: processor time per second of talk, of the program and of the
system; the largest resident size of the process (psutil, sampled twenty times a second); how many words are not those
of one at a time; and the words heard where nobody speaks. WER, names and speakers: ``python -m benchmarks.speech
--systems ours,ours4,ours8``.
"""

import argparse
from difflib import SequenceMatcher
from pathlib import Path

import psutil

from benchmarks.machine import machine, today
from benchmarks.speech import samples_of
from benchmarks.speech_pieces import demo
from benchmarks.steady_memory import peaks
from benchmarks.tables import grid
from speech.models import default_cache, model_directory
from speech.recognise import Recogniser
from speech.recogniser_process import ProcessRecogniser, whisper
from speech.recording import RATE, Samples
from tests.speech.noises import KINDS, noise

THREADS = 2


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sound", type=Path, default=demo().sound)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--batches", default="1,4,8")
    asked = parser.parse_args()
    samples = samples_of(asked.sound)[: int(asked.seconds * RATE)]
    first: list[str] = []
    rows = []
    for batch in map(int, asked.batches.split(",")):
        words, row = measured(batch, samples)
        first = first or words
        rows.append([str(batch), *row, str(_differing(first, words))])
    print(grid(["at a time", "program", "system", "MiB", "words in noise", "other words"], rows))
    print(f"{len(samples) / RATE:.0f} s, {len(first)} words; {machine()}; {today()}")


def measured(batch: int, samples: Samples) -> tuple[list[str], list[str]]:
    """The words heard with so many stretches at a time, and the figures."""
    directory = model_directory("base", default_cache())
    recogniser = ProcessRecogniser(whisper(directory, THREADS, batch))
    here = psutil.Process()
    before = set(here.children())
    assert recogniser.version
    (child,) = set(here.children()) - before
    invented = sum(len(_heard(recogniser, noise(kind, 60.0), ())) for kind in KINDS)
    began = child.cpu_times()
    with peaks(child) as told:
        words = _heard(recogniser, samples, demo().names)
    ended, (largest,) = child.cpu_times(), told()
    recogniser.close()
    seconds = len(samples) / RATE
    work = [f"{(ended.user - began.user) / seconds:.3f}", f"{(ended.system - began.system) / seconds:.3f}"]
    return words, [*work, str(largest), str(invented)]


def _heard(recogniser: Recogniser, samples: Samples, names: tuple[str, ...]) -> list[str]:
    found = recogniser.recognise(samples, language="fr", hotwords=names, on_progress=lambda _: None)
    return [word.text.reveal() for stretch in found for word in stretch.words]


def _differing(first: list[str], other: list[str]) -> int:
    same = sum(block.size for block in SequenceMatcher(None, first, other, autojunk=False).get_matching_blocks())
    return max(len(first), len(other)) - same


if __name__ == "__main__":
    main()
