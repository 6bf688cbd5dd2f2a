"""The one rule of what counts as an occurrence of a known form."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymize.forms import Forms
from anonymize.french.folding import fold, sound, squash, tokens
from vocabulary.choices import EntityType

YOUTH, PLACE, INSTITUTION = EntityType.YOUTH, EntityType.PLACE, EntityType.INSTITUTION

FORMS = Forms(
    [
        ("Yacine Meziane", "yacine", YOUTH),
        ("le Gros", "gros", YOUTH),
        ("Rose", "rose", YOUTH),
        ("K", "k", YOUTH),
        ("Brayan Da Costa", "brayan", YOUTH),
        ("cité des Oliviers", "oliviers", PLACE),
        ("le 93", "93", PLACE),
        ("Malpassé", "malpasse", PLACE),
        ("La Boussole", "boussole", INSTITUTION),
        ("collège Jean-Renoir", "renoir", INSTITUTION),
    ]
)

CASES = [
    ("YACINE est là", [("YACINE", "yacine")]),
    ("yacine meziane et Méziane", [("yacine meziane", "yacine"), ("Méziane", "yacine")]),
    ("Yacine-Meziane", [("Yacine-Meziane", "yacine")]),
    ("Y A C I N E, quoi", [("Y A C I N E", "yacine")]),
    ("c'est Yassine", [("Yassine", "yacine")]),
    ("un Yacinet", []),
    ("le gros et du gros", [("le gros", "gros"), ("gros", "gros")]),
    ("un gros sac", []),
    ("Gros, viens", [("Gros", "gros")]),
    ("avec le\ngros sac", []),
    ("avec le, gros sac", []),
    ("une rose rose", []),
    ("Rose et madame rose", [("Rose", "rose"), ("rose", "rose")]),
    ("le K. arrive, avec un K, K, W", [("K", "k")]),
    ("Da Costa ou dacosta", [("Da Costa", "brayan"), ("dacosta", "brayan")]),
    ("aux Oliviers, des oliviers", [("Oliviers", "oliviers"), ("oliviers", "oliviers")]),
    ("un olivier en pot", []),
    ("dans le 93, du 93, à 93 %", [("le 93", "93"), ("93", "93")]),
    ("ça s'est mal passé à malpasse", [("malpasse", "malpasse")]),
    ("à la boussole, une boussole", [("la boussole", "boussole")]),
    ("au collège Renoir", [("Renoir", "renoir")]),
    ("jean renoir", [("jean renoir", "renoir")]),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_occurrences(text: str, expected: list[tuple[str, str]]) -> None:
    """Each row of the table is what the rules of anonymize/forms.py say."""
    assert [(text[found.start : found.end], found.referent) for found in FORMS.find(text)] == expected


def test_bare_forms_count_in_lower_case_only_when_asked() -> None:
    """In a text without capitals an ordinary name also counts where no determiner precedes it."""
    text = "alors rose elle dort plus, une rose"
    assert FORMS.find(text) == []
    assert [text[found.start : found.end] for found in FORMS.find(text, bare=True)] == ["rose"]


def test_function_words_are_never_forms() -> None:
    """A form that is nothing but function words is refused: it would mask the whole talk."""
    assert not Forms([("elle", "x", YOUTH), ("le la", "y", PLACE), ("...", "z", YOUTH)])


def test_occurrences_do_not_overlap() -> None:
    """The longer of two forms wins, and the search goes on after it."""
    text = "Brayan Da Costa Meziane Rose"
    found = FORMS.find(text)
    assert [text[item.start : item.end] for item in found] == ["Brayan Da Costa", "Meziane", "Rose"]


@pytest.mark.parametrize(
    ("one", "other"),
    [("yacine", "yassine"), ("kais", "qays"), ("jerfany", "djerfani"), ("gerfanie", "jerfany"),
     ("kwame", "kouame"), ("philippe", "filip"), ("mathieu", "matieu"), ("nadjib", "najib"), ("latchimy", "lattchimy")],
)  # fmt: skip
def test_spellings_of_one_name_sound_alike(one: str, other: str) -> None:
    """Two French spellings of one name have one key."""
    assert sound(one) == sound(other)


@pytest.mark.parametrize(("one", "other"), [("karim", "karima"), ("nadia", "nadir"), ("sofia", "samia")])
def test_different_names_sound_different(one: str, other: str) -> None:
    """Close names of different people keep different keys."""
    assert sound(one) != sound(other)


@given(st.text(max_size=60))
def test_folding_is_idempotent(text: str) -> None:
    """Folding what is folded changes nothing."""
    assert fold(fold(text)) == fold(text)


@given(st.text(max_size=60))
def test_tokens_lie_in_the_text(text: str) -> None:
    """Tokens are in order, do not overlap, and lie within the text."""
    found = tokens(text)
    assert all(0 <= token.start < token.end <= len(text) for token in found)
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))


@given(st.text(alphabet="abcdefgéèêôç ", min_size=1, max_size=20))
def test_squash_ignores_case_and_spacing(text: str) -> None:
    """Case, spaces and hyphens do not change the letters of a form."""
    assert squash(text.upper()) == squash(text.replace(" ", "-")) == squash(text)
