"""`huisclos run`: all that waits, once, as Prefect flows under a server of its own.

With nothing to do, no server is started: a run over a home at rest takes seconds.
"""

import contextlib

from flows.server import prefect_server
from flows.steps.outcomes import RunReport
from flows.steps.retention.daily import Day, is_anything_due, is_to_do, run_day
from flows.steps.walk import run as walk_all
from infra.wiring import Services


def run(services: Services) -> RunReport:
    """Take all that waits as far as it goes by itself."""

    def carry(waiting: list[str]) -> None:
        with prefect_server(services.settings):
            carry_all(waiting)

    def day(services: Services) -> Day | None:
        if not is_anything_due(services):
            return run_day(services)
        with prefect_server(services.settings):
            return day_under_prefect(services)

    return walk_all(services, carry, day)


def day_under_prefect(services: Services) -> Day | None:
    """The day of retention as a flow, under the server that is up."""
    if not is_to_do(services):
        return None
    from flows.retention import day_of_retention

    return day_of_retention(services)


def carry_all(waiting: list[str]) -> None:
    """Walk each session in turn; a failed one does not stop the others, SIGTERM does.

    While a flow runs, Prefect turns SIGTERM into an exception; it has called our own handler when it raises it.
    """
    from prefect.exceptions import TerminationSignal

    from flows.guarded import StageError
    from flows.recording import recording

    with contextlib.suppress(TerminationSignal):
        for session in waiting:
            with contextlib.suppress(StageError):
                recording(session)
