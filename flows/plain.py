"""The walk without Prefect: the same steps, the same attempts, for tests and for small machines."""

from flows.steps.attempt import attempt
from flows.steps.outcomes import RunReport
from flows.steps.walk import WALK
from flows.steps.walk import run as walk_all
from infra.wiring import Services


def run(services: Services) -> RunReport:
    """Take all that waits as far as it goes by itself."""

    def carry(waiting: list[str]) -> None:
        for session in waiting:
            for step in WALK.values():
                if not attempt(services, session, step):
                    break

    return walk_all(services, carry)
