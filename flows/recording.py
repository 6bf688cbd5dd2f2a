"""The walk of one recording, as a Prefect flow: this page is the whole of it.

    received -> withhold -> transcribe -> draft -> present -> in review

What people do (review, clear, release) and what the schedule does (destroy) are steps of their own, in
flows/steps. Each step looks at the catalog before it acts, so a walk may be started again at any time.
Prefect must find its server's address when this module is imported: see flows/server.py.
"""

from flows.guarded import StageError, stage, walk
from flows.steps.attempt import Step, attempt
from flows.steps.drafting import draft as drafting
from flows.steps.hearing import transcribe as transcribing
from flows.steps.walk import stopped
from infra.wiring import services


@stage("withhold")
def withhold(session: str) -> bool:
    return _take("withhold", transcribing.withhold, session)


@stage("transcribe")
def transcribe(session: str) -> bool:
    return _take("transcribe", transcribing.transcribe, session)


@stage("draft")
def draft(session: str) -> bool:
    return _take("draft", drafting.draft, session)


@stage("present")
def present(session: str) -> bool:
    return _take("present", drafting.present, session)


@walk("recording")
def recording(session: str) -> bool:
    return withhold(session) and transcribe(session) and draft(session) and present(session)


def _take(name: str, step: Step, session: str) -> bool:
    """Attempt one step; a failure is shown to Prefect as its kind and nothing more."""
    going = attempt(services(), session, step)
    kind = stopped(services(), session)
    if kind is not None:
        raise StageError(f"{name} stopped [{kind}]")
    return going
