"""Verifying the archive: every change is found, and its place is named."""

import shutil
import sqlite3
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from storage.archive import Archive
from storage.catalog_checks import check_catalog
from storage.commit import Change
from storage.fixity import object_files
from storage.log.entry import Entry
from storage.log.log import Log
from storage.rows.kinds import ROW_TYPES
from storage.rows.row import columns
from storage.verify import verify_archive
from tests.log_files import decisions
from tests.storage.new_archives import filled_archive
from vocabulary.choices import Exit, RecordClass, RecordLife
from vocabulary.errors import DamagedError

COLUMNS = [(row_type.TABLE, row_type.KEY, column) for row_type in ROW_TYPES for column in columns(row_type)]


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a row in every table, closed."""
    archive = filled_archive(tmp_path_factory.mktemp("pristine") / "home")
    archive.close()
    return archive.home


@pytest.fixture
def home(pristine: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may damage."""
    return Path(shutil.copytree(pristine, tmp_path / "home"))


def run_sql(home: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(home / "archive" / "catalog.sqlite")) as connection, connection:
        connection.execute(statement, values)


def first_key(home: Path, table: str, key: str) -> str:
    with closing(sqlite3.connect(home / "archive" / "catalog.sqlite")) as connection:
        return str(connection.execute(f"SELECT {key} FROM {table} ORDER BY {key}").fetchone()[0])


def places(home: Path) -> set[str]:
    """The places of all findings; that there is none must never be the answer here."""
    report = verify_archive(home, None)
    assert report.exit is not Exit.DONE
    return {finding.place for finding in report.findings}


def an_object(home: Path) -> Path:
    return next(path for path, digest in object_files(home / "archive" / "objects") if digest)


def test_a_sound_archive_has_no_findings(home: Path) -> None:
    """Nothing is found in a home nobody touched, and what needs the passphrase is said."""
    report = verify_archive(home, None)
    assert (report.findings, report.exit, len(report.unchecked)) == ((), Exit.DONE, 1)


def test_with_the_archive_open_nothing_is_left_unchecked(tmp_path: Path) -> None:
    """With the keys every object is opened, too."""
    archive = filled_archive(tmp_path / "home")
    report = verify_archive(archive.home, archive)
    assert (report.findings, report.unchecked) == ((), ())


@pytest.mark.parametrize(("table", "key", "column"), COLUMNS, ids=lambda name: str(name))
def test_a_changed_value_is_named(home: Path, table: str, key: str, column: str) -> None:
    """Any value changed in any table is found: table, row and column."""
    row = first_key(home, table, key)
    run_sql(
        home,
        f"UPDATE {table} SET {column} = CASE typeof({column}) WHEN 'integer' THEN {column} + 1 "
        f"WHEN 'null' THEN 'x' ELSE {column} || 'x' END WHERE {key} = ?",
        row,
    )
    assert f"{table}/{row}/{column}" in places(home)


@pytest.mark.parametrize("column", ["parts", "language", "reviewed_at"])
def test_a_value_of_another_type_is_named(home: Path, column: str) -> None:
    """A value that reads alike and is stored as something else is found."""
    row = first_key(home, "sessions", "id")
    run_sql(home, f"UPDATE sessions SET {column} = CAST(ifnull({column}, '') AS BLOB)")
    assert f"sessions/{row}/{column}" in places(home)


@pytest.mark.parametrize("table", [row_type.TABLE for row_type in ROW_TYPES])
def test_a_missing_row_is_named(home: Path, table: str) -> None:
    """A row taken out of any table is found."""
    key = next(row_type.KEY for row_type in ROW_TYPES if table == row_type.TABLE)
    row = first_key(home, table, key)
    run_sql(home, f"DELETE FROM {table} WHERE {key} = ?", row)
    assert f"{table}/{row}" in places(home)


