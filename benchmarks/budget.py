"""What the program adds to an hour of talk: sealing, drafting, rendering, the egress guard.

    python -m benchmarks.budget [--hours 1]

The talk is the development corpus, repeated to 9,000 words an hour; the recording is random bytes of the
size of an hour of 16-bit mono at 16 kHz. Start-up is left out. Each line is one measurement, with the
budget beside it; nothing fails here.
"""

import argparse
import io
import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from anonymize.detect import Detector
from anonymize.guard import search
from anonymize.linking.link import link
from anonymize.treatment.treat import treat
from anonymize.vault import Vault
from infra.home import create_home
from infra.settings import Keys
from policies.policy_file import parse_policy
from returns.packet import Heading, compose
from returns.rendering import FORMATS, extract, render
from storage.archive import Archive
from vocabulary.choices import Audience, RecordClass
from vocabulary.draft import Draft
from vocabulary.text import IdentifiedText
from vocabulary.transcript import Transcript, Turn

T = TypeVar("T")

ROOT = Path(__file__).resolve().parent.parent
WORDS_PER_HOUR = 9_000
BYTES_PER_HOUR = 3600 * 16_000 * 2


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=1.0)
    hours = parser.parse_args().hours
    texts = talk(int(hours * WORDS_PER_HOUR))
    transcript = Transcript(
        tuple(Turn(f"S{n % 7 + 1}", n * 4.0, n * 4.0 + 4, IdentifiedText(text)) for n, text in enumerate(texts)),
        "fr",
        hours * 3600,
        "corpus",
    )
    print(f"{len(texts)} turns, {sum(len(text.split()) for text in texts)} words, {hours} h")
    sealing(int(hours * BYTES_PER_HOUR), hours)
    detector = Detector()
    detector.detect(["Bonjour à tous."])
    found = timed("detection", hours, 10, lambda: detector.detect(texts))
    spans, vault = timed("linking", hours, 10, lambda: link(texts, found, (), Vault.empty()))
    profile = parse_policy((ROOT / "policies/samples/demo.yaml").read_text(encoding="utf-8"), "demo.yaml").profile(
        Audience.GROUP
    )
    draft = Draft(tuple(spans), (), {}, detector.version, vault.version)
    speakers = {turn.speaker: turn.speaker for turn in transcript.turns}
    treated = timed("treatment", hours, 10, lambda: treat(transcript, draft, vault, profile, speakers))
    packet = compose(treated, Heading("budget", 1))
    rendered = timed("rendering, 3 formats", hours, 5, lambda: {form: render(packet, form) for form in FORMATS})
    places: dict[str, str] = {}
    for form, data in rendered.items():
        for place, text in extract(form, data).items():
            places.setdefault(text, f"{form}: {place}")
    texts_by_place = {place: text for text, place in places.items()}
    turns = {place: text for place, text in texts_by_place.items() if ": lines " in place}
    timed("egress guard, names", hours, 10, lambda: search(texts_by_place, vault, profile, None))
    timed("egress guard, numbers", hours, 10, lambda: search(turns, vault, profile, detector))
    print(f"{len(vault.referents)} referents, {len(places)} different texts searched")


def timed(name: str, hours: float, budget: float, action: Callable[[], T]) -> T:
    """Run once, print seconds per hour of talk beside the budget, return the result."""
    began = time.perf_counter()
    result = action()
    seconds = (time.perf_counter() - began) / hours
    print(f"{name:24s} {seconds:7.2f} s per hour of talk (budget {budget} s)", flush=True)
    return result


def sealing(size: int, hours: float) -> None:
    """Seal and read back a recording of ``size`` bytes in a home of its own."""
    with tempfile.TemporaryDirectory() as folder:
        passphrase = "lanterne-gruau-parvis-mouette"
        create_home(Path(folder) / "home", passphrase, keys=Keys(memory_kib=8, passes=1, lanes=1), accept_place=True)
        archive = Archive.open(Path(folder) / "home", passphrase)
        scope = archive.scope("budget", 1, RecordClass.RECORDING)
        source = io.BytesIO(os.urandom(size))
        sealed = timed("sealing", hours, 5, lambda: archive.objects.seal(scope, source))
        timed("reading back", hours, 5, lambda: archive.objects.reader(scope, sealed).read())
        archive.close()


def talk(words: int) -> list[str]:
    """Turns of the development corpus, repeated until there are ``words`` of them."""
    turns: list[str] = []
    with (ROOT / "benchmarks" / "corpus" / "gold.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            document = json.loads(line)
            turns += [document["text"][turn["start"] : turn["end"]] for turn in document["turns"]]
    chosen: list[str] = []
    count = 0
    while count < words:
        chosen.append(turns[len(chosen) % len(turns)])
        count += len(chosen[-1].split())
    return chosen


if __name__ == "__main__":
    main()
