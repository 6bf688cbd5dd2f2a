"""Entries of the log come to the end of their life, and everything that reads the log goes on."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows import plain
from flows.steps import sessions
from flows.steps.leaving import release
from flows.steps.record import log_life
from flows.steps.retention import certificates, daily, retain
from flows.steps.reviewing import review
from storage.catalog_checks import check_catalog
from storage.commit import Change
from storage.log.audit import verify_log
from storage.log.entry import Entry
from storage.replay import replay_log
from storage.verify import verify_archive
from tests import factory
from vocabulary.choices import Audience, RecordClass, RecordLife, SessionState
from vocabulary.errors import DamagedError

NOW = datetime.now(UTC)


def in_days(days: int) -> factory.Callable[[], datetime]:
    """A clock that stands still that many days from now."""
    return lambda: NOW + timedelta(days=days)


TWO_YEARS, SEVEN_YEARS = in_days(730), in_days(7 * 365)


def discarded(path: Path) -> factory.Built:
    """A home whose one session was read, and discarded by two people."""
    home = factory.build(path, SessionState.IN_REVIEW)
    with home.open() as services:
        review.show(services, factory.SESSION, "Camille")
        sessions.discard(services, factory.SESSION, "Camille")
        assert sessions.discard(services, factory.SESSION, "Dominique").done
    return home


def test_accesses_go_after_their_period_and_decisions_stay(tmp_path: Path) -> None:
    """They are shown by the plan, noted in the log, and the archive verifies afterwards."""
    home = factory.copied(tmp_path / "home", SessionState.IN_REVIEW)
    with home.open() as services:
        review.show(services, factory.SESSION, "Camille")
        kept = services.archive.log.checkpoint_text()
        assert log_life.due(home.settings, NOW) == () == log_life.expire(services)
    with home.open(now=TWO_YEARS) as services:
        tables = replay_log(services.archive.log)
        (name,) = retain.plan(home.settings, TWO_YEARS()).log
        (gone,) = log_life.expire(services, services.person("Camille"))
        assert (gone.stream, gone.oldest, gone.entries) == ("accesses", name.removeprefix("accesses-"), 1)
        (noted,) = services.archive.log.entries(kind="segment-expired")
        assert noted.actor is not None and noted.facts["entries"] == 1
        assert not list(services.archive.log.entries(kind="accessed"))
        assert replay_log(services.archive.log) == tables
        assert log_life.expire(services) == ()
        report = verify_archive(home.path, services.archive, kept)
        assert report.findings == ()


def test_a_run_and_retention_let_them_go(tmp_path: Path) -> None:
    """The day of retention, once the clock is believed, and `retention apply` for what its plan showed."""
    home = factory.copied(tmp_path / "home", SessionState.IN_REVIEW)
    with home.open() as services:
        review.show(services, factory.SESSION, "Camille")
    with home.open(now=TWO_YEARS) as services:
        shown = retain.plan(home.settings, TWO_YEARS())
        assert retain.apply(services, "Camille", replace(shown, log=(), items=())).expired == ()
        plain.run(services)
        assert list(services.archive.log.entries(kind="accessed"))
        for person in ("Camille", "Dominique"):
            daily.confirm(services, person)
        plain.run(services)
        assert not list(services.archive.log.entries(kind="accessed"))
        size = services.archive.log.head().size
        plain.run(services)
        assert services.archive.log.head().size == size


def test_decisions_go_once_nothing_of_their_session_is_left(tmp_path: Path) -> None:
    """After the policy's period; catalog, certificates and log go on from the summary."""
    home = discarded(tmp_path / "home")
    with home.open() as services:
        kept = services.archive.log.checkpoint_text()
        proof = [found.record for found in certificates.certificates(services)]
    with home.open(now=TWO_YEARS) as services:
        assert [gone.stream for gone in log_life.expire(services)] == ["accesses"]
    with home.open(now=SEVEN_YEARS) as services:
        tables = replay_log(services.archive.log)
        assert [gone.stream for gone in log_life.expire(services)] == ["decisions"]
        log = services.archive.log
        assert {entry.kind for entry in log.entries()} == {"segment-expired"}
        assert replay_log(log) == tables
        check_catalog(services.archive)
        assert certificates.certify(services) == ()
        assert [found.record for found in certificates.certificates(services)] == proof
        assert verify_archive(home.path, services.archive, kept).findings == ()
        assert verify_log(log.directory, kept).kept
    with home.open(now=SEVEN_YEARS) as services:
        plain.run(services)
        assert verify_archive(home.path, services.archive, kept).findings == ()


