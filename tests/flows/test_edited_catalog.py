"""Whoever can write to the disk edits the catalog or the log: nothing that cannot be undone follows from it."""

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from flows.steps import sessions
from flows.steps.leaving import release
from flows.steps.retention import retain
from flows.steps.reviewing import clear, review
from flows.steps.sealing import condemn, finish_erasures
from storage.commit import Change
from storage.log.entry import Entry
from tests import factory
from tests.log_files import accesses
from vocabulary.choices import Audience, RecordClass, RecordLife, SessionState
from vocabulary.errors import DamagedError, LogTamperedError

GROUP = Audience.GROUP


def _run_sql(home: factory.Built, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(home.path / "archive" / "catalog.sqlite")) as connection, connection:
        connection.execute(statement, values)


def test_a_planted_policy_that_asks_for_one_person_releases_nothing(tmp_path: Path) -> None:
    """The log says under which policy a workshop works."""
    home = factory.copied(tmp_path / "home", SessionState.IN_REVIEW)
    weak = factory.POLICY.read_text(encoding="utf-8").replace("people: 2", "people: 1")
    digest = hashlib.sha256(weak.encode()).hexdigest()
    (home.path / "archive" / "policies" / f"{digest}.yaml").write_text(weak, encoding="utf-8")
    with home.open() as services:
        review.accept(services, factory.SESSION, "Camille")
        _run_sql(home, "UPDATE workshops SET policy_digest = ?", digest)
        with pytest.raises(DamagedError):  # at the clearance, or at the latest at the release
            clear.clear(services, factory.SESSION, GROUP, "Dominique")
            release.release(services, factory.SESSION, GROUP, ["txt"], "Dominique")
    assert not any(path.is_file() for path in (home.path / "outbox").rglob("*"))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE sessions SET created_at = '2020-01-01T00:00:00Z'",
        "UPDATE records SET destroy_intended_at = '2026-01-01T00:00:00Z' WHERE record_class = 'recording'",
    ],
)
def test_a_date_written_by_hand_destroys_nothing(statement: str, tmp_path: Path) -> None:
    """Neither an earlier receipt nor an erasure that nobody announced."""
    home = factory.copied(tmp_path / "home", SessionState.IN_REVIEW)
    _run_sql(home, statement)
    with home.open() as services:
        with pytest.raises(DamagedError):
            retain.apply(services, "Dominique")
        records = services.archive.catalog.records(life=None)
        assert all(record.life == RecordLife.LIVE for record in records if record.session_id)
        for record in services.archive.catalog.records(record_class=RecordClass.RECORDING):
            services.archive.objects.check_opens(services.archive.scope_of(record), services.archive.sealed_of(record))


def test_a_first_request_forged_in_the_log_discards_nothing(tmp_path: Path) -> None:
    """One person and an edited line are not two people."""
    home = factory.copied(tmp_path / "home", SessionState.IN_REVIEW)
    with home.open() as services:
        review.show(services, factory.SESSION, "Dominique")
        review.show(services, factory.SESSION, "Camille")
        entries = accesses(home.path)
        entries.write_bytes(entries.read_bytes().replace(b'"kind":"accessed"', b'"kind":"discard-asked"', 1))
        with pytest.raises(LogTamperedError):
            sessions.discard(services, factory.SESSION, "Camille")
        assert services.archive.catalog.session(factory.SESSION).state == SessionState.IN_REVIEW


def test_the_sealed_faults_of_a_session_are_destroyed_with_it(tmp_path: Path) -> None:
    """A traceback can quote the talk."""
    home = factory.copied(tmp_path / "home", SessionState.IN_REVIEW)
    with home.open() as services:
        session = services.archive.catalog.session(factory.SESSION)
        fault = services.archive.catalog.record(services.archive.seal_fault("Traceback: Zorbekian", session.id))
        sessions.discard(services, factory.SESSION, "Camille")
        assert sessions.discard(services, factory.SESSION, "Dominique").done
        assert not services.archive.keystore.has(services.archive.scope_of(fault))


def test_the_sealed_faults_of_a_session_end_with_its_recording(tmp_path: Path) -> None:
    """Retention takes them along, and the certificate says so."""
    home = factory.copied(tmp_path / "home", SessionState.RELEASED)
    with home.open() as services:
        session = services.archive.catalog.session(factory.SESSION)
        fault = services.archive.catalog.record(services.archive.seal_fault("Traceback: Zorbekian", session.id))
        assert retain.apply(services, "Dominique").certificates
        assert not services.archive.keystore.has(services.archive.scope_of(fault))


def test_the_copies_of_a_destroyed_output_leave_the_outbox(tmp_path: Path) -> None:
    """What was destroyed does not lie readable beside the archive."""
    home = factory.copied(tmp_path / "home", SessionState.RELEASED)
    with home.open() as services:
        outputs = services.archive.catalog.records(record_class=RecordClass.OUTPUT)
        change = Change(replace=tuple(condemn(outputs, services.now())))
        services.commit(change, Entry("destruction-intended", session=outputs[0].session_id))
        finish_erasures(services)
        assert services.archive.catalog.copies() == []
    assert not any(path.is_file() for path in (home.path / "outbox").rglob("*"))


def test_a_part_that_comes_after_others_were_silenced_is_counted_in_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Withheld stretches count from the first part, whichever was silenced before."""
    from flows.steps.arrival import receive
    from flows.steps.hearing import silencing, transcribe

    dossier = factory.DOSSIER.replace("speakers = 2", 'speakers = 2\nwithheld = ["00:00:01-00:00:02"]')
    home = factory.build(tmp_path / "home", SessionState.RECEIVED, dossier=dossier)
    other = tmp_path / "b.ogg"
    other.write_bytes(factory.RECORDING.read_bytes() + b"\0")
    asked: list[list[tuple[float, float]]] = []

    def silence(_source: object, stretches: list[tuple[float, float]], _limits: object) -> bytes:
        asked.append(stretches)
        return b"silenced"

    monkeypatch.setattr(silencing, "silence", silence)
    with home.open() as services:
        session = services.archive.catalog.session(factory.SESSION)
        transcribe.withhold(services, session.id)
        longer = tmp_path / "seance1.toml"
        longer.write_text(dossier.replace("speakers = 2", "speakers = 2\nparts = 2"), encoding="utf-8")
        receive.submit(services, [other], factory.SESSION, longer)
        transcribe.withhold(services, session.id)
    assert asked == [[(1.0, 2.0)], [(1.0, 2.0)], []]