def test_an_added_row_is_named(home: Path) -> None:
    """A row no entry wrote is found; a key that is not one is not repeated."""
    run_sql(home, "INSERT INTO people VALUES ('p-00000000000000000000000000000000', '2026-03-14T09:00:00Z')")
    run_sql(home, "INSERT INTO people VALUES ('canary', '2026-03-14T09:00:00Z')")
    assert {"people/p-" + "0" * 32, "people/with a damaged key"} <= places(home)


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        ("UPDATE alembic_version SET version_num = '0000'", "alembic_version/version_num"),
        ("UPDATE log_position SET next_seq = next_seq + 1", "log_position/1/next_seq"),
        ("UPDATE log_position SET last_at = '2020-01-01T00:00:00Z'", "log_position/1/last_at"),
        ("INSERT INTO pending VALUES (99, 'e-1', '{}', '')", "pending/{next}/line"),
        ("CREATE TRIGGER t AFTER UPDATE ON sessions BEGIN DELETE FROM people; END", "trigger ?"),
        ("CREATE TABLE more (a)", "table ?"),
        ("ALTER TABLE people ADD COLUMN more TEXT", "table people"),
        ("DELETE FROM workshops", "sessions"),
    ],
)
def test_the_catalogs_own_tables_are_checked(home: Path, statement: str, place: str) -> None:
    """Schema, version, log position and pending entries are what they must be."""
    run_sql(home, statement)
    assert place.format(next=Log(home / "archive" / "log").head().size) in places(home)


def test_a_damaged_object_is_named(home: Path) -> None:
    """One bit changed in a sealed object is found without any key."""
    path = an_object(home)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    (finding,) = verify_archive(home, None).findings
    assert (finding.kind, finding.place) == ("damaged", f"objects/{path.name}")


def test_a_missing_object_is_named(home: Path) -> None:
    """A live record without its object is found."""
    path = an_object(home)
    path.unlink()
    (finding,) = verify_archive(home, None).findings
    assert (finding.kind, finding.place) == ("missing", f"objects/{path.name}")


def test_an_orphaned_object_is_named(tmp_path: Path) -> None:
    """An object sealed and never committed is found."""
    archive = filled_archive(tmp_path / "home")
    sealed = archive.objects.seal(archive.scope("demo-1", 3, RecordClass.DRAFT), b"draft")
    (finding,) = verify_archive(archive.home, archive).findings
    assert (finding.kind, finding.place) == ("orphaned", f"objects/{sealed.digest}")


@pytest.mark.parametrize("name", ["notes.txt", "ab/notes.txt", "ab/" + "0" * 64])
def test_a_foreign_file_is_named(home: Path, name: str) -> None:
    """What is no object does not hide among objects."""
    path = home / "archive" / "objects" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("x")
    (finding,) = verify_archive(home, None).findings
    assert (finding.kind, finding.place) == ("foreign", f"objects/{name}")


def test_a_link_among_objects_is_foreign(home: Path) -> None:
    """A link in the place of an object is no object."""
    path = an_object(home)
    elsewhere = home / "tmp" / path.name
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    assert {finding.kind for finding in verify_archive(home, None).findings} == {"foreign", "missing"}


def test_a_changed_policy_is_named(home: Path) -> None:
    """The installed policy is the one the workshop names."""
    (path,) = (home / "archive" / "policies").iterdir()
    path.write_text("format: huisclos-policy/1 # changed\n")
    (finding,) = verify_archive(home, None).findings
    assert (finding.kind, finding.place) == ("damaged", f"policies/{path.name}")


def test_a_missing_policy_is_named(home: Path) -> None:
    """A workshop without its installed policy is found."""
    (path,) = (home / "archive" / "policies").iterdir()
    path.unlink()
    (finding,) = verify_archive(home, None).findings
    assert (finding.kind, finding.place) == ("missing", f"policies/{path.name}")


def test_a_tampered_log_gives_its_own_code(home: Path) -> None:
    """The log's fault is a finding with the log's exit code, and the catalog is said to be uncompared."""
    path = decisions(home)
    path.write_bytes(path.read_bytes().replace(b"home-created", b"home-creatid", 1))
    report = verify_archive(home, None)
    assert report.exit is Exit.TAMPERED and len(report.unchecked) == 2
    assert "entry 0" in {finding.place for finding in report.findings}


