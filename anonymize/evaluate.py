"""Measures of detection against a gold standard (benchmarks/corpus/README.md describes the format).

Only letters and digits count as characters. Mentions labelled PUBLIC are never required and never held
against a prediction.

- ``char_recall``: share of gold characters under any prediction, whatever its label.
- ``entity_recall``: share of mentions wholly covered; ``core_recall``: the same without words at the edge
  that identify nobody (an article, "collège", "rue", a final "ans").
- ``precision``: share of the characters predicted under a label that lie in any gold mention.
- ``consistency``: among gold clusters with several mentions, one at least detected: share whose detected
  mentions all carry one predicted cluster that meets no other gold cluster.
- ``role_accuracy``: among detected mentions of YOUTH and PERSON, share with the right label.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vocabulary.choices import EntityType

LABELS = tuple(str(label) for label in EntityType)
DIRECT = ("YOUTH", "PERSON", "PLACE", "INSTITUTION", "CONTACT", "ID")
"""The labels that identify directly."""

_LEAD = {
    "PLACE": r"(?:(?:le|la|les|rue|boulevard|avenue|traverse|chemin|impasse|allée|bâtiment|place|de|du|des)\s+|l['’])+",
    "INSTITUTION": r"(?:(?:le|la|les|collège|lycée|école|hôpital)\s+)+",
    "QUASI": r"(?:(?:le|la|les)\s+)+",
}
_TRAIL = {"AGE": r"\s+ans$"}


@dataclass(frozen=True)
class Row:
    """The measures of one label, or of all (None where nothing can be measured)."""

    mentions: int
    char_recall: float | None
    entity_recall: float | None
    core_recall: float | None
    precision: float | None
    consistency: float | None


@dataclass(frozen=True)
class Report:
    """The rows by label (``ALL`` and ``DIRECT`` included) and the role accuracy."""

    rows: Mapping[str, Row]
    role_accuracy: float | None


@dataclass
class _Tally:
    mentions: int = 0
    chars: int = 0
    chars_hit: int = 0
    whole: int = 0
    core: int = 0
    good: int = 0
    bad: int = 0
    consistent: int = 0
    clusters: int = 0

    def row(self) -> Row:
        return Row(
            self.mentions,
            _share(self.chars_hit, self.chars),
            _share(self.whole, self.mentions),
            _share(self.core, self.mentions),
            _share(self.good, self.good + self.bad),
            _share(self.consistent, self.clusters),
        )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


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


def _groups(label: str) -> tuple[str, ...]:
    return (label, "ALL", "DIRECT") if label in DIRECT else (label, "ALL")


def evaluate(gold: Sequence[Mapping[str, Any]], found: Mapping[str, Sequence[Mapping[str, Any]]]) -> Report:
    """Return the measures of ``found`` (document id -> entities) against the documents of ``gold``."""
    tallies: dict[str, _Tally] = defaultdict(_Tally)
    roles: Counter[bool] = Counter()
    members: dict[tuple[str, str], list[str | None]] = defaultdict(list)
    met: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    kinds: dict[tuple[str, str], str] = {}
    for document in gold:
        text, entities = document["text"], found.get(document["id"], ())
        counted = [index for index, char in enumerate(text) if char.isalnum()]
        hidden = {i for e in entities for i in range(e["start"], e["end"])}
        _precision(document, entities, set(counted), tallies)
        for mention in document["entities"]:
            label = mention["label"]
            if label == "PUBLIC":
                continue
            chars = {i for i in range(mention["start"], mention["end"]) if text[i].isalnum()}
            start, end = _core(mention, text)
            core = {i for i in range(start, end) if text[i].isalnum()}
            for key in _groups(label):
                tally = tallies[key]
                tally.mentions += 1
                tally.chars += len(chars)
                tally.chars_hit += len(chars & hidden)
                tally.whole += chars <= hidden
                tally.core += core <= hidden
            best = max(entities, key=lambda e: len(chars & set(range(e["start"], e["end"]))), default=None)
            size = len(chars & set(range(best["start"], best["end"]))) if best is not None else 0
            cluster = (str(document["group"]), mention["cluster"])
            kinds[cluster] = label
            if best is None or 2 * size < len(chars):
                members[cluster].append(None)
                continue
            if label in ("YOUTH", "PERSON"):
                roles[best["label"] == label] += 1
            name = str(best.get("cluster", f"{document['id']}:{best['start']}"))
            members[cluster].append(name)
            met[cluster[0], name].add(cluster)
    for cluster, names in members.items():
        detected = {name for name in names if name is not None}
        if len(names) > 1 and detected:
            fine = len(detected) == 1 and all(len(met[cluster[0], name]) == 1 for name in detected)
            for key in _groups(kinds[cluster]):
                tallies[key].clusters += 1
                tallies[key].consistent += fine
    rows = {key: tallies[key].row() for key in (*LABELS, "ALL", "DIRECT")}
    return Report(rows, _share(roles[True], roles[True] + roles[False]))


def _precision(
    document: Mapping[str, Any],
    entities: Sequence[Mapping[str, Any]],
    counted: set[int],
    tallies: Mapping[str, _Tally],
) -> None:
    required: set[int] = set()
    public: set[int] = set()
    for mention in document["entities"]:
        (public if mention["label"] == "PUBLIC" else required).update(range(mention["start"], mention["end"]))
    predicted: dict[str, set[int]] = defaultdict(set)
    for entity in entities:
        for key in _groups(entity["label"]):
            predicted[key].update(counted & set(range(entity["start"], entity["end"])))
    for key, chars in predicted.items():
        tallies[key].good += len(chars & required)
        tallies[key].bad += len(chars - required - public)
