"""Measures of detection against a gold standard (benchmarks/corpus/README.md describes the format).

Rules of the module:
- Only letters and digits count as characters. Mentions labelled PUBLIC are never required and never held against a
  prediction.
- A mention is *detected* when one prediction covers half of it, and *covered* when predictions cover all of it.
- Every measure is a share, counted by document, so that documents can be drawn again (anonymize/intervals.py). What
  belongs to a referent counts in the document that names them first.
- Offsets and labels only: nothing here shows what a text says.

The measures, by label, over ALL, over what identifies DIRECTly, and over PEOPLE:

- ``char_recall``: share of gold characters under any prediction, whatever its label.
- ``entity_recall``: share of mentions covered; ``core_recall``: the same without words at the edge that identify
  nobody (an article, "collège", "rue", a final "ans").
- ``precision``: share of the characters predicted under a label that lie in any gold mention.
- ``weighted_precision``: the same by words, each with the weight of ``information``.
- ``type_accuracy``: among detected mentions, share with the right label, YOUTH and PERSON taken as one.
- ``role_accuracy``: among detected mentions of YOUTH and PERSON, share with the right label.
- ``consistency``: among referents with several mentions, one at least detected: share whose detected mentions all
  carry one predicted cluster that meets no other referent.
- ``referents_covered``: share of referents with every mention in the whole workshop covered.
- ``masked_entities``: the same within one document, which is what the Text Anonymization Benchmark measures.

The Text Anonymization Benchmark (Pilán et al. 2022, Computational Linguistics 48(4), section 5): its entity-level
recall of direct identifiers is ``masked_entities`` of the row TAB_DIRECT (names of people, contacts, numbers), that of
quasi-identifiers the row TAB_QUASI (places, institutions, dates, ages, telling details). Its precision is ALL's, by
characters instead of tokens. Its weights come from a language model that reads the context; ours from a list of
words, so ``weighted_precision`` compares our own systems and not theirs. Its average over annotators, and the
subject whose identity a court case protects, have no counterpart: there is one annotation, and everybody is protected.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from anonymize.french.folding import fold
from anonymize.french.lexicon import FUNCTION_WORDS, lexicon
from vocabulary.choices import EntityType

LABELS = tuple(str(label) for label in EntityType)
PEOPLE = ("YOUTH", "PERSON")
DIRECT = ("YOUTH", "PERSON", "PLACE", "INSTITUTION", "CONTACT", "ID")
"""The labels that identify directly."""
TAB_DIRECT = ("YOUTH", "PERSON", "CONTACT", "ID")
"""The labels whose mentions the Text Anonymization Benchmark holds to be direct identifiers."""
ROWS = (*LABELS, "ALL", "DIRECT", "PEOPLE", "TAB_DIRECT", "TAB_QUASI")
MEASURES = (
    "char_recall", "entity_recall", "core_recall", "precision", "weighted_precision", "type_accuracy",
    "role_accuracy", "consistency", "referents_covered", "masked_entities",
)  # fmt: skip

_LEAD = {
    "PLACE": r"(?:(?:le|la|les|rue|boulevard|avenue|traverse|chemin|impasse|allée|bâtiment|place|de|du|des)\s+|l['’])+",
    "INSTITUTION": r"(?:(?:le|la|les|collège|lycée|école|hôpital)\s+)+",
    "QUASI": r"(?:(?:le|la|les)\s+)+",
}
_TRAIL = {"AGE": r"\s+ans$"}
_WORD = re.compile(r"[^\W_]+")
_UNKNOWN = 11.0


@dataclass(frozen=True)
class Row:
    """The measures of one label, or of several together (None where nothing can be measured)."""

    mentions: int
    char_recall: float | None
    entity_recall: float | None
    core_recall: float | None
    precision: float | None
    weighted_precision: float | None
    type_accuracy: float | None
    role_accuracy: float | None
    consistency: float | None
    referents_covered: float | None
    masked_entities: float | None


@dataclass(frozen=True)
class Report:
    """The rows by name (``ROWS``), and the role accuracy over all people."""

    rows: Mapping[str, Row]
    role_accuracy: float | None


@dataclass(frozen=True)
class Judged:
    """A gold mention, and what became of it.

    ``letters`` it has, ``hidden`` of them under a prediction; ``found`` and ``name`` are label and cluster of the
    prediction that detected it, None where none did.
    """

    document: str
    group: str
    start: int
    end: int
    label: str
    cluster: str
    letters: int
    hidden: int
    core: bool
    found: str | None
    name: str | None

    @property
    def covered(self) -> bool:
        return self.hidden == self.letters

    @property
    def referent(self) -> tuple[str, str]:
        """What its cluster is called over all groups."""
        return self.group, self.cluster


class Tally(dict[tuple[str, str], tuple[float, float]]):
    """What was counted: (row, measure) -> (part, whole); ``mentions`` counts as a whole."""

    def count(self, rows: Iterable[str], measure: str, part: float, whole: float = 1.0) -> None:
        for row in rows:
            held = self.get((row, measure), (0.0, 0.0))
            self[row, measure] = (held[0] + part, held[1] + whole)

    def share(self, row: str, measure: str) -> float | None:
        part, whole = self.get((row, measure), (0.0, 0.0))
        return part / whole if whole else None


def evaluate(gold: Sequence[Mapping[str, Any]], found: Mapping[str, Sequence[Mapping[str, Any]]]) -> Report:
    """Return the measures of ``found`` (document id -> entities) against the documents of ``gold``."""
    return report(tallies(gold, found).values())


def report(counted: Iterable[Tally]) -> Report:
    """Return the measures over documents that were counted one by one."""
    total = Tally()
    for tally in counted:
        for (row, measure), (part, whole) in tally.items():
            total.count((row,), measure, part, whole)
    rows = {
        row: Row(
            int(total.get((row, "entity_recall"), (0, 0))[1]), *(total.share(row, measure) for measure in MEASURES)
        )
        for row in ROWS
    }
    return Report(rows, total.share("ALL", "role_accuracy"))


def tallies(
    gold: Sequence[Mapping[str, Any]], found: Mapping[str, Sequence[Mapping[str, Any]]]
) -> Mapping[str, Tally]:  # fmt: skip
    """Return what is counted in each document, by its id."""
    counted = {str(document["id"]): Tally() for document in gold}
    for document in gold:
        _precision(document, found.get(document["id"], ()), counted[document["id"]])
    mentions = judge(gold, found)
    referents: dict[tuple[str, str], list[Judged]] = defaultdict(list)
    within: dict[tuple[str, str], list[Judged]] = defaultdict(list)
    for mention in mentions:
        rows, tally = _rows(mention.label), counted[mention.document]
        tally.count(rows, "char_recall", mention.hidden, mention.letters)
        tally.count(rows, "entity_recall", mention.covered)
        tally.count(rows, "core_recall", mention.core)
        if mention.found is not None:
            tally.count(rows, "type_accuracy", _kind(mention.found) == _kind(mention.label))
            if mention.label in PEOPLE:
                tally.count(rows, "role_accuracy", mention.found == mention.label)
        referents[mention.referent].append(mention)
        within[mention.document, mention.cluster].append(mention)
    for members in within.values():
        counted[members[0].document].count(
            _rows(members[0].label), "masked_entities", all(mention.covered for mention in members)
        )
    split = inconsistent(mentions)
    for referent, members in referents.items():
        rows, tally = _rows(members[0].label), counted[members[0].document]
        tally.count(rows, "referents_covered", all(mention.covered for mention in members))
        if len(members) > 1 and any(mention.name is not None for mention in members):
            tally.count(rows, "consistency", referent not in split)
    return counted


def judge(gold: Sequence[Mapping[str, Any]], found: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[Judged]:
    """Return what became of each gold mention that is required, in the order of the documents."""
    judged: list[Judged] = []
    for document in gold:
        text, entities = document["text"], found.get(document["id"], ())
        hidden = {i for e in entities for i in range(e["start"], e["end"])}
        for mention in document["entities"]:
            if mention["label"] == "PUBLIC":
                continue
            chars = _letters(text, mention["start"], mention["end"])
            core = _letters(text, *_core(mention, text))
            best = max(entities, key=lambda e: len(chars & set(range(e["start"], e["end"]))), default=None)
            size = len(chars & set(range(best["start"], best["end"]))) if best is not None else 0
            detected = best is not None and size > 0 and 2 * size >= len(chars)
            judged.append(
                Judged(
                    document=str(document["id"]),
                    group=str(document["group"]),
                    start=int(mention["start"]),
                    end=int(mention["end"]),
                    label=str(mention["label"]),
                    cluster=str(mention["cluster"]),
                    letters=len(chars),
                    hidden=len(chars & hidden),
                    core=core <= hidden,
                    found=str(best["label"]) if best is not None and detected else None,
                    name=str(best.get("cluster", f"{document['id']}:{best['start']}"))
                    if best is not None and detected
                    else None,
                )
            )
    return judged


def inconsistent(mentions: Iterable[Judged]) -> set[tuple[str, str]]:
    """Return the referents with several mentions that were split, or joined with another."""
    names: dict[tuple[str, str], list[str | None]] = defaultdict(list)
    met: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    for mention in mentions:
        names[mention.referent].append(mention.name)
        if mention.name is not None:
            met[mention.group, mention.name].add(mention.referent)
    wrong: set[tuple[str, str]] = set()
    for referent, given in names.items():
        detected = {name for name in given if name is not None}
        if len(given) < 2 or not detected:
            continue
        if len(detected) > 1 or any(len(met[referent[0], name]) > 1 for name in detected):
            wrong.add(referent)
    return wrong


def information(word: str) -> float:
    """Return how much a word says: 1 for the most frequent, one more each time it is half as frequent, 11 for one
    that is no ordinary word. Stands in for the -log P(word | context) of a language model."""
    folded = fold(word)
    if folded in FUNCTION_WORDS:
        return 1.0
    level = lexicon().words.get(folded)
    return _UNKNOWN if level is None else 1.0 + level


def _rows(label: str) -> tuple[str, ...]:
    sets = {"DIRECT": DIRECT, "PEOPLE": PEOPLE, "TAB_DIRECT": TAB_DIRECT}
    joined = [row for row, labels in sets.items() if label in labels]
    return (label, "ALL", *joined, *(() if label in TAB_DIRECT else ("TAB_QUASI",)))


def _kind(label: str) -> str:
    return "PERSON" if label in PEOPLE else label


def _letters(text: str, start: int, end: int) -> set[int]:
    return {i for i in range(start, end) if text[i].isalnum()}


def _core(entity: Mapping[str, Any], text: str) -> tuple[int, int]:
    start, end = int(entity["start"]), int(entity["end"])
    surface, label = text[start:end], entity["label"]
    lead = re.match(_LEAD[label], surface, re.IGNORECASE) if label in _LEAD else None
    trail = re.search(_TRAIL[label], surface, re.IGNORECASE) if label in _TRAIL else None
    if lead is not None and lead.end() < len(surface):
        start += lead.end()
    if trail is not None and trail.start() > 0:
        end -= len(surface) - trail.start()
    return start, end


def _precision(document: Mapping[str, Any], entities: Sequence[Mapping[str, Any]], tally: Tally) -> None:
    text = document["text"]
    required: set[int] = set()
    public: set[int] = set()
    for mention in document["entities"]:
        (public if mention["label"] == "PUBLIC" else required).update(range(mention["start"], mention["end"]))
    predicted: dict[str, set[int]] = defaultdict(set)
    for entity in entities:
        for row in _rows(entity["label"]):
            predicted[row] |= _letters(text, entity["start"], entity["end"])
    for row, chars in predicted.items():
        tally.count((row,), "precision", len(chars & required), len(chars & required) + len(chars - required - public))
    for word in _WORD.finditer(text):
        if word.start() in public and word.start() not in required:
            continue
        weight = information(word[0])
        for row, chars in predicted.items():
            if word.start() in chars:
                tally.count((row,), "weighted_precision", weight if word.start() in required else 0.0, weight)
