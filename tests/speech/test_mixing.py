"""Several microphones become one, and nobody is lost on the way."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from speech.mixing import WINDOW, Mixer
from speech.recording import RATE, Samples
from tests.speech.recorders import talk


def mixed(*channels: Samples, step: int = 4096) -> Samples:
    mixer = Mixer(RATE)
    sound = np.stack(channels, axis=1)
    parts = [data for start in range(0, len(sound), step) for data in mixer.add(sound[start : start + step])]
    return np.frombuffer(b"".join([*parts, *mixer.end()]), "<i2")


def level(samples: Samples) -> float:
    return float(np.sqrt(np.square(samples.astype(float)).mean()))


def hum(seconds: float, size: float = 2000.0) -> Samples:
    at = np.arange(int(seconds * RATE)) / RATE
    return (size * np.sin(2 * np.pi * 50 * at)).astype(np.int16)


def test_equal_channels_are_that_channel() -> None:
    """What was recorded twice is neither louder nor softer."""
    sound = talk(5.0)
    assert np.abs(mixed(sound, sound).astype(int) - sound).max() <= 1


def test_a_dead_channel_takes_nothing_away() -> None:
    """One microphone that was not plugged in leaves the other at its full level."""
    sound = talk(5.0)
    assert np.array_equal(mixed(sound, np.zeros_like(sound)), sound)
    assert np.array_equal(mixed(np.zeros_like(sound), sound), sound)


def test_a_channel_that_only_hums_is_left_out() -> None:
    """A broken cable hums; beside talk it has no part, even where it is as loud."""
    sound = talk(5.0)
    assert np.array_equal(mixed(sound, hum(5.0)), sound)


def test_a_hum_alone_stays() -> None:
    """Where no channel hears talk, none is judged."""
    assert level(mixed(hum(5.0), hum(5.0))) > 0.9 * level(hum(5.0))


def test_opposite_channels_are_turned() -> None:
    """Added as they are, they would be silence; the loudness stays across windows and a change of the louder one."""
    sound = talk(3.0 * WINDOW)
    loud = np.where(np.arange(len(sound)) < 1.5 * WINDOW * RATE, 1.0, 0.4)
    one, other = (sound * loud).astype(np.int16), (-sound * (1.4 - loud)).astype(np.int16)
    result = mixed(one, other)
    for second in range(3 * WINDOW - 1):
        part = slice(second * RATE, (second + 1) * RATE)
        assert level(result[part]) > 0.6 * level(sound[part])


def test_the_person_at_the_faint_microphone_is_raised() -> None:
    """Sixteen times fainter comes out four times louder than it was, the loud one as it was, both of one half."""
    near, far = talk(8.0), talk(8.0, 240.0, 2)
    near[4 * RATE :] = 0
    far[: 4 * RATE] = 0
    result = mixed(near, far // 16)
    assert level(result[: 4 * RATE]) > 0.45 * level(near[: 4 * RATE])
    assert level(result[4 * RATE :]) > 1.8 * level((far // 16)[4 * RATE :])


def test_two_people_at_once_are_both_in_it() -> None:
    """Channels are added, not chosen."""
    one, other = talk(5.0, 150.0), talk(5.0, 260.0, 2)
    result = mixed(one, other).astype(float)
    for sound in (one, other):
        assert np.corrcoef(result, sound)[0, 1] > 0.4


@given(arrays(np.int16, st.tuples(st.integers(0, 4000), st.integers(2, 4))), st.integers(1, 999))
@settings(max_examples=30, deadline=None)
def test_any_samples_give_as_many_whatever_the_pieces(sound: Samples, step: int) -> None:
    """No moment is lost or added, and how the samples arrive makes no difference."""
    channels = list(sound.T)
    assert len(mixed(*channels, step=step)) == len(sound)
    assert np.array_equal(mixed(*channels, step=step), mixed(*channels, step=len(sound) + 1))
