"""Weights written for whisper.cpp are the ones that were read."""

import numpy as np

from benchmarks.whisper_cpp.convert import _eight_bits, _letters


def test_eight_bits_are_as_near_as_eight_bits_can_be() -> None:
    """Each block of 32 values has its scale in 16 bits, then its values; zeros stay zeros."""
    tensor = np.random.default_rng(1).standard_normal((6, 64)).astype(np.float32)
    tensor[0, :32] = 0
    rows = np.frombuffer(_eight_bits(tensor), np.int8).reshape(-1, 34)
    scale = rows[:, :2].copy().view("<f2").astype(np.float32)
    again = (rows[:, 2:] * scale).reshape(tensor.shape)
    assert not again[0, :32].any()
    assert np.abs(again - tensor).max() <= 0.52 * np.abs(tensor).max() / 127


def test_every_byte_has_a_letter_of_its_own() -> None:
    """The vocabulary writes bytes as letters; a space is the letter with the dot."""
    letters = _letters()
    assert sorted(letters.values()) == list(range(256))
    assert (letters["Ġ"], letters["A"]) == (32, 65)
