"""What the benchmarks of detection build on: documents written anew, other spellings, tables."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from anonymize.evaluate import tallies
from benchmarks.corpora import CorpusError, asked, read_corpus, rewritten
from benchmarks.deid import LAYERS, changed, dossier_of, measured, misheard
from benchmarks.respelling import respelled, respelled_name
from benchmarks.tables import MAIN, markdown, percent


def test_a_document_written_anew_keeps_its_mentions(corpus: Callable[[str], list[dict[str, Any]]]) -> None:
    """Every mention stands where its offsets say, with the new spelling, and nothing else of the text changes."""
    for document in corpus("gold"):
        same = rewritten(document, lambda _entity, spelling: spelling)
        assert (same["text"], [e["start"] for e in same["entities"]]) == (
            document["text"],
            sorted(e["start"] for e in document["entities"]),
        )
        longer = rewritten(document, lambda _entity, spelling: f"<{spelling}>")
        assert all(longer["text"][e["start"] : e["end"]] == e["text"] for e in longer["entities"])
        assert longer["text"].replace("<", "").replace(">", "") == document["text"]


@pytest.mark.parametrize(
    ("name", "choices"),
    [
        ("Mehdi", {"Medi", "Mehdy"}),
        ("Yacine", {"Yasine", "Yacyne", "Iacine"}),
        ("Sophie", {"Sofie"}),
        ("Ali", {"Ali"}),
        ("Zoé", {"Zoé"}),
    ],
)
def test_a_name_is_spelled_otherwise(name: str, choices: set[str]) -> None:
    """One change that a listener does not hear; a name of three letters stays."""
    assert {respelled(name, random.Random(seed)) for seed in range(40)} <= choices


def test_spelling_otherwise_keeps_hyphens_and_case() -> None:
    """The words of a name are spelled each for itself."""
    name = respelled_name("Marie-Joséphine Quentin", random.Random(1))
    assert name.count("-") == name.count(" ") == 1
    assert all(word[0].isupper() for word in name.replace("-", " ").split())


def test_the_dossier_lists_what_is_spelled_otherwise(corpus: Callable[[str], list[dict[str, Any]]]) -> None:
    """A dossier of misheard sessions holds the spellings of before, and the changed mentions are those that differ."""
    gold = [document for document in corpus("gold") if document["group"] == "g3"]
    heard = misheard(gold)
    assert dossier_of(heard) == dossier_of(gold)
    places = set().union(*(changed(document) for document in heard))
    assert 0 < len(places) < len(set().union(*(changed(document) for document in gold)))


def test_questions_hold_no_gold(corpus: Callable[[str], list[dict[str, Any]]]) -> None:
    """What the detector is asked holds id, group and text, and no entity."""
    assert not any("entities" in line.split('"text"')[0] or "cluster" in line for line in asked(corpus("gold")))


def test_groups_are_chosen_by_name() -> None:
    """Only the workshops asked for are read; one that is not there is named."""
    assert {d["group"] for variant in read_corpus(groups=["g3"]) for d in variant.gold} == {"g3"}
    with pytest.raises(CorpusError, match="g99"):
        read_corpus(groups=["g99"])


def test_the_table_has_a_line_for_each_measure(corpus: Callable[[str], list[dict[str, Any]]]) -> None:
    """A perfect prediction fills the table with 100 %, each with its interval."""
    gold = corpus("gold")
    found = {d["id"]: [e for e in d["entities"] if e["label"] != "PUBLIC"] for d in gold}
    table = markdown([measured("perfect", gold, found)]).splitlines()
    assert len(table) == len(MAIN) + 2
    assert all(line.endswith("| 100 % (100-100) |") for line in table[2:])
    assert (percent(0.98765), percent(1.0), percent(0.0)) == ("98.8", "100", "0")


def test_every_layer_can_be_left_out(detector: Any) -> None:
    """The layers of the ablation are those the detector has: none is forgotten, none is misnamed."""
    built = {layer.layer for layer in detector._engine._analyzer.registry.recognizers}
    assert set(LAYERS) == built | {"trained", "session", "standing"}


def test_counts_are_kept_by_document(corpus: Callable[[str], list[dict[str, Any]]]) -> None:
    """Every document of the corpus is counted by itself, found or not."""
    gold = corpus("gold")
    assert set(tallies(gold, {})) == {document["id"] for document in gold}
