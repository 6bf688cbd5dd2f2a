"""Writing a catalog anew from the processing log.

Every decision holds the rows it wrote, so that the log alone gives the content of every table. What was only pending
when the log was copied is not in it.

Rules kept here:
- the log must verify first: the caller sees to it;
- a row that does not keep its form is damage, named by table, row and column; nothing is left then;
- a catalog that is replaced is kept beside the new one, as ``catalog.sqlite.damaged``.
"""

from pathlib import Path

from storage import due_dates
from storage.archive import LOG
from storage.catalog.catalog import Catalog
from storage.catalog.database import FILE
from storage.catalog.reading import damaged_row
from storage.catalog_checks import catalog_faults
from storage.durable import sync_folder
from storage.log.log import Log
from storage.newest import check_size
from storage.replay import Tables, replay_log
from storage.rows.kinds import ROW_TYPES, Row
from storage.rows.row import RowError, columns, values_of
from storage.schema import TABLES, log_position
from vocabulary.errors import DamagedError
from vocabulary.messages import N_

_JOURNALS = ("", "-wal", "-shm")


def rebuild(path: Path, log: Log) -> Catalog:
    """Make the catalog ``path`` as the log tells it, of this version's schema; FileExistsError if it is there."""
    tables = _tables(log)
    catalog = Catalog.create(path)
    try:
        with catalog.writing() as connection:
            for row_type in ROW_TYPES:
                rows = [values_of(_row(row_type, values)) for values in tables[row_type.TABLE].values()]
                if rows:
                    connection.execute(TABLES[row_type].insert(), rows)
            due_dates.rebuild(connection, due_dates.folder_beside(path))
            head = log.head()
            connection.execute(log_position.update().values(next_seq=head.size, last_at=head.at or ""))
    except BaseException:
        catalog.close()
        for journal in _JOURNALS:
            path.with_name(path.name + journal).unlink(missing_ok=True)
        raise
    return catalog


def mend(archive_dir: Path) -> bool:
    """Write a catalog that is missing, damaged or not what the log says anew; False if nothing is wrong with it.

    Nobody else may have the home open. LogRolledBackError for a log that was longer once; what ``verify_log`` raises.
    """
    log, path = Log(archive_dir / LOG), archive_dir / FILE
    check_size(archive_dir, lambda: log.checkpoint().size)
    if not catalog_faults(log, path):
        return False
    for journal in _JOURNALS:
        source = path.with_name(path.name + journal)
        if source.exists():
            source.replace(path.with_name(f"{path.name}.damaged{journal}"))
    rebuild(path, log).close()
    sync_folder(archive_dir)
    return True


def _tables(log: Log) -> Tables:
    try:
        return replay_log(log)
    except KeyError:
        message = N_("The processing log names a table that this version does not know.")
        raise DamagedError(message, place=FILE) from None


def _row(row_type: type[Row], values: dict[str, str | int | bool | None]) -> Row:
    """A column that an old entry does not know is empty."""
    try:
        return row_type(**{name: values.get(name) for name in columns(row_type)})  # type: ignore[arg-type]
    except RowError as error:
        raise damaged_row(error.table, error.key, error.column) from None
