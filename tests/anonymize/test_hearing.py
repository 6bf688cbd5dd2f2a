"""Misheard names: how words sound, how far apart two sounds are, and what is corrected and what is left alone."""

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymize.french.lexicon import lexicon
from anonymize.hearing import search
from anonymize.hearing.corrections import MISHEARD, find_corrections, undecided, whole
from anonymize.hearing.distance import distance, weight
from anonymize.hearing.phonemes import french, readings, spelled
from anonymize.hearing.targets import Index, targets_of
from anonymize.vault import KnownReferent
from benchmarks.confusions import confuse, found_names, mishear, spelling
from benchmarks.misheard import CORPORA, as_written, told
from vocabulary.choices import EntityType, Hearing, Tier
from vocabulary.corrections import Correction
from vocabulary.span import Span, Stretch
from vocabulary.text import IdentifiedText
from vocabulary.transcript import Transcript, Turn, Word

YOUTH, PERSON, PLACE, INSTITUTION = EntityType.YOUTH, EntityType.PERSON, EntityType.PLACE, EntityType.INSTITUTION

DOSSIER = (
    KnownReferent(None, YOUTH, ("Yacine Meziane", "Yacine")),
    KnownReferent(None, PERSON, ("Nathalie Quilichini",)),
    KnownReferent(None, PERSON, ("Aïssatou Barry",)),
    KnownReferent(None, YOUTH, ("Nabil Amrani", "Nabil")),
    KnownReferent(None, PERSON, ("Karim Aziz",)),
    KnownReferent(None, PLACE, ("cité des Genêts",)),
    KnownReferent(None, PLACE, ("Malpassé",)),
    KnownReferent(None, INSTITUTION, ("collège Marcel-Aymard",)),
    KnownReferent(None, INSTITUTION, ("MECS",)),
)


def transcript(*texts: str, unsure: Sequence[str] = ()) -> Transcript:
    """Turns as recognised, every word sure but those named."""
    turns = (
        Turn("S1", 0.0, 1.0, IdentifiedText(text), tuple(
            Word(IdentifiedText(word), 0.0, 0.1, 0.3 if word.strip(",.") in unsure else 0.95) for word in text.split()
        ))
        for text in texts
    )  # fmt: skip
    return Transcript(tuple(turns), "fr", 1.0, "made")


def corrections(text: str, unsure: Sequence[str] = (), known: Sequence[KnownReferent] = DOSSIER) -> list[Correction]:
    return list(find_corrections(transcript(text, unsure=unsure), known))


def said(found: Sequence[Correction]) -> list[tuple[str, str, bool]]:
    return [(one.heard.reveal(), one.form.reveal(), one.certain) for one in found]


# Sounds


@pytest.mark.parametrize(("word", "phonemes"), [
    ("Yassine", "jasin"), ("habile", "abil"), ("Oliviers", "olivje"), ("enfants", "ãfã"), ("Guillaume", "gijom"),
    ("question", "kEstjõ"), ("attention", "atãsjõ"), ("temps", "tã"), ("Bernard", "bERnaR"), ("Farid", "faRid"),
    ("Étoile", "etwal"), ("gens", "Zã"), ("Kaci", "kasi"), ("maison", "mEzõ"), ("Benalie", "b@nali"),
])  # fmt: skip
def test_a_french_word_sounds_as_it_is_said(word: str, phonemes: str) -> None:
    """Silent endings, digraphs, nasal vowels."""
    assert french(word) == phonemes


@pytest.mark.parametrize(("name", "phonemes"), [
    ("Kevin", "kEvin"), ("Jordan", "ZoRdan"), ("Inès", "inEs"), ("PJJ", "peZiZi"), ("Amrani", "amRani"),
])  # fmt: skip
def test_a_name_also_sounds_as_a_foreign_one(name: str, phonemes: str) -> None:
    """Endings sounded and no nasal vowel; letters are also spelled."""
    assert phonemes in readings(name)
    assert spelled("Pjj") is None


