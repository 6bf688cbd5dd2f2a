"""Asks a person's query of a process that has nothing to lose.

Rules kept here:
- the engine runs in a child process without keys, environment, or a file it may write, in bounded memory and
  time (storage/query/child.py); what it kills is itself;
- the child says first which columns of which tables the query reads; it is then given those columns and no
  others, part by part as it asks, so that what the log says was read is all that could be;
- of what it answers nothing is believed: sizes are bounded, values are plain.
"""

import contextlib
import json
import os
import selectors
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from storage.query.errors import QueryError, QueryFault, query_error
from vocabulary.errors import HuisclosError

if TYPE_CHECKING:
    from storage.tables import ArrowTable

LONGEST = 1 << 16
"""Bytes of a query at most."""

Cell = Any
"""A plain value: None, bool, int, float, str, or a list or dict of them."""

_LENGTH = struct.Struct(">I")
_HEADER = struct.Struct(">cI")
_START = "import sys; sys.path.insert(0, sys.argv[1]); from storage.query.child import main; main()"
_BLOCK = 1 << 20
_SMALL = 1 << 20


@dataclass(frozen=True)
class Limits:
    """What one query may take: memory of the engine in MiB, and seconds in all."""

    memory_mib: int = 512
    seconds: float = 60.0


@dataclass(frozen=True)
class Part:
    """A piece of a table that is opened only if a query needs it.

    ``same`` are the columns with one value in all its rows, by which parts are passed over. ``open`` is given the
    other columns that are needed, and returns them as an Arrow table or as one mapping a row.
    """

    open: Callable[[Sequence[str]], "ArrowTable | Sequence[Mapping[str, Cell]]"]
    same: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True)
class QueryTable:
    """A table that can be asked: column -> ``text``, ``integer``, ``real``, ``boolean``, ``time`` or ``texts``."""

    columns: Mapping[str, str]
    parts: Sequence[Part]


@dataclass(frozen=True)
class Answer:
    """Columns with the engine's name of their type, rows of plain values, and what was read for them.

    ``read``: table -> columns; ``opened``: table -> numbers of the parts that were opened.
    """

    columns: tuple[tuple[str, str], ...]
    rows: list[list[Cell]]
    read: Mapping[str, tuple[str, ...]]
    opened: Mapping[str, frozenset[int]]


class Reading:
    """What a query has read so far; it stands also when the query fails."""

    def __init__(self) -> None:
        self.read: dict[str, tuple[str, ...]] = {}
        self.opened: dict[str, set[int]] = {}


