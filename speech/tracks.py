"""The sound of a recording's tracks in the recording's own time, as one.

Rules this module keeps:

* A gap in a track's own times is filled with silence, so that a time in the result is that time in a player.
* Every track that can be decoded is heard: a recorder that writes one for each microphone, a video with two sounds.
  One whose packets stay away, and then come late, loses what came late; the others do not wait for it for ever.
* Channels of a track, then tracks, are mixed as speech/mixing.py says. One channel alone is left as it is.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from speech.formats import RATE
from speech.mixing import Mixer

_GAP = 0.25
_WORST_GAP = 600.0
_LATEST = 120 * RATE  # samples a track may be behind the others
EDITION = f"tracks 1 gap={_GAP}/{_WORST_GAP} latest={_LATEST}"
"""All that the sound of tracks depends on, beside how they are mixed. Another rule has another number."""

_Mono = npt.NDArray[np.int16]


class Track:
    """One track: frames in, mono samples at ``RATE`` out. ``heard`` is its length so far, in seconds."""

    def __init__(self, av: Any, stream: Any, damage: Callable[[float], None]) -> None:
        self._av = av
        self._damage = damage
        self._resampler: Any = None
        self._layout: Any = None
        self._mixer: Mixer | None = None
        self._first = None if stream.start_time is None else float(stream.start_time * stream.time_base)
        self.heard = 0.0

    @property
    def begins(self) -> float | None:
        """The time of its first sound, as the recording announces it."""
        return self._first

    def begin_at(self, moment: float) -> None:
        """Count times from ``moment``: what tracks have in common."""
        self._first = moment

    def take(self, frame: Any) -> Iterator[_Mono]:
        """Give the samples of a frame, and the silence before it."""
        if self._layout is None:
            self._layout = frame.layout
            self._mixer = Mixer(RATE) if frame.layout.nb_channels > 1 else None
        if frame.pts is not None:
            yield from self._silence(float(frame.pts * frame.time_base))
        self.heard += frame.samples / frame.sample_rate
        frame.pts = None
        try:
            self._resampler = self._resampler or self._new_resampler()
            pieces = self._resampler.resample(frame)
        except ValueError:  # the sound changed its form in the middle
            self._resampler = self._new_resampler()
            pieces = self._resampler.resample(frame)
        yield from self._mono(pieces)

    def end(self) -> Iterator[_Mono]:
        """What the track still holds."""
        yield from self._mono(self._resampler.resample(None) if self._resampler else ())
        if self._mixer is not None:
            yield from map(_samples, self._mixer.end())

    def _silence(self, at: float) -> Iterator[_Mono]:
        self._first = at if self._first is None else self._first
        gap = at - self._first - self.heard
        if gap > _WORST_GAP:
            self._damage(self.heard)
            self._first += gap
        elif gap > _GAP:
            self.heard += gap
            silence = np.zeros((int(gap * RATE), self._layout.nb_channels), np.int16)
            yield from map(_samples, self._mixer.add(silence)) if self._mixer else (silence[:, 0],)

    def _mono(self, pieces: Any) -> Iterator[_Mono]:
        for piece in pieces:
            count = self._layout.nb_channels
            samples = np.frombuffer(bytes(piece.planes[0]), "<i2", piece.samples * count)
            if self._mixer is None:
                yield samples
            else:
                yield from map(_samples, self._mixer.add(samples.reshape(-1, count)))

    def _new_resampler(self) -> Any:
        return self._av.AudioResampler(format="s16", layout=self._layout, rate=RATE)


class Tracks:
    """The tracks of one recording as one: frames in, bytes of 16-bit mono out."""

    def __init__(self, av: Any, streams: list[Any], damage: Callable[[float], None]) -> None:
        self._tracks = {stream.index: Track(av, stream, damage) for stream in streams}
        self._mixer = Mixer(RATE) if len(streams) > 1 else None
        self._waiting: dict[int, list[_Mono]] = {index: [] for index in self._tracks}
        self._counts = dict.fromkeys(self._tracks, 0)
        self._owed = dict.fromkeys(self._tracks, 0)  # samples already given as silence
        if self._mixer is not None:
            begins = [track.begins for track in self._tracks.values() if track.begins is not None]
            for track in self._tracks.values():
                track.begin_at(min(begins, default=0.0))

    def heard(self, index: int) -> float:
        """How far a track has come, in seconds."""
        return self._tracks[index].heard

    def take(self, index: int, frame: Any) -> Iterator[bytes]:
        """Give what a frame of the track ``index`` makes possible."""
        for samples in self._tracks[index].take(frame):
            yield from self._add(index, samples)

    def end(self) -> Iterator[bytes]:
        """Give what is left of all tracks; a shorter one ends in silence."""
        for index, track in self._tracks.items():
            for samples in track.end():
                yield from self._add(index, samples)
        if self._mixer is not None:
            yield from self._even(max(self._counts.values()))
            yield from self._mixer.end()

    def _add(self, index: int, samples: _Mono) -> Iterator[bytes]:
        if self._mixer is None:
            yield samples.tobytes()
            return
        late = min(self._owed[index], len(samples))
        self._owed[index] -= late
        self._waiting[index].append(samples[late:])
        self._counts[index] += len(samples) - late
        longest = max(self._counts.values())
        yield from self._even(max(min(self._counts.values()), longest - _LATEST))

    def _even(self, count: int) -> Iterator[bytes]:
        """Mix the next ``count`` samples of all tracks; one that has fewer is silent for the rest."""
        if count <= 0 or self._mixer is None:
            return
        rows = np.zeros((count, len(self._tracks)), np.int16)
        for column, index in enumerate(self._tracks):
            held = np.concatenate([np.zeros(0, np.int16), *self._waiting[index]])
            taken = min(count, len(held))
            rows[:taken, column] = held[:taken]
            self._owed[index] += count - taken
            self._waiting[index] = [held[taken:]]
            self._counts[index] = len(held) - taken
        yield from self._mixer.add(rows)


def try_out() -> None:
    """Mix a moment of nothing, so that all that is ever imported is imported."""
    mixer = Mixer(RATE)
    for _ in (*mixer.add(np.ones((RATE, 2), np.int16)), *mixer.end()):
        pass


def _samples(data: bytes) -> _Mono:
    return np.frombuffer(data, "<i2")
