"""How the time of detection and linking grows with the session and with the vault, how fast it is, and what it needs.

    python -m benchmarks.growth [--lengths 1,3,9,27] [--vaults 0,100,1000,5000] [--vault-length 9] [--json]

A session of length n is n sessions of the development corpus one after the other, about 1,150 words each, the people
of each renamed, so that a longer session names more people and not the same ones oftener. A vault of size n knows n
invented people, none of whom is named. Each point is measured in a process of its own, on two cores: start-up is told
apart, the peak of memory is that of the whole process. The exponent of growth is the slope of time over size on
logarithmic scales, by least squares: 1 is linear.
"""

import argparse
import json
import math
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.corpora import ROOT, Document, read_corpus, rewritten
from benchmarks.machine import machine, today
from benchmarks.tables import grid

MEMORY = 1_200
"""What one process may take, in MB."""
CORES = 2
SEED = 11
PEOPLE = ("YOUTH", "PERSON")
PARTS = (("all", "seconds"), ("detection", "detect"), ("evidence", "weigh"), ("linking", "link"))


@dataclass(frozen=True)
class Point:
    """One measurement: sizes, seconds of each part, peak memory in MB."""

    length: int
    words: int
    vault: int
    start: float
    known: float
    detect: float
    weigh: float
    link: float
    peak: float

    @property
    def seconds(self) -> float:
        """Everything but start-up: the vault's forms made ready, detection, the network's evidence, linking."""
        return self.known + self.detect + self.weigh + self.link


def session_of(length: int) -> tuple[list[str], list[str]]:
    """Return turns and speakers of a session as long as ``length`` sessions of the corpus, people renamed."""
    (gold, *_) = [variant.gold for variant in read_corpus() if variant.name == "gold"]
    turns: list[str] = []
    speakers: list[str] = []
    names = invented(random.Random(SEED))
    for number in range(length):
        document = renamed(gold[number % len(gold)], names, number)
        for line in document["text"].split("\n"):
            speaker, said = line.split(": ", 1)
            turns.append(said)
            speakers.append(f"{number}/{speaker}")
    return turns, speakers


def renamed(document: Document, names: Sequence[str], number: int) -> dict[str, Any]:
    """Return a session in which every word of a person's name is another name, the same for the same word; other
    names for another ``number``."""
    given: dict[str, str] = {}
    rng = random.Random(f"{SEED}:{number}")

    def surface(entity: Any, spelling: str) -> str:
        if entity["label"] not in PEOPLE or len(spelling) < 3:
            return spelling
        return " ".join(given.setdefault(word, rng.choice(names)) for word in spelling.split())

    return rewritten(document, surface)


def invented(rng: random.Random) -> list[str]:
    """Return first names and surnames of the lists that are no ordinary words, in an order of the seed's."""
    from anonymize.french.lexicon import lexicon

    words = lexicon()
    names = sorted(name for name in (*words.first_names, *words.surnames) if name.isalpha() and len(name) > 4)
    chosen = [name.capitalize() for name in names if not words.ordinary(name)]
    rng.shuffle(chosen)
    return chosen


