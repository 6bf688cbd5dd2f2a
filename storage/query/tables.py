"""The parts of tables as the engine's process takes them: Arrow files made in memory, with the columns asked for.

Rules kept here:
- a column stands under ``table__column``, so that a plan of the engine tells whose it is;
- a part has the columns that were asked for and no other; what is missing the engine reads as null.

Only storage imports PyArrow.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa

from storage.tables import ArrowTable

MARK = "__"

_TYPES = {
    "text": pa.string(),
    "integer": pa.int64(),
    "real": pa.float64(),
    "boolean": pa.bool_(),
    "time": pa.timestamp("s"),
    "texts": pa.list_(pa.string()),
}


def schema(name: str, columns: Mapping[str, str]) -> Any:
    """The Arrow schema of a table, under the names the engine knows its columns by."""
    return pa.schema([(f"{name}{MARK}{column}", _TYPES[kind]) for column, kind in columns.items()])


def encoded(name: str, columns: Mapping[str, str], rows: "ArrowTable | Sequence[Mapping[str, Any]]") -> bytes:
    """A part as one Arrow file, the ``columns`` of it only."""
    if isinstance(rows, pa.Table):
        arrays = [rows.column(column).cast(_TYPES[kind]) for column, kind in columns.items()]
        count = rows.num_rows
    else:
        arrays = [
            pa.array([_value(row[column], kind) for row in rows], _TYPES[kind]) for column, kind in columns.items()
        ]
        count = len(rows)
    names = [f"{name}{MARK}{column}" for column in columns]
    if not arrays:  # rows can be counted without any column
        arrays, names = [pa.nulls(count)], [MARK]
    table = pa.Table.from_arrays(arrays, names=names)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def _value(value: Any, kind: str) -> Any:
    if kind == "time" and isinstance(value, str):
        return datetime.fromisoformat(value).replace(tzinfo=None)
    return value
