"""Would restoring capitals help detection? Talk in lower case as it is, and with what a rule can restore.

    python -m benchmarks.casing [--corpus benchmarks/corpus] [--groups g1,g2]

Restored are capitals at the beginning of turns, and the capitals of half of the people, as those that dossier and vault
know would be. Detection is given no dossier. What it finds decides whether speech/casing.py restores or only tells.
"""

import argparse
import re
import sys
from pathlib import Path
from typing import Any

from anonymize.detect import Detector
from anonymize.evaluate import evaluate
from benchmarks.corpora import CORPUS, CorpusError, read_corpus
from benchmarks.deid import PEOPLE, found_in
from benchmarks.machine import machine, today
from benchmarks.tables import grid, percent

ROWS = ("DIRECT", "YOUTH", "PERSON", "PLACE", "INSTITUTION")
_TURN = re.compile(r"(?m)^(S\d+: )(\w)")


def with_starts(document: dict[str, Any]) -> dict[str, Any]:
    """The document with a capital at each turn's beginning; lengths stay."""
    return {**document, "text": _TURN.sub(lambda found: found[1] + _capital(found[2]), document["text"])}


def with_known(document: dict[str, Any]) -> dict[str, Any]:
    """The document with the capitals of every second person."""
    known = set(sorted({one["cluster"] for one in document["entities"] if one["label"] in PEOPLE})[::2])
    letters = list(document["text"])
    for one in document["entities"]:
        if one["cluster"] in known:
            for at in range(one["start"], one["end"]):
                if at == one["start"] or letters[at - 1] in " -'’":
                    letters[at] = _capital(letters[at])
    return {**document, "text": "".join(letters)}


def _capital(letter: str) -> str:
    return letter.upper() if len(letter.upper()) == 1 else letter


WAYS = {
    "as it is": lambda document: document,
    "beginnings of turns": with_starts,
    "known people": with_known,
    "both": lambda document: with_known(with_starts(document)),
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--corpus", type=Path, default=CORPUS)
    parser.add_argument("--groups", default="", help="workshops to measure, separated by commas")
    arguments = parser.parse_args()
    try:
        variants = read_corpus(arguments.corpus, [group for group in arguments.groups.split(",") if group])
    except CorpusError as error:
        sys.exit(str(error))
    detector = Detector()
    (lower,) = (variant for variant in variants if variant.name == "gold_asr")
    rows = []
    for name, way in WAYS.items():
        gold = [way(dict(document)) for document in lower.gold]
        found = evaluate(gold, found_in(gold, detector)).rows
        shares = [found[row].entity_recall for row in ROWS]
        rows.append([name, *("-" if share is None else f"{percent(share)} %" for share in shares)])
    print(grid(["restored", *ROWS], rows))
    print(f"\n{len(lower.gold)} sessions; {detector.version}\n{machine()}; {today()}")


if __name__ == "__main__":
    main()
