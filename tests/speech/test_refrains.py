"""The same words in places far apart are marked where they were not sure, and nothing is left out for it."""

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from speech.diarise import SpectralDiariser
from speech.recognise import Heard
from speech.recording import Samples
from speech.refrains import refrains
from speech.transcribe import Work, transcribe
from speech.uncertain import uncertain
from tests.fakes.scripted_recogniser import ScriptedRecogniser
from tests.speech.conftest import tone
from vocabulary.dossier import Dossier
from vocabulary.text import IdentifiedText
from vocabulary.transcript import Turn, Word

STOCK = "Je vous remercie."


def _turn(text: str, start: float, chance: float = 0.7, speaker: str = "S1") -> Turn:
    words = tuple(
        Word(IdentifiedText(part), start + 0.4 * at, start + 0.4 * at + 0.3, chance)
        for at, part in enumerate(text.split())
    )
    return Turn(speaker, start, words[-1].end, IdentifiedText(text), words)


def _marked(*turns: Turn) -> list[tuple[int, str]]:
    return [(one.turn, turns[one.turn].text.reveal()[one.start : one.end]) for one in uncertain(turns)]


def test_a_sentence_that_comes_back_unsure_is_marked_in_every_place() -> None:
    """Whole, with the time of each; what stands between is not, and no word is gone."""
    talk = _turn("On en reparle mardi, avec la famille.", 30.0, 0.9, "S2")
    turns = (_turn(STOCK, 5.0), talk, _turn("je vous remercie", 60.0), _turn(STOCK, 150.0, speaker="S3"))
    assert _marked(*turns) == [(0, STOCK), (2, "je vous remercie"), (3, STOCK)]
    assert [one.listen_at for one in uncertain(turns)] == [4.0, 59.0, 149.0]


def test_a_sure_one_among_them_is_somebodys() -> None:
    """It counts as a place, and is not marked."""
    turns = (_turn(STOCK, 5.0), _turn(STOCK, 60.0, 0.95), _turn(STOCK, 150.0))
    assert _marked(*turns) == [(0, STOCK), (2, STOCK)]


@pytest.mark.parametrize(
    ("text", "starts"),
    [
        (STOCK, (5.0, 60.0)),
        (STOCK, (5.0, 10.0, 15.0, 60.0)),
        ("Oui, d'accord.", (5.0, 60.0, 150.0)),
        ("Ah oui.", (5.0, 60.0, 150.0)),
        ("C'est ça.", (5.0, 60.0, 150.0)),
    ],
)
def test_people_come_back_to_words_too(text: str, starts: tuple[float, ...]) -> None:
    """Twice, in one place of the talk, or as an answer."""
    assert refrains([_turn(text, start) for start in starts]) == frozenset()


def test_words_within_talk_are_no_refrain() -> None:
    """Only what stands alone is: here somebody else speaks right after it."""
    days = ((5.0, "mardi"), (60.0, "jeudi"), (150.0, "lundi"))
    pairs = [(_turn("Merci.", at), _turn(f"À {day}.", at + 0.5, 0.9, "S2")) for at, day in days]
    assert refrains([turn for pair in pairs for turn in pair]) == frozenset()


def test_one_word_is_enough_unless_it_is_an_answer() -> None:
    """ "Merci." in three places far apart, by itself and unsure."""
    turns = tuple(_turn("Merci.", at) for at in (5.0, 60.0, 150.0))
    assert _marked(*turns) == [(0, "Merci."), (1, "Merci."), (2, "Merci.")]


class _Murmuring(ScriptedRecogniser):
    """Hears the stock sentence in each block, and is not quite sure of it."""

    def __init__(self) -> None:
        super().__init__((STOCK, "On en reparle mardi avec la famille."))

    def recognise(self, samples: Samples, **options: Any) -> list[Heard]:
        stock, talk = super().recognise(samples, **options)
        return [Heard(tuple(replace(word, probability=0.7) for word in stock.words)), talk]


def test_what_is_invented_in_block_after_block_is_seen_in_the_transcript(
    encode: Callable[[Samples, str], bytes],
) -> None:
    """No block knows of the others: it is their transcript that is looked at. All of it stays."""
    sound = io.BytesIO(encode(tone(120.0), "wav"))
    one = Dossier(number=1, speakers=1)
    transcript = transcribe([sound], one, _Murmuring(), SpectralDiariser(), work=Work(longest=45.0))
    said = " ".join(turn.text.reveal() for turn in transcript.turns)
    marked = _marked(*transcript.turns)
    assert {text for _, text in marked} == {STOCK}
    assert len(marked) == said.count(STOCK) == 3
