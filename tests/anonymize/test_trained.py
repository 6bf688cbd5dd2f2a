"""The trained tagger: features, decoding, weights, and what it was trained on."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from anonymize.detect import UNLIKELY, Detector, _unlikely
from anonymize.detectors.kinds import settle_names
from anonymize.detectors.layer import Finding
from anonymize.detectors.reading import read, read_session
from anonymize.detectors.resolve import resolve
from anonymize.french.folding import fold, tokens
from anonymize.french.lexicon import lexicon
from anonymize.trained.elements import Naming
from anonymize.trained.features import DENSE, FORMAT, TURN, features_of, pieces_of
from anonymize.trained.network import LABELS, TAGS, WEIGHTS, Network, WeightsError, _shared, save
from anonymize.trained.tagger import best_path
from training.scenes import all_scenes
from training.talk import Mention, Talk, document
from vocabulary.choices import EntityType, Tier
from vocabulary.errors import DetectorError
from vocabulary.span import Span

ROOT = Path(__file__).resolve().parents[2]
_TEXTS = st.lists(st.text(alphabet="aéA'’-. ,!?«»1k\u0301", max_size=30), min_size=1, max_size=4)


@given(_TEXTS)
def test_tokens_lie_in_their_turn_and_leave_out_nothing_but_spaces(turns: list[str]) -> None:
    """Every sign of every turn is in one token, at the offsets the token gives."""
    seen = [[False] * len(turn) for turn in turns]
    for piece in pieces_of(turns):
        if piece.text == TURN:
            continue
        assert turns[piece.turn][piece.start : piece.end] == piece.text
        for place in range(piece.start, piece.end):
            assert not seen[piece.turn][place]
            seen[piece.turn][place] = True
    assert all(
        mark or turn[place].isspace()
        for turn, marks in zip(turns, seen, strict=True)
        for place, mark in enumerate(marks)
    )


@settings(deadline=None)  # the first call reads the lists
@given(_TEXTS)
def test_features_are_finite_numbers_of_one_shape(turns: list[str]) -> None:
    """No text gives features that the network cannot read."""
    found = features_of(turns, [True] * len(turns), lambda word: len(word) - 1, lexicon())
    assert found.dense.shape == (len(found.pieces), DENSE)
    assert np.isfinite(found.dense).all()
    assert len(found.forms) == len(found.rows) == len(found.hashes) == len(found.pieces)


@given(
    arrays.arrays(np.float32, st.tuples(st.integers(1, 12), st.just(len(TAGS))), elements=st.floats(-20, 0, width=32))
)
def test_a_path_never_goes_on_with_what_it_did_not_begin(scores: np.ndarray) -> None:
    """Inside a name stands only the tag that opened it."""
    path = [TAGS[tag] for tag in best_path(scores)]
    for before, tag in zip(["O", *path], path, strict=False):
        if tag.startswith("I-"):
            assert before in (f"B-{tag[2:]}", tag)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=20))
def test_tokens_of_one_spelling_share_their_mean(forms: list[int]) -> None:
    """Sharing is the mean over the session, by spelling."""
    x = np.arange(len(forms) * 3, dtype=np.float32).reshape(len(forms), 3)
    expected = np.array([np.mean([x[i] for i, f in enumerate(forms) if f == form], axis=0) for form in forms])
    assert np.allclose(_shared(x, np.array(forms, np.int32)), expected, rtol=1e-5)


def test_labels_are_those_of_the_vocabulary_and_public() -> None:
    """The network knows every entity type, and what it must leave alone."""
    assert {*LABELS} == {*(str(label) for label in EntityType), "PUBLIC"}


def test_weights_of_other_features_are_refused(tmp_path: Path) -> None:
    """Weights name the features they were trained on."""
    path = tmp_path / "w.npz"
    save(path, {"out_b": np.zeros(3, np.float32)}, {})
    assert Network.load(path).about["features"] == FORMAT
    np.savez_compressed(path, about=np.frombuffer(json.dumps({"features": 0}).encode(), np.uint8))
    with pytest.raises(WeightsError, match=f"features 0, expected {FORMAT}"):
        Network.load(path)


def test_weights_are_small_enough_to_ship() -> None:
    """The weights of all networks stay under 20 MB."""
    assert sum(path.stat().st_size for path in WEIGHTS) < 20_000_000


def test_a_network_that_fails_while_the_model_reads_stops_the_session(
    detector: Detector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is drafted from the other layers, and nothing is said of what was read."""

    def fail(*_: object) -> None:
        raise KeyError("Zelvir")

    monkeypatch.setattr(detector, "_read", fail)
    with pytest.raises(DetectorError, match="withheld") as raised:
        detector.detect(["Zelvir est venu."])
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None


def test_names_no_list_knows_are_found_by_what_stands_around(detector: Detector) -> None:
    """A youth with an invented name, in lower case, is found and linked to nothing else."""
    turns = ["bon alors moi je voulais parler de zelvir il a quinze ans il est au collège", "zelvir je l'ai vu hier"]
    found = detector.detect(turns)
    covered = {turns[span.turn][span.start : span.end] for span in found}
    assert "zelvir" in covered