@pytest.mark.parametrize(("heard", "meant"), [
    ("n habile", "Nabil"), ("Yassine", "Yacine"), ("mal passé", "Malpassé"), ("Mésiane", "Meziane"),
    ("Qu est vain", "Kevin"), ("Kilichini", "Quilichini"), ("Banchard", "Benchaa"),
])  # fmt: skip
def test_what_is_heard_alike_is_near(heard: str, meant: str) -> None:
    """An eighth of what there is to hear, at most."""
    assert min(distance(a, b) / weight(b) for a in readings(heard) for b in readings(meant)) < 0.125


@pytest.mark.parametrize(("one", "other"), [
    ("Karim", "Karima"), ("Nadir", "Nadia"), ("Malik", "Malika"), ("Marie", "Marine"), ("Damien", "Danièle"),
])  # fmt: skip
def test_names_of_two_people_are_apart(one: str, other: str) -> None:
    """A phoneme more or less, or another one, is heard."""
    assert min(distance(a, b) / weight(b) for a in readings(one) for b in readings(other)) > 0.07


SOUNDS = st.text("aeEiouy2@ãẽõjwHpbtdkgfvszSZmnNlR", max_size=9)


@given(SOUNDS, SOUNDS)
def test_distance_is_a_cost_and_may_be_given_up(one: str, other: str) -> None:
    """Nothing for the same sound, never less than nothing, never more than to say all anew; giving up hides nothing."""
    cost = distance(one, other)
    assert distance(one, one) == 0.0
    assert 0.0 <= cost <= weight(one) + weight(other)
    assert distance(one, other, cost + 0.01) == pytest.approx(cost)


# What is corrected


@pytest.mark.parametrize(("text", "unsure", "expected"), [
    ("et là, Yassine me dit", (), [("Yassine", "Yacine", True)]),
    ("on a parlé de Yacine Mésiane hier", (), [("Mésiane", "Meziane", True)]),
    ("avec madame Kilichini du service", (), [("Kilichini", "Quilichini", True)]),
    ("voilà, Natalie Kilichini, elle sait", (), [("Natalie Kilichini", "Nathalie Quilichini", True)]),
    ("il habite la cité des jeunais", (), [("jeunais", "Genêts", True)]),
    ("moi, ai ça tout Barry, je reste", ("ai", "ça", "tout"), [("ai ça tout", "Aïssatou", True)]),
    ("j'ai vu n'habile au local", ("n'habile",), [("n'habile", "Nabil", False)]),
    ("il est au collège Marcel et Imar", (), [("collège Marcel et Imar", "collège Marcel-Aymard", True)]),
])  # fmt: skip
def test_a_misheard_name_is_found_across_word_borders(
    text: str, unsure: Sequence[str], expected: list[tuple[str, str, bool]]
) -> None:
    """What no French word explains is certain; ordinary words that were unsure are proposed, and certain beside another
    name of the same one."""
    assert said(corrections(text, unsure)) == expected


@pytest.mark.parametrize("text", [
    "Yacine Meziane, Nathalie et Karim Aziz, cité des Genêts, à Malpassé.",
    "c'est un homme habile, il est mal passé par là",
    "les genêts fleurissent et les jeunes aussi",
    "Karima et Malika sont venues, Nabila aussi",
    "écrivez à yassine@example.com ou à @yassine_13",
    "le numéro est mesiane13",
    "ils ont des horaires, un responsable, des congés payés",
])  # fmt: skip
def test_what_was_said_is_left_alone(text: str) -> None:
    """Right forms, ordinary words that were sure, other people's names, addresses."""
    assert corrections(text) == []


def test_a_form_that_only_the_vault_knows_is_never_certain_and_gives_way_to_the_dossier() -> None:
    """What an earlier session learnt may itself have been misheard: it proves nothing, and is corrected."""
    learnt = KnownReferent("v-1", YOUTH, ("Mésiane",))
    assert [one.certain for one in corrections("on parle de Méssiane ici", known=(learnt,))] == [False]
    assert said(corrections("on parle de Mésiane ici", known=(*DOSSIER, learnt))) == [("Mésiane", "Meziane", True)]
    kept = find_corrections(transcript("on parle de Méssiane ici"), (learnt,), frozenset({"mesiane"}))
    assert [one.certain for one in kept] == [True]


