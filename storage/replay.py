"""The catalog as the processing log tells it.

Every decision holds the rows it wrote, so the log gives the content every table must have: from its beginning, or
from what the summary of the expired entries says. A column that an old entry does not know is empty.
"""

from collections.abc import Iterable, Iterator, Mapping

from storage.log.entry import LoggedEntry, Value
from storage.log.log import Log
from storage.log.summary import Tables
from storage.rows.kinds import ROW_TYPES
from storage.rows.walk import RecordRow
from vocabulary.choices import RecordLife

__all__ = ["Tables", "needed_objects", "replay", "replay_log", "rows_told"]


def replay(entries: Iterable[LoggedEntry], tables: Tables | None = None) -> Tables:
    """Apply the rows of ``entries``, oldest first, to a copy of ``tables``; KeyError for an unknown table."""
    result: Tables = {row_type.TABLE: {} for row_type in ROW_TYPES}
    for table, rows in (tables or {}).items():
        result[table].update({key: dict(values) for key, values in rows.items()})
    for entry in entries:
        for row in entry.rows:
            if row.values is None:
                result[row.table].pop(row.key, None)
            else:
                result[row.table][row.key] = dict(row.values)
    return result


def replay_log(log: Log) -> Tables:
    """What the log says every table must hold: the summary of what expired, and the entries after it."""
    summary = log.summary()
    size, tables = (0, None) if summary is None else (summary.size, summary.tables)
    return replay((entry for entry in log.entries() if entry.seq >= size), tables)


def rows_told(log: Log, table: str) -> Iterator[Mapping[str, Value]]:
    """Every row of ``table`` that the log still tells of, as it stood each time it was written."""
    summary = log.summary()
    if summary is not None:
        yield from summary.tables.get(table, {}).values()
    for entry in log.entries():
        yield from (row.values for row in entry.rows if row.table == table and row.values is not None)


def needed_objects(tables: Mapping[str, Mapping[str, Mapping[str, Value]]]) -> set[str]:
    """Digests of the objects whose records are not destroyed."""
    records = tables[RecordRow.TABLE].values()
    return {str(values["digest"]) for values in records if values["life"] != RecordLife.DESTROYED.value}
