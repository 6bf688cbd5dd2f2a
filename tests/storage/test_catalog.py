"""The catalog: reading, schema, faults of the engine."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from storage.archive import Archive
from storage.catalog.catalog import Catalog
from storage.commit import Change
from storage.log.entry import Entry
from storage.schema import SCHEMA, metadata
from tests.storage.new_archives import NOW, PASSPHRASE, filled_archive, new_archive, session_row, workshop_row
from vocabulary.choices import Audience, RecordClass, RecordLife, SessionState
from vocabulary.errors import BusyError, DamagedError, ResourceError, StateError, UnknownError
from vocabulary.ids import SessionName


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """An archive with a row in every table."""
    return filled_archive(tmp_path / "home")


def run_sql(catalog: Catalog, statement: str, *values: object) -> None:
    """Change the file as whoever holds the disk could."""
    with closing(sqlite3.connect(catalog.path)) as connection, connection:
        connection.execute(statement, values)


def test_migrations_make_the_tables_of_the_schema(tmp_path: Path) -> None:
    """The tables built step by step are those mapped from the rows."""
    catalog = Catalog.create(tmp_path / "catalog.sqlite")
    with catalog.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    """A catalog that is up to date stays as it is."""
    catalog = Catalog.create(tmp_path / "catalog.sqlite")
    catalog.migrate()
    assert catalog.schema() == SCHEMA


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    """Nobody else can read the catalog."""
    assert Catalog.create(tmp_path / "catalog.sqlite").path.stat().st_mode & 0o777 == 0o600


def test_a_newer_schema_is_refused_with_the_way_forward(archive: Archive) -> None:
    """A catalog written by a later version is not opened, and the message says what to install."""
    run_sql(archive.catalog, "UPDATE alembic_version SET version_num = '0999'")
    for attempt in (archive.catalog.check_schema, lambda: Archive.open(archive.home, PASSPHRASE)):
        with pytest.raises(StateError) as caught:
            attempt()
        assert "Install" in str(caught.value)


def test_sessions_are_found_by_name_state_and_workshop(archive: Archive) -> None:
    """The questions steps ask of sessions get the one there is."""
    catalog = archive.catalog
    session = catalog.session(SessionName("demo-1", 3))
    assert catalog.sessions() == catalog.sessions({SessionState.RECEIVED}, "demo-1") == [session]
    assert catalog.sessions({SessionState.RELEASED}) == catalog.sessions(workshop="demo-2") == []
    assert catalog.session_by_id(session.id) == session


def test_records_are_found_by_session_class_and_life(archive: Archive) -> None:
    """The questions steps ask of records get those there are."""
    catalog = archive.catalog
    session = catalog.session(SessionName("demo-1", 3))
    latest = catalog.latest(session.id, RecordClass.OUTPUT, Audience.GROUP)
    assert latest is not None and catalog.records(session_id=session.id, record_class=RecordClass.OUTPUT) == [latest]
    assert catalog.latest(session.id, RecordClass.OUTPUT, Audience.PUBLIC) is None
    assert {row.record_class for row in catalog.records()} == {"output", "people", "fault", "request"}
    assert catalog.records(life=RecordLife.DESTROYED) == []
    assert catalog.record(latest.id) == latest


def test_clearances_people_and_copies_are_listed(archive: Archive) -> None:
    """The other tables are read as they were written."""
    catalog = archive.catalog
    (person,) = catalog.people()
    (clearance,) = catalog.clearances(catalog.session(SessionName("demo-1", 3)).id, Audience.GROUP)
    assert clearance.person == person.id and clearance.void is False
    assert catalog.copies() == catalog.copies(present=False)


def test_what_is_unknown_is_said(archive: Archive) -> None:
    """An unknown workshop, session or record is an error of its own."""
    catalog = archive.catalog
    for question in (
        lambda: catalog.workshop("nowhere"),
        lambda: catalog.session(SessionName("demo-1", 9)),
        lambda: catalog.session_by_id("s-" + "0" * 32),
        lambda: catalog.record("r-" + "0" * 32),
    ):
        with pytest.raises(UnknownError):
            question()
    assert catalog.find_session(SessionName("demo-1", 9)) is None


def test_a_damaged_value_is_named_when_read(archive: Archive) -> None:
    """A value without the form of its column is reported by table, row and column, and not repeated."""
    session = archive.catalog.session(SessionName("demo-1", 3))
    run_sql(archive.catalog, "UPDATE sessions SET state = 'canary'")
    with pytest.raises(DamagedError) as caught:
        archive.catalog.sessions()
    assert caught.value.place == f"sessions/{session.id}/state"
    assert "canary" not in str(caught.value)


def test_a_missing_file_is_damage_and_is_not_made_anew(archive: Archive) -> None:
    """A catalog that is gone is not replaced by an empty one."""
    archive.close()
    for path in archive.catalog.path.parent.glob("catalog.sqlite*"):
        path.unlink()
    with pytest.raises(DamagedError):
        Archive.open(archive.home, PASSPHRASE)
    assert not archive.catalog.path.exists()


def test_a_file_that_is_no_database_is_damage(archive: Archive) -> None:
    """Bytes that are not SQLite's are reported as damage, without a trace of the engine."""
    archive.close()
    for path in archive.catalog.path.parent.glob("catalog.sqlite-*"):
        path.unlink()
    archive.catalog.path.write_bytes(b"not a database" * 400)
    with pytest.raises(DamagedError):
        Catalog(archive.catalog.path).sessions()


def test_a_full_disk_is_a_resource_error_and_changes_nothing(tmp_path: Path) -> None:
    """When SQLite finds no room, nothing is written and the message says to make room."""
    archive = new_archive(tmp_path / "home")
    with archive.catalog.reading() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
    many = tuple(workshop_row(f"w-{number}") for number in range(200))
    with pytest.raises(ResourceError):
        archive.commit(Change(add=many), Entry("workshop-added"), now=NOW)
    assert archive.catalog.workshops() == [] and archive.catalog.pending() == []


def test_errors_of_the_engine_carry_no_values(archive: Archive) -> None:
    """A row written twice is a conflict whose whole text holds none of its values."""
    row = session_row(number=4)
    archive.commit(Change(add=(row,)), Entry("received"), now=NOW)
    with pytest.raises(StateError) as caught:
        archive.commit(Change(add=(row,)), Entry("received"), now=NOW)
    error: BaseException | None = caught.value
    while error is not None:
        assert row.id not in repr(error) and row.id not in str(error)
        error = error.__context__


def test_a_held_catalog_is_busy(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer that keeps the catalog too long makes others say so."""
    monkeypatch.setattr("storage.catalog.database.LONGEST_WAIT", 0.05)
    other = Catalog(archive.catalog.path)
    with archive.catalog.writing(), pytest.raises(BusyError), other.writing():
        pass


def test_reading_loads_neither_pyarrow_nor_the_keystore() -> None:
    """`status` and `log` start fast: catalog and log are read without the heavy parts."""
    code = (
        "import sys, storage.catalog.catalog, storage.log.log, storage.log.audit;"
        "heavy = ('pyarrow', 'duckdb', 'alembic', 'numpy', 'argon2', 'storage.keys.keystore');"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