def test_two_forms_that_sound_nearly_as_well_are_not_told_apart() -> None:
    """Of two people whose names are near, none is certain."""
    known = (KnownReferent(None, YOUTH, ("Mériane",)), KnownReferent(None, PERSON, ("Méliane",)))
    assert [one.certain for one in corrections("et puis Méniane est parti", known=known)] in ([False], [])


def test_a_name_told_as_a_part_of_an_address_is_only_proposed() -> None:
    """The letters of "yassin point meziane" are not those of the name: a person decides."""
    assert [one.certain for one in corrections("Yassin est venu", unsure=["Yassin"])] == [True]
    found = corrections("son compte c'est yassin point off", unsure=["yassin"])
    assert found and not any(one.certain for one in found)


@pytest.mark.parametrize("word", ["he", "hehe", "hh", "H H", "--"])
def test_what_has_no_sound_of_its_own_is_left_alone(word: str) -> None:
    """A word of which nothing but a silent e is heard is looked up like any other, and is no name."""
    assert corrections(f"alors {word} voilà", unsure=[word]) == []


def test_a_correction_says_why() -> None:
    """The same sound, a word nobody knows, what stands beside it."""
    (same,), (placed,) = corrections("alors Yassine"), corrections("la cité des jeunais")
    assert (same.reason, placed.reason) == (Hearing.SAME, Hearing.PLACED)
    assert same.score == 1.0


# Texts that are right, and texts in which every name is wrong


