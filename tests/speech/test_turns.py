"""Words become utterances, utterances become turns, and no word is lost."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech.diarise import Voice, in_order
from speech.recording import RATE
from speech.turns import pauses, turns, utterances
from tests.speech.conftest import tone
from vocabulary.text import IdentifiedText
from vocabulary.transcript import Turn, Word

SOUND = tone(30.0)


def _words(text: str, start: float = 0.0, step: float = 0.4) -> list[Word]:
    return [
        Word(IdentifiedText(word), start + at * step, start + (at + 1) * step, 0.9)
        for at, word in enumerate(text.split())
    ]


def _texts(found: list[tuple[Word, ...]]) -> list[str]:
    return [" ".join(word.text.reveal() for word in each) for each in found]


def _voices(spoken: Sequence[tuple[Word, ...]], labels: Sequence[int]) -> list[Voice]:
    """One voice for each utterance, as the model-free diariser gives them."""
    return [Voice(words[0].start, words[-1].end, label) for words, label in zip(spoken, labels, strict=True)]


def test_a_sentence_ends_an_utterance() -> None:
    """Whoever answers has an utterance of their own."""
    assert _texts(utterances(_words("Tu viens ? Oui. D'accord"), SOUND)) == ["Tu viens ?", "Oui.", "D'accord"]


def test_a_gap_between_words_ends_an_utterance() -> None:
    """Even where there is no punctuation."""
    words = _words("oui mais") + _words("alors non", start=2.0)
    assert _texts(utterances(words, SOUND)) == ["oui mais", "alors non"]


def test_a_pause_in_the_sound_ends_an_utterance() -> None:
    """Word times that lean on each other hide no change of speaker."""
    sound = SOUND.copy()
    sound[int(0.7 * RATE) : int(0.95 * RATE)] = 0
    assert _texts(utterances(_words("oui mais alors non"), sound)) == ["oui mais", "alors non"]


def test_pauses_are_found_where_they_are() -> None:
    """To a few hundredths of a second; a shorter silence is none."""
    sound = SOUND.copy()
    sound[5 * RATE : 6 * RATE] = 0
    sound[8 * RATE : int(8.1 * RATE)] = 0
    ((start, end),) = pauses(sound)
    assert abs(start - 5) < 0.05
    assert abs(end - 6) < 0.05


def test_utterances_of_one_speaker_make_one_turn() -> None:
    """Labels are counted from S1, and text is the words with single spaces."""
    spoken = [tuple(_words("Tu viens ?")), tuple(_words("Ce soir ?", 2.0)), tuple(_words("Oui.", 4.0))]
    made = turns(spoken, _voices(spoken, [0, 0, 1]))
    assert [(turn.speaker, turn.text.reveal()) for turn in made] == [("S1", "Tu viens ? Ce soir ?"), ("S2", "Oui.")]
    assert (made[0].start, made[0].end) == (spoken[0][0].start, spoken[1][-1].end)


def test_a_turn_that_runs_on_is_parted_at_a_sentence() -> None:
    """Nobody reviews a page in one piece."""
    spoken = [tuple(_words("un deux trois.", at)) for at in np.arange(0, 200, 5.0)]
    made = turns(spoken, _voices(spoken, [0] * len(spoken)))
    assert len(made) == 3
    assert all(turn.speaker == "S1" and turn.text.reveal().endswith(".") for turn in made)


@given(st.lists(st.tuples(st.text("abc.?!é'-", min_size=1, max_size=6), st.floats(0, 0.6)), max_size=40))
def test_no_word_is_lost_or_moved(parts: list[tuple[str, float]]) -> None:
    """What was heard is what stands in the turns, in order."""
    words, at = [], 0.0
    for text, gap in parts:
        words.append(Word(IdentifiedText(text), at, at + 0.3, 0.5))
        at += 0.3 + gap
    spoken = utterances(words, SOUND)
    made = turns(spoken, _voices(spoken, [number % 2 for number in range(len(spoken))]))
    assert [word for turn in made for word in turn.words] == words
    assert " ".join(turn.text.reveal() for turn in made) == " ".join(text for text, _ in parts)


def _spoken(made: Sequence[Turn]) -> list[tuple[str, str]]:
    return [(turn.speaker, turn.text.reveal()) for turn in made]


def test_words_are_given_to_voices_not_utterances() -> None:
    """A change of voice inside an utterance cuts it where the words change hands."""
    spoken = [tuple(_words("tu viens ce soir oui bien sûr"))]
    made = turns(spoken, [Voice(0.0, 1.6, 0), Voice(1.6, 2.8, 1)])
    assert _spoken(made) == [("S1", "tu viens ce soir"), ("S2", "oui bien sûr")]
    assert (made[0].end, made[1].start) == (spoken[0][3].end, spoken[0][4].start)


def test_a_word_between_two_voices_goes_to_the_nearest() -> None:
    """What the diariser heard nobody in is somebody's all the same."""
    spoken = [tuple(_words("alors", 0.0)), tuple(_words("euh", 2.0)), tuple(_words("bon", 5.0))]
    made = turns(spoken, [Voice(1.0, 1.9, 0), Voice(3.9, 4.2, 1)])
    assert _spoken(made) == [("S1", "alors euh"), ("S2", "bon")]


def test_words_through_which_two_people_speak_are_marked() -> None:
    """They stay with whoever spoke before, and say that somebody else speaks too."""
    spoken = [tuple(_words("un deux trois quatre cinq six"))]
    made = turns(spoken, [Voice(0.0, 1.6, 0), Voice(0.8, 2.4, 1)])
    assert _spoken(made) == [("S1", "un deux trois quatre"), ("S2", "cinq six")]
    marked = [word.text.reveal() for turn in made for word in turn.words if word.overlapped]
    assert marked == ["trois", "quatre"]


@pytest.mark.parametrize(("certainties", "expected"), [((0.9, 0.5), 0.7), ((0.9, None), None)])
def test_a_turn_is_as_certain_as_its_words(certainties: tuple[float | None, ...], expected: float | None) -> None:
    """On average; unknown for one word is unknown for the turn."""
    spoken = [tuple(_words("un")), tuple(_words("deux", 1.0))]
    made = turns(spoken, [Voice(0.0, 0.4, 0, certainties[0]), Voice(1.0, 1.4, 0, certainties[1])])
    assert made[0].certainty == (None if expected is None else pytest.approx(expected))


@given(
    st.lists(st.tuples(st.floats(0, 9), st.floats(0.05, 4), st.integers(0, 4)), min_size=1, max_size=12),
    st.lists(st.floats(0, 0.5), max_size=25),
)
def test_every_word_has_one_voice_and_keeps_its_place(
    stretches: list[tuple[float, float, int]], gaps: list[float]
) -> None:
    """Whatever the voices are: words come out once each, in order, under labels that the diariser gave."""
    words, at = [], 0.0
    for gap in gaps:
        words.append(Word(IdentifiedText("mot"), at, at + 0.3, 0.5))
        at += 0.3 + gap
    voices = in_order(Voice(start, start + length, label) for start, length, label in stretches)
    made = turns([tuple(words)] if words else [], voices)
    assert [replace(word, overlapped=False) for turn in made for word in turn.words] == words
    assert {turn.speaker for turn in made} <= {f"S{voice.label + 1}" for voice in voices}