def test_a_rolled_back_catalog_and_log_is_found_with_a_kept_checkpoint(home: Path, tmp_path: Path) -> None:
    """An older backup of the whole archive is sound in itself; a kept checkpoint gives it away."""
    from tests.storage.new_archives import PASSPHRASE

    newer = Archive.open(Path(shutil.copytree(home, tmp_path / "newer")), PASSPHRASE)
    newer.seal_fault("later")
    assert verify_archive(home, None).exit is Exit.DONE
    assert verify_archive(home, None, newer.log.checkpoint_text()).exit is Exit.ROLLED_BACK


def test_a_public_key_that_home_toml_does_not_note_is_found(home: Path) -> None:
    """The key given out at init is noted twice, and both must agree."""
    (home / "home.toml").write_text('format = "huisclos-home/1"\nlog_public_key = "another"\n')
    assert "key.pub" in places(home)


def test_a_home_toml_that_notes_another_home_is_found(home: Path) -> None:
    """The id in home.toml is that of the keystore and the log."""
    key = (home / "archive" / "log" / "key.pub").read_text().strip()
    (home / "home.toml").write_text(f'format = "huisclos-home/1"\nid = "h-{"0" * 32}"\nlog_public_key = "{key}"\n')
    assert places(home) == {"home.toml"}


def test_an_interrupted_destruction_is_said_and_is_no_damage(tmp_path: Path) -> None:
    """Between the destroyed key and the completion, the object of a condemned record may be gone."""
    archive = filled_archive(tmp_path / "home")
    (record,) = archive.catalog.records(record_class=RecordClass.OUTPUT)
    condemned = replace(record, destroy_intended_at="2099-01-01T00:00:00Z")
    archive.commit(Change(replace=((record, condemned),)), Entry("destruction-intended"))
    archive.keystore.shred([archive.scope_of(record)])
    archive.objects.discard(record.digest)
    report = verify_archive(archive.home, archive)
    assert (report.findings, len(report.unchecked)) == ((), 1)


def test_the_key_of_a_destroyed_record_is_found(tmp_path: Path) -> None:
    """A keystore that was restored together with its slot files opens what was destroyed since."""
    archive = filled_archive(tmp_path / "home")
    (record,) = archive.catalog.records(record_class=RecordClass.OUTPUT)
    gone = replace(record, life=RecordLife.DESTROYED, destroyed_at="2099-01-01T00:00:00Z")
    archive.commit(Change(replace=((record, gone),)), Entry("destroyed"))
    archive.objects.discard(record.digest)
    findings = verify_archive(archive.home, archive).findings
    assert [finding.place for finding in findings] == ["keystore/demo-1/3/output/1"]
    archive.keystore.shred([archive.scope_of(record)])
    assert verify_archive(archive.home, archive).findings == ()


def test_a_commit_in_between_is_no_fault(tmp_path: Path) -> None:
    """Catalog and log are read of one moment, while another process commits."""
    archive = filled_archive(tmp_path / "home")
    ended = threading.Event()

    def commit() -> None:
        while not ended.is_set():
            archive.commit(Change(), Entry("accessed"))

    worker = threading.Thread(target=commit)
    worker.start()
    try:
        assert all(not verify_archive(archive.home, None).findings for _ in range(20))
    finally:
        ended.set()
        worker.join()


def test_a_catalog_that_the_log_did_not_write_is_refused(tmp_path: Path) -> None:
    """What cannot be undone asks for this first; the first value that differs is named."""
    archive = filled_archive(tmp_path / "home")
    check_catalog(archive)
    run_sql(archive.home, "UPDATE sessions SET created_at = '2020-01-01T00:00:00Z'")
    with pytest.raises(DamagedError) as raised:
        check_catalog(archive)
    assert str(raised.value.place).endswith("/created_at")


def test_a_person_without_a_name_is_found_with_the_keys(tmp_path: Path) -> None:
    """People of the catalog and of the sealed register are the same."""
    archive = filled_archive(tmp_path / "home")
    run_sql(archive.home, "INSERT INTO people VALUES ('p-00000000000000000000000000000000', '2026-03-14T09:00:00Z')")
    report = verify_archive(archive.home, archive)
    assert sum(finding.place == "people/p-" + "0" * 32 for finding in report.findings) == 2
