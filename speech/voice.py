"""Where there is voice, and what of it is recognised in one piece.

Rules this module keeps:

* Speech is looked for in a copy whose quiet moments are raised: who sits far from the recorder speaks too. What is
  recognised is the recording as it is.
* Voice is gathered into stretches that fit Whisper's window of 30 seconds, parted at the longest pauses.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from speech.recording import RATE

LEVEL = 0.1  # loudness that quiet moments are raised to, full scale 1
MOST_GAIN = 20.0
_LEVEL_FRAME = 800  # samples
_LEVEL_REACH = 20  # frames looked at on each side
STRETCH = 26.0  # seconds; Whisper's window is 30
_LONG_PAUSE = 2.0
VOICE: dict[str, Any] = {"threshold": 0.5, "min_silence_duration_ms": 200, "max_speech_duration_s": 26}


def voiced_in(piece: npt.NDArray[np.float32]) -> list[tuple[float, float]]:
    """Where there is voice, in seconds."""
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    found = get_speech_timestamps(levelled(piece), VadOptions(**VOICE, speech_pad_ms=0))
    return [(region["start"] / RATE, region["end"] / RATE) for region in found]


def levelled(piece: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """A copy in which quiet talk is as loud as loud talk: each moment by what is loudest within a second of it."""
    count = len(piece) // _LEVEL_FRAME
    if count == 0:
        return piece
    frames = piece[: count * _LEVEL_FRAME].reshape(count, _LEVEL_FRAME)
    padded = np.pad(np.sqrt(np.square(frames).mean(axis=1)), _LEVEL_REACH, mode="edge")
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * _LEVEL_REACH + 1).max(axis=1)
    gain = np.clip(LEVEL / np.maximum(around, 1e-9), 1.0, MOST_GAIN)
    smooth = np.convolve(np.pad(gain, _LEVEL_REACH // 2, mode="edge"), np.hanning(_LEVEL_REACH + 3)[1:-1], "valid")
    smooth /= np.hanning(_LEVEL_REACH + 3)[1:-1].sum()
    places = (np.arange(count) + 0.5) * _LEVEL_FRAME
    return np.clip(piece * np.interp(np.arange(len(piece)), places, smooth), -1.0, 1.0).astype(np.float32)


def gather(voiced: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Gather voiced regions into stretches of at most ``STRETCH`` seconds, parted at the longest pauses."""
    stretches = []
    first = 0
    while first < len(voiced):
        last = first
        while (
            last + 1 < len(voiced)
            and voiced[last + 1][1] - voiced[first][0] <= STRETCH
            and voiced[last + 1][0] - voiced[last][1] < _LONG_PAUSE
        ):
            last += 1
        full = last + 1 < len(voiced) and voiced[last + 1][0] - voiced[last][1] < _LONG_PAUSE
        if full:  # part at the longest pause of the second half
            middle = voiced[first][0] + STRETCH / 2
            late = [at for at in range(first, last + 1) if voiced[at][1] >= middle] or [last]
            last = max(late, key=lambda at: voiced[at + 1][0] - voiced[at][1])
        stretches.append((voiced[first][0], voiced[last][1]))
        first = last + 1
    return stretches
