"""Is a name that is said alone and faintly still heard, where the recogniser is given names to listen for?

    python -m benchmarks.lone_names [--minutes 4]

Single words that are parts of names are cut from the demonstration where they were heard, set into a second and a half
of silence on either side, and given white noise at 20, 8, 2 and -3 dB. They are recognised with the names of the
dossier as they are every day, and as if no stretch of unlikely names alone were heard again (speech/inventions.py). A
name is heard when any of its parts is among the words.
"""

import argparse
from pathlib import Path

import numpy as np

from benchmarks.machine import machine, today
from benchmarks.tables import grid
from policies.dossier_file import parse_dossier
from speech import inventions
from speech.inventions import fold
from speech.models import default_cache, model_directory
from speech.recognise import WhisperRecogniser
from speech.recording import RATE, Samples, decode
from speech.transcribe import names_of
from vocabulary.transcript import Word

ROOT = Path(__file__).resolve().parent.parent
NOISES = (20, 8, 2, -3)
RULES = (0.0, inventions.UNLIKELY)
_SHORTEST = 4  # letters of a part of a name that is looked for


def alone(talk: Samples, word: Word, decibels: float, chance: np.random.Generator) -> Samples:
    """One word of the talk between two silences, in noise that many decibels under it."""
    clip = talk[max(0, int((word.start - 0.1) * RATE)) : int((word.end + 0.15) * RATE)].astype(np.float64)
    sound = np.zeros(len(clip) + 3 * RATE)
    sound[3 * RATE // 2 : 3 * RATE // 2 + len(clip)] = clip
    sound += chance.standard_normal(len(sound)) * clip.std() / 10 ** (decibels / 20)
    return np.clip(sound, -32768, 32767).astype(np.int16)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=4.0)
    asked = parser.parse_args()
    print(f"{machine()}, {today()}")
    with (ROOT / "demo" / "seance1.ogg").open("rb") as source:
        talk = decode(source)[0][: int(asked.minutes * 60 * RATE)]
    names = names_of(parse_dossier((ROOT / "demo" / "seance1.toml").read_text(encoding="utf-8"), "seance1.toml"))
    parts = {part for name in names for part in fold(name).split() if len(part) >= _SHORTEST}
    recogniser = WhisperRecogniser(model_directory("base", default_cache()), 2)

    def words(samples: Samples) -> list[Word]:
        heard = recogniser.recognise(samples, language="fr", hotwords=names, on_progress=lambda _: None)
        return [word for one in heard for word in one.words]

    said = [word for word in words(talk) if fold(word.text.reveal()) in parts]
    chance = np.random.default_rng(1)
    rows: list[list[str]] = []
    for decibels in NOISES:
        counts = dict.fromkeys(("named", "kept", "right", "right and kept"), 0)
        for word in said:
            samples = alone(talk, word, decibels, chance)
            heard: list[set[str]] = []
            for inventions.UNLIKELY in RULES:
                heard.append(parts & set(fold(" ".join(each.text.reveal() for each in words(samples))).split()))
            without, now = heard
            right = fold(word.text.reveal()) in without
            counts["named"] += bool(without)
            counts["kept"] += bool(without) and without <= now
            counts["right"] += right
            counts["right and kept"] += right and fold(word.text.reveal()) in now
        rows.append([f"{decibels} dB", str(len(said)), *map(str, counts.values())])
    print(grid(["noise", "names said", "a name heard, no rule", "kept", "the right one, no rule", "kept"], rows))


if __name__ == "__main__":
    main()