def documents(folder: int, count: int) -> list[dict[str, Any]]:
    rows = (CORPORA[folder] / "gold.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(row) for row in rows[:count]]


@pytest.mark.parametrize("folder", [0, 1, 2])
def test_a_text_that_is_right_is_not_touched(folder: int) -> None:
    """With all its names in the dossier, nothing is certain, and one word in a thousand is proposed at most."""
    sessions = documents(folder, 3)
    found = [one for session in sessions for one in find_corrections(as_written(session), told(session).known)]
    assert not [one for one in found if one.certain]
    assert len(found) <= sum(len(session["text"].split()) for session in sessions) / 1000


def test_names_of_another_session_touch_hardly_a_word() -> None:
    """The dossier names others than the talk: of 3,700 words, two are taken for one of them at most."""
    known = [one for other in documents(0, 4) for one in told(other).known]
    found = [one for mine in documents(1, 3) for one in find_corrections(as_written(mine), known)]
    assert sum(one.certain for one in found) <= 2


@pytest.mark.parametrize("folder", [0, 1])
def test_misheard_names_come_back_and_no_other_word_is_touched(folder: int) -> None:
    """Every name with one phoneme in six wrong: six in ten are certain, eight in ten are found, and all of them are
    where a name was said."""
    for document in documents(folder, 2):
        known, forms = told(document).known, told(document).forms
        confused = confuse(document, forms, seed=7)
        found = list(found_names(confused, find_corrections(confused.transcript, known)))
        assert not [one for one, name in found if name is None and one.certain]
        named = [one for one, name in found if name is not None]
        assert sum(one.certain for one in named) >= 0.6 * len(confused.names)
        assert len(named) >= 0.75 * len(confused.names)


def test_a_confused_name_is_written_by_the_sound_alone() -> None:
    """The stress test writes down what it says: the same seed gives the same, and another sound than the name's."""
    heard = [mishear("Meziane", random.Random(seed)) for seed in range(8)]
    assert heard == [mishear("Meziane", random.Random(seed)) for seed in range(8)]
    assert len(set(heard)) > 3
    assert spelling("mezjan") == "Mézyan"


def test_the_work_for_a_word_hardly_grows_with_the_forms(monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparisons grow at most half as fast as the forms, and some thousand forms cost fewer than three a word."""
    counted: list[int] = []

    def counting(heard: str, meant: str, most: float) -> float:
        counted.append(1)
        return distance(heard, meant, most)

    monkeypatch.setattr(search, "distance", counting)
    pool = [one for folder in range(3) for document in documents(folder, 18) for one in told(document).known]
    (document,) = documents(0, 1)
    words = len(document["text"].split())
    costs = []
    for count in (20, len(pool)):
        counted.clear()
        find_corrections(as_written(document), pool[:count])
        costs.append(len(counted))
    assert costs[1] < costs[0] * len(pool) / 20 / 2
    assert costs[1] < 3 * words


def test_an_index_finds_each_of_its_targets() -> None:
    """A form is among the candidates for its own sound, and for that of a neighbour."""
    targets = targets_of(DOSSIER, frozenset(), lexicon())
    index = Index(targets)
    for target in targets:
        for reading in target.readings:
            assert target in [found for found, _, _ in index.near(reading)]
    assert "Meziane" in [found.spelling for found, _, _ in index.near("mezjã")]


# What stays masked


def correction(start: int, end: int, heard: str, form: str, *, certain: bool) -> Correction:
    return Correction(
        Stretch(0, start, end), IdentifiedText(heard), IdentifiedText(form), YOUTH, Hearing.NEAR, 0.8, certain
    )


def test_what_nobody_decided_is_one_masked_passage_linked_to_nobody() -> None:
    """It takes the whole of what was detected there, and a sure youth's still takes two people to free."""
    proposed = [correction(8, 15, "Mésiane", "Meziane", certain=False)]
    spans = [Span(0, 0, 15, YOUTH, Tier.SURE), Span(0, 20, 25, PLACE, Tier.SURE)]
    linked, masks = undecided(spans, [(one.stretch, one) for one in proposed])
    assert linked == [spans[1]]
    assert [(one.start, one.end, one.tier, one.reasons) for one in masks] == [
        (0, 15, Tier.RESIDUAL, ("misheard youth",))
    ]
    assert undecided([], [(one.stretch, one) for one in proposed])[1][0].reasons == (MISHEARD,)


def test_what_a_correction_put_in_and_nothing_found_is_masked() -> None:
    """A form that is no ordinary word; an ordinary word that no person wrote is left to detection."""
    put_in = [(Stretch(0, 5, 12), correction(5, 10, "brzzk", "Meziane", certain=True))]
    assert [(one.start, one.end) for one in whole(["Oui, Meziane est là"], [], put_in)] == [(5, 12)]
    found = [Span(0, 5, 12, YOUTH)]
    assert whole(["Oui, Meziane est là"], found, put_in) == found
    word = correction(3, 9, "guitar", "guetteur", certain=True)
    assert whole(["un guetteur"], [], [(Stretch(0, 3, 11), word)]) == []
    typed = [(Stretch(0, 3, 11), replace(word, reason=Hearing.TYPED))]
    assert [(one.start, one.end) for one in whole(["un guetteur"], [], typed)] == [(3, 11)]


def test_a_form_that_is_found_by_half_is_masked_whole() -> None:
    """The nickname goes with the name: linked to the one it belongs to, to nobody where two spans meet it."""
    text, form = ["Oui, Moussa petit bras est là"], correction(5, 10, "brzzk", "Moussa petit bras", certain=True)
    marks = [(Stretch(0, 5, 22), replace(form, reason=Hearing.TYPED))]
    (one,) = whole(text, [Span(0, 5, 11, YOUTH, Tier.SURE, cluster="y1")], marks)
    assert (one.start, one.end, one.tier, one.cluster) == (5, 22, Tier.RESIDUAL, "y1")
    assert one.reasons == ("misheard youth",)
    halves = [Span(0, 5, 11, YOUTH, cluster="y1"), Span(0, 18, 22, PLACE, cluster="l1")]
    assert [(one.start, one.end, one.cluster) for one in whole(text, halves, marks)] == [(5, 22, None)]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.sampled_from(["oui", "non", "Yassine", "Mésiane", "les", "genêts", "habile", "et", "la", "Kilichini"]),
        max_size=8,
    )
)
def test_corrections_always_fit_the_verbatim_and_never_overlap(words: list[str]) -> None:
    """Whatever is said: a draft can hold them, and they can be applied."""
    from vocabulary.corrections import check_apart, corrected

    made = transcript(" ".join(words))
    found = find_corrections(made, DOSSIER)
    check_apart(found)
    assert corrected(made, found).turns[0].words == made.turns[0].words
