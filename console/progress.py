"""Progress of a run: stage, percent and time left.

A bar on a terminal, one plain line for each tenth elsewhere. It writes to the stream that stays open while a
step silences the standard ones (infra/process.py), and shows session codes and stages, never content.
"""

import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

from console.messages import _, duration
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


class PlainProgress:
    """One line when a stage begins, at each further tenth, and when it ends."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._begun: dict[tuple[str, str], tuple[float, int]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        return None

    def stage(self, session: str, stage: str, fraction: float) -> None:
        """Say how far ``stage`` of ``session`` has come, if there is something new to say."""
        key = session, stage
        share = min(1.0, max(0.0, fraction))
        now = self._clock()
        begun, last = self._begun.setdefault(key, (now, -1))
        tenth = int(share * _STEPS + 1e-9)
        if tenth <= last:
            return
        self._begun[key] = begun, tenth
        line = f"{session}  {_(STAGES.get(stage, stage))}  {tenth * 100 // _STEPS}\u00a0%"
        if _TELLING <= share < 1 and now > begun:
            left = duration((now - begun) * (1 - share) / share)
            line += "  " + _("{time} left").format(time=left)
        self._stream.write(line + "\n")
        self._stream.flush()


class BarProgress:
    """A bar for each stage, with what is left of it."""

    def __init__(self, stream: TextIO) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self._bars: Progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f}\u00a0%"),
            TimeRemainingColumn(compact=True, elapsed_when_finished=True),
            console=Console(file=stream),
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._tasks: dict[tuple[str, str], TaskID] = {}

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def stage(self, session: str, stage: str, fraction: float) -> None:
        """Move the bar of ``stage`` of ``session``."""
        key = session, stage
        if key not in self._tasks:
            self._tasks[key] = self._bars.add_task(f"{session}  {_(STAGES.get(stage, stage))}", total=1.0)
        self._bars.update(self._tasks[key], completed=min(1.0, max(0.0, fraction)))


def progress() -> "PlainProgress | BarProgress":
    """What suits where messages are read: a bar on a terminal, lines elsewhere."""
    from infra.process import terminal

    stream = terminal()
    return BarProgress(stream) if stream.isatty() else PlainProgress(stream)
