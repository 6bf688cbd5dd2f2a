"""The order of the steps, which sessions wait for them, and what a run reports.

The catalog says where each session stands; nothing else is remembered between runs. Both doors to the
walk, Prefect (flows/recording.py) and none (flows/plain.py), go through here.
"""

from collections.abc import Callable

from flows.steps.arrival.intake import intake
from flows.steps.attempt import Step
from flows.steps.custody.inventory import keep_inventory
from flows.steps.drafting.draft import draft, present
from flows.steps.hearing.transcribe import transcribe, withhold
from flows.steps.holding import away
from flows.steps.outcomes import RunReport, Walked
from flows.steps.record.checkpoints import give_out_checkpoint
from flows.steps.record.log_life import finish as finish_expiry
from flows.steps.retention.certificates import certify
from flows.steps.retention.daily import Day, run_day
from flows.steps.retention.retain import remove_copies
from flows.steps.sealing import finish_erasures
from infra.process import lock
from infra.wiring import Services
from policies.holds import can_use
from vocabulary.choices import Reason, SessionState
from vocabulary.errors import BusyError, HuisclosError

WALK: dict[str, Step] = {"withhold": withhold, "transcribe": transcribe, "draft": draft, "present": present}
"""From received to in review; a person takes it from there."""

_UNDER_WAY = (SessionState.RECEIVED, SessionState.TRANSCRIBED, SessionState.DRAFTED)


Daily = Callable[[Services], Day | None]
"""What does the day of retention, under Prefect or without."""


def run(services: Services, carry: Callable[[list[str]], None], daily: Daily = run_day) -> RunReport:
    """Take in what was dropped, let ``carry`` walk every session that waits for the machine, and tidy up.

    Once a day ``daily`` does first what retention does by itself: it looks at the clock before anything is destroyed.

    One run at a time (BusyError). A failure of the surroundings stands in the report, so that one full disk
    or missing model does not hide what was done.
    """
    with lock(services.home, "run"):
        finish_erasures(services)
        finish_expiry(services)
        certify(services)
        remove_copies(services)
        troubles: list[HuisclosError] = []
        day: Day | None = None
        try:
            day = daily(services)
        except BusyError:
            pass  # a session is being worked on: what is left is done by the next run
        except HuisclosError as error:
            troubles.append(error)
        taken = intake(services)
        waiting = under_way(services)
        services.troubles.clear()
        if waiting:
            try:
                carry(waiting)
            except HuisclosError as error:
                troubles.append(error)
            finally:
                services.rest()
        troubles += services.troubles.values()
        give_out_checkpoint(services)
        keep_inventory(services)
        return RunReport(taken, tuple(_walked(services)), tuple(troubles), day)


def under_way(services: Services) -> list[str]:
    """Ids of the sessions a run can take further now, oldest first; those under a restriction wait."""
    sessions = services.archive.catalog.sessions(states=_UNDER_WAY)
    still = away(services.archive.catalog)
    orders = services.archive.catalog.holds()
    mine = [row for row in sessions if services.archive.reaches(row.workshop) and can_use(orders, row.workshop, row.id)]
    ready = [row for row in mine if row.waits is None and row.workshop not in still]
    return [row.id for row in sorted(ready, key=lambda row: (row.created_at, row.id))]


def stopped(services: Services, session_id: str) -> str | None:
    """Why the walk of a session failed, as a kind; None when it merely ended or waits."""
    trouble: HuisclosError | None = services.troubles.get(session_id)
    if trouble is not None:
        return trouble.kind
    row = services.archive.catalog.session_by_id(session_id)
    return str(row.reason) if row.state == SessionState.QUARANTINED else None


def _walked(services: Services) -> list[Walked]:
    left = {row.code for row in services.archive.catalog.workshops() if row.left_at is not None}
    return [
        Walked(
            row.name,
            SessionState(row.state),
            Reason(row.waits) if row.waits else None,
            Reason(row.reason) if row.reason else None,
            row.fault,
        )
        for row in services.archive.catalog.sessions()
        if row.workshop not in left
    ]