def test_what_is_kept_for_good_keeps_its_decisions(tmp_path: Path) -> None:
    """Who cleared an output that is there to be read stays to be read."""
    home = factory.copied(tmp_path / "home", SessionState.RELEASED)
    with home.open(now=in_days(365 * 30)) as services:
        assert "decisions" not in {gone.stream for gone in log_life.expire(services)}
        assert list(services.archive.log.entries(kind="cleared"))


def test_a_clearance_is_found_after_accesses_went(tmp_path: Path) -> None:
    """Release demands it from the log."""
    home = factory.copied(tmp_path / "home", SessionState.CLEARED)
    with home.open() as services:
        review.show(services, factory.SESSION, "Camille")
    with home.open(now=TWO_YEARS) as services:
        assert log_life.expire(services)
        assert release.release(services, factory.SESSION, Audience.GROUP, ["txt"], "Camille").files


@pytest.mark.parametrize("record_class", [RecordClass.CERTIFICATE, RecordClass.RECORDING])
def test_a_hold_keeps_accesses_and_decisions(tmp_path: Path, record_class: RecordClass) -> None:
    """On any record of the session, whatever the policy says."""
    home = discarded(tmp_path / "home") if record_class is RecordClass.CERTIFICATE else factory.build(
        tmp_path / "home", SessionState.IN_REVIEW)  # fmt: skip
    with home.open() as services:
        review.show(services, factory.SESSION, "Camille") if record_class is RecordClass.RECORDING else None
        record = services.archive.catalog.records(record_class=record_class)[0]
        held = replace(record, life=RecordLife.HELD)
        services.commit(Change(replace=((record, held),)), Entry("hold-placed", session=record.session_id))
    with home.open(now=SEVEN_YEARS) as services:
        assert log_life.expire(services) == ()
        record = services.archive.catalog.record(record.id)
        lifted = replace(record, life=RecordLife.LIVE)
        services.commit(Change(replace=((record, lifted),)), Entry("hold-lifted", session=record.session_id))
        assert log_life.expire(services)


def test_an_intent_whose_certificate_is_owed_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A certificate is made of its intent: that does not go before."""
    monkeypatch.setattr(sessions, "certify", lambda services: ())
    home = discarded(tmp_path / "home")
    with home.open(now=SEVEN_YEARS) as services:
        assert [gone.stream for gone in log_life.expire(services)] == ["accesses"]
        assert len(certificates.certify(services)) == 1
        assert [gone.stream for gone in log_life.expire(services)] == ["decisions"]
        assert certificates.certify(services) == ()


def test_an_expiry_that_would_leave_nothing_but_its_own_entry_is_not_made(tmp_path: Path) -> None:
    """A home at rest does not write one entry a month about the one of the month before."""
    home = discarded(tmp_path / "home")
    for years in range(2, 40, 2):
        with home.open(now=in_days(365 * years)) as services:
            log_life.expire(services)
    with home.open() as services:
        assert [entry.kind for entry in services.archive.log.entries()] == ["segment-expired"] * 2


def test_nothing_goes_while_log_and_catalog_do_not_agree(tmp_path: Path) -> None:
    """What cannot be undone asks for this first."""
    home = factory.copied(tmp_path / "home", SessionState.IN_REVIEW)
    with home.open() as services:
        review.show(services, factory.SESSION, "Camille")
    with home.open(now=TWO_YEARS) as services:
        with services.archive.catalog.writing() as connection:
            connection.exec_driver_sql("UPDATE sessions SET language = 'en'")
        with pytest.raises(DamagedError):
            log_life.expire(services)
        assert list(services.archive.log.entries(kind="accessed"))


def test_an_expiry_that_was_interrupted_is_finished_by_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its entry is in the log: the segment goes, and is told of once."""
    home = factory.copied(tmp_path / "home", SessionState.IN_REVIEW)
    with home.open() as services:
        review.show(services, factory.SESSION, "Camille")
    with home.open(now=TWO_YEARS) as services:
        with monkeypatch.context() as patched:
            patched.setattr(log_life, "settle", lambda log: 0)
            assert log_life.expire(services)
        assert verify_archive(home.path, services.archive).findings == ()
    with home.open(now=TWO_YEARS) as services:
        plain.run(services)
        assert not list(services.archive.log.directory.glob("segments/accesses-" + f"{NOW:%Y-%m}" + ".jsonl"))
        assert len(list(services.archive.log.entries(kind="segment-expired"))) == 1
        assert verify_archive(home.path, services.archive).findings == ()
