"""Verifying the whole archive: log, catalog, files and, with an open archive, what the seals hold.

Rules kept here:
- nothing is raised for what is wrong: every fault is a finding with its place, and checking goes on;
- the catalog is compared with the log replayed, column by column, in the form the disk holds: a value of
  another type, a row too many, another table or trigger are all found;
- what could not be checked is said, never passed over;
- catalog and log are read under the log's lock, so that a commit in between is not taken for a fault.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage import due_dates
from storage.archive import ARCHIVE, LOG, OBJECTS, POLICIES, SLOT, Archive
from storage.catalog.catalog import Catalog
from storage.catalog.database import FILE
from storage.commit import is_sealed
from storage.finding import Finding, Report, Unchecked
from storage.fixity import check_objects, check_policies
from storage.keys.keystore import Keystore
from storage.keys.slots import FileSlots, Slots
from storage.log.append import KEY
from storage.log.audit import read_entries, verify_log
from storage.log.entry import LoggedEntry, Value, parse_line
from storage.log.log import Log, log_name
from storage.log.tree import HASH_SIZE, leaf_hash
from storage.newest import check_size
from storage.opened_checks import NOT_REACHED, check_opened
from storage.replay import Tables, replay
from storage.rows.kinds import ROW_TYPES
from storage.rows.retention import FormerPolicyRow
from storage.rows.row import RowError, shown_key
from storage.rows.walk import RecordRow, WorkshopRow
from storage.schema import SCHEMA
from storage.unnamed import count_set_aside
from vocabulary.choices import RecordLife
from vocabulary.errors import DamagedError, HuisclosError, LogRolledBackError, UsageError
from vocabulary.messages import N_

NOT_OPENED = Unchecked(N_("Without the passphrase, whether each object opens with its key was not checked."))
NOT_COMPARED = Unchecked(N_("As the processing log cannot be trusted, the catalog was not compared with it."))
STILL_WAITING = Unchecked(
    N_("Changes wait for the processing log: the next command that asks for the passphrase moves them.")
)
_DESTROYED = RecordLife.DESTROYED.value
INTERRUPTED = Unchecked(
    N_("A destruction is under way or was interrupted: what it destroys was not checked. `huisclos run` finishes it.")
)
SET_ASIDE = N_("Objects of no record ({count}) lie in archive/unnamed: they belong to no session and were not checked. "
               "`huisclos archive collect` removes them.")  # fmt: skip


@dataclass(frozen=True)
class _Snapshot:
    """One moment of the catalog, in the types the disk holds."""

    tables: dict[str, list[dict[str, Value]]]
    pending: list[dict[str, Value]]
    due_dates: list[dict[str, Value]]
    position: list[tuple[object, ...]]
    revision: list[tuple[object, ...]]
    schema: dict[tuple[str, str], str | None]
    faults: list[Finding]


def verify_archive(home: Path, archive: Archive | None, kept: str | None = None, slots: Slots | None = None) -> Report:
    """Check everything under ``home``; ``archive`` open checks also what only keys can tell.

    ``kept`` is the text of a checkpoint kept elsewhere, UsageError if it is not one; ``slots`` are the home's
    slots: by default those ``archive`` was opened with, or the files in HOME/slot.
    """
    root = home / ARCHIVE
    slots = slots or (archive.slots if archive else FileSlots(home / SLOT))
    findings = Keystore.check(home / ARCHIVE, slots)
    unchecked = [NOT_OPENED] if archive is None else [] if archive.keystore.opener.reaches_all else [NOT_REACHED]
    log = Log(root / LOG)
    told: _Told | None = None
    with log.unmoving():
        snapshot = _read_catalog(root / FILE, findings)
        pending = [] if snapshot is None else _pending_lines(snapshot)
        try:
            verify_log(log.directory, kept, pending=lambda: pending)
            told = _read_log(log)
        except UsageError:
            raise
        except HuisclosError as error:
            findings.append(Finding("log", error.place or LOG, error.message, error.facts, error.exit))
            unchecked.append(NOT_COMPARED)
    findings.extend(check_public_key(home, log))
    findings.extend(_check_size(root, log))
    if aside := count_set_aside(home):
        unchecked.append(Unchecked(SET_ASIDE, {"count": aside}))
    if snapshot is not None:
        findings.extend(snapshot.faults)
        findings.extend(_check_schema(snapshot))
        if snapshot.pending:
            unchecked.append(STILL_WAITING)
        if told is not None:
            findings.extend(_check_rows(snapshot, told, archive, root / POLICIES))
        if any(row["destroy_intended_at"] for row in snapshot.tables[RecordRow.TABLE] if row["life"] != _DESTROYED):
            unchecked.append(INTERRUPTED)
        findings.extend(check_objects(root / OBJECTS, snapshot.tables[RecordRow.TABLE]))
        named = (*snapshot.tables[WorkshopRow.TABLE], *snapshot.tables[FormerPolicyRow.TABLE])
        digests = [str(row["policy_digest"]) for row in named]
        findings.extend(check_policies(root / POLICIES, digests))
    if archive is not None:
        findings.extend(check_opened(archive))
    return Report(tuple(findings), tuple(unchecked))


def check_catalog(archive: Archive) -> None:
    """Raise unless the log is sound and the catalog holds exactly what the log says.

    What cannot be undone asks for it first: whoever holds the disk can edit the catalog, and not the log unseen.
    What ``verify_log`` raises, or DamagedError that names the first value that differs.
    """
    findings = catalog_faults(archive.log, archive.catalog.path, archive)
    if findings:
        place = findings[0].place
        message = N_("The catalog does not hold what the processing log says ({where}): nothing was done. Type: "
                     "huisclos archive verify")  # fmt: skip
        raise DamagedError(message, place=place, where=place)


def catalog_faults(log: Log, path: Path, archive: Archive | None = None) -> list[Finding]:
    """What is wrong with the catalog ``path`` against the log beside it; what ``verify_log`` raises."""
    findings: list[Finding] = []
    with log.unmoving():
        snapshot = _read_catalog(path, findings)
        pending = [] if snapshot is None else _pending_lines(snapshot)
        verify_log(log.directory, None, pending=lambda: pending)
        told = _read_log(log)
    if snapshot is not None:
        findings.extend(snapshot.faults)
        findings.extend(_check_rows(snapshot, told, archive, due_dates.folder_beside(path)))
    return findings


def check_public_key(home: Path, log: Log) -> Iterator[Finding]:
    """The home's id and the public key given out at init are noted in home.toml, too.

    A key that followed it counts as that one, by the entries that both signed.
    """
    record = home / "home.toml"
    try:
        key, known = log.key(), log.known_keys()
    except HuisclosError:
        return  # verify_log has said so
    if not record.is_file():
        return
    noted = record.read_text(encoding="utf-8", errors="replace").splitlines()
    if not any(f'log_public_key = "{one.text().strip()}"' in noted for one in known):
        message = N_("key.pub is not the public key that home.toml notes. Compare both with the key given out at "
                     "init.")  # fmt: skip
        yield Finding("changed", KEY, message)
    if key.name not in [log_name(line[len('id = "') : -1]) for line in noted if line.startswith('id = "')]:
        message = N_("home.toml notes the id of another home. Restore it from a backup.")
        yield Finding("changed", record.name, message)


def _check_size(root: Path, log: Log) -> Iterator[Finding]:
    """The log is not shorter than this home knows it to have been."""
    try:
        check_size(root, lambda: log.checkpoint().size)
    except LogRolledBackError as error:
        yield Finding("log", error.place or LOG, error.message, error.facts, error.exit)
    except HuisclosError:
        return  # verify_log has said so


# The catalog


def _read_catalog(path: Path, findings: list[Finding]) -> _Snapshot | None:
    catalog = Catalog(path)
    try:
        with catalog.reading() as connection:
            return _snapshot(connection)
    except HuisclosError as error:
        findings.append(Finding("damaged", FILE, error.message, error.facts))
        return None
    finally:
        catalog.close()


def _snapshot(connection: Connection) -> _Snapshot:
    def rows(table: str) -> list[dict[str, Value]]:
        result = connection.exec_driver_sql(f'SELECT * FROM "{table}"')  # noqa: S608 (our own table names)
        return [dict(row) for row in result.mappings()]

    def values(statement: str) -> list[tuple[object, ...]]:
        return [tuple(row) for row in connection.exec_driver_sql(statement)]

    faults = []
    for found in values("PRAGMA integrity_check"):
        if found != ("ok",):
            message = N_("The catalog's file is damaged. Restore it from a backup.")
            faults.append(Finding("damaged", FILE, message))
            break
    for table, *_ in values("PRAGMA foreign_key_check"):
        message = N_("A row of table {table} refers to one that is not there.")
        faults.append(Finding("changed", str(table), message, {"table": table}))
    return _Snapshot(
        tables={row_type.TABLE: rows(row_type.TABLE) for row_type in ROW_TYPES},
        pending=rows("pending"),
        due_dates=rows("due_dates"),
        position=values("SELECT one, next_seq, last_at FROM log_position"),
        revision=values("SELECT version_num FROM alembic_version"),
        schema=_schema(connection),
        faults=faults,
    )


def _schema(connection: Connection) -> dict[tuple[str, str], str | None]:
    found = connection.exec_driver_sql("SELECT type, name, sql FROM sqlite_master")
    return {(row[0], row[1]): row[2] for row in found}


def _check_schema(snapshot: _Snapshot) -> Iterator[Finding]:
    """Tables, indexes and triggers are those the migrations make, at the revision this version knows."""
    if snapshot.revision != [(SCHEMA,)]:
        message = N_("The catalog states another schema than {expected}. Restore the catalog from a backup.")
        yield Finding("changed", "alembic_version/version_num", message, {"expected": SCHEMA})
        return
    from storage.migration import upgrade

    engine = sa.create_engine("sqlite://")
    with engine.begin() as connection:
        upgrade(connection)
        expected = _schema(connection)
    engine.dispose()
    for place in sorted(expected.keys() | snapshot.schema.keys()):
        if expected.get(place) != snapshot.schema.get(place) or (place in expected) != (place in snapshot.schema):
            kind, name = place
            shown = name if place in expected else "?"
            message = N_("The {kind} {name} of the catalog is not as this version makes it. Restore the catalog from "
                         "a backup.")  # fmt: skip
            yield Finding("changed", f"{kind} {shown}", message, {"kind": kind, "name": shown})


def _pending_lines(snapshot: _Snapshot) -> list[bytes]:
    rows = sorted(snapshot.pending, key=lambda row: str(row["seq"]).zfill(20))
    return [str(row["line"]).encode() for row in rows]


@dataclass(frozen=True)
class _Told:
    """What the log says: how many entries it covers, the time of the last, every row, and every leaf."""

    size: int
    last_at: str
    tables: Tables
    leaves: bytes

    def holds(self, seq: int, line: bytes) -> bool:
        """Whether entry ``seq`` was this line, even if it expired."""
        return self.leaves[seq * HASH_SIZE : (seq + 1) * HASH_SIZE] == leaf_hash(line)


def _read_log(log: Log) -> _Told:
    """Read the whole log, each entry checked; what ``read_entries`` raises, DamagedError for an unknown table."""
    summary, last_at = log.summary(), ""

    def later() -> Iterator[LoggedEntry]:
        nonlocal last_at
        for entry in read_entries(log):
            last_at = entry.at
            if summary is None or entry.seq >= summary.size:
                yield entry

    try:
        tables = replay(later(), summary.tables if summary else None)
    except KeyError:
        message = N_("The processing log names a table that this version does not know.")
        raise DamagedError(message, place=LOG) from None
    return _Told(log.checkpoint().size, last_at, tables, log.leaves())


def _check_rows(snapshot: _Snapshot, told: _Told, archive: Archive | None, policies: Path) -> Iterator[Finding]:
    """Compare every value with what log and pending entries say it must be, and every due date with what follows."""
    waiting: list[LoggedEntry] = []
    for row in sorted(snapshot.pending, key=lambda row: str(row["seq"]).zfill(20)):
        entry = _pending_entry(row, told.size + len(waiting), told, archive)
        if isinstance(entry, Finding):
            yield entry
        elif entry.seq >= told.size:
            waiting.append(entry)
    last_at = waiting[-1].at if waiting else told.last_at
    names = ("one", "next_seq", "last_at")
    expected_position = (1, told.size + len(waiting), last_at)
    found = snapshot.position[0] if len(snapshot.position) == 1 else (None, None, None)
    for name, wanted, value in zip(names, expected_position, found, strict=True):
        if not _same(wanted, value):
            yield _changed("log_position", "1", name)
    try:
        tables = replay(waiting, told.tables)
    except KeyError:
        message = N_("The processing log names a table that this version does not know.")
        yield Finding("changed", LOG, message)
        return
    yield from compare(tables, snapshot.tables)
    yield from _check_due_dates(tables, snapshot.due_dates, policies)


def _check_due_dates(tables: Tables, found: Sequence[Mapping[str, Value]], policies: Path) -> Iterator[Finding]:
    """Compare the due dates with those that follow from the log and the policies in force."""
    try:
        expected = {one.record_id: vars(one) for one in due_dates.following(tables, policies)}
    except (RowError, TypeError):
        return  # what the log holds of it is no row: compared above
    kept = {str(row["record_id"]): row for row in found}
    for record in sorted(expected.keys() | kept.keys()):
        if expected.get(record) != (dict(kept[record]) if record in kept else None):
            key = shown_key("record_id", record)
            message = N_("The due date of record {key} is not the one that follows from the processing log and the "
                         "policy in force.")  # fmt: skip
            yield Finding("changed", f"due_dates/{key}", message, {"key": key})


def _pending_entry(row: Mapping[str, Value], due: int, told: _Told, archive: Archive | None) -> LoggedEntry | Finding:
    line = str(row["line"]).encode()
    try:
        entry = parse_line(line)
    except ValueError:
        return _changed("pending", str(due), "line")
    for name, wanted in (("seq", entry.seq), ("id", entry.id)):
        if not _same(wanted, row[name]):
            return _changed("pending", str(due), name)
    if entry.seq < told.size:
        return entry if told.holds(entry.seq, line) else _changed("pending", str(due), "line")
    if entry.seq != due:
        return _changed("pending", str(due), "seq")
    if (
        archive is not None
        and not archive.reads_only
        and not is_sealed(archive.keystore.log_key(), line, str(row["seal"]))
    ):
        return _changed("pending", str(due), "seal")
    return entry


def compare(expected: Tables, found: Mapping[str, Sequence[Mapping[str, Value]]]) -> Iterator[Finding]:
    """Every difference between what tables must hold and what they hold: table, row, column."""
    for row_type in ROW_TYPES:
        table, key_column = row_type.TABLE, row_type.KEY
        due = dict(expected[table])
        extra = []
        for row in found[table]:
            wanted = due.pop(str(row[key_column]), None)
            if wanted is None:
                extra.append(row)
                continue
            for column in row.keys() | wanted.keys():
                if not _same(wanted.get(column), row.get(column)):
                    yield _changed(table, str(row[key_column]), column)
        for row in extra:
            renamed = next((key for key, wanted in due.items() if _only_key_differs(key_column, wanted, row)), None)
            if renamed is not None:
                due.pop(renamed)
                yield _changed(table, renamed, key_column)
                continue
            key = shown_key(key_column, row[key_column])
            message = N_("Table {table} has a row {key} that no log entry wrote.")
            yield Finding("added", f"{table}/{key}", message, {"table": table, "key": key})
        for key in due:
            message = N_("Row {key} of table {table} is missing; the log says it must be there.")
            yield Finding("removed", f"{table}/{key}", message, {"table": table, "key": key})


def _only_key_differs(key: str, wanted: Mapping[str, Value], found: Mapping[str, Value]) -> bool:
    return all(_same(wanted.get(column), value) for column, value in found.items() if column != key)


def _same(wanted: object, found: object) -> bool:
    """Equal in value and type; the disk holds a truth value as 0 or 1."""
    if isinstance(wanted, bool):
        wanted = int(wanted)
    return type(wanted) is type(found) and wanted == found


def _changed(table: str, key: str, column: str) -> Finding:
    message = N_("Table {table}, row {key}: {column} is not what the log says was written.")
    return Finding("changed", f"{table}/{key}/{column}", message, {"table": table, "key": key, "column": column})
