"""The day of retention, as a Prefect flow: warn, announce, destroy what was announced. The steps are in flows/steps.

Prefect is told the id of the home and whether anything was done. It must find its server's address when this module
is imported: see flows/server.py.
"""

from flows.guarded import walk
from flows.steps.retention.daily import Day, run_day
from infra.wiring import Services


def day_of_retention(given: Services) -> Day | None:
    """Do the day under Prefect; what it came to, None if nothing was to be done. The error of a step is raised here,
    and is none of Prefect's."""
    found: list[Day | None] = []
    failed: list[Exception] = []

    @walk("retention")
    def retention(home: str) -> bool:
        del home  # its id: what is destroyed is of the home that was given, whatever else this process has open
        try:
            found.append(run_day(given))
        except Exception as error:
            failed.append(error)
        return bool(found and found[0])

    retention(given.archive.home_id)
    if failed:
        raise failed[0]
    return found[0] if found else None
