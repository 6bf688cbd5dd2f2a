"""The requests there are, and until when they are to be answered or closed: read from the catalog, no passphrase."""

import datetime

from flows.steps.outcomes import RequestDue
from infra.home import check_home
from infra.settings import Settings
from infra.wiring import read_policy
from policies.schedule import day_of
from storage.catalog.catalog import Catalog
from storage.rows.rights import RequestRow
from vocabulary.choices import RequestKind, RequestState
from vocabulary.errors import HuisclosError


def listed(settings: Settings) -> list[RequestRow]:
    """Every request, without what is sealed of it; needs no passphrase."""
    check_home(settings.home)
    return Catalog(settings.home / "archive" / "catalog.sqlite").requests()


def due(catalog: Catalog, on: datetime.date) -> tuple[RequestDue, ...]:
    """The requests that are not closed, the most urgent first; an answered one is closed by itself on its day."""
    found = (
        RequestDue(row.id, RequestKind(row.request_kind), RequestState(row.request_state), day, (day - on).days)
        for row in catalog.requests()
        if row.request_state != RequestState.CLOSED
        for day in (datetime.date.fromisoformat(row.keep_until or row.due_on),)
    )
    return tuple(sorted(found, key=lambda one: (one.due_on, one.id)))


def day_at(settings: Settings, catalog: Catalog, now: datetime.datetime) -> datetime.date:
    """The day it is at ``now``, for a home that may not be open."""
    days = []
    for row in catalog.workshops():
        try:
            days.append(day_of(read_policy(settings.home, row.policy_digest), now))
        except HuisclosError:  # `archive verify` tells it
            continue
    return max(days, default=now.date())
