"""The measures, on small gold documents whose figures can be counted by hand."""

from typing import Any

import pytest

from anonymize.evaluate import Report, evaluate, inconsistent, information, judge, tallies
from anonymize.intervals import intervals

TEXT = "S1: Sabrina Duval et Karim au collège Diderot, Karim."


def gold(text: str = TEXT, name: str = "a") -> dict[str, Any]:
    """One document that names a youth, an adult twice, and a school."""
    marks = [("Sabrina Duval", "YOUTH", "y1"), ("Karim", "PERSON", "p1"), ("collège Diderot", "INSTITUTION", "i1")]
    entities = [{**span(text, surface), "label": label, "cluster": cluster} for surface, label, cluster in marks]
    last = text.rindex("Karim")
    entities.append({"start": last, "end": last + 5, "label": "PERSON", "cluster": "p1"})
    return {"id": name, "group": "g", "text": text, "entities": entities}


def span(text: str, surface: str, label: str = "", cluster: str = "") -> dict[str, Any]:
    start = text.index(surface)
    return {"start": start, "end": start + len(surface), "label": label, "cluster": cluster}


def measured(*entities: dict[str, Any]) -> Report:
    return evaluate([gold()], {"a": list(entities)})


def test_a_label_is_right_by_type_and_by_role() -> None:
    """A youth taken for an adult is right by type and wrong by role; a school taken for a place is wrong by type."""
    report = measured(
        span(TEXT, "Sabrina Duval", "PERSON", "1"),
        span(TEXT, "Karim", "PERSON", "2"),
        span(TEXT, "collège Diderot", "PLACE", "3"),
    )
    assert report.rows["ALL"].type_accuracy == pytest.approx(2 / 3)
    assert report.rows["YOUTH"].type_accuracy == 1.0
    assert report.role_accuracy == report.rows["ALL"].role_accuracy == 0.5


def test_a_referent_is_covered_by_every_mention() -> None:
    """One mention that shows leaves its referent uncovered, however many are hidden."""
    report = measured(span(TEXT, "Sabrina Duval", "YOUTH", "1"), span(TEXT, "Karim", "PERSON", "2"))
    assert report.rows["PERSON"].entity_recall == 0.5
    assert report.rows["PERSON"].referents_covered == 0.0
    assert report.rows["ALL"].referents_covered == pytest.approx(1 / 3)


def test_half_a_name_is_found_and_not_covered() -> None:
    """A mention is detected from half of it on, and covered only when all of it is hidden."""
    (mention, *_) = judge([gold()], {"a": [span(TEXT, "Sabrina", "YOUTH", "1")]})
    assert (mention.found, mention.covered, mention.hidden) == ("YOUTH", False, 7)


def test_the_benchmarks_entities_live_in_one_document() -> None:
    """A referent who shows in one session is masked in the other, where the benchmark of Pilán et al. counts."""
    other = gold(name="b")
    whole = [span(TEXT, "Karim", "PERSON", "2"), {**span(TEXT, "Karim"), "label": "PERSON", "cluster": "2"}]
    whole[1] = {"start": TEXT.rindex("Karim"), "end": TEXT.rindex("Karim") + 5, "label": "PERSON", "cluster": "2"}
    report = evaluate([gold(), other], {"a": whole, "b": []})
    assert report.rows["PERSON"].masked_entities == 0.5
    assert report.rows["PERSON"].referents_covered == 0.0
    assert report.rows["TAB_DIRECT"].mentions == 6
    assert report.rows["TAB_QUASI"].mentions == 2


def test_one_name_for_two_referents_is_inconsistent() -> None:
    """A predicted cluster that meets two referents makes both wrong, where they have several mentions."""
    entities = [
        span(TEXT, "Sabrina Duval", "YOUTH", "1"),
        span(TEXT, "Karim", "PERSON", "1"),
        {"start": TEXT.rindex("Karim"), "end": TEXT.rindex("Karim") + 5, "label": "PERSON", "cluster": "1"},
    ]
    assert inconsistent(judge([gold()], {"a": entities})) == {("g", "p1")}


def test_rare_words_weigh_more() -> None:
    """Masking a frequent word costs the weighted precision less than masking a rare one."""
    assert information("et") < information("collège") < information("Duval")
    text = "S1: Karim et le Grobulle."
    document = {"id": "a", "group": "g", "text": text, "entities": [{**span(text, "Karim", "YOUTH", "y"), "text": ""}]}
    report = evaluate([document], {"a": [span(text, "Karim et", "YOUTH", "1")]})
    row = report.rows["YOUTH"]
    assert row.precision is not None and row.weighted_precision is not None
    assert row.precision == pytest.approx(5 / 7)
    assert row.weighted_precision > row.precision


def test_the_same_counts_give_the_same_interval() -> None:
    """Intervals hold the measure, never leave 0 to 1, and come out the same from the same seed."""
    documents = [gold(name=name) for name in "abcdefgh"]
    found = {
        name: [span(TEXT, "Karim", "PERSON", "2")] if name in "abc" else [span(TEXT, "Sabrina Duval", "YOUTH", "1")]
        for name in "abcdefgh"
    }
    counted = tallies(documents, found)
    first, second = intervals(counted, draws=200), intervals(counted, draws=200)
    assert first == second
    row = evaluate(documents, found).rows["ALL"]
    low, high = first["ALL", "entity_recall"]
    assert 0 <= low <= (row.entity_recall or 0) <= high <= 1
    assert intervals(counted, draws=200, seed=1) != first


def test_one_document_varies_nothing() -> None:
    """A corpus of one document has an interval of no width: nothing can be said beyond it."""
    counted = tallies([gold()], {"a": [span(TEXT, "Karim", "PERSON", "2")]})
    assert intervals(counted, draws=50)["ALL", "entity_recall"] == (0.25, 0.25)
