"""Voices are told apart by how they sound, as far as that goes."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from speech.audio import Audio
from speech.diarise import SpectralDiariser, Voice
from speech.recording import RATE, Samples

Demo = tuple[Samples, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def utterances(demo: Demo) -> tuple[Samples, list[tuple[float, float]], list[str]]:
    """The demo's turns cut into stretches of four seconds at most, with who speaks."""
    samples, turns = demo
    stretches, speakers = [], []
    for turn in turns:
        count = max(1, round((turn["end"] - turn["start"]) / 4))
        edges = np.linspace(turn["start"], turn["end"], count + 1)
        stretches += list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))
        speakers += [turn["speaker"]] * count
    return samples, stretches, speakers


Told = list[Voice]


@pytest.fixture(scope="module")
def told(utterances: tuple[Samples, list[tuple[float, float]], list[str]]) -> Told:
    """The voices of the whole demo, for six heads."""
    samples, stretches, _ = utterances
    return SpectralDiariser().diarise(_audio(samples), stretches, 6)


def _audio(samples: Samples, piece: int = 1 << 19) -> Audio:
    """The samples as a stream of pieces."""
    return lambda: (samples[at : at + piece] for at in range(0, len(samples), piece))


def _labels(voices: list[Voice], stretches: Sequence[tuple[float, float]]) -> list[int]:
    """The label of each stretch: that of most of it."""
    found = []
    for start, end in stretches:
        shares: Counter[int] = Counter()
        for voice in voices:
            shares[voice.label] += max(0, round(1000 * (min(end, voice.end) - max(start, voice.start))))
        found.append(shares.most_common(1)[0][0])
    return found


def _purity(labels: list[int], speakers: list[str]) -> float:
    """The share of stretches whose label belongs to their speaker, each label to one."""
    by_label: dict[int, Counter[str]] = {}
    for label, speaker in zip(labels, speakers, strict=True):
        by_label.setdefault(label, Counter())[speaker] += 1
    return sum(each.most_common(1)[0][1] for each in by_label.values()) / len(labels)


@pytest.mark.parametrize("counted", [True, False])
def test_clearly_different_voices_are_told_apart(
    counted: bool, told: Told, utterances: tuple[Samples, list[tuple[float, float]], list[str]]
) -> None:
    """Six voices, six labels, with the head count or without."""
    samples, stretches, speakers = utterances
    voices = told if counted else SpectralDiariser().diarise(_audio(samples), stretches, None)
    labels = _labels(voices, stretches)
    assert len(set(labels)) == 6
    assert _purity(labels, speakers) > 0.95


def test_there_are_never_more_labels_than_heads(
    utterances: tuple[Samples, list[tuple[float, float]], list[str]],
) -> None:
    """The dossier's count is kept, even against the sound."""
    samples, stretches, _ = utterances
    assert {voice.label for voice in SpectralDiariser().diarise(_audio(samples), stretches[:20], 3)} <= {0, 1, 2}


def test_labels_are_numbered_by_first_appearance(told: Told) -> None:
    """Whoever speaks first is 0."""
    assert list(dict.fromkeys(voice.label for voice in told)) == list(range(6))


def test_the_same_sound_gives_the_same_labels(
    told: Told, utterances: tuple[Samples, list[tuple[float, float]], list[str]]
) -> None:
    """A retry changes nothing, nor does the size of the pieces."""
    samples, stretches, _ = utterances
    assert SpectralDiariser().diarise(_audio(samples, 9999), stretches, 6) == told


def test_one_head_is_one_voice(utterances: tuple[Samples, list[tuple[float, float]], list[str]]) -> None:
    """An interview recorded alone needs no telling apart."""
    samples, stretches, _ = utterances
    assert {voice.label for voice in SpectralDiariser().diarise(_audio(samples), stretches, 1)} == {0}


@pytest.mark.parametrize("stretches", [[], [(0.0, 0.01)], [(0.0, 1.0), (1.0, 1.0), (5.0, 9.0)]])
def test_what_cannot_be_judged_gets_a_label_all_the_same(stretches: list[tuple[float, float]]) -> None:
    """Silence, moments and stretches past the end are no fault."""
    voices = SpectralDiariser().diarise(_audio(np.zeros(2 * RATE, np.int16)), stretches, 4)
    assert [voice.label for voice in voices] == [0] * len(stretches)


def test_nothing_of_a_voice_is_kept() -> None:
    """The diariser has no state in which a voice could stay."""
    assert vars(SpectralDiariser()) == {}


def test_what_is_uncertain_says_so(utterances: tuple[Samples, list[tuple[float, float]], list[str]]) -> None:
    """A few hundredths of a second of a voice are less certain than seconds of it, and certainty is a share."""
    samples, stretches, _ = utterances
    cut = [(start, start + 0.12) if at % 5 == 2 else (start, end) for at, (start, end) in enumerate(stretches)]
    voices = SpectralDiariser().diarise(_audio(samples), cut, 6)
    assert all(voice.certainty is not None and 0.0 <= voice.certainty <= 1.0 for voice in voices)
    short = [voice.certainty or 0.0 for voice in voices if voice.end - voice.start < 0.2]
    assert np.mean(short) < np.mean([voice.certainty or 0.0 for voice in voices if voice.end - voice.start > 0.5])


def test_two_people_without_a_pause_between_them_are_two(
    utterances: tuple[Samples, list[tuple[float, float]], list[str]],
) -> None:
    """Every other change hidden in a stretch: more is told apart than one voice for each stretch could be."""
    samples, stretches, speakers = utterances
    glued = [(one[0], other[1]) for one, other in zip(stretches[::2], stretches[1::2], strict=False)]
    voices = SpectralDiariser().diarise(_audio(samples), glued, 6)
    said = 2 * len(glued)
    hidden = sum(one != other for one, other in zip(speakers[:said:2], speakers[1:said:2], strict=True))
    assert hidden / said > 0.15
    assert _purity(_labels(voices, stretches[:said]), speakers[:said]) > 1 - hidden / said / 1.5


def test_the_model_free_diariser_claims_no_overlap(
    utterances: tuple[Samples, list[tuple[float, float]], list[str]],
) -> None:
    """It says that it cannot tell, and its voices follow one another even where stretches lean on each other."""
    samples, stretches, _ = utterances
    leaning = [(start, end + 0.3) for start, end in stretches[:20]]
    voices = SpectralDiariser().diarise(_audio(samples), leaning, 6)
    assert not SpectralDiariser().kind.knows_overlaps
    assert all(one.end <= other.start for one, other in pairwise(voices))
