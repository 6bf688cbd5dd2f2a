"""Progress of a run: stage, percent and time left.

A bar on a terminal, one plain line for each tenth elsewhere. It writes to the stream that stays open while a
step silences the standard ones (infra/process.py), and shows session codes and stages, never content.
"""

import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

from console.messages import _, decimal, duration
from vocabulary.messages import N_

if TYPE_CHECKING:
    from rich.progress import TaskID

STAGES = {
    "receive": N_("sealing"),
    "withhold": N_("silencing what is withheld"),
    "transcribe": N_("transcription"),
    "draft": N_("draft"),
    "present": N_("check of the draft"),
    "renew": N_("sealing anew under new keys"),
}
_STEPS = 10
_TELLING = 0.05
"""The share of a stage after which the time it took says something of the time that is left."""


class _Pace:
    """How fast a stage goes: from where it began, which is not the beginning when it was interrupted before."""

    def __init__(self, now: float, share: float) -> None:
        self._begun, self._from = now, share

    def left(self, now: float, share: float) -> float | None:
        """Seconds that are left; None while that cannot be told."""
        gone = share - self._from
        told = gone >= _TELLING and share < 1 and now > self._begun
        return (now - self._begun) * (1 - share) / gone if told else None

    def speed(self, now: float, share: float, seconds: float | None) -> float | None:
        """Times real time; None while that cannot be told, or where there is no recording."""
        gone = share - self._from
        return gone * seconds / (now - self._begun) if seconds and gone > 0 and now > self._begun else None


class PlainProgress:
    """One line when a stage begins, at each further tenth, and when it ends."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._begun: dict[tuple[str, str], tuple[_Pace, int]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        return None

    def stage(self, session: str, stage: str, fraction: float, seconds: float | None = None) -> None:
        """Say how far ``stage`` of ``session`` has come, if there is something new to say."""
        key = session, stage
        share = min(1.0, max(0.0, fraction))
        now = self._clock()
        pace, last = self._begun.setdefault(key, (_Pace(now, share), -1))
        tenth = int(share * _STEPS + 1e-9)
        if tenth <= last:
            return
        self._begun[key] = pace, tenth
        line = f"{session}  {_(STAGES.get(stage, stage))}  {tenth * 100 // _STEPS}\u00a0%"
        left, speed = pace.left(now, share), pace.speed(now, share, seconds)
        if left is not None:
            line += "  " + _("{time} left").format(time=duration(left))
        if speed is not None:
            line += "  " + times_real_time(speed)
        self._stream.write(line + "\n")
        self._stream.flush()


class BarProgress:
    """A bar for each stage, with what is left of it."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self._clock = clock
        self._bars: Progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f}\u00a0%"),
            TimeRemainingColumn(compact=True, elapsed_when_finished=True),
            TextColumn("{task.fields[speed]}"),
            console=Console(file=stream),
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._tasks: dict[tuple[str, str], tuple[TaskID, _Pace]] = {}

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def stage(self, session: str, stage: str, fraction: float, seconds: float | None = None) -> None:
        """Move the bar of ``stage`` of ``session``."""
        key, now, share = (session, stage), self._clock(), min(1.0, max(0.0, fraction))
        if key not in self._tasks:
            task = self._bars.add_task(f"{session}  {_(STAGES.get(stage, stage))}", total=1.0, speed="")
            self._tasks[key] = task, _Pace(now, share)
        task, pace = self._tasks[key]
        speed = pace.speed(now, share, seconds)
        self._bars.update(task, completed=share, speed="" if speed is None else times_real_time(speed))


def times_real_time(speed: float) -> str:
    """A speed in words: how many hours of a recording an hour of work takes further."""
    return _("{speed} times real time").format(speed=decimal(speed))


def progress() -> "PlainProgress | BarProgress":
    """What suits where messages are read: a bar on a terminal, lines elsewhere."""
    from infra.process import terminal

    stream = terminal()
    return BarProgress(stream) if stream.isatty() else PlainProgress(stream)
