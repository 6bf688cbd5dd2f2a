"""On which machine and when something was measured: a figure without it is no measurement."""

import datetime
import os
import platform


def machine() -> str:
    """Return cores, architecture and Python: "2 cores, x86_64, Python 3.11.7"."""
    return f"{len(os.sched_getaffinity(0))} cores, {platform.machine()}, Python {platform.python_version()}"


def today() -> str:
    """Return the date in UTC, as YYYY-MM-DD."""
    return datetime.datetime.now(datetime.UTC).date().isoformat()
