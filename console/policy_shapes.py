"""What the ``--json`` answers about policies hold; docs/reference/schemas has one JSON Schema for each."""

import datetime
from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any

from policies.loosening import ABSENT, Change
from policies.period import Period
from policies.policy import Clock, Policy

if TYPE_CHECKING:
    from flows.steps.retention.forecast import End, Fate, Forecast

Value = dict[str, Any]


def forecast(found: "Forecast") -> Value:
    return {
        "policy": _named(found.policy),
        "workshop": found.workshop,
        "today": found.today.isoformat(),
        "until": found.until.isoformat() if found.until else None,
        "assumed": [{"event": str(event), "on": on.isoformat()} for event, on in found.planned.items()],
        "endings": [
            {
                "of": one.session,
                "class": str(one.record_class),
                "count": one.count,
                "since": one.since.isoformat(),
                "because": one.end.because,
                **_end(one.end),
            }
            for one in found.endings
        ],
        "later": found.later,
    }


def policy_diff(
    old: Policy, new: Policy, found: Sequence[Change], workshop: str | None, records: "Sequence[Fate]"
) -> Value:
    return {
        "old": _named(old),
        "new": _named(new),
        "changes": [
            {
                "key": one.key,
                "old": _plain(one.old),
                "new": _plain(one.new),
                "shifts": sorted(shift.value for shift in one.shifts),
            }
            for one in found
        ],
        "needs_second_steward": any(one.is_looser for one in found),
        "workshop": workshop,
        "records": [
            {
                "of": one.session,
                "class": str(one.record_class),
                "count": one.count,
                "before": _end(one.before),
                "after": _end(one.after),
            }
            for one in records
        ],
    }


def _named(policy: Policy) -> Value:
    return {"name": policy.name, "version": policy.version}


def _end(end: "End") -> Value:
    return {
        "on": end.on.isoformat() if end.on else None,
        "disposal": str(end.disposal),
        "waits_for": str(end.waits_for) if end.waits_for else None,
        "assumed": end.assumed,
    }


def _plain(value: object) -> str | int | float | bool | list[str] | None:
    """A value of a policy as the file writes it; null where there is none."""
    if value is ABSENT or value is None:
        return None
    if isinstance(value, Clock):
        return f"{value.keep} after {value.after}"
    if isinstance(value, tuple):
        return [str(one) for one in value]
    if isinstance(value, Period | Enum | datetime.date):
        return str(value)
    return value if isinstance(value, str | int | float | bool) else str(value)
