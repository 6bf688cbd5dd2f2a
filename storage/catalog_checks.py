"""The catalog compared with the log replayed, and with what follows from it.

Rules kept here:
- it is compared column by column, in the form the disk holds: a value of another type, a row too many are found;
- catalog and log are read under the log's lock, so that a commit in between is not taken for a fault.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from storage import due_dates
from storage.archive import LOG, Archive
from storage.catalog.snapshot import Snapshot, pending_lines, read_catalog
from storage.commit import is_sealed
from storage.finding import Finding
from storage.log.audit import read_entries, verify_log
from storage.log.entry import LoggedEntry, Value, parse_line
from storage.log.log import Log
from storage.log.tree import HASH_SIZE, leaf_hash
from storage.replay import Tables, replay
from storage.rows.kinds import ROW_TYPES
from storage.rows.row import RowError, shown_key
from vocabulary.errors import DamagedError
from vocabulary.messages import N_


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
        snapshot = read_catalog(path, findings)
        pending = [] if snapshot is None else pending_lines(snapshot)
        verify_log(log.directory, None, pending=lambda: pending)
        told = read_log(log)
    if snapshot is not None:
        findings.extend(snapshot.faults)
        findings.extend(check_rows(snapshot, told, archive, due_dates.folder_beside(path)))
    return findings


@dataclass(frozen=True)
class Told:
    """What the log says: how many entries it covers, the time of the last, every row, and every leaf."""

    size: int
    last_at: str
    tables: Tables
    leaves: bytes

    def holds(self, seq: int, line: bytes) -> bool:
        """Whether entry ``seq`` was this line, even if it expired."""
        return self.leaves[seq * HASH_SIZE : (seq + 1) * HASH_SIZE] == leaf_hash(line)


def read_log(log: Log) -> Told:
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
    return Told(log.checkpoint().size, last_at, tables, log.leaves())


def check_rows(snapshot: Snapshot, told: Told, archive: Archive | None, policies: Path) -> Iterator[Finding]:
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


def _pending_entry(row: Mapping[str, Value], due: int, told: Told, archive: Archive | None) -> LoggedEntry | Finding:
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
