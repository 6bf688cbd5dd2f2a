"""What typography changes, and what it never touches."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from returns.typography import NARROW, NBSP, clean, typeset

SPOKEN = st.text(alphabet=st.sampled_from("aéLM 1240\"'’«»“”.…,;:!?()[]-" + NBSP + NARROW + "\n\u0301"), max_size=60)


@pytest.mark.parametrize(
    ("plain", "expected"),
    [
        ("Qui l'a dit ?", f"Qui l’a dit{NARROW}?"),
        ("On s'est dit: rien!", f"On s’est dit{NBSP}: rien{NARROW}!"),
        ('Il a dit "non".', f"Il a dit «{NBSP}non{NBSP}»."),
        ('Il lit "l\'école" ?', f"Il lit «{NBSP}l’école{NBSP}»{NARROW}?"),
        ("Quoi ? !", f"Quoi{NARROW}?!"),
        ("Je ne sais pas...", "Je ne sais pas…"),
        ("d'[…] et […] !", f"d’[…] et […]{NARROW}!"),
        ("Jeune 3 et Collège 12", f"Jeune{NBSP}3 et Collège{NBSP}12"),
        ("à 14:30, il reste (?)", "à 14:30, il reste (?)"),
        ('un " seul guillemet', 'un " seul guillemet'),
    ],
)
def test_french_is_set(plain: str, expected: str) -> None:
    """Each rule of the module, on the sentence that asks for it."""
    assert typeset(plain) == expected


@given(SPOKEN)
def test_setting_twice_is_setting_once(text: str) -> None:
    """typeset(typeset(text)) == typeset(text)."""
    assert typeset(typeset(text)) == typeset(text)


@given(st.text(max_size=60))
def test_clean_text_fits_every_format(text: str) -> None:
    """Clean text is NFC, shows all it holds, has single spaces and only what XML 1.0 can hold."""
    cleaned = clean(text)
    assert unicodedata.is_normalized("NFC", cleaned)
    assert cleaned == clean(cleaned) == cleaned.strip()
    assert "  " not in cleaned
    for character in cleaned:
        assert unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Zl", "Zp")
        assert character not in "\ufffe\uffff"


@given(SPOKEN)
def test_no_letter_and_no_figure_changes(text: str) -> None:
    """Letters and figures come out as they went in, in the same order."""

    def kept(value: str) -> str:
        return "".join(c for c in unicodedata.normalize("NFC", value) if c.isalnum())

    assert kept(typeset(text)) == kept(text)


@pytest.mark.parametrize("hidden", ["\u00ad", "\u200b", "\u200d", "\u2060", "\ufeff", "\ufe0f", "\x00", "\u202e"])
def test_nothing_invisible_parts_a_word(hidden: str) -> None:
    """What does not show is removed, so that the guard reads the word the reader sees."""
    assert typeset(f"Lieu{hidden}tenant") == "Lieutenant"
