"""The catalog as the processing log tells it.

Every entry holds the rows it wrote, so the log from its beginning gives the content every table must have.
A column that an old entry does not know is empty.
"""

from collections.abc import Iterable, Mapping

from storage.log.entry import LoggedEntry, Value
from storage.rows import ROW_TYPES, RecordRow
from vocabulary.choices import RecordLife

Tables = dict[str, dict[str, dict[str, Value]]]
"""Table -> key -> column -> value."""


def replay(entries: Iterable[LoggedEntry]) -> Tables:
    """Apply the rows of ``entries``, oldest first; KeyError for a table the catalog does not have."""
    tables: Tables = {row_type.TABLE: {} for row_type in ROW_TYPES}
    for entry in entries:
        for row in entry.rows:
            if row.values is None:
                tables[row.table].pop(row.key, None)
            else:
                tables[row.table][row.key] = dict(row.values)
    return tables


def needed_objects(tables: Mapping[str, Mapping[str, Mapping[str, Value]]]) -> set[str]:
    """Digests of the objects whose records are not destroyed."""
    records = tables[RecordRow.TABLE].values()
    return {str(values["digest"]) for values in records if values["life"] != RecordLife.DESTROYED.value}
