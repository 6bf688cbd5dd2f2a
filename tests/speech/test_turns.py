"""Words become utterances, utterances become turns, and no word is lost."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from speech.recording import RATE
from speech.turns import pauses, turns, utterances
from tests.speech.conftest import tone
from vocabulary.text import IdentifiedText
from vocabulary.transcript import Word

SOUND = tone(30.0)


def _words(text: str, start: float = 0.0, step: float = 0.4) -> list[Word]:
    return [
        Word(IdentifiedText(word), start + at * step, start + (at + 1) * step, 0.9)
        for at, word in enumerate(text.split())
    ]


def _texts(found: list[tuple[Word, ...]]) -> list[str]:
    return [" ".join(word.text.reveal() for word in each) for each in found]


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
    made = turns(spoken, [0, 0, 1])
    assert [(turn.speaker, turn.text.reveal()) for turn in made] == [("S1", "Tu viens ? Ce soir ?"), ("S2", "Oui.")]
    assert (made[0].start, made[0].end) == (spoken[0][0].start, spoken[1][-1].end)


def test_a_turn_that_runs_on_is_parted_at_a_sentence() -> None:
    """Nobody reviews a page in one piece."""
    spoken = [tuple(_words("un deux trois.", at)) for at in np.arange(0, 200, 5.0)]
    made = turns(spoken, [0] * len(spoken))
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
    made = turns(spoken, [number % 2 for number in range(len(spoken))])
    assert [word for turn in made for word in turn.words] == words
    assert " ".join(turn.text.reveal() for turn in made) == " ".join(text for text, _ in parts)
