"""The requests there are, and until when they are to be answered or closed: read from the catalog, no passphrase."""

import datetime

from flows.steps.rights.outcomes import RequestDue
from infra.home import check_home
from infra.settings import Settings
from infra.wiring import read_policy
from policies.schedule import day_of
from storage.catalog.catalog import Catalog
from storage.rows.rights import RequestRow
from storage.rows.walk import RecordRow
from vocabulary.choices import RecordLife, RequestKind, RequestState
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


def is_any_over(settings: Settings, catalog: Catalog, now: datetime.datetime) -> bool:
    """Whether what a request holds has come to its end. Needs no passphrase."""
    return bool(over(catalog, day_at(settings, catalog, now).isoformat()))


def over(catalog: Catalog, day: str) -> list[tuple[RequestRow, RecordRow]]:
    """The requests whose time is over on ``day``, each with what it still holds."""
    ended = [row for row in catalog.requests() if row.keep_until is not None and row.keep_until <= day]
    found = [(row, catalog.record(row.record_id)) for row in ended]
    return [
        (row, record) for row, record in found if record.life == RecordLife.LIVE and record.destroy_intended_at is None
    ]