def ask(
    tables: Mapping[str, QueryTable],
    sql: str,
    limits: Limits,
    *,
    closed: Sequence[str] = (),
    reading: Reading | None = None,
) -> Answer:
    """Run one SELECT over ``tables``; ``closed`` names tables that are there but were not asked for as they must be.

    QueryError says why it failed, and where in the query. An error of a part that does not open is raised as it is.
    """
    if len(sql.encode(errors="replace")) > LONGEST:
        raise query_error(QueryFault.TOO_LONG)
    reading = reading or Reading()
    conversation = _Conversation(tables, reading, limits)
    order = {
        "sql": sql.encode(errors="replace").decode(),
        "closed": list(closed),
        "memory_mib": limits.memory_mib,
        "seconds": int(limits.seconds) + 1,
        "tables": {
            name: {"columns": dict(table.columns), "parts": [dict(part.same) for part in table.parts]}
            for name, table in tables.items()
        },
    }
    child = subprocess.Popen(
        [sys.executable, "-I", "-B", "-c", _START, str(Path(__file__).resolve().parents[2])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={"ARROW_DEFAULT_MEMORY_POOL": "system"},
        close_fds=True,
        start_new_session=True,
        bufsize=0,
    )
    assert child.stdin is not None and child.stdout is not None
    pipes = _Pipes(child.stdin.fileno(), child.stdout.fileno(), time.monotonic() + limits.seconds)
    try:
        return conversation.hold(pipes, json.dumps(order).encode())
    except (_StoppedError, BrokenPipeError):
        raise query_error(QueryFault.STOPPED) from None
    finally:
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            with contextlib.suppress(OSError):
                pipe.close()


class _StoppedError(Exception):
    """The child died, or said what it may not say."""


class _Conversation:
    """What goes to and fro while one query runs."""

    def __init__(self, tables: Mapping[str, QueryTable], reading: Reading, limits: Limits) -> None:
        self._tables, self._reading = tables, reading
        self._room = limits.memory_mib << 18  # a quarter of the engine's memory: our copies weigh more
        self._rows: list[list[Cell]] = []

    def hold(self, pipes: "_Pipes", order: bytes) -> Answer:
        pipes.write(_LENGTH.pack(len(order)) + order)
        while True:
            kind, length = _HEADER.unpack(pipes.read(_HEADER.size))
            if kind == b"R":
                self._take_rows(length, pipes)
                continue
            if length > _SMALL:
                raise _StoppedError
            said = _object(pipes.read(length))
            if kind == b"P":
                self._note(said)
            elif kind == b"O":
                pipes.write(self._part(said))
            elif kind == b"E":
                raise _told(said)
            elif kind == b"D":
                return self._answer(said)
            else:
                raise _StoppedError

    def _take_rows(self, length: int, pipes: "_Pipes") -> None:
        self._room -= length
        if self._room < 0:
            raise query_error(QueryFault.TOO_LARGE)
        rows = _object(pipes.read(length)).get("rows")
        if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
            raise _StoppedError
        self._rows += rows

    def _note(self, said: Mapping[str, Any]) -> None:
        """Believe of the plan only what names our tables and columns, once."""
        if self._reading.read or self._reading.opened:
            raise _StoppedError
        for name, columns in said.items():
            known = self._tables[name].columns if name in self._tables else {}
            if not isinstance(columns, list) or not set(columns) <= set(known):
                raise _StoppedError
            self._reading.read[name] = tuple(column for column in known if column in columns)

    def _part(self, said: Mapping[str, Any]) -> bytes:
        from storage.query.tables import encoded

        name, number = said.get("table"), said.get("part")
        if name not in self._reading.read or not isinstance(number, int):
            raise _StoppedError
        table = self._tables[name]
        if not 0 <= number < len(table.parts):
            raise _StoppedError
        part = table.parts[number]
        wanted = {column: table.columns[column] for column in self._reading.read[name] if column not in part.same}
        self._reading.opened.setdefault(name, set()).add(number)
        data = encoded(name, wanted, part.open(tuple(wanted)))
        return _LENGTH.pack(len(data)) + data

    def _answer(self, said: Mapping[str, Any]) -> Answer:
        columns = said.get("columns")
        if not isinstance(columns, list) or not all(
            isinstance(column, list) and [type(one) for one in column] == [str, str] for column in columns
        ):
            raise _StoppedError
        if any(len(row) != len(columns) for row in self._rows):
            raise _StoppedError
        opened = {name: frozenset(numbers) for name, numbers in self._reading.opened.items()}
        return Answer(tuple((name, kind) for name, kind in columns), self._rows, dict(self._reading.read), opened)


def _told(said: Mapping[str, Any]) -> HuisclosError:
    """The error the child tells of; it may name tables of ours and nothing else."""
    try:
        fault, at = QueryFault(str(said["code"])), said.get("position")
        position = None if at is None else (int(at[0]), int(at[1]))
        facts = {"tables": str(said["tables"])} if fault is QueryFault.UNKNOWN_TABLE else {}
        return query_error(fault, position, **facts)
    except (KeyError, ValueError, TypeError, IndexError):
        raise _StoppedError from None


def _object(data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        raise _StoppedError from None
    if not isinstance(found, dict):
        raise _StoppedError
    return found


class _Pipes:
    """Reads and writes on the child's pipes that never wait past the deadline."""

    def __init__(self, to_child: int, from_child: int, deadline: float) -> None:
        self._to, self._from, self._deadline = to_child, from_child, deadline
        os.set_blocking(to_child, False)
        os.set_blocking(from_child, False)

    def read(self, count: int) -> bytes:
        found = bytearray()
        while len(found) < count:
            self._wait(self._from, selectors.EVENT_READ)
            part = os.read(self._from, min(count - len(found), _BLOCK))
            if not part:
                raise _StoppedError
            found += part
        return bytes(found)

    def write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            self._wait(self._to, selectors.EVENT_WRITE)
            view = view[os.write(self._to, view[:_BLOCK]) :]

    def _wait(self, descriptor: int, event: int) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(descriptor, event)
            if not selector.select(max(0.0, self._deadline - time.monotonic())):
                raise query_error(QueryFault.TIMEOUT)


__all__ = ["Answer", "Cell", "Limits", "Part", "QueryError", "QueryTable", "Reading", "ask"]
