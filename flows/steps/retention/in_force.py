"""The policies a home follows now: the one in force for each workshop, and replaced ones that still count."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from infra.wiring import policies_in_force, read_policy
from policies.grace import Former, counting, due_with_grace
from policies.policy import Policy
from policies.schedule import Due, today
from storage.catalog.catalog import Catalog
from storage.due_dates import formers_of
from storage.rows.walk import RecordRow
from vocabulary.choices import RecordClass, Trigger


class Events(Protocol):
    """What starts the clocks of records (flows.steps.retention.clocks.Clocks)."""

    def of(self, record: RecordRow) -> Mapping[Trigger, datetime]: ...
    def expected(self, record: RecordRow) -> Mapping[Trigger, datetime]: ...
    def extended(self, record: RecordRow) -> bool: ...


@dataclass(frozen=True)
class InForce:
    """What one workshop follows.

    ``policy`` has the longest life of copies and log entries that counts now; ``formers`` are all policies that were
    shortened, those whose grace is over too.
    """

    policy: Policy
    formers: tuple[Former, ...]

    def due(self, record: RecordRow, clocks: Events, now: datetime) -> Due:
        """When a record comes due, as long as a replaced policy keeps it."""
        return due_with_grace(
            self.policy, self.formers, RecordClass(record.record_class), clocks.of(record), now,
            expected=clocks.expected(record), extended=clocks.extended(record),
        )  # fmt: skip

    def counting(self, now: datetime) -> tuple[Former, ...]:
        """The replaced policies whose grace is not over."""
        return tuple(one for one in self.formers if today(self.policy, now) < one.until)


def in_force(home: Path, catalog: Catalog, now: datetime, codes: Collection[str] | None = None) -> dict[str, InForce]:
    """What workshops follow now, by code (all by default); PolicyError when an installed copy is missing or changed."""
    rows = catalog.workshops() if codes is None else catalog.workshops_in(codes)
    policies = policies_in_force(home, rows)
    replaced = catalog.former_policies() if codes is None else catalog.former_policies_in(codes)
    formers = formers_of(replaced, lambda digest: read_policy(home, digest))
    return {code: followed(policy, formers.get(code) or (), now) for code, policy in policies.items()}


def followed(policy: Policy, formers: tuple[Former, ...], now: datetime) -> InForce:
    """What a workshop follows whose policy is ``policy``."""
    return InForce(counting(policy, formers, today(policy, now)), formers)
