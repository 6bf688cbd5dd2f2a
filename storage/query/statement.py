"""What a person's query may say: checked on the engine's own syntax tree, before anything is bound or run.

Rules kept here:
- a closed list of everything: kinds of nodes, tables, functions; what is not on it is refused, so that a new
  version of the engine opens no new door;
- a table is named by one plain word; what the query itself names (WITH) may not have the name of anything else;
- refusals carry a position and no word of the query.
"""

import json
from collections.abc import Collection, Iterator
from typing import Any

import duckdb

from storage.query.errors import QueryFault, place_of, query_error
from storage.query.functions import FUNCTIONS, TABLE_FUNCTIONS

Node = dict[str, Any]

_NODES = frozenset({
    "SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE",
    "BASE_TABLE", "SUBQUERY", "JOIN", "TABLE_FUNCTION", "EXPRESSION_LIST", "EMPTY",
    "ORDER_MODIFIER", "LIMIT_MODIFIER", "LIMIT_PERCENT_MODIFIER", "DISTINCT_MODIFIER",
    "ORDER_DEFAULT", "ORDER_ASCENDING", "ORDER_DESCENDING", "ASCENDING", "DESCENDING", "INVALID",
})  # fmt: skip
_EXPRESSIONS = frozenset({
    "BETWEEN", "CASE", "CAST", "COLLATE", "COLUMN_REF", "COMPARISON", "CONJUNCTION", "CONSTANT", "FUNCTION", "LAMBDA",
    "LAMBDA_REF", "OPERATOR", "POSITIONAL_REFERENCE", "STAR", "SUBQUERY", "TYPE", "WINDOW",
})  # fmt: skip
_LEAVES = ("cast_type", "type_info", "literal")
"""What holds values and types only: the engine checks those itself."""
_NOWHERE = 1 << 63


def check_statement(
    connection: duckdb.DuckDBPyConnection, sql: str, tables: Collection[str], closed: Collection[str]
) -> frozenset[str]:
    """The tables that the one SELECT in ``sql`` names; QueryError for whatever it may not say.

    ``closed`` are tables that are there and were not asked for in the way they must be.
    """
    row = connection.execute("select json_serialize_sql(?)", [sql]).fetchone()
    found: Node = json.loads(row[0]) if row else {"error": True}
    if found["error"]:
        if "position" not in found:
            raise query_error(QueryFault.NOT_A_SELECT)
        raise query_error(QueryFault.SYNTAX, place_of(sql, int(found["position"])))
    if len(found["statements"]) != 1:
        raise query_error(QueryFault.NOT_A_SELECT)
    return _Check(sql, frozenset(tables), frozenset(closed), _taken(connection)).tables_of(found["statements"][0])


def _taken(connection: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """Every name of the engine's own catalog: a query that could hide behind one is refused."""
    sql = ("select view_name from duckdb_views() union select table_name from duckdb_tables() "
           "union select function_name from duckdb_functions() where function_type like 'table%'")  # fmt: skip
    return frozenset(str(name).lower() for (name,) in connection.execute(sql).fetchall())


class _Check:
    def __init__(self, sql: str, tables: frozenset[str], closed: frozenset[str], taken: frozenset[str]) -> None:
        self._sql, self._tables, self._closed, self._taken = sql, tables, closed, taken
        self._named: set[str] = set()

    def tables_of(self, statement: Node) -> frozenset[str]:
        nodes = list(_nodes(statement))
        for node in nodes:
            self._name_parts(node)
        read: set[str] = set()
        for node in nodes:
            self._check_kind(node)
            if "function_name" in node and node.get("type") != "TABLE_FUNCTION":
                self._check_function(node)
            if node.get("type") == "BASE_TABLE":
                read |= self._table(node)
        return frozenset(read)

    def _name_parts(self, node: Node) -> None:
        """Note what WITH names."""
        for part in (node.get("cte_map") or {}).get("map", ()):
            name = str(part["key"]).lower()
            if name in self._taken | self._tables | self._closed:
                raise self._refused(QueryFault.MEANING, node)
            self._named.add(name)
        if node.get("type") in ("RECURSIVE_CTE_NODE", "CTE_NODE"):
            self._named.add(str(node.get("cte_name") or node.get("ctename") or "").lower())

    def _check_kind(self, node: Node) -> None:
        if "class" in node:
            if node["class"] not in _EXPRESSIONS:
                raise self._refused(QueryFault.MEANING, node)
        elif isinstance(node.get("type"), str) and "id" not in node and node["type"] not in _NODES:
            raise self._refused(QueryFault.NOT_A_SELECT, node)
        if node.get("type") == "TABLE_FUNCTION":
            function = node["function"]
            if str(function.get("function_name")).lower() not in TABLE_FUNCTIONS or not _plain(function):
                raise self._refused(QueryFault.FUNCTION, node)

    def _check_function(self, node: Node) -> None:
        name = str(node["function_name"]).lower()
        if name not in FUNCTIONS | TABLE_FUNCTIONS or not _plain(node):
            raise self._refused(QueryFault.FUNCTION, node)

    def _table(self, node: Node) -> set[str]:
        name = str(node["table_name"]).lower()
        if _plain(node) and node.get("at_clause") is None:
            if name in self._named:
                return set()
            if name in self._tables:
                return {name}
            if name in self._closed:
                raise self._refused(QueryFault.NEEDS_SENSITIVE, node)
        raise self._refused(QueryFault.UNKNOWN_TABLE, node, tables=", ".join(sorted(self._tables)))

    def _refused(self, fault: QueryFault, node: Node, **facts: object) -> Exception:
        at = node.get("query_location", _NOWHERE)
        position = place_of(self._sql, at) if isinstance(at, int) and at < _NOWHERE else None
        if position is None and fault in (QueryFault.NEEDS_SENSITIVE, QueryFault.UNKNOWN_TABLE):
            position = (1, 1)
        return query_error(fault, position, **facts)


def _plain(node: Node) -> bool:
    """Whether a name stands alone: no schema, no catalog."""
    path = (node.get("qualified_name") or {}).get("path", [None])
    return len(path) == 1 and not any(node.get(key) for key in ("schema", "schema_name", "catalog", "catalog_name"))


def _nodes(value: object) -> Iterator[Node]:
    """Every object of a syntax tree, in no particular order; without recursion, as a query can be deep."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            yield found
            waiting.extend(inner for name, inner in found.items() if name not in _LEAVES)
        elif isinstance(found, list):
            waiting.extend(found)
