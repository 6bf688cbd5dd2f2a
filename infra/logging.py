"""Logs say facts: every field that is not on the allow-list is dropped.

Our own events go through structlog. Third-party loggers keep their level, their name and nothing else,
because their messages quote what they work on.
"""

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

ALLOWED = frozenset(
    {
        "event",
        "level",
        "timestamp",
        "logger",
        "session",
        "record",
        "stage",
        "state",
        "count",
        "seconds",
        "code",
        "fault",
    }
)


def drop_unlisted(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Keep only the fields on the allow-list."""
    return {name: value for name, value in event.items() if name in ALLOWED}


class _NamesOnly(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return f"{record.levelname} {record.name}"


def configure(level: int = logging.WARNING) -> None:
    """Set up both kinds of logger on standard error; safe to call again."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            drop_unlisted,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(_NamesOnly())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.ERROR)
