"""Sound without speech, made: what a recorder hears in an empty room, beside a machine, or when music is played."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from speech.recording import RATE, Samples

_Floats = npt.NDArray[np.float64]


def noise(kind: str, seconds: float, seed: int = 1) -> Samples:
    """``seconds`` of one of ``KINDS``."""
    make, loud = KINDS[kind]
    sound = make(int(seconds * RATE), np.random.default_rng(seed))
    peak = np.abs(sound).max() or 1.0
    made: Samples = (sound / peak * loud * 32767).astype(np.int16)
    return made


def _silence(count: int, chance: np.random.Generator) -> _Floats:
    del chance
    return np.zeros(count)


def _white(count: int, chance: np.random.Generator) -> _Floats:
    return chance.standard_normal(count)


def _coloured(power: float) -> Callable[[int, np.random.Generator], _Floats]:
    def make(count: int, chance: np.random.Generator) -> _Floats:
        spectrum = np.fft.rfft(chance.standard_normal(count))
        spectrum /= np.maximum(np.arange(len(spectrum)), 20) ** power
        return np.fft.irfft(spectrum, count)

    return make


def _hum(count: int, chance: np.random.Generator) -> _Floats:
    """The mains and its overtones, swelling."""
    at = np.arange(count) / RATE
    tones = sum(np.sin(2 * np.pi * 50 * tone * at + tone) / tone for tone in range(1, 12))
    hum: _Floats = tones * (1 + 0.2 * np.sin(2 * np.pi * 0.3 * at)) + 0.05 * chance.standard_normal(count)
    return hum


def _room(count: int, chance: np.random.Generator) -> _Floats:
    """An empty room: air, and now and then a chair, a door, a cup."""
    sound = _coloured(0.7)(count, chance)
    loud = np.abs(sound).max()
    for _ in range(count // RATE // 3):
        at, length = int(chance.integers(0, count - RATE // 4)), int(chance.integers(200, RATE // 4))
        knock = chance.standard_normal(length) * np.exp(-np.arange(length) / chance.integers(50, 800))
        sound[at : at + length] += knock * loud * chance.uniform(0.5, 4)
    return sound


def _music(count: int, chance: np.random.Generator) -> _Floats:
    """Chords of plucked strings."""
    sound = np.zeros(count)
    scale = [220 * 2 ** (step / 12) for step in (0, 2, 3, 5, 7, 8, 10, 12, 14, 15)]
    at = 0
    while at < count - RATE:
        length = int(RATE * chance.choice([0.25, 0.5, 1.0]))
        size = min(count - at, 2 * length)
        moment = np.arange(size) / RATE
        fading = np.exp(-3 * moment * RATE / (2 * length)) * np.minimum(1, moment * 50)
        for pitch in chance.choice(scale, 3):
            sound[at : at + size] += fading * sum(
                np.sin(2 * np.pi * pitch * over * moment) / over**1.3 for over in range(1, 8)
            )
        at += length
    return sound


KINDS: dict[str, tuple[Callable[[int, np.random.Generator], _Floats], float]] = {
    "silence": (_silence, 0.0),
    "white noise": (_white, 0.5),
    "faint white noise": (_white, 0.01),
    "pink noise": (_coloured(0.5), 0.5),
    "rumble": (_coloured(1.0), 0.5),
    "hum of the mains": (_hum, 0.5),
    "an empty room": (_room, 0.3),
    "music": (_music, 0.7),
}
"""What makes each kind, and its peak, full scale 1."""
