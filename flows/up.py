"""`huisclos up`: the watcher, the Prefect server and the sweep, until SIGTERM or SIGINT.

Changes in the drop folder start a sweep at once, and a timer starts one in any case; a sweep is a run.
Once a day a sweep does the day of retention (flows/retention.py).
Without an open archive it stays up locked: it takes in nothing, destroys nothing, and says so.
Asked to end in the middle of a step that takes longer than ``GRACE``, it ends all the same, as if it were
killed: what was finished is kept, the next sweep goes on from there, and its children end with it.
"""

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from watchfiles import watch

from flows.run import carry_all, day_under_prefect
from flows.server import prefect_server, stop_all
from flows.steps.retention.daily import words_of
from flows.steps.walk import run as walk_all
from infra.process import lock
from infra.settings import Settings
from infra.wiring import Services
from vocabulary.errors import HuisclosError
from vocabulary.messages import N_

Tell = Callable[[str, dict[str, object]], None]

GRACE = 7.0
"""Seconds a step under way and the children get to finish once the end was asked for."""


def up(settings: Settings, services: Services | None, tell: Tell) -> None:
    """Stay up until asked to end; ``tell`` is given message source strings with their facts."""
    ended, done = threading.Event(), threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        ended.set()

    threading.Thread(target=_see_to_the_end, args=(ended, done), daemon=True).start()

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        with lock(settings.home, "up"), prefect_server(settings) as address:
            tell(N_("huisclos is up. Prefect answers at {address}, on this machine only."), {"address": address})
            if services is None:
                tell(N_("Locked: no passphrase was given. Nothing is taken in and nothing is destroyed."), {})
                ended.wait()
            else:
                _sweep_on(services, ended, tell)
    finally:
        done.set()
        for number, handler in before.items():
            signal.signal(number, handler)
    tell(N_("huisclos has ended."), {})


def _sweep_on(services: Services, ended: threading.Event, tell: Tell) -> None:
    changed = threading.Event()
    watcher = threading.Thread(target=_watch, args=(services.home / "drop", changed, ended), daemon=True)
    watcher.start()
    while not ended.is_set():
        changed.clear()
        _sweep(services, tell)
        waited = 0.0
        while waited < services.settings.server.sweep_seconds and not changed.is_set() and not ended.wait(0.5):
            waited += 0.5
    watcher.join(timeout=5)


def _sweep(services: Services, tell: Tell) -> None:
    """One run; an error a person can act on is told, and the next sweep tries again."""
    try:
        report = walk_all(services, carry_all, day_under_prefect)
    except HuisclosError as error:
        tell(error.message, dict(error.facts))
        return
    for receipt in report.intake.receipts:
        tell(
            N_("Sealed: session {session}, {parts} part(s)."), {"session": str(receipt.session), "parts": receipt.parts}
        )
    for refused in report.intake.refused:
        tell(N_("Refused: {file}."), {"file": refused.file})
        tell(refused.error.message, dict(refused.error.facts))
    for told in words_of(report.day):
        tell(told.message, told.facts)
    for trouble in report.troubles:
        tell(trouble.message, dict(trouble.facts))


def _see_to_the_end(ended: threading.Event, done: threading.Event) -> None:
    """End this process and the groups of its children once it was asked to end and its grace is over."""
    ended.wait()
    if not done.wait(GRACE):
        stop_all()
        os._exit(0)


def _watch(folder: Path, changed: threading.Event, ended: threading.Event) -> None:
    for _ in watch(folder, stop_event=ended, debounce=1000, rust_timeout=1000, yield_on_timeout=False):
        changed.set()
