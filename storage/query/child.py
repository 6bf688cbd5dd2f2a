"""Runs one query in a process that has nothing to lose; the parent is storage/query/ask.py.

It has no key, an empty environment, bounded memory and time; no file of it can grow, and it opens none. It is
given one order, says which columns the query reads, asks for the parts it needs, and gives rows of plain values.

The pipes, as ``struct`` formats, network order:

* standard input: one order, ``>I`` length and JSON; then the answers to ``O``, ``>I`` length and one Arrow file;
* standard output: ``>cI`` kind and length, and JSON. ``P`` the columns the query reads, by table; ``O`` asks for a
  part of a table; ``R`` carries rows; ``D`` the columns of the answer, and is last; ``E`` a fault, and is last.
"""

import ctypes
import json
import math
import os
import re
import resource
import signal
import struct
import sys
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

Order = dict[str, Any]

_READ = struct.Struct(">I")
_WRITE = struct.Struct(">cI")
_FROM, _TO = 10, 11
_BLOCK = 1 << 20
_ROWS = 1024
_KEPT = 8
_SLACK_MIB = 192
"""What reading parts takes beyond the engine's own memory."""
_EXPLAIN = "explain (format json) "
_SCANS = frozenset({"PYTHON_ARROW_SCAN", "ARROW_SCAN"})
_SOURCES = _SCANS | {"RANGE", "GENERATE_SERIES", "UNNEST", "REPEAT_ROW", ""}
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38


def main() -> None:
    """Take the order, answer it, and end."""
    _keep_the_pipes()
    _give_up_files()
    order = json.loads(_take())
    from storage.query.errors import QueryError, QueryFault, query_error

    try:
        _answer(order)
    except QueryError as error:
        failed = error
    except MemoryError:
        failed = query_error(QueryFault.OUT_OF_MEMORY)
    except Exception as error:
        from storage.query.engine import failure

        failed = failure(error, order["sql"])
    else:
        os._exit(0)
    facts = {"tables": failed.facts.get("tables") or ", ".join(sorted(order["tables"]))}
    _give(b"E", {"code": failed.fault.value, "position": failed.position, **facts})
    os._exit(0)


def _keep_the_pipes() -> None:
    """Move the pipes to numbers of their own, so that nothing a library prints gets between the messages."""
    null = os.open(os.devnull, os.O_RDWR)
    for number, kept in ((0, _FROM), (1, _TO)):
        os.dup2(number, kept, inheritable=False)
        os.dup2(null, number)
    os.close(null)


def _give_up_files() -> None:
    """No file grows, no core is dumped; on Linux: ends with its parent, cannot be traced, gains no rights."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        for option, value in ((_PR_SET_PDEATHSIG, signal.SIGKILL), (_PR_SET_DUMPABLE, 0), (_PR_SET_NO_NEW_PRIVS, 1)):
            libc.prctl(option, value, 0, 0, 0)


def _bound(memory_mib: int, seconds: int) -> None:
    """Bound what it takes from here on: all code is loaded. Elsewhere than on Linux the engine's own limit stands."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds * 4, seconds * 4))
    if sys.platform == "linux":
        with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123 (nothing more is imported here)
            taken = int(next(line for line in status if line.startswith("VmData")).split()[1]) << 10
        most = taken + (memory_mib + _SLACK_MIB << 20)
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def _answer(order: Order) -> None:
    import pyarrow.dataset  # noqa: F401 (loaded before memory is bounded)

    from storage.query.engine import check_is_one_select, connect, failure
    from storage.query.errors import QueryError
    from storage.query.statement import check_statement

    sql = order["sql"]
    source = _Source(order["tables"])
    connection = connect({f"{name}__": table for name, table in source.datasets()}, order["memory_mib"])
    _bound(order["memory_mib"], order["seconds"])
    for name, spec in order["tables"].items():
        columns = ", ".join(f'{name}__{column} as "{column}"' for column in spec["columns"])
        connection.execute(f"create view {name} as select {columns} from {name}__")  # noqa: S608 (our own names)
    check_is_one_select(connection, sql)
    named = check_statement(connection, sql, order["tables"], order["closed"])
    try:
        plan = connection.execute(_EXPLAIN + sql).fetchall()
    except Exception as error:
        found: QueryError | None = failure(error, sql, len(_EXPLAIN))
    else:
        found = None
    if found is not None:
        raise found
    _give(b"P", _read(plan, named, order["tables"]))
    connection.execute(sql)
    description = [[str(column[0]), str(column[1])] for column in connection.description or ()]
    while rows := connection.fetchmany(_ROWS):
        _give(b"R", {"rows": [[plain(cell) for cell in row] for row in rows]})
    _give(b"D", {"columns": description})


