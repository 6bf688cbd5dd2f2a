"""Whom is looked for: spellings, the vault's referents, and where the talk speaks of them."""

import pytest

from anonymize.retelling import sentences, told_of
from anonymize.timing import MARGIN, times_of, widened, words_of
from anonymize.vault import Referent, Vault
from anonymize.wanted import codes_in, mentions_of, points_to, sought_in
from vocabulary.choices import EntityType
from vocabulary.span import Span, Stretch
from vocabulary.text import IdentifiedText
from vocabulary.transcript import Turn, Word

NABIL = Referent("r1", EntityType.YOUTH, ("Nabil Ferhaoui", "Nabil"), "Jeune 1")
AUNT = Referent("r2", EntityType.PERSON, ("madame Ferhaoui",), "Personne 1")
COLLEAGUE = Referent("r3", EntityType.PERSON, ("Ludivine Garnot", "Garnot"), "Éducatrice 1", role="éducatrice")
VAULT = Vault(4, (NABIL, AUNT, COLLEAGUE))


def _typed(*names: str) -> list[IdentifiedText]:
    return [IdentifiedText(name) for name in names]


def _turn(text: str, heard: str | None = None) -> Turn:
    words = (heard or text).split()
    spoken = tuple(Word(IdentifiedText(word), 10.0 + n, 10.9 + n, 0.9) for n, word in enumerate(words))
    return Turn("S1", 10.0, 10.0 + len(words), IdentifiedText(text), spoken)


@pytest.mark.parametrize(
    ("typed", "forms", "theirs"),
    [
        ("ferhaoui", ("Nabil Ferhaoui",), True),
        ("NABIL FERHAOUI", ("Nabil Ferhaoui",), True),
        ("Nabile Feraoui", ("Nabil Ferhaoui",), True),
        ("Nabil Ferhaoui", ("Nabil",), False),
        ("Karim Ferhaoui", ("Nabil Ferhaoui", "Nabil"), False),
        ("...", ("Nabil",), False),
    ],
)
def test_what_is_typed_points_to_a_form_that_holds_all_its_words(typed, forms, theirs):
    """In any case and by sound; a longer name than the one that is known points to nobody."""
    assert points_to(IdentifiedText(typed), forms) is theirs


def test_a_name_two_people_bear_is_sought_as_both_and_a_code_as_one():
    """Whoever types sees both codes, and types the one that is meant."""
    assert sought_in(VAULT, _typed("Ferhaoui"), None, speaks=False).referents == {"r1", "r2"}
    assert sought_in(VAULT, (), "jeune 1", speaks=False).referents == {"r1"}
    assert sought_in(VAULT, _typed("Garnot"), None, speaks=True).referents == {"r3"}
    assert sought_in(VAULT, _typed("Garnot"), None, speaks=False).referents == set()


def test_nothing_of_whom_is_sought_shows_itself():
    """A repr counts, and quotes no form."""
    found = sought_in(VAULT, _typed("Nabil"), None, speaks=False)
    assert "abil" not in repr(found)


def test_a_mention_is_found_by_link_by_spelling_and_by_sound_and_not_where_somebody_else_bears_the_name():
    """The draft's links decide for a shared name; without a link the name is theirs."""
    texts = ["Le petit est venu.", "Nabyl, N-A-B-I-L, et la tante Ferhaoui.", "Ferhaoui encore."]
    spans = [
        Span(0, 0, 8, EntityType.YOUTH, cluster="r1"),
        Span(1, texts[1].index("tante"), texts[1].index("."), EntityType.PERSON, cluster="r2"),
    ]
    sought = sought_in(VAULT, (), "Jeune 1", speaks=False)
    found = mentions_of(texts, spans, VAULT, sought, sought.matcher())
    said = [texts[one.turn][one.start : one.end] for one in found.own]
    assert said == ["Le petit", "Nabyl", "N-A-B-I-L", "Ferhaoui"]
    assert [(one.turn, texts[one.turn][one.start : one.end]) for one in found.shared] == [(1, "Ferhaoui")]


def test_a_code_is_found_whole_in_a_treated_text():
    """Jeune 3 is not in Jeune 31."""
    found = codes_in(["Jeune 31 et Jeune 3.", "jeune\n3"], ["Jeune 3"])
    assert found == (Stretch(0, 12, 19), Stretch(1, 0, 7))


def test_sentences_are_those_a_reader_sees():
    """Signs end them; a text without any is one; nothing but signs is none."""
    text = "Il vient. Et toi ? Non... « Bien sûr ! » dit-elle"
    assert [text[a:b] for a, b in sentences(text)] == ["Il vient.", "Et toi ?", "Non...", "« Bien sûr ! »", "dit-elle"]
    assert sentences("sans aucun signe") == [(0, 16)]
    assert sentences(" … ") == []


def test_the_talk_tells_of_somebody_where_they_are_only_lui():
    """Before and after their name, and in the next turns, until another is named or nobody stands for a person."""
    texts = [
        "On commence. Il a seize ans. Nabil est revenu. Il tient le four. Il faut du café. Elle arrive.",
        "Nabil, oui.",
        "Son frère aussi. Je ne sais pas.",
        "Il dort dehors.",
    ]
    mentions = [Stretch(0, 29, 34), Stretch(1, 0, 5)]
    told = told_of(texts, mentions, ())
    read = [[texts[one.turn][one.start : one.end] for one in group] for group in (told.named, told.around)]
    assert read == [
        ["Nabil est revenu.", "Nabil, oui."],
        ["Il a seize ans.", "Il tient le four.", "Son frère aussi."],
    ]
    named_else = told_of(["Nabil dort.", "Il a vu Karim. Il ment."], [Stretch(0, 0, 5)], [Stretch(1, 8, 13)])
    assert named_else.around == ()


def test_a_corrected_text_is_found_in_what_was_heard():
    """Between the aligned neighbours; what nobody heard has no time; a turn without words is one stretch."""
    turn = _turn("Oui, Amaury est venu.", "Oui, à mori est venu.")
    assert words_of(turn, 5, 11) == (1, 3)
    assert times_of(turn, 5, 11) == (11.0, 12.9)
    assert times_of(_turn("Bref, oui euh voilà.", "Bref, oui voilà."), 10, 13) is None
    assert times_of(Turn("S1", 3.0, 5.0, IdentifiedText("Amaury est venu."), ()), 0, 6) == (3.0, 5.0)
    whole = _turn("Amaury est venu.")
    assert times_of(whole, 0, 16) == (10.0, 13.0)


def test_what_is_silenced_has_a_margin_inside_the_recording():
    """Stretches that meet are one."""
    assert widened([(5.0, 6.0), (6.4, 7.0), (0.1, 0.2)], 7.1) == ((0.0, 0.2 + MARGIN), (5.0 - MARGIN, 7.1))
