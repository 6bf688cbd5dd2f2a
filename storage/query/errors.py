"""What can be wrong with a query, as codes of our own.

Rules kept here:
- the engine's own message can quote a cell or the query: it never comes here, only a code and a position;
- the codes are stable: docs/reference/sql.md lists them, and scripts may read them.
"""

from vocabulary.choices import Exit, Worded
from vocabulary.errors import HuisclosError
from vocabulary.messages import N_


class QueryFault(Worded):
    """Why a query failed."""

    SYNTAX = "syntax", N_("this cannot be read as SQL")
    NOT_A_SELECT = "not-a-select", N_("a query is one SELECT statement, and nothing else")
    TOO_LONG = "too-long", N_("a query has at most 64 KiB")
    FUNCTION = "function", N_("there is no such function, or a query may not use it")
    UNKNOWN_TABLE = "unknown-table", N_("there is no such table")
    NEEDS_SENSITIVE = "needs-sensitive", N_("this table holds identified text")
    UNKNOWN_COLUMN = "unknown-column", N_("there is no such column")
    AMBIGUOUS_COLUMN = "ambiguous-column", N_("more than one table has a column of this name")
    GROUPING = "grouping", N_("a column that is shown is neither grouped nor aggregated")
    TYPES = "types", N_("this function or operator does not take values of these types")
    MEANING = "meaning", N_("this is SQL, but it makes no sense here")
    CONVERSION = "conversion", N_("a value does not convert to the type that is asked for")
    OUT_OF_RANGE = "out-of-range", N_("a number or a date is out of its range")
    VALUE = "value", N_("a function was given a value it does not take")
    UNSUPPORTED = "unsupported", N_("the engine cannot do this")
    OUT_OF_MEMORY = "out-of-memory", N_("it needs more memory than the setting query.memory_mib allows")
    TOO_LARGE = "too-large", N_("its answer is too large for the setting query.memory_mib")
    TIMEOUT = "timeout", N_("it takes longer than the setting query.seconds allows")
    STOPPED = "stopped", N_("the engine stopped, most often for want of memory")
    ENGINE = "engine", N_("the engine failed")


LIMITS = frozenset({QueryFault.OUT_OF_MEMORY, QueryFault.TOO_LARGE, QueryFault.TIMEOUT, QueryFault.STOPPED})


class QueryError(HuisclosError):
    """A query failed. ``fault`` says why, ``line`` and ``column`` (from 1, in characters) where, if that is known."""

    exit = Exit.USAGE

    def __init__(self, fault: QueryFault, position: tuple[int, int] | None = None, **facts: object) -> None:
        place = None if position is None else "{}:{}".format(*position)
        where = {} if position is None else {"line": position[0], "column": position[1]}
        facts = {"code": fault.value, "fault": fault, **where, **facts}
        super().__init__(_message(fault, position is not None), place=place, **facts)
        self.fault = fault
        self.position = position


class QueryLimitError(QueryError):
    """A query was too large or took too long: ask for less, or raise the setting."""

    exit = Exit.RESOURCE


def query_error(fault: QueryFault, position: tuple[int, int] | None = None, **facts: object) -> QueryError:
    """The error of a fault."""
    return (QueryLimitError if fault in LIMITS else QueryError)(fault, position, **facts)


def _message(fault: QueryFault, placed: bool) -> str:
    if fault in LIMITS:
        return N_("The query was stopped: {fault}. Nothing was written to the disk. Ask for fewer rows or columns, "
                  "aggregate, or raise the setting. (Code: {code}.)")  # fmt: skip
    if fault is QueryFault.NEEDS_SENSITIVE:
        return N_("Line {line}, column {column}: {fault}. A data steward asks for it with --sensitive --as NAME. "
                  "(Code: {code}.)")  # fmt: skip
    if fault is QueryFault.UNKNOWN_TABLE:
        return N_("Line {line}, column {column}: {fault}. The tables are: {tables}. (Code: {code}.)")
    if placed:
        return N_("The query failed at line {line}, column {column}: {fault}. (Code: {code}.)")
    return N_("The query failed: {fault}. (Code: {code}.)")


def place_of(sql: str, offset: int) -> tuple[int, int]:
    """Line and column, both from 1 and in characters, of a byte offset of the UTF-8 of ``sql``."""
    before = sql.encode()[: max(0, offset)].decode(errors="ignore")
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
