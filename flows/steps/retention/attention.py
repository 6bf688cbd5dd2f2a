"""What retention asks of people, for ``status``. Read from the catalog, the log and the folders; no passphrase."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime

from flows.steps.advice import Advice
from flows.steps.arrival.drop_folder import Lying, lying
from flows.steps.retention.daily import Ending, ending, stopped
from flows.steps.retention.events import Awaited, awaited
from flows.steps.retention.holds import Standing, listed
from flows.steps.retention.in_force import in_force
from flows.steps.retention.planning import Schedule, copy_ends
from flows.steps.retention.undecided import Waiting, waiting
from infra.settings import Settings
from storage.archive import ARCHIVE
from storage.catalog.catalog import Catalog
from storage.catalog.database import FILE
from storage.clocks import moment
from vocabulary.choices import Suspends
from vocabulary.errors import PolicyError


@dataclass(frozen=True)
class Given:
    """A copy in the outbox: its path relative to the home, since when it lies there, the day it is removed."""

    path: str
    since: datetime
    until: date


@dataclass(frozen=True)
class Grace:
    """A workshop whose replaced policy still counts where it keeps longer; ``until`` is the first day it does not."""

    workshop: str
    until: date


@dataclass(frozen=True)
class Attention:
    """What retention asks of people now.

    ``stopped`` says why nothing is destroyed by itself; ``awaited`` are events that should have been noted;
    ``ending`` sessions whose recording ends uncleared within two weeks; ``to_review`` holds and restrictions whose
    day of review has come; ``undecided`` are the records whose period is over and whose end a person decides;
    ``announced`` counts announced destructions, ``first`` the day of the first of them; ``holds`` and
    ``restrictions`` those that stand; ``graces`` where a shorter policy does not count yet; ``recalls`` counts outputs
    that are to come back after a withdrawal. ``drop`` and ``outbox`` are what lies readable on the disk.
    """

    stopped: Advice | None = None
    awaited: tuple[Awaited, ...] = ()
    ending: tuple[Ending, ...] = ()
    to_review: tuple[Standing, ...] = ()
    undecided: tuple[Waiting, ...] = ()
    announced: int = 0
    first: date | None = None
    holds: int = 0
    restrictions: int = 0
    graces: tuple[Grace, ...] = ()
    recalls: int = 0
    drop: tuple[Lying, ...] = ()
    outbox: tuple[Given, ...] = ()


def attention(settings: Settings, now: datetime) -> Attention:
    """What retention asks of people; nothing where a policy in force is missing (``archive verify`` tells it)."""
    catalog = Catalog(settings.home / ARCHIVE / FILE)
    with suppress(PolicyError):
        schedule = Schedule(settings.home, catalog, now)
        orders = {kind: listed(settings, kind, now) for kind in Suspends}
        due = schedule.judge(schedule.due())
        announced = [row.due_on for row in catalog.announcements()]
        return Attention(
            stopped=stopped(settings, now),
            awaited=tuple(awaited(settings, now)),
            ending=tuple(found for found, _ in ending(schedule)),
            to_review=tuple(one for found in orders.values() for one in found if one.to_review),
            undecided=tuple(waiting(due)),
            announced=len(announced),
            first=date.fromisoformat(min(announced)) if announced else None,
            holds=len(orders[Suspends.DESTRUCTION]),
            restrictions=len(orders[Suspends.USE]),
            graces=tuple(
                Grace(code, max(former.until for former in counting))
                for code, one in in_force(settings.home, catalog, now).items()
                if (counting := one.counting(now))
            ),
            recalls=len(catalog.recalls()),
            drop=tuple(lying(settings.home, schedule.policies, now)),
            outbox=tuple(
                Given(copy.path, moment(copy.issued_at), copy_ends(schedule.policies, copy))
                for copy in catalog.copies()
            ),
        )
    return Attention()
