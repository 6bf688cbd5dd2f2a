"""What the steps of hearing answer: plain values for a door to show."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Transcription:
    """How far the transcription of a session has come, by its finished blocks; lengths in seconds of the recording.

    ``at_work`` says whether a process is at work on it now, ``speed`` how many times real time it goes and ``left``
    how many seconds are left, None while that cannot be told.
    """

    done: float
    length: float
    blocks: int
    at_work: bool
    speed: float | None
    left: float | None
