"""The policies a home follows now: the one in force for each workshop, and replaced ones that still count."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from infra.wiring import read_policy
from policies.grace import Former, counting, due_with_grace
from policies.policy import Policy
from policies.schedule import Due, today
from storage.catalog import Catalog
from storage.rows import WorkshopRow
from vocabulary.choices import RecordClass, Trigger


@dataclass(frozen=True)
class InForce:
    """What one workshop follows.

    ``policy`` has the longest life of copies and log entries that counts now; ``formers`` are all policies that were
    shortened, those whose grace is over too.
    """

    policy: Policy
    formers: tuple[Former, ...]

    def due(self, record_class: RecordClass, events: Mapping[Trigger, datetime], now: datetime) -> Due:
        """When a record comes due, as long as a replaced policy keeps it."""
        return due_with_grace(self.policy, self.formers, record_class, events, now)

    def counting(self, now: datetime) -> tuple[Former, ...]:
        """The replaced policies whose grace is not over."""
        return tuple(one for one in self.formers if today(self.policy, now) < one.until)


def in_force(home: Path, catalog: Catalog, now: datetime) -> dict[str, InForce]:
    """What each workshop follows now, by code; PolicyError when an installed copy is missing or was changed."""
    return {row.code: followed(home, catalog, row, now) for row in catalog.workshops()}


def followed(home: Path, catalog: Catalog, row: WorkshopRow, now: datetime) -> InForce:
    """What one workshop follows now."""
    policy = read_policy(home, row.policy_digest)
    replaced = [(one.policy_digest, one.counts_until) for one in catalog.former_policies(row.code)]
    ends = [(digest, date.fromisoformat(until)) for digest, until in replaced if until is not None]
    formers = tuple(Former(read_policy(home, digest), until) for digest, until in ends)
    return InForce(counting(policy, formers, today(policy, now)), formers)
