"""What does the recogniser make up of voices nobody could understand? And what do people say more than once?

    python -m benchmarks.murmurs [--minutes 5] [--names two|all|both]

Murmurs are half a second to three seconds of the demonstration's talk, some seconds apart, made unintelligible in two
ways: five stretches of it at once, or its high tones taken away, in noise. Whatever is heard of them is made up. They
are recognised with names to listen for: all of the demonstration's dossier, or two that were seen to be echoed; with
the rule of speech/inventions.py that an unlikely stretch of nothing but names is heard again without them, and stays
where nothing is surely heard, and as if there were no such rule.

What people say more than once is counted in the texts of the three corpora: whole sentences, by session.
"""

import argparse
import json
import re
from collections import Counter
from pathlib import Path
from statistics import fmean

import numpy as np
import numpy.typing as npt

from benchmarks.machine import machine, today
from benchmarks.tables import grid
from policies.dossier_file import parse_dossier
from speech import inventions
from speech.inventions import fold
from speech.models import default_cache, model_directory
from speech.recognise import Heard, WhisperRecogniser
from speech.recording import RATE, Samples, decode
from speech.transcribe import names_of

ROOT = Path(__file__).resolve().parent.parent
TWO = ["Malik Benali", "Mimosas"]
RULES = (("none", 0.0), ("heard again", inventions.UNLIKELY))
_Floats = npt.NDArray[np.float64]
_SENTENCE = re.compile(r"(?<=[.?!…])\s+")


def murmurs(talk: _Floats, minutes: float, noise: float, seed: int = 3) -> Samples:
    """Bits of ``talk`` with pauses between them, in pink noise ``noise`` times as loud as they are."""
    chance = np.random.default_rng(seed)
    sound = np.zeros(int(minutes * 60 * RATE))
    at = 2 * RATE
    while at < len(sound) - 5 * RATE:
        length = int(RATE * chance.uniform(0.5, 3))
        start = int(chance.integers(0, len(talk) - length))
        sound[at : at + length] = talk[start : start + length] * np.hanning(length) ** 0.3
        at += length + int(RATE * chance.uniform(4, 15))
    spectrum = np.fft.rfft(chance.standard_normal(len(sound)))
    spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 20))
    hiss = np.fft.irfft(spectrum, len(sound))
    sound += hiss / hiss.std() * sound[sound != 0].std() * noise
    return np.asarray(sound / np.abs(sound).max() * 0.3 * 32767, np.int16)


def babble(talk: _Floats) -> _Floats:
    """Five stretches of the talk at once."""
    return np.asarray(sum(np.roll(talk, step * 37 * RATE) for step in range(5)))


def muffled(talk: _Floats) -> _Floats:
    """The talk through a wall: little above 500 Hz."""
    spectrum = np.fft.rfft(talk)
    tones = np.fft.rfftfreq(len(talk), 1 / RATE)
    return np.fft.irfft(spectrum / np.sqrt(1 + (tones / 500) ** 8), len(talk))


def said_again() -> tuple[int, int, int]:
    """Sessions, sentences, and how often the most frequent sentence of one word or more comes in one session."""
    sessions = sentences = most = 0
    for corpus in sorted(ROOT.glob("benchmarks/*corpus/gold.jsonl")):
        for line in corpus.read_text(encoding="utf-8").splitlines():
            turns = json.loads(line)["text"].split("\n")
            said = [fold(one) for turn in turns for one in _SENTENCE.split(re.sub(r"^\S+: ", "", turn))]
            counts = Counter(filter(None, said))
            sessions, sentences, most = sessions + 1, sentences + counts.total(), max(most, *counts.values())
    return sessions, sentences, most


def row(heard: list[Heard], names: list[str]) -> list[str]:
    """Stretches, names among them, and the mean probability of the surest stretch."""
    text = f" {fold(' '.join(word.text.reveal() for one in heard for word in one.words))} "
    named = sum(text.count(f" {name} ") for name in {fold(name) for name in names})
    sure = max((fmean(word.probability for word in one.words) for one in heard), default=0.0)
    return [str(len(heard)), str(named), f"{sure:.2f}"]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--names", choices=("two", "all", "both"), default="both")
    asked = parser.parse_args()
    print(f"{machine()}, {today()}")
    sessions, sentences, most = said_again()
    print(f"{sessions} sessions, {sentences} sentences: none comes more than {most} times in a session\n")
    with (ROOT / "demo" / "seance1.ogg").open("rb") as source:
        talk = decode(source)[0].astype(np.float64) / 32768
    names = names_of(parse_dossier((ROOT / "demo" / "seance1.toml").read_text(encoding="utf-8"), "seance1.toml"))
    recogniser = WhisperRecogniser(model_directory("base", default_cache()))
    rows: list[list[str]] = []
    for title, bits, noise in (("five at once", babble(talk), 0.3), ("muffled, in noise", muffled(talk), 1.0)):
        samples = murmurs(bits, asked.minutes, noise)
        for listened in {"two": [TWO], "all": [names], "both": [TWO, names]}[asked.names]:
            for rule, least in RULES:
                inventions.UNLIKELY = least
                heard = recogniser.recognise(samples, language="fr", hotwords=listened, on_progress=lambda _: None)
                rows.append([title, str(len(listened)), rule, *row(heard, listened)])
    print(grid(["murmurs", "names listened for", "rule", "stretches heard", "names in them", "surest stretch"], rows))


if __name__ == "__main__":
    main()
