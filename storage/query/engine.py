"""Queries over opened tables, in DuckDB with every way out closed.

Rules kept here:
- the engine lives in memory for one query: no file, no spilling, no extension, no network, no setting that
  can be changed, no variable of the program within its reach;
- one statement, and it only reads; a person's query is also checked word by word (storage/query/statement.py);
- an error of the engine can quote a cell or the query: only its code and its position go further.

Only storage imports DuckDB.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

import duckdb

from storage.query.errors import QueryError, QueryFault, place_of, query_error
from storage.tables import ArrowTable

MEMORY_MIB = 1024

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_SETTINGS = {
    "threads": "2",
    "temp_directory": "",
    "max_temp_directory_size": "0B",
    "python_enable_replacements": "false",
    "python_scan_all_frames": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "errors_as_json": "true",
}
# In this order: each closes the door through which the one before it came.
_LOCK = (
    "set timezone = 'UTC'",
    "set enable_progress_bar = false",
    "set enable_external_access = false",
    "set disabled_filesystems = 'LocalFileSystem'",
    "set lock_configuration = true",
)

_KINDS = {
    "Parser": QueryFault.SYNTAX,
    "Conversion": QueryFault.CONVERSION,
    "Mismatch Type": QueryFault.CONVERSION,
    "Out of Range": QueryFault.OUT_OF_RANGE,
    "Decimal": QueryFault.OUT_OF_RANGE,
    "Invalid Input": QueryFault.VALUE,
    "Binder": QueryFault.MEANING,
    "Catalog": QueryFault.UNKNOWN_TABLE,
    "Not implemented": QueryFault.UNSUPPORTED,
    "Out of Memory": QueryFault.OUT_OF_MEMORY,
    "Permission": QueryFault.FUNCTION,
    "INTERRUPT": QueryFault.TIMEOUT,
}
_BINDER = (
    ("not found in FROM clause", QueryFault.UNKNOWN_COLUMN),
    ("does not have a column named", QueryFault.UNKNOWN_COLUMN),
    ("Ambiguous reference", QueryFault.AMBIGUOUS_COLUMN),
    ("GROUP BY", QueryFault.GROUPING),
    ("No function matches", QueryFault.TYPES),
    ("Cannot compare", QueryFault.TYPES),
    ("Could not choose a best candidate", QueryFault.TYPES),
)


def query(tables: Mapping[str, ArrowTable], sql: str) -> list[tuple[Any, ...]]:
    """Run one SELECT of the program itself over ``tables`` (Arrow tables or datasets) by name; return its rows.

    What people write goes through storage/query/ask.py. QueryError if it fails, ValueError for a name that is no plain
    lower-case word.
    """
    for name in tables:
        if _NAME.fullmatch(name) is None:
            raise ValueError("tables are named by plain lower-case words")
    try:
        with connect(tables) as connection:
            return _rows(connection, sql)
    except (QueryError, MemoryError):
        raise
    except Exception as error:  # the engine's own, and those of what it reads
        failed = failure(error, sql)
    raise failed


def connect(tables: Mapping[str, ArrowTable], memory_mib: int = MEMORY_MIB) -> duckdb.DuckDBPyConnection:
    """A locked engine that knows ``tables`` and nothing else. The caller closes it."""
    connection = duckdb.connect(":memory:", config={**_SETTINGS, "memory_limit": f"{memory_mib}MiB"})
    for name, table in tables.items():
        connection.register(name, table)
    for setting in _LOCK:
        connection.execute(setting)
    return connection


def check_is_one_select(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    """QueryError for anything but one SELECT statement."""
    if [statement.type for statement in connection.extract_statements(sql)] != [duckdb.StatementType.SELECT]:
        raise query_error(QueryFault.NOT_A_SELECT)


def failure(error: Exception, sql: str, before: int = 0) -> QueryError:
    """The error that stands for the engine's: a code, and the position after ``before`` bytes of a prefix."""
    text = str(error)
    try:
        found = json.loads(text[text.index("{") :])
        kind, said = str(found["exception_type"]), str(found.get("exception_message", ""))
    except (ValueError, KeyError, TypeError):
        found, kind, said = {}, "", ""
    if isinstance(error, MemoryError):
        return query_error(QueryFault.OUT_OF_MEMORY)
    fault = _KINDS.get(kind, QueryFault.ENGINE)
    if fault is QueryFault.MEANING:
        fault = next((one for sign, one in _BINDER if sign in said), fault)
    if fault is QueryFault.UNKNOWN_TABLE and "Table" not in str(found.get("type")):
        fault = QueryFault.FUNCTION if "Function" in str(found.get("type")) else QueryFault.MEANING
    try:
        position: tuple[int, int] | None = place_of(sql, int(found["position"]) - before)
    except (ValueError, KeyError, TypeError):
        position = None
    if fault is QueryFault.UNKNOWN_TABLE:
        return query_error(fault, position or (1, 1), tables="")
    return query_error(fault, position)


def _rows(connection: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    check_is_one_select(connection, sql)
    rows: list[tuple[Any, ...]] = connection.execute(sql).fetchall()
    return rows
