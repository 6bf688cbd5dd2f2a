"""A row of the catalog: a plain frozen value.

Rules kept here:
- a closed choice is held as its plain value;
- every value keeps the form of its column (forms.py), checked once when the row is built; a value that does not
  raises RowError, which names table, row and column and not the value.
"""

import types
import typing
from collections.abc import Mapping
from dataclasses import fields
from enum import Enum

from storage.rows.forms import fits, has_form

Value = str | int | bool | None


class RowError(ValueError):
    """A value does not keep the form of its column."""

    def __init__(self, table: str, key: str, column: str) -> None:
        super().__init__(f"{table}, row {key}: the value of {column} does not have its form")
        self.table, self.key, self.column = table, key, column


class CheckedRow:
    """Checks every value of a row against its column when the row is built."""

    TABLE: typing.ClassVar[str]
    KEY: typing.ClassVar[str]

    def __post_init__(self) -> None:
        for column, (kind, optional) in columns(type(self)).items():
            value = getattr(self, column)
            if isinstance(value, Enum):
                value = value.value
                object.__setattr__(self, column, value)
            if not (value is None and optional) and not fits(column, kind, value):
                raise RowError(self.TABLE, shown_key(self.KEY, getattr(self, self.KEY)), column)


def shown_key(column: str, key: object) -> str:
    """The value of a key column as messages may show it: what has not the form of a key could be anything."""
    return key if isinstance(key, str) and has_form(column, key) else "with a damaged key"


_COLUMNS: dict[type, Mapping[str, tuple[type, bool]]] = {}


def columns(row_type: type) -> Mapping[str, tuple[type, bool]]:
    """The columns of a row type in order: name -> (str, int or bool; whether it may be None)."""
    if row_type not in _COLUMNS:
        hints = typing.get_type_hints(row_type)
        _COLUMNS[row_type] = {field.name: _kind(hints[field.name]) for field in fields(row_type)}
    return _COLUMNS[row_type]


def _kind(hint: object) -> tuple[type, bool]:
    kinds = typing.get_args(hint) or (hint,)
    return next(kind for kind in kinds if kind is not types.NoneType), types.NoneType in kinds


def key_of(row: CheckedRow) -> str:
    """The value of the row's key column."""
    return str(getattr(row, row.KEY))


def values_of(row: CheckedRow) -> dict[str, Value]:
    """The row as column -> value, in column order."""
    return {column: getattr(row, column) for column in columns(type(row))}
