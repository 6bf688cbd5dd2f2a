"""Recordings made from one that is clean: other rooms, and any length.

Rules this module keeps:

* The same recording, room and seed give the same samples. Nothing made here is shipped.
* A room is reverberation (noise that decays to a thousandth of its amplitude in the time given: Polack 1988), a share
  of direct sound, what distance takes of the high tones, and noise at a level below the talk.
* A longer recording repeats the talk, each time a little faster or slower and louder or softer, so that no two are the
  same samples; its reference moves along.

What is made so is not a room full of people: nobody talks across anybody, and the voices stay those of the recording.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from benchmarks.speech_measures import Said

RATE = 16000
Samples = npt.NDArray[np.int16]
_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Room:
    """``decay`` in seconds to a thousandth (RT60); ``direct`` in dB against the reverberation; ``noise`` in dB below
    the talk; ``top`` in Hz, where high tones are halved; ``level`` in dB."""

    title: str
    decay: float = 0.0
    direct: float = 0.0
    noise: float | None = None
    top: float | None = None
    level: float = 0.0


ROOMS = {
    "clean": Room("as recorded"),
    "noise": Room("noise 10 dB below the talk", noise=10.0),
    "reverberation": Room("a bare room, 0.7 s of reverberation as loud as the talk", decay=0.7, noise=30.0),
    "distance": Room(
        "a recorder far away: 0.5 s of reverberation twice as loud as the talk, noise 15 dB below, high tones lost",
        decay=0.5, direct=-6.0, noise=15.0, top=3000.0, level=-20.0,
    ),
}  # fmt: skip


def in_room(samples: Samples, room: Room, seed: int = 1) -> Samples:
    """The recording as that room would have given it."""
    if room == ROOMS["clean"]:
        return samples
    chance = np.random.default_rng(seed)
    sound = samples.astype(np.float64) / 32768
    loudness = np.sqrt(np.square(sound).mean())
    if room.decay:
        sound = _reverberated(sound, room, chance)
    if room.top:
        sound = _dulled(sound, room.top)
    sound *= loudness / np.sqrt(np.square(sound).mean()) * 10 ** (room.level / 20)
    if room.noise is not None:
        noise = _murmur(len(sound), chance)
        sound += noise * (np.sqrt(np.square(sound).mean()) / np.sqrt(np.square(noise).mean()) / 10 ** (room.noise / 20))
    return np.clip(np.rint(sound * 32768), -32768, 32767).astype(np.int16)


def lengthened(
    samples: Samples, reference: Sequence[Said], seconds: float, seed: int = 1
) -> Iterator[tuple[Samples, list[Said]]]:
    """Pieces that together last ``seconds``, each with its part of the reference at the times of the whole.

    The last piece ends at the end of a turn, so that no word is cut.
    """
    chance = np.random.default_rng(seed)
    done, first = 0.0, True
    while seconds - done > 1.0:
        pace = 1.0 if first else float(chance.uniform(0.96, 1.04))
        loud = 1.0 if first else 10 ** (float(chance.uniform(-4, 0)) / 20)
        at = np.arange(0, len(samples) - 1, pace)
        piece = np.interp(at, np.arange(len(samples)), samples) * loud
        said = [replace(one, start=one.start / pace, end=one.end / pace) for one in reference]
        whole = [one for one in said if one.end <= seconds - done]
        if not whole:
            return
        if len(whole) < len(said):
            piece = piece[: int((whole[-1].end + 0.1) * RATE)]
        yield piece.astype(np.int16), [replace(one, start=one.start + done, end=one.end + done) for one in whole]
        done += len(piece) / RATE
        first = False
        if len(whole) < len(said):
            return


def _reverberated(sound: _Floats, room: Room, chance: np.random.Generator) -> _Floats:
    length = int(room.decay * RATE)
    echo = chance.standard_normal(length) * 10 ** (-3 * np.arange(length) / length)
    echo[: int(0.01 * RATE)] = 0
    echo *= 10 ** (-room.direct / 20) / np.sqrt(np.square(echo).sum())
    echo[0] = 1.0
    result = np.zeros(len(sound) + length)
    for start in range(0, len(sound), 20 * RATE):
        part = sound[start : start + 20 * RATE]
        size = len(part) + length
        wet = np.fft.irfft(np.fft.rfft(part, size) * np.fft.rfft(echo, size), size)
        result[start : start + size] += wet[: len(result) - start]
    return result[: len(sound)]


def _dulled(sound: _Floats, top: float) -> _Floats:
    """A first-order low pass at ``top`` Hz, twice."""
    spectrum = np.fft.rfft(sound)
    tones = np.arange(len(spectrum)) * RATE / len(sound)
    return np.fft.irfft(spectrum / (1 + np.square(tones / top)), len(sound))


def _murmur(count: int, chance: np.random.Generator) -> _Floats:
    """Pink noise with the hum of the mains."""
    spectrum = np.fft.rfft(chance.standard_normal(count))
    spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)) * RATE / max(count, 1), 40.0))
    pink = np.fft.irfft(spectrum, count)
    at = np.arange(count) / RATE
    hum = np.sin(2 * np.pi * 50 * at) + 0.5 * np.sin(2 * np.pi * 150 * at)
    mixed: _Floats = pink / np.std(pink) + 0.3 * hum
    return mixed
