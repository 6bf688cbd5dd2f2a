"""What the recogniser was not sure of is worth listening to again."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from speech.uncertain import LEAD, UNSURE, is_hard_to_hear, uncertain
from vocabulary.text import IdentifiedText
from vocabulary.transcript import Turn, Word


def _turn(text: str, *chances: float, start: float = 10.0, shown: str | None = None) -> Turn:
    words = tuple(
        Word(IdentifiedText(part), start + at, start + at + 0.8, chance)
        for at, (part, chance) in enumerate(zip(text.split(), chances, strict=True))
    )
    return Turn("S1", start, start + len(words), IdentifiedText(shown or text), words)


def _marked(*turns: Turn) -> list[str]:
    return [turns[one.turn].text.reveal()[one.start : one.end] for one in uncertain(turns)]


def test_uncertain_words_side_by_side_are_one_stretch() -> None:
    """One sure word between two of them does not part it; two do."""
    turn = _turn("il a vu Samir Mokri hier soir au square", 0.9, 0.9, 0.3, 0.9, 0.4, 0.9, 0.9, 0.5, 0.9)
    assert _marked(turn) == ["vu Samir Mokri", "au"]


def test_listening_begins_a_second_before() -> None:
    """And never before the recording."""
    found = uncertain([_turn("oui Samir", 0.9, 0.2), _turn("Samir", 0.2, start=0.3)])
    assert [(one.turn, one.listen_at) for one in found] == [(0, 11.0 - LEAD), (1, 0.0)]


def test_a_corrected_word_is_not_marked_and_the_others_stay_in_place() -> None:
    """The text is the reviewer's, the words are what was heard."""
    turn = _turn(
        "il a vu Sami près du square", 0.9, 0.9, 0.9, 0.2, 0.9, 0.9, 0.3, shown="Il a vu Samir, près du square."
    )
    assert _marked(turn) == ["Sami", "square"]
    turn = _turn("a Omar square", 0.9, 0.2, 0.3, shown="a Nabil square")
    assert _marked(turn) == ["square"]


def test_a_sign_is_no_word() -> None:
    """A question mark written apart is neither uncertain nor a bridge."""
    assert _marked(_turn("Samir ? Oui", 0.9, 0.1, 0.9)) == []


@given(st.lists(st.tuples(st.sampled_from(["oui", "non", "Samir", "?"]), st.floats(0, 1)), max_size=30))
def test_every_uncertain_word_is_in_one_stretch(parts: list[tuple[str, float]]) -> None:
    """Stretches lie in order in the text, apart from each other, and begin and end with an uncertain word."""
    turn = _turn(" ".join(part for part, _ in parts), *(chance for _, chance in parts))
    found = uncertain([turn])
    assert all(0 <= one.start < one.end <= len(turn.text) for one in found)
    assert all(a.end < b.start for a, b in pairwise(found))
    unsure = sum(chance < UNSURE and part != "?" for part, chance in parts)
    assert (len(found) > 0) == (unsure > 0)


def test_a_recording_is_hard_to_hear_when_a_third_of_it_is_uncertain() -> None:
    """A few words tell nothing."""
    assert is_hard_to_hear([_turn("oui " * 90, *([0.9, 0.9, 0.2] * 30))])
    assert not is_hard_to_hear([_turn("oui " * 90, *([0.9] * 70 + [0.2] * 20))])
    assert not is_hard_to_hear([_turn("oui " * 30, *([0.2] * 30))])
