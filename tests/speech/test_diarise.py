"""Voices are told apart by how they sound, as far as that goes."""

from collections import Counter
from typing import Any

import numpy as np
import pytest

from speech.audio import Audio
from speech.diarise import SpectralDiariser
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


def _audio(samples: Samples, piece: int = 1 << 19) -> Audio:
    """The samples as a stream of pieces."""
    return lambda: (samples[at : at + piece] for at in range(0, len(samples), piece))


def _purity(labels: list[int], speakers: list[str]) -> float:
    """The share of stretches whose label belongs to their speaker, each label to one."""
    by_label: dict[int, Counter[str]] = {}
    for label, speaker in zip(labels, speakers, strict=True):
        by_label.setdefault(label, Counter())[speaker] += 1
    return sum(each.most_common(1)[0][1] for each in by_label.values()) / len(labels)


@pytest.mark.parametrize("heads", [6, None])
def test_clearly_different_voices_are_told_apart(
    heads: int | None, utterances: tuple[Samples, list[tuple[float, float]], list[str]]
) -> None:
    """Six voices, six labels, with the head count or without."""
    samples, stretches, speakers = utterances
    labels = SpectralDiariser().diarise(_audio(samples), stretches, heads)
    assert len(set(labels)) == 6
    assert _purity(labels, speakers) > 0.95


def test_there_are_never_more_labels_than_heads(
    utterances: tuple[Samples, list[tuple[float, float]], list[str]],
) -> None:
    """The dossier's count is kept, even against the sound."""
    samples, stretches, _ = utterances
    assert set(SpectralDiariser().diarise(_audio(samples), stretches, 3)) <= {0, 1, 2}


def test_labels_are_numbered_by_first_appearance(
    utterances: tuple[Samples, list[tuple[float, float]], list[str]],
) -> None:
    """Whoever speaks first is 0."""
    samples, stretches, _ = utterances
    labels = SpectralDiariser().diarise(_audio(samples), stretches, 6)
    assert list(dict.fromkeys(labels)) == list(range(6))


def test_the_same_sound_gives_the_same_labels(
    utterances: tuple[Samples, list[tuple[float, float]], list[str]],
) -> None:
    """A retry changes nothing, nor does the size of the pieces."""
    samples, stretches, _ = utterances
    diariser = SpectralDiariser()
    assert diariser.diarise(_audio(samples), stretches, 6) == diariser.diarise(_audio(samples, 999), stretches, 6)


def test_one_head_is_one_voice(utterances: tuple[Samples, list[tuple[float, float]], list[str]]) -> None:
    """An interview recorded alone needs no telling apart."""
    samples, stretches, _ = utterances
    assert set(SpectralDiariser().diarise(_audio(samples), stretches, 1)) == {0}


@pytest.mark.parametrize("stretches", [[], [(0.0, 0.01)], [(0.0, 1.0), (1.0, 1.0), (5.0, 9.0)]])
def test_what_cannot_be_judged_gets_a_label_all_the_same(stretches: list[tuple[float, float]]) -> None:
    """Silence, moments and stretches past the end are no fault."""
    labels = SpectralDiariser().diarise(_audio(np.zeros(2 * RATE, np.int16)), stretches, 4)
    assert labels == [0] * len(stretches)


def test_nothing_of_a_voice_is_kept() -> None:
    """The diariser has no state in which a voice could stay."""
    assert vars(SpectralDiariser()) == {}
