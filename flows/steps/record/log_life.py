"""The life of the processing log's entries: segments that have come to their end leave their leaf hashes.

Rules kept here:
- nothing goes that the policies in force do not let go (policies/log_retention.py), nothing of a session on hold,
  and nothing that a certificate of destruction still has to be made of;
- the log and the catalog are found to agree first; the entry that says what went is durable before anything is
  removed.
"""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from itertools import takewhile

from flows.steps.retention.certificates import still_owed
from flows.steps.retention.in_force import in_force
from flows.steps.retention.outcomes import Expired
from infra.process import lock
from infra.settings import Settings
from infra.wiring import Services
from policies.holds import is_held
from policies.log_retention import (
    can_accesses_go,
    can_home_decisions_go,
    can_session_decisions_go,
    is_over,
)
from policies.policy import Policy
from policies.schedule import day_of
from storage.archive import ARCHIVE, LOG
from storage.catalog.catalog import Catalog
from storage.catalog.database import FILE
from storage.catalog_checks import check_catalog
from storage.commit import Change
from storage.expiry import settle, stage
from storage.log.entry import Entry
from storage.log.log import EXPIRED, Log
from storage.log.segments import ACCESS, DECISION, Segment
from storage.rows.walk import RecordRow, SessionRow
from vocabulary.choices import RecordClass, RecordLife
from vocabulary.errors import BusyError


def due(settings: Settings, now: datetime) -> tuple[str, ...]:
    """The names of the segments that would expire now. Changes nothing; needs no passphrase."""
    home = settings.home
    catalog = Catalog(home / ARCHIVE / FILE)
    policies = {code: one.policy for code, one in in_force(home, catalog, now).items()}
    life = _Life(Log(home / ARCHIVE / LOG), catalog, policies, now)
    return tuple(segment.name for segment in (*life.accesses(), *life.decisions()))


def expire(services: Services, actor: str | None = None, shown: Sequence[str] | None = None) -> tuple[Expired, ...]:
    """Let every segment expire that has come to its end, of ``shown`` alone if given; finish what was interrupted.

    What ``check_catalog`` raises when log and catalog do not agree: nothing goes then. While another process does
    the same, this one does nothing.
    """
    archive = services.archive
    gone: list[Expired] = []
    with contextlib.suppress(BusyError), lock(services.home, "log-life"):
        settle(archive.log)
        now = services.now()
        policies = {code: one.policy for code, one in in_force(services.home, archive.catalog, now).items()}
        life = _Life(archive.log, archive.catalog, policies, now)
        agreed = [one for one in life.accesses() if shown is None or one.name in shown]
        oldest = list(takewhile(lambda one: shown is None or one.name in shown, life.decisions()))
        for segments in (agreed, oldest):
            if not segments:
                continue
            check_catalog(archive)
            facts = stage(archive.log, archive.keystore.log_key(), segments)
            services.commit(Change(), Entry(EXPIRED, actor=actor, facts=facts))
            settle(archive.log)
            gone.append(Expired(segments[0].stream, segments[0].month, segments[-1].month, int(facts["entries"] or 0)))
    return tuple(gone)


def finish(services: Services) -> None:
    """Finish an expiry that the log tells of and that was interrupted, and begin none."""
    with contextlib.suppress(BusyError), lock(services.home, "log-life"):
        settle(services.archive.log)


@dataclass(frozen=True)
class _Life:
    """Which segments have come to their end. ``policies`` are those in force, by workshop."""

    log: Log
    catalog: Catalog
    policies: Mapping[str, Policy]
    now: datetime

    def accesses(self) -> list[Segment]:
        """Segments of accesses that go, the oldest first; one with an entry of a session on hold stays.

        An entry of no one session can be of several: of those on hold, too.
        """
        policies = list(self.policies.values())
        candidates = [one for one in self._segments(ACCESS) if can_accesses_go(one.month, policies, self.now)]
        if not candidates:
            return []
        held: set[str | None] = {row.session_id for row in self.catalog.records(life=RecordLife.HELD)}
        held |= set(self._held_sessions)
        held |= {None} if held or self.catalog.holds() else set()
        going = [one for one in candidates if not any(entry.session in held for entry in self.log.entries_of(one))]
        return going if any(self._tells(one) for one in going) else []

    def decisions(self) -> list[Segment]:
        """Segments of decisions that go: the oldest ones, up to the first that stays."""
        going: list[Segment] = []
        owed: set[str] | None = None
        for segment in self._segments(DECISION):
            if not is_over(segment.month, self.now) or not self._could_go(segment):
                break
            owed = still_owed(self.log) if owed is None else owed
            if not self._can_go(segment, owed):
                break
            going.append(segment)
        while going and not self._tells(going[-1]):
            going.pop()
        return going

    def _tells(self, segment: Segment) -> bool:
        """Whether it holds anything but what is told of expiry: letting that alone go would leave as much behind."""
        return any(entry.kind != EXPIRED for entry in self.log.entries_of(segment))

    def _segments(self, stream: str) -> list[Segment]:
        return [one for one in self.log.segments() if one.stream == stream]

    def _could_go(self, segment: Segment) -> bool:
        """Whether any policy lets decisions of that month go: asked before the segment is read."""
        return any(can_home_decisions_go(segment.month, [policy], self.now) for policy in self.policies.values())

    def _can_go(self, segment: Segment, owed: set[str]) -> bool:
        sessions: set[str] = set()
        records: set[str] = set()
        for entry in self.log.entries_of(segment):
            if entry.id in owed:
                return False
            sessions.add(entry.session or "")
            records |= {row.key for row in entry.rows if row.table == RecordRow.TABLE}
        if any(row.id in records for row in self.catalog.records(life=RecordLife.HELD)):
            return False
        if sessions & self._held_sessions or any(self._is_held(record) for record in records):
            return False
        known = {row.id: row for row in self.catalog.sessions()}
        concerned = [known[session] for session in sessions if session in known]
        if not all(self._has_ended(row, segment) for row in concerned):
            return False
        alone = len(concerned) == len(sessions)
        return alone or can_home_decisions_go(segment.month, list(self.policies.values()), self.now)

    @cached_property
    def _held_sessions(self) -> frozenset[str]:
        """The ids of the sessions that a hold or a restriction stands over, their own or their workshop's."""
        orders = self.catalog.holds()
        whole = {order.workshop for order in orders if order.session_id is None}
        found = {order.session_id for order in orders if order.session_id is not None}
        found |= {row.id for row in self.catalog.sessions() if row.workshop in whole}
        return frozenset(found)

    def _is_held(self, record: str) -> bool:
        orders = self.catalog.holds()
        return bool(orders) and is_held(orders, self.catalog.record(record))

    def _has_ended(self, session: SessionRow, segment: Segment) -> bool:
        policy = self.policies[session.workshop]
        return can_session_decisions_go(segment.month, policy, self._end_of(session, policy), self.now)

    def _end_of(self, session: SessionRow, policy: Policy) -> date | None:
        """The day after which nothing of a session was kept; None while something is.

        Certificates of destruction do not count: each stands for itself, with its own proof.
        """
        records = self.catalog.records(session_id=session.id, life=None)
        kept = [row for row in records if row.record_class != RecordClass.CERTIFICATE]
        if any(row.life != RecordLife.DESTROYED for row in kept) or any(row.life == RecordLife.HELD for row in records):
            return None
        last = max((row.destroyed_at or session.changed_at for row in kept), default=session.changed_at)
        return day_of(policy, datetime.fromisoformat(last))