def test_nothing_was_trained_on_the_corpora_it_is_measured_on() -> None:
    """No twelve words in a row of a corpus stand in a training scene."""
    scenes = " ".join(path.read_text(encoding="utf-8") for path in (ROOT / "training" / "scenes").glob("*.txt"))
    words = [token.folded for token in tokens(scenes)]
    runs = {tuple(words[i : i + 12]) for i in range(len(words) - 11)}
    for corpus in ("corpus", "second_corpus", "third_corpus"):
        for line in (ROOT / "benchmarks" / corpus / "gold.jsonl").read_text(encoding="utf-8").splitlines():
            said = [token.folded for token in tokens(fold(json.loads(line)["text"]))]
            assert not runs & {tuple(said[i : i + 12]) for i in range(len(said) - 11)}


@pytest.mark.parametrize("folder", ["scenes", "apart"])
def test_every_scene_reads(folder: str) -> None:
    """The scenes to learn from, and those of training/corpus.py, keep the format and name somebody."""
    scenes = list(all_scenes(ROOT / "training" / folder))
    assert len(scenes) > 200
    assert all(scene.turns and any(member.label == "YOUTH" for member in scene.cast.values()) for scene in scenes)


def test_a_talk_becomes_a_document_whose_offsets_hold() -> None:
    """Mentions are where the text has them, turns without their speakers."""
    talk = Talk([("S1", "Et Yacine ?"), ("S12", "Il est à Malpassé.")], [
        Mention(1, 9, 17, "PLACE", "l1"), Mention(0, 3, 9, "YOUTH", "y1"),
    ])  # fmt: skip
    found = document("k1", talk)
    assert [found["text"][e["start"] : e["end"]] for e in found["entities"]] == ["Yacine", "Malpassé"]
    assert [found["text"][t["start"] : t["end"]] for t in found["turns"]] == [text for _, text in talk.turns]


def test_no_age_or_phrase_of_the_network_takes_a_names_place() -> None:
    """A name that the network takes for an age stays a name, and one inside a telling phrase is found for itself."""
    text = "qui a poignardé le cousin de Yacine"
    reading = read(text, lexicon(), True)
    name = ("names", Finding(29, 35, EntityType.YOUTH, 0.9, "first name"))
    age = ("trained", Finding(29, 35, EntityType.AGE, 0.95, "trained model"))
    phrase = ("trained", Finding(0, 35, EntityType.QUASI, 0.9, "trained model"))
    assert [(span.label, span.tier) for span in resolve(0, reading, [name, age])] == [(EntityType.YOUTH, Tier.SURE)]
    found = resolve(0, reading, [name, phrase])
    assert [text[span.start : span.end] for span in found if span.label is EntityType.YOUTH] == ["Yacine"]
    assert any(span.label is EntityType.QUASI and span.start < 10 for span in found)


def test_what_lies_beyond_a_known_name_is_taken_without_its_space() -> None:
    """Of "brayan brayan da costa" the vault knows the first two words; with the space, the rest was a name of its own,
    and two pseudonyms ran together."""
    text = "brayan brayan da costa"
    known = ("known", Finding(0, 13, EntityType.YOUTH, 1.0, "known form"))
    whole = ("trained", Finding(0, 22, EntityType.YOUTH, 0.9, "trained model"))
    found = resolve(0, read(text, lexicon(), False), [known, whole])
    assert [text[span.start : span.end] for span in found] == [text]


def test_the_dossier_says_what_a_name_is_wherever_it_stands() -> None:
    """A youth of the dossier whom the network takes for a place once is the youth there too."""
    turns = ["Franklin est venu.", "On l'a vu à Franklin."]
    known = ("known form",)
    spans = [Span(0, 0, 8, EntityType.YOUTH, reasons=known), Span(1, 12, 20, EntityType.YOUTH, reasons=known)]
    plain = dict.fromkeys(LABELS, 0.0)
    chances = [{**plain, "YOUTH": 0.97}, {**plain, "PLACE": 0.97}]
    assert [span.label for span in settle_names(turns, spans, chances)] == [EntityType.YOUTH, EntityType.YOUTH]
    told = [replace(span, reasons=("capital",)) for span in spans]
    assert [span.label for span in settle_names(turns, told, chances)] == [EntityType.YOUTH, EntityType.PLACE]


def test_no_repr_shows_the_talk() -> None:
    """Tokens, features and names among them print nothing that was said."""
    found = features_of(["Yacine est venu."], [True], lambda _word: -1, lexicon())
    for value in (found, found.pieces[1], Naming(1, 2, 0, ("yacine",), "YOUTH")):
        assert "yacine" not in repr(value).lower()


@pytest.mark.parametrize(
    ("reason", "label", "dropped"),
    [
        ("unknown word", EntityType.PERSON, True),
        ("gliner PERSON", EntityType.PERSON, False),
        ("transformers PERSON", EntityType.PERSON, False),
        ("known form", EntityType.PERSON, False),
        ("unknown word", EntityType.CONTACT, False),
    ],
)
def test_the_network_overrules_faint_names_of_our_own_layers_alone(
    detector: Detector, reason: str, label: EntityType, dropped: bool
) -> None:
    """What the dossier, the vault, an operator's model or a pattern found stays, however unlikely it looks."""
    turns = ["on a parlé de tout ça et de rien"]
    session = detector._read(turns, read_session(turns, lexicon()))
    span = Span(0, 3, 4, label, Tier.RESIDUAL, reasons=(reason,))
    assert session.naming(0, 3, 4) < UNLIKELY
    assert _unlikely(span, session) is dropped
