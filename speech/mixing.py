"""Several microphones into one: channels of a recorder, tracks of a video.

Rules this module keeps:

* Every microphone is heard: channels are added, not chosen, because two people may speak at once, each into one.
* A microphone wired the wrong way round is turned: added as it is, it would take away what the other one hears.
* A channel that hears no talk (silent, or an even hum or hiss beside channels that move) has no part.
* A quieter channel is raised towards the loudest, by four times at most, so that who sits far from the loud one is
  heard too.
* It is decided anew every ``WINDOW`` seconds, from that stretch and what came before, and faded from one to the next.
  The same samples give the same mix.
* It works where nothing can be imported or opened any more (speech/decoding_child.py): plain arithmetic only.

Sources: level of speech as a high quantile of short-time power; polarity from the sign of the correlation.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

WINDOW = 20
"""Seconds looked at before they are mixed."""

_FADE = 0.5  # seconds
_FRAME = 0.05  # seconds
_PAST = 0.5  # share of what is known that stays with each window
_SILENT = 10.0 ** (-70 / 10)  # power, full scale 1
_FAR_BELOW = 10.0 ** (-45 / 10)  # power, against the loudest channel
_MOVING, _EVEN = 10.0 ** (10 / 10), 10.0 ** (6 / 10)  # loud against quiet moments, as power
_MOST = 4.0  # gain
_OPPOSITE = -0.4  # correlation

EDITION = (
    f"mixing 1 window={WINDOW} fade={_FADE} frame={_FRAME} past={_PAST} silent={_SILENT:.3g} below={_FAR_BELOW:.3g} "
    f"moving={_MOVING:.3g} even={_EVEN:.3g} most={_MOST} opposite={_OPPOSITE}"
)
"""All that a mix depends on beside its channels. Another rule has another number."""

_Floats = npt.NDArray[np.float64]


@dataclass
class _Known:
    """What is known of each channel: power of its loud and quiet moments, and whether it is turned."""

    loud: _Floats
    quiet: _Floats
    turned: npt.NDArray[np.bool_]


class Mixer:
    """Samples of several channels in, 16-bit mono out; ``rate`` samples a second."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._window = WINDOW * rate
        self._waiting: list[npt.NDArray[np.int16]] = []
        self._count = 0
        self._known: _Known | None = None
        self._before: _Floats | None = None

    def add(self, samples: npt.NDArray[np.int16]) -> Iterator[bytes]:
        """Take samples, one row a moment, one column a channel; give what can be mixed by now."""
        self._waiting.append(samples)
        self._count += len(samples)
        if self._count >= self._window:
            sound = np.concatenate(self._waiting)
            whole = len(sound) // self._window * self._window
            for start in range(0, whole, self._window):
                yield self._mixed(sound[start : start + self._window])
            self._waiting, self._count = [sound[whole:]], len(sound) - whole

    def end(self) -> Iterator[bytes]:
        """What was still waiting."""
        if self._count:
            yield self._mixed(np.concatenate(self._waiting))
        self._waiting, self._count = [], 0

    def _mixed(self, window: npt.NDArray[np.int16]) -> bytes:
        sound = window.astype(np.float64)
        weights = self._weigh(sound / 32768)
        before = weights if self._before is None else self._before
        fade = min(len(sound), int(_FADE * self._rate))
        share = np.linspace(0.0, 1.0, fade, endpoint=False)[:, None]
        mono = (sound * weights).sum(axis=1)
        mono[:fade] = (sound[:fade] * (before * (1 - share) + weights * share)).sum(axis=1)
        self._before = weights
        return bytes(np.clip(np.rint(mono), -32768, 32767).astype("<i2").data)

    def _weigh(self, sound: _Floats) -> _Floats:
        """What each channel is multiplied with before they are added; magnitudes add up to the gain of one channel."""
        known = self._learn(sound)
        loudest = known.loud.max()
        if loudest < _SILENT:
            return np.full(sound.shape[1], 1.0 / sound.shape[1])
        moves = known.loud / np.maximum(known.quiet, _SILENT / 100)
        heard = (known.loud >= _SILENT) & (known.loud >= loudest * _FAR_BELOW)
        if (heard & (moves >= _MOVING)).any():
            heard &= moves >= _EVEN
            loudest = known.loud[heard].max()
        gain = np.minimum(_MOST, np.sqrt(loudest / np.maximum(known.loud, _SILENT)))
        weights: _Floats = np.where(heard, gain, 0.0) * np.where(known.turned, -1.0, 1.0) / heard.sum()
        return weights

    def _learn(self, sound: _Floats) -> _Known:
        frame = max(1, int(_FRAME * self._rate))
        count = max(1, len(sound) // frame)
        power = np.square(sound[: count * frame]).reshape(count, -1, sound.shape[1]).mean(axis=1)
        ordered = np.sort(power, axis=0)
        loud, quiet = ordered[int(0.9 * (count - 1))], ordered[int(0.1 * (count - 1))]
        if self._known is None:
            self._known = _Known(loud, quiet, np.zeros(sound.shape[1], bool))
        else:
            self._known.loud = np.maximum(loud, self._known.loud * _PAST)
            self._known.quiet = np.minimum(quiet, self._known.quiet / _PAST)
        self._turn(sound, int(np.argmax(self._known.loud)))
        return self._known

    def _turn(self, sound: _Floats, leading: int) -> None:
        """Find the channels that move against the loudest one; one that is not sure stays as it was."""
        assert self._known is not None
        before = self._known.turned
        turned = before ^ before[leading]
        for channel in range(sound.shape[1]):
            one, other = sound[:, leading], sound[:, channel]
            size = math.sqrt(float((one * one).sum()) * float((other * other).sum()))
            likeness = float((one * other).sum()) / size if size else 0.0
            if likeness > 0 or likeness < _OPPOSITE:
                turned[channel] = likeness < 0
        if (turned != before).sum() * 2 > len(turned):  # all of them the other way round sounds the same
            turned = ~turned
        self._known.turned = turned
