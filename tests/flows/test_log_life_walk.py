"""Years of a home at random, its log expiring on the way: what anything still needs stays."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows.steps.record import log_life
from flows.steps.sealing import stamp
from infra.wiring import Services
from storage.catalog_checks import check_catalog
from storage.commit import Change
from storage.log.audit import verify_log
from storage.log.entry import ACCESSES, Entry, LoggedEntry
from storage.replay import replay, replay_log
from storage.rows.kinds import Row
from storage.rows.walk import RecordRow, SessionRow
from tests import factory
from vocabulary.ids import new_id

BEGIN = datetime(2031, 1, 3, 9, tzinfo=UTC)
MONTHS = 26
PERSON = "p-" + "1" * 32


class Walk:
    """A home whose sessions, records, holds and readings are drawn; ``told`` is every entry it ever wrote."""

    def __init__(self, services: Services, clock: list[datetime], seed: int) -> None:
        self.services, self.clock, self.draw = services, clock, random.Random(seed)
        self.told: dict[int, LoggedEntry] = {}
        self.kept: list[str] = []
        self.went = 0
        self.remember()

    def remember(self) -> None:
        log = self.services.archive.log
        self.told |= {entry.seq: entry for entry in log.entries() if entry.seq not in self.told}

    def commit(self, entry: Entry, add: tuple[Row, ...] = (), swap: tuple[tuple[Row, Row], ...] = ()) -> None:
        self.clock[0] += timedelta(minutes=self.draw.randrange(60))
        self.services.commit(Change(add=add, replace=swap), entry)

    def step(self) -> None:
        """One thing that happens in a home."""
        catalog, draw, now = self.services.archive.catalog, self.draw, stamp(self.clock[0])
        sessions, records = catalog.sessions(), catalog.records(life=None)
        kept = [one for one in records if one.life != "destroyed"]
        what = draw.choice(("session", "record", "read", "read", "query", "hold", "lift", "destroy", "destroy", "home"))
        if what == "session" or not sessions:
            row = SessionRow(new_id("s"), factory.CODE, len(sessions) + 1, "received", None, None, None, None, 1, 1,
                             "fr", now, now)  # fmt: skip
            self.commit(Entry("received", session=row.id), add=(row,))
        elif what == "record":
            one = draw.choice([*sessions[-2:], None])
            new = RecordRow(new_id("r"), factory.CODE, one and one.id, "verbatim" if one else "vault", "live",
                            new_id("o"), f"{draw.getrandbits(256):064x}", 5, "blob", 1, 1, None, None, None,
                            now)  # fmt: skip
            self.commit(Entry("transcribed", session=new.session_id), add=(new,))
        elif what == "read":
            self.commit(Entry("accessed", session=draw.choice(sessions).id, actor=PERSON))
        elif what == "query":
            self.commit(Entry("queried", actor=PERSON))
        elif what == "home":
            self.commit(Entry("passphrase-changed"))
        elif what == "lift" and any(one.life == "held" for one in kept):
            old = draw.choice([one for one in kept if one.life == "held"])
            self.commit(Entry("hold-lifted", session=old.session_id), swap=((old, replace(old, life="live")),))
        elif what == "hold" and draw.random() < 0.3 and kept:
            old = draw.choice(kept)
            if old.life == "live":
                self.commit(Entry("hold-placed", session=old.session_id), swap=((old, replace(old, life="held")),))
        elif what == "destroy":
            for old in [one for one in kept if one.life == "live"][:2]:
                meant = replace(old, destroy_intended_at=now)
                self.commit(Entry("destruction-intended", session=old.session_id), swap=((old, meant),))
                self.remember()
                intent = self.told[max(self.told)].id
                gone = replace(meant, life="destroyed", destroyed_at=stamp(self.clock[0]))
                self.commit(Entry("destroyed", session=old.session_id), swap=((meant, gone),))
                if draw.random() < 0.8:
                    facts = {"certificate": new_id("r"), "intent": intent, "exports": 0}
                    self.commit(Entry("certified", session=old.session_id, facts=facts))

    def expire(self) -> None:
        """Let go what the policy lets go, and look at all that must still be there."""
        self.remember()
        archive = self.services.archive
        self.kept.append(archive.log.checkpoint_text())
        before = {entry.seq for entry in archive.log.entries()}
        self.went += len(log_life.expire(self.services))
        self.remember()
        live = {entry.seq for entry in archive.log.entries()}
        gone = [self.told[seq] for seq in before - live]
        check_catalog(archive)
        verify_log(archive.log.directory, self.draw.choice(self.kept))
        assert replay_log(archive.log) == replay(self.told[seq] for seq in sorted(self.told))
        self._check_gone(gone)

    def _check_gone(self, gone: list[LoggedEntry]) -> None:
        records = self.services.archive.catalog.records(life=None)
        needed = {one.session_id for one in records if one.session_id and one.life != "destroyed"}
        held = [one for one in records if one.life == "held"]
        decisions = [entry for entry in gone if entry.kind not in ACCESSES]
        assert not any(entry.session in needed for entry in decisions)
        assert not {row.key for entry in decisions for row in entry.rows} & {one.id for one in held}
        answered = {entry.facts.get("intent") for entry in self.told.values() if entry.kind == "certified"}
        assert all(entry.id in answered for entry in decisions if entry.kind == "destruction-intended")
        newest = max((entry.at for entry in decisions), default="")
        assert newest <= stamp(self.clock[0] - timedelta(days=110))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_anything_still_needs_never_expires(tmp_path: Path, seed: int) -> None:
    """Decisions of what is kept, of what is on hold, of what a certificate is owed for; the catalog, told again."""
    policy, clock = tmp_path / "policy.yaml", [BEGIN]
    text = factory.POLICY.read_text(encoding="utf-8")
    policy.write_text(text.replace("{accesses: 12 months, decisions: 5 years}",
                                   "{accesses: 1 months, decisions: 4 months}"), encoding="utf-8")  # fmt: skip
    home = factory.build(tmp_path / "home", policy=policy)
    with home.open(now=lambda: clock[0]) as services:
        walk = Walk(services, clock, seed)
        for _ in range(MONTHS):
            for _ in range(walk.draw.randrange(6)):
                walk.step()
            clock[0] = (clock[0].replace(day=1) + timedelta(days=33)).replace(day=3)
            walk.expire()
        whats = [entry.facts["what"] for entry in walk.told.values() if entry.kind == "segment-expired"]
        assert walk.went == len(whats) and set(whats) == {"accesses", "decisions"}


def test_a_reading_of_several_sessions_stays_while_one_is_on_hold(tmp_path: Path) -> None:
    """Which sessions a query read the log does not say: it may be the one on hold."""
    clock = [datetime.now(UTC)]
    home = factory.copied(tmp_path / "home")
    with home.open(now=lambda: clock[0]) as services:
        walk = Walk(services, clock, 1)
        session = SessionRow(new_id("s"), factory.CODE, 1, "received", None, None, None, None, 1, 1, "fr",
                             stamp(clock[0]), stamp(clock[0]))  # fmt: skip
        held = RecordRow(new_id("r"), factory.CODE, session.id, "verbatim", "held", new_id("o"), "a" * 64, 5, "blob",
                         1, 1, None, None, None, stamp(clock[0]))  # fmt: skip
        walk.commit(Entry("received", session=session.id), add=(session, held))
        walk.commit(Entry("queried", actor=PERSON))
        clock[0] += timedelta(days=800)
        assert [gone.stream for gone in log_life.expire(services)] == []
        walk.commit(Entry("hold-lifted", session=session.id), swap=((held, replace(held, life="live")),))
        assert [gone.stream for gone in log_life.expire(services)] == ["accesses"]
