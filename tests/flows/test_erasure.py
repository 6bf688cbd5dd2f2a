"""Erasure: what is condemned loses its key and nothing else does, whoever is at work and wherever it stopped."""

from dataclasses import replace
from pathlib import Path

import pytest

from flows import plain
from flows.steps import sessions
from flows.steps.arrival import receive
from flows.steps.leaving import release
from flows.steps.retention import retain
from flows.steps.sealing import condemn, finish_erasures
from infra.process import lock
from storage.commit import Change
from storage.log.entry import Entry
from storage.verify import verify_archive
from tests import factory
from vocabulary.choices import Audience, RecordClass, RecordLife, SessionState
from vocabulary.errors import BusyError, DamagedError, KeyGoneError

GROUP = Audience.GROUP
FORMATS = ["docx", "vtt", "txt"]


def _condemn(services, records) -> None:  # type: ignore[no-untyped-def]
    change = Change(replace=tuple(condemn(records, services.now())))
    services.commit(change, Entry("destruction-intended", session=records[0].session_id))


def test_a_discard_takes_the_keys_of_what_an_interrupted_step_sealed_and_never_committed(tmp_path: Path) -> None:
    """No record names it, and it cannot be opened any more than the rest."""
    home = factory.copied(tmp_path / "home", SessionState.RECEIVED)
    with home.open() as services:
        scope = services.archive.next_scope(factory.CODE, 1, RecordClass.VERBATIM)
        services.archive.objects.seal(scope, b"what a killed process had sealed")
        sessions.discard(services, factory.SESSION, "Camille")
        sessions.discard(services, factory.SESSION, "Dominique")
        with pytest.raises(KeyGoneError):
            services.archive.keystore.data_key(scope)


@pytest.mark.parametrize("life", [RecordLife.LIVE, RecordLife.HELD])
def test_what_shares_a_key_with_the_condemned_is_sealed_anew_and_opens(tmp_path: Path, life: RecordLife) -> None:
    """Two parts under one key, one condemned: the other keeps its bytes, held or not."""
    home = factory.copied(tmp_path / "home", SessionState.RECEIVED)
    other = tmp_path / "b.ogg"
    other.write_bytes(factory.RECORDING.read_bytes() + b"\0")
    with home.open() as services:
        archive = services.archive
        receive.submit(services, [other], factory.SESSION)
        first, second = archive.catalog.records(record_class=RecordClass.RECORDING)
        assert archive.scope_of(first) == archive.scope_of(second)
        held = replace(second, life=life)
        if held != second:
            services.commit(Change(replace=((second, held),)), Entry("waiting", session=second.session_id))
        _condemn(services, [first])
        assert finish_erasures(services) == 1
        kept = archive.catalog.record(second.id)
        assert archive.objects.unseal(archive.scope_of(kept), archive.sealed_of(kept)) == other.read_bytes()
        with pytest.raises(KeyGoneError):
            archive.keystore.data_key(archive.scope_of(first))
        assert verify_archive(home.path, archive).findings == ()


def test_a_session_another_process_is_at_work_on_is_left_to_the_next_call(tmp_path: Path) -> None:
    """It may just be sealing under one of these keys."""
    home = factory.copied(tmp_path / "home", SessionState.RECEIVED)
    with home.open() as services:
        record = services.archive.catalog.records(record_class=RecordClass.RECORDING)[0]
        _condemn(services, [record])
        with lock(home.path, str(record.session_id)):
            assert finish_erasures(services) == 0
            with pytest.raises(BusyError):
                receive.submit(services, [factory.RECORDING], factory.SESSION)
        assert finish_erasures(services) == 1


def test_only_what_was_shown_is_destroyed(tmp_path: Path) -> None:
    """What came due between the question and the answer waits for the next plan."""
    home = factory.copied(tmp_path / "home", SessionState.RELEASED)
    with home.open() as services:
        shown = retain.plan(home.settings, services.now())
    with home.open(now=factory.at(2099, 1, 1)) as services:
        destroyed = retain.apply(services, "Dominique", shown).destroyed
    assert [item.record_class for item in destroyed] == [RecordClass.RECORDING]


def test_a_date_changed_in_the_catalog_by_hand_destroys_nothing(tmp_path: Path) -> None:
    """The log decides from when a period counts."""
    import sqlite3

    home = factory.copied(tmp_path / "home", SessionState.RELEASED)
    with sqlite3.connect(home.path / "archive" / "catalog.sqlite") as database:
        database.execute("update sessions set created_at = '2001-01-01T00:00:00Z'")
    with home.open() as services:
        with pytest.raises(DamagedError):
            retain.apply(services, "Dominique")
        assert services.archive.catalog.records(record_class=RecordClass.VERBATIM)


def test_a_copy_a_killed_release_left_in_the_outbox_is_removed_when_its_days_are_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its row was committed before the file was written; the next run removes both."""
    home = factory.copied(tmp_path / "home", SessionState.CLEARED)

    def die(*_args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, home.open() as services:
        patched.setattr("flows.steps.leaving.release.next_state", die)
        with pytest.raises(KeyboardInterrupt):
            release.release(services, factory.SESSION, GROUP, FORMATS, "Camille")
    assert any(path.is_file() for path in (home.path / "outbox").rglob("*"))
    with home.open(now=factory.at(2099, 1, 1)) as services:
        plain.run(services)
    assert not any(path.is_file() for path in (home.path / "outbox").rglob("*"))
