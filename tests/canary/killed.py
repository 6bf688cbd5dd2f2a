"""A process that kills itself at a named point of one act: ``python -m tests.canary.killed HOME POINT``.

Each point is a function of the real code; the process dies with SIGKILL just after (or on) its first call,
so that nothing is closed, flushed or caught.
"""

import importlib
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows import plain
from flows.steps.leaving import release
from flows.steps.retention import retain
from flows.steps.reviewing import clear, review
from infra.wiring import Services
from tests import factory
from vocabulary.choices import Audience, SessionState


def run_all(services: Services) -> None:
    plain.run(services)


def accept(services: Services) -> None:
    review.accept(services, factory.SESSION, "Camille")


def clear_last(services: Services) -> None:
    clear.clear(services, factory.SESSION, Audience.GROUP, "Camille")
    clear.clear(services, factory.SESSION, Audience.GROUP, "Dominique")


def give_out(services: Services) -> None:
    release.release(services, factory.SESSION, Audience.GROUP, ["docx", "vtt", "txt"], "Camille")


def destroy(services: Services) -> None:
    retain.apply(services, "Dominique")


@dataclass(frozen=True)
class Point:
    """Where to die: ``owner`` is ``module`` or ``module:Class``; ``before`` dies on the call, else after it."""

    state: SessionState | None
    owner: str
    name: str
    act: Callable[[Services], None]
    before: bool = False


POINTS = {
    "a recording was sealed, not committed": Point(None, "storage.objects:ObjectStore", "seal", run_all),
    "a recording was committed, not removed": Point(None, "flows.steps.arrival.intake", "take_recording", run_all),
    "in the middle of recognition": Point(
        SessionState.RECEIVED, "tests.fakes.scripted_recogniser:ScriptedRecogniser", "recognise", run_all, before=True
    ),
    "the verbatim was sealed, not committed": Point(
        SessionState.RECEIVED, "storage.objects:ObjectStore", "seal_transcript", run_all
    ),
    "in the middle of detection": Point(
        SessionState.RECEIVED, "anonymize.detect:Detector", "examine", run_all, before=True
    ),
    "the draft was sealed, not committed": Point(
        SessionState.RECEIVED, "flows.steps.drafting.draft", "seal_draft", run_all
    ),
    "the draft was treated, not presented": Point(
        SessionState.RECEIVED, "flows.steps.drafting.draft", "treated_for", run_all
    ),
    "a review was sealed, not committed": Point(
        SessionState.IN_REVIEW, "flows.steps.reviewing.review", "seal_draft", accept
    ),
    "the cleared text was sealed, not committed": Point(
        SessionState.DRAFTED, "storage.objects:ObjectStore", "seal_treated", clear_last
    ),
    "the return was rendered, not sealed": Point(
        SessionState.CLEARED, "flows.steps.leaving.release", "render", give_out
    ),
    "the return lies in the outbox, not committed": Point(
        SessionState.CLEARED, "flows.steps.leaving.release", "next_state", give_out
    ),
    "keys were shredded, bytes not removed": Point(
        SessionState.RELEASED, "storage.keys.keystore:Keystore", "shred", destroy
    ),
    "bytes were removed, not certified": Point(
        SessionState.RELEASED, "flows.steps.retention.certificates", "_seal", destroy, before=True
    ),
}
"""The DRAFTED state stands for a session whose review was accepted and that waits for clearance."""


def arm(point: Point) -> None:
    """Replace the point's function by one that ends the process."""
    module, _, owner = point.owner.partition(":")
    holder: Any = importlib.import_module(module)
    holder = getattr(holder, owner) if owner else holder
    real = getattr(holder, point.name)

    def die(*args: Any, **options: Any) -> None:
        if not point.before:
            real(*args, **options)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(holder, point.name, die)


def main() -> None:
    """Do the act of a point, and die at it."""
    point = POINTS[sys.argv[2]]
    arm(point)
    with factory.Built(Path(sys.argv[1])).open() as services:
        point.act(services)


if __name__ == "__main__":
    main()