def _read(plan: list[tuple[Any, ...]], named: frozenset[str], tables: Mapping[str, Any]) -> dict[str, list[str]]:
    """The columns that the scans of a plan read, and pass on or filter by; every table the query names."""
    from storage.query.errors import QueryFault, query_error

    known = {f"{name}__{column}": (name, column) for name, spec in tables.items() for column in spec["columns"]}
    read: dict[str, list[str]] = {name: [] for name in sorted(named)}
    for node in (one for row in plan for one in _plan_nodes(json.loads(row[1]))):
        facts = node.get("extra_info") or {}
        function = str(facts.get("Function", "") if isinstance(facts, dict) else "").upper()
        if function not in _SOURCES:
            raise query_error(QueryFault.FUNCTION)
        if function in _SCANS:
            for word in re.findall(r"[a-z_]+__[a-z_]+", json.dumps(facts)):
                if word in known:
                    name, column = known[word]
                    read.setdefault(name, []).append(column)
    return {name: sorted(set(columns)) for name, columns in read.items()}


def _plan_nodes(value: object) -> Iterator[dict[str, Any]]:
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            yield found
            waiting.extend(found.get("children") or ())
        elif isinstance(found, list):
            waiting.extend(found)


class _Source:
    """The tables as Arrow datasets whose parts come over the pipe when they are read."""

    def __init__(self, tables: Mapping[str, Any]) -> None:
        self._tables = tables
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Any] = OrderedDict()

    def datasets(self) -> Iterator[tuple[str, Any]]:
        import pyarrow.dataset as ds
        from pyarrow.fs import PyFileSystem

        from storage.query.files import PartFiles
        from storage.query.tables import MARK, schema

        files, form = PyFileSystem(PartFiles(self.part)), ds.IpcFileFormat()
        for name, spec in self._tables.items():
            shape = schema(name, spec["columns"])
            fragments = []
            for number, same in enumerate(spec["parts"]):
                condition = ds.scalar(True)
                for column, value in same.items():
                    condition = condition & (ds.field(f"{name}{MARK}{column}") == value)
                fragments.append(form.make_fragment(f"{name}/{number}", files, partition_expression=condition))
            yield name, ds.FileSystemDataset(fragments, shape, form, files)

    def part(self, path: str) -> Any:
        """One part as a buffer; the last few are kept, as each is opened more than once."""
        import pyarrow as pa

        name, _, number = path.partition("/")
        with self._lock:
            if path not in self._kept:
                _give(b"O", {"table": name, "part": int(number)})
                self._kept[path] = pa.py_buffer(_take())
                if len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(path)
            return self._kept[path]


def plain(value: Any) -> Any:
    """A value of the engine as JSON has it; times are UTC, bytes are hexadecimal."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, (float, Decimal)):
        number = float(value)
        return number if math.isfinite(number) else str(number)
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat() + "Z"
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, (bytes, bytearray)):
        return value.hex()
    if isinstance(value, dict):
        return {str(plain(key)): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    return str(value)


def _take() -> bytes:
    """One message of the parent; the parent gone is the end of this process."""
    return _exactly(_READ.unpack(_exactly(_READ.size))[0])


def _exactly(count: int) -> bytes:
    found = bytearray()
    while len(found) < count:
        part = os.read(_FROM, min(count - len(found), _BLOCK))
        if not part:
            os._exit(1)
        found += part
    return bytes(found)


def _give(kind: bytes, value: Mapping[str, Any]) -> None:
    data = json.dumps(value, ensure_ascii=False).encode(errors="replace")
    view = memoryview(_WRITE.pack(kind, len(data)) + data)
    while view:
        view = view[os.write(_TO, view) :]
