"""The ``huisclos detect`` format, and the measures."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from anonymize.detect import Detector
from anonymize.detect_file import detect_documents, turns_of
from anonymize.evaluate import evaluate
from vocabulary.choices import EntityType, Tier
from vocabulary.dossier import Dossier, Known
from vocabulary.errors import UsageError


def run(detector: Detector, *documents: dict[str, Any], dossier: Dossier | None = None) -> list[dict[str, Any]]:
    lines = [json.dumps(document, ensure_ascii=False) for document in documents]
    return [json.loads(line) for line in detect_documents(lines, detector, dossier)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("S1: bonjour\nS2: oui", [(4, "bonjour"), (16, "oui")]),
        ("bonjour", [(0, "bonjour")]),
        ("S1: un\ndeux\nS2: trois", [(4, "un\ndeux"), (16, "trois")]),
        ("deux mots: rien", [(0, "deux mots: rien")]),
        ("S1:rien", [(0, "S1:rien")]),
        ("", [(0, "")]),
        ("S1: \nS2: a", [(4, ""), (9, "a")]),
        ("x" * 31 + ": a", [(0, "x" * 31 + ": a")]),
    ],
)
def test_turns_are_cut_as_the_format_says(text: str, expected: list[tuple[int, str]]) -> None:
    """A prefix of 1 to 30 signs without space or colon, a colon and a space open a turn."""
    assert list(turns_of(text)) == expected


def test_offsets_are_in_the_whole_text(detector: Detector) -> None:
    """Spans point into ``text``, prefixes included, and never cover a prefix."""
    text = "Karim: On a vu Sabrina hier.\nS2: 😀 Sabrina, oui."
    (row,) = run(detector, {"id": "a", "text": text})
    assert [text[e["start"] : e["end"]] for e in row["entities"]] == ["Sabrina", "Sabrina"]
    assert len({e["cluster"] for e in row["entities"]}) == 1


def test_rows_keep_the_schema(detector: Detector) -> None:
    """Every entity has the seven keys, with the nine labels and two tiers; spans are sorted and apart."""
    text = "S1: Madame Ferrand, 06 39 98 12 45, le 3 mai, rue des Lilas, seize ans, chez Grobulle."
    (row,) = run(detector, {"id": "a", "text": text, "other": [1]})
    assert set(row) == {"id", "entities"}
    for entity in row["entities"]:
        assert set(entity) == {"start", "end", "label", "cluster", "tier", "score", "reasons"}
        assert entity["label"] in {str(label) for label in EntityType}
        assert entity["tier"] in {str(tier) for tier in Tier}
    ends = [0, *(e["end"] for e in row["entities"])]
    assert all(e["start"] >= end for e, end in zip(row["entities"], ends, strict=False))


def test_clusters_hold_across_a_group_and_not_beyond(detector: Detector) -> None:
    """One referent has one cluster in all documents of a group, and another outside of it."""
    rows = run(
        detector,
        {"id": "1", "group": "g", "text": "S1: Sabrina est venue."},
        {"id": "2", "group": "h", "text": "S1: Sabrina est venue."},
        {"id": "3", "group": "g", "text": "S1: Et Sabrina ?"},
        {"id": "4", "text": "S1: Sabrina est venue."},
        {"id": "5", "text": "S1: Sabrina est venue."},
    )
    clusters = [row["entities"][0]["cluster"] for row in rows]
    assert [row["id"] for row in rows] == ["1", "2", "3", "4", "5"]
    assert clusters[0] == clusters[2]
    assert len(set(clusters)) == 4


def test_the_dossier_is_matched_by_force(detector: Detector) -> None:
    """A form of the dossier is found where nothing else would find it."""
    dossier = Dossier(1, known=(Known(EntityType.YOUTH, ("le Gros",)),))
    (row,) = run(detector, {"id": "a", "text": "S1: et le gros il dit rien"}, dossier=dossier)
    assert [(e["label"], e["tier"]) for e in row["entities"]] == [("YOUTH", "sure")]


@pytest.mark.parametrize(
    "line", ["", "rien", "[1]", '{"id": "a"}', '{"text": "a"}', '{"id": 1, "text": "a"}',
             '{"id": "a", "text": null}', '{"id": "a", "text": "b", "group": 3}']
)  # fmt: skip
def test_a_bad_line_stops_with_its_number(detector: Detector, line: str) -> None:
    """A line that is wrong is named by its number, and nothing of it is quoted."""
    good = '{"id": "a", "text": "S1: bonjour"}'
    with pytest.raises(UsageError) as caught:
        list(detect_documents([good, line], detector))
    assert caught.value.facts["number"] == 2


def test_measures_of_a_perfect_prediction(corpus: Callable[[str], list[dict[str, Any]]]) -> None:
    """The gold standard measured against itself is perfect."""
    gold = corpus("gold")
    report = evaluate(gold, {row["id"]: [e for e in row["entities"] if e["label"] != "PUBLIC"] for row in gold})
    row = report.rows["ALL"]
    assert (row.char_recall, row.entity_recall, row.core_recall, row.precision) == (1.0, 1.0, 1.0, 1.0)
    assert row.consistency == report.role_accuracy == 1.0


def test_measures_of_no_prediction(corpus: Callable[[str], list[dict[str, Any]]]) -> None:
    """Nothing predicted is nothing found, and no precision."""
    row = evaluate(corpus("gold"), {}).rows["ALL"]
    assert (row.entity_recall, row.precision) == (0.0, None)


@pytest.mark.parametrize(("variant", "recall", "precision"), [("gold", 0.97, 0.9), ("gold_asr", 0.88, 0.9)])
def test_the_detector_keeps_its_level(
    variant: str, recall: float, precision: float, corpus: Callable[[str], list[dict[str, Any]]], detector: Detector
) -> None:
    """Direct identifiers wholly covered, and characters rightly masked, stay above the floor."""
    gold = corpus(variant)
    lines = [json.dumps(document) for document in gold]
    found = {row["id"]: row["entities"] for row in map(json.loads, detect_documents(lines, detector))}
    row = evaluate(gold, found).rows["DIRECT"]
    assert row.entity_recall is not None
    assert row.precision is not None
    assert row.entity_recall >= recall
    assert row.precision >= precision