def measure(length: int, known: int) -> Point:
    """Measure one point in this process."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    began = time.perf_counter()
    from anonymize.detect import Detector
    from anonymize.linking.link import link
    from anonymize.vault import Referent, Vault, known_from
    from vocabulary.choices import EntityType

    detector = Detector()
    detector.detect(["Bonjour à tous, on commence."])
    start = time.perf_counter() - began
    turns, speakers = session_of(length)
    names = invented(random.Random(SEED + 1))
    referents = tuple(
        Referent(f"v-{n}", EntityType.YOUTH, (f"{names[2 * n]} {names[2 * n + 1]}", names[2 * n]), f"Jeune {n + 1}")
        for n in range(known)
    )
    vault = Vault(1 if known else 0, referents, {"Jeune": known} if known else {})
    began = time.perf_counter()
    listed = known_from(None, vault)
    ready = time.perf_counter()
    found = detector.examine(turns, listed)
    detected = time.perf_counter()
    evidence = detector.weigh(turns, found.spans, speakers, found.session)
    weighed = time.perf_counter()
    link(turns, found.spans, listed, vault, residual=True, speakers=speakers, evidence=evidence)
    linked = time.perf_counter()
    return Point(
        length=length,
        words=sum(len(turn.split()) for turn in turns),
        vault=known,
        start=start,
        known=ready - began,
        detect=detected - ready,
        weigh=weighed - detected,
        link=linked - weighed,
        peak=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000,
    )


def measured_apart(length: int, known: int) -> Point:
    """Measure one point in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.growth", "--point", f"{length},{known}"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True, cwd=ROOT)
    return Point(**json.loads(done.stdout.splitlines()[-1]))


def exponent(sizes: Sequence[float], seconds: Sequence[float]) -> float:
    """Return the slope of log(seconds) over log(size), by least squares."""
    xs, ys = [math.log(size) for size in sizes], [math.log(max(second, 1e-6)) for second in seconds]
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True)) / sum((a - x) ** 2 for a in xs)


def table(points: Sequence[Point]) -> str:
    """Return the points as a Markdown table."""
    head = ["words", "known referents", "detection", "evidence", "linking", "words a second", "peak, MB"]
    rows = [
        [
            f"{point.words:,}", f"{point.vault:,}", f"{point.detect:.2f} s", f"{point.weigh:.2f} s",
            f"{point.link:.2f} s", f"{point.words / point.seconds:,.0f}", f"{point.peak:,.0f}",
        ]
        for point in points
    ]  # fmt: skip
    return grid(head, rows)


def conclusions(lengths: Sequence[Point], vaults: Sequence[Point]) -> list[str]:
    """Return what the points say, one line each."""
    said: list[str] = []
    filled = [point for point in vaults if point.vault]
    for over, size, some in (("words", "words", lengths), ("the size of the vault", "vault", filled)):
        for name, part in PARTS if len(some) > 1 else ():
            sizes, seconds = [getattr(point, size) for point in some], [getattr(point, part) for point in some]
            last = exponent(sizes[-2:], seconds[-2:])
            said.append(f"{name}, over {over}: exponent {exponent(sizes, seconds):.2f}, of the last step {last:.2f}")
    points = [*lengths, *vaults]
    peak = max(point.peak for point in points)
    said.append(f"start-up: {min(point.start for point in points):.1f} to {max(point.start for point in points):.1f} s")
    said.append(f"peak memory: {peak:,.0f} MB of {MEMORY:,}: {'kept' if peak < MEMORY else 'exceeded'}")
    return said


def main() -> None:
    """Measure the points, and print them with what they say."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--lengths", default="1,3,9,27", help="sessions of the corpus in a row")
    parser.add_argument("--vaults", default="0,100,1000,5000", help="known referents")
    parser.add_argument("--vault-length", type=int, default=9, help="length of the session of the vaults")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--point", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.point:
        length, known = (int(number) for number in arguments.point.split(","))
        print(json.dumps(asdict(measure(length, known))))
        return
    lengths = [measured_apart(int(length), 0) for length in arguments.lengths.split(",")]
    vaults = [measured_apart(arguments.vault_length, int(known)) for known in arguments.vaults.split(",")]
    said = conclusions(lengths, vaults)
    if arguments.json:
        points = {"lengths": [asdict(p) for p in lengths], "vaults": [asdict(p) for p in vaults]}
        print(json.dumps({**points, "conclusions": said, "machine": machine(), "date": today()}))
        return
    print(f"{table(lengths)}\n\n{table(vaults)}\n\n" + "\n".join(said))
    print(f"{machine()}; {today()}")


if __name__ == "__main__":
    main()
