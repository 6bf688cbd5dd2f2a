"""Names written as a recogniser might mishear them, without any sound: a stress test of the search for misheard names.

    python -m benchmarks.confusions [--seed N]

Each name of the gold corpora is said (anonymize/hearing/phonemes.py), one or two of its phonemes are taken for another
that a recogniser takes them for (``CONFUSIONS``, written by hand from what Whisper base made of spoken sessions), and
the sound is written down again by rules of its own. Half of the words so written are unsure. What is printed: how many
come back with their right form, certainly or as a proposal; how many as another's; and what else was touched.
"""

import argparse
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from anonymize.french.folding import squash
from anonymize.hearing.corrections import find_corrections
from anonymize.hearing.phonemes import NASALS, VOWELS, readings
from benchmarks.corpora import ROOT, read_corpus
from vocabulary.corrections import Correction
from vocabulary.span import Stretch
from vocabulary.text import IdentifiedText
from vocabulary.transcript import Transcript, Turn, Word

CONFUSIONS: dict[str, str] = {
    "a": "oE", "e": "Ei", "E": "ea", "i": "ey", "o": "ua", "u": "oy", "y": "iu", "2": "o@", "@": "eE2",
    "ã": "õa", "ẽ": "Eã", "õ": "ão", "j": "i", "w": "vu", "H": "y", "p": "bt", "b": "pv", "t": "dk", "d": "tb",
    "k": "gt", "g": "kd", "f": "vs", "v": "fb", "s": "zf",
    "z": "s", "S": "Z", "Z": "S", "m": "n", "n": "m", "N": "n", "l": "n", "R": "l",
}  # fmt: skip
"""What each phoneme is taken for."""
_LETTERS = {
    "a": "a", "e": "é", "E": "ai", "i": "i", "o": "o", "u": "ou", "y": "u", "2": "eu", "@": "e", "ã": "an", "ẽ": "in",
    "õ": "on", "j": "y", "w": "ou", "H": "u", "k": "k", "s": "ss", "S": "ch", "Z": "j", "N": "gn", "R": "r",
}  # fmt: skip


@dataclass(frozen=True)
class Confused:
    """A session in which every name was misheard, and where each stands, with the name that was said."""

    transcript: Transcript
    names: dict[Stretch, str]


def spelling(phonemes: str) -> str:
    """Write a sound down, as somebody would who does not know the name."""
    written = "".join(_LETTERS.get(one, one) for one in phonemes)
    written = re.sub(r"^ss", "s", re.sub(r"ss(?=[^aeiouyéœ]|$)|(?<=[^aeiouyéœ])ss", "s", written))
    return written[:1].upper() + written[1:]


def mishear(form: str, chance: random.Random) -> str:
    """Return a form as it might be misheard: a phoneme in six taken for another, or its last one lost."""
    said = list(readings(form)[0])
    for _ in range(max(1, len(said) // 6)):
        at = chance.randrange(len(said))
        said[at] = chance.choice(CONFUSIONS.get(said[at], said[at]))
    if said[-1] not in VOWELS | NASALS and len(said) > 4 and chance.random() < 0.2:
        said.pop()
    return spelling("".join(said))


def confuse(document: dict[str, Any], forms: Sequence[str], seed: int) -> Confused:
    """Return a gold document with every mention of ``forms`` misheard."""
    chance = random.Random(seed)
    wanted = {form for form in forms if readings(form)}
    turns: list[Turn] = []
    names: dict[Stretch, str] = {}
    for number, turn in enumerate(document["turns"]):
        text, end = "", turn["start"]
        misheard: list[str] = []
        for entity in document["entities"]:
            if turn["start"] <= entity["start"] < turn["end"] and entity["text"] in wanted:
                text += document["text"][end : entity["start"]]
                heard = mishear(entity["text"], chance)
                names[Stretch(number, len(text), len(text) + len(heard))] = entity["text"]
                misheard.append(heard)
                text, end = text + heard, entity["end"]
        text += document["text"][end : turn["end"]]
        words = tuple(_word(word, misheard, chance) for word in text.split())
        turns.append(Turn(turn["speaker"], 0.0, 0.0, IdentifiedText(text), words))
    return Confused(Transcript(tuple(turns), "fr", 0.0, "confused"), names)


def _word(word: str, misheard: Sequence[str], chance: random.Random) -> Word:
    unsure = any(heard in word for heard in misheard) and chance.random() < 0.5
    return Word(IdentifiedText(word), 0.0, 0.0, 0.4 if unsure else 0.9)


def found_names(confused: Confused, found: Sequence[Correction]) -> Iterator[tuple[Correction, str | None]]:
    """Yield each correction with the name that was said there; None where none was."""
    for one in found:
        at = one.stretch
        yield one, next((said for place, said in confused.names.items() if _meet(place, at)), None)


def _meet(one: Stretch, other: Stretch) -> bool:
    return one.turn == other.turn and one.meets(other.start, other.end)


def main() -> None:
    """Measure and print."""
    from benchmarks.misheard import CORPORA, told

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, default=5)
    seed = parser.parse_args().seed
    for folder in CORPORA:
        said = certain = proposed = others = elsewhere = 0
        for document in map(dict, read_corpus(folder)[0].gold):
            known = told(document).known
            confused = confuse(document, told(document).forms, seed)
            said += len(confused.names)
            bearer = {squash(form): set(map(squash, one.forms)) for one in known for form in one.forms}
            for one, name in found_names(confused, find_corrections(confused.transcript, known)):
                if name is None:
                    elsewhere += one.certain
                elif any(squash(one.form.reveal()) in form or form in squash(one.form.reveal())
                         for form in bearer[squash(name)]):  # fmt: skip
                    certain, proposed = certain + one.certain, proposed + (not one.certain)
                else:
                    others += one.certain
        print(
            f"{folder.relative_to(ROOT)!s:26s} {said} names misheard: certain {certain}, proposed {proposed}; "
            f"certainly another's {others}, certain where no name was said {elsewhere}"
        )


if __name__ == "__main__":
    main()
