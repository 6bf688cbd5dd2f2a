"""Queries over opened tables, in DuckDB with every way out closed.

Rules kept here:
- the engine lives in memory for one query: no file, no spilling, no extension, no network, no setting that
  can be changed, no variable of the program within its reach;
- one statement, and it only reads;
- an error of the engine can quote a cell or the query: only its code and its position go further.

Only storage imports DuckDB.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

import duckdb

from storage.tables import ArrowTable
from vocabulary.errors import HuisclosError
from vocabulary.messages import N_

MEMORY_LIMIT = "1GB"

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_SETTINGS = {
    "memory_limit": MEMORY_LIMIT,
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
    "set enable_external_access = false",
    "set disabled_filesystems = 'LocalFileSystem'",
    "set lock_configuration = true",
)


class QueryError(HuisclosError):
    """A query failed. ``code`` is the engine's name for it, ``position`` the character it stopped at, or -1."""


def query(tables: Mapping[str, ArrowTable], sql: str) -> list[tuple[Any, ...]]:
    """Run one SELECT over ``tables`` by name (Arrow tables or datasets) and return its rows.

    QueryError if it fails, ValueError for a name that is no plain lower-case word.
    """
    for name in tables:
        if _NAME.fullmatch(name) is None:
            raise ValueError("tables are named by plain lower-case words")
    try:
        return _rows(tables, sql)
    except (QueryError, MemoryError):
        raise
    except Exception as error:  # the engine's own, and those of what it reads
        failed = _failure(type(error).__name__, str(error))
    raise failed


def connect(tables: Mapping[str, ArrowTable]) -> duckdb.DuckDBPyConnection:
    """A locked engine that knows ``tables`` and nothing else. The caller closes it."""
    connection = duckdb.connect(":memory:", config=dict(_SETTINGS))
    for name, table in tables.items():
        connection.register(name, table)
    for setting in _LOCK:
        connection.execute(setting)
    return connection


def _rows(tables: Mapping[str, ArrowTable], sql: str) -> list[tuple[Any, ...]]:
    with connect(tables) as connection:
        statements = connection.extract_statements(sql)
        if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
            raise QueryError(N_("A query over sealed tables is one SELECT statement, and nothing else."))
        rows: list[tuple[Any, ...]] = connection.execute(statements[0]).fetchall()
        return rows


def _failure(code: str, text: str) -> QueryError:
    position = -1
    try:
        position = int(json.loads(text[text.index("{") :])["position"])
    except (ValueError, KeyError, TypeError):
        position = -1
    message = N_("The query over sealed tables failed: {code} at character {position}.")
    return QueryError(message, code=code, position=position)
