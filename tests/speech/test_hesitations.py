"""Hesitations can be dropped, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech.hesitations import is_hesitation
from speech.hesitations import without_hesitations as of_utterances
from vocabulary.text import IdentifiedText
from vocabulary.transcript import Word


def _words(text: str) -> list[Word]:
    return [Word(IdentifiedText(part), at * 0.5, at * 0.5 + 0.4, 0.8) for at, part in enumerate(text.split())]


def without_hesitations(words: list[Word]) -> list[Word]:
    """Of one utterance."""
    return [word for utterance in of_utterances([words]) for word in utterance]


def _text(words: list[Word]) -> str:
    return " ".join(word.text.reveal() for word in words)


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("Euh, je ne sais pas.", "Je ne sais pas."),
        ("Depuis, euh, douze ans.", "Depuis, douze ans."),
        ("Je ne sais pas, euh...", "Je ne sais pas..."),
        ("Tu viens, euh ?", "Tu viens ?"),
        ("Il est venu. Hum... l'association était fermée.", "Il est venu. L'association était fermée."),
        ("Bah oui, ben c'est ça, mmh, voilà.", "Oui, c'est ça, voilà."),
        ("Euh euh-euh « moi je pars ».", "« Moi je pars »."),
        ("Euh.", ""),
        ("Oui. Euh. Non.", "Oui. Non."),
        ("Heu, hum, oui, euh.", "Oui."),
    ],
)
def test_dropping_leaves_a_sentence_as_somebody_would_write_it(said: str, left: str) -> None:
    """Capitals and ends of sentences go to the words that stay."""
    assert _text(without_hesitations(_words(said))) == left


@pytest.mark.parametrize("word", ["eu", "Ben", "Ben,", "eux", "bon", "hein", "ah", "Humbert", "aime", "beau", "?", "«"])
def test_words_and_names_are_no_hesitations(word: str) -> None:
    """The past participle, a first name, and what is a word of its own."""
    assert not is_hesitation(word)


@given(st.lists(st.sampled_from(["euh", "Euh,", "hum...", "Nabil", "vient,", "demain.", "?", "et"]), max_size=20))
def test_every_word_that_stays_keeps_its_time_and_its_letters(parts: list[str]) -> None:
    """Only the hesitations are gone; what is left differs by case and signs alone."""
    words = _words(" ".join(parts))
    kept = without_hesitations(words)
    real = [word for word in words if not is_hesitation(word.text.reveal())]
    assert [(word.start, word.end, word.probability) for word in kept] == [
        (word.start, word.end, word.probability) for word in real
    ]
    assert ["".join(filter(str.isalpha, word.text.reveal().lower())) for word in kept] == [
        "".join(filter(str.isalpha, word.text.reveal().lower())) for word in real
    ]


@given(st.lists(st.sampled_from(["Nabil", "vient", "eu", "Ben", "demain."]), max_size=10))
def test_talk_without_hesitations_is_left_alone(parts: list[str]) -> None:
    """Not a sign is changed."""
    words = _words(" ".join(parts))
    assert without_hesitations(words) == words


def test_a_sentence_goes_on_from_one_utterance_to_the_next() -> None:
    """A pause behind the hesitation changes nothing, and an utterance that was only that is gone."""
    left = of_utterances([_words("Euh,"), _words("je ne sais pas,"), _words("euh..."), _words("enfin. Oui.")])
    assert [_text(list(each)) for each in left] == ["Je ne sais pas...", "enfin. Oui."]
