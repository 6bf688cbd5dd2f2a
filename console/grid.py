"""The answer of a query as a table on a terminal, as CSV, or as plain JSON values.

Rules kept here:
- on a terminal no cell moves the cursor, changes a colour or turns the reading order: control characters and
  the marks of direction are shown as a replacement, and a cell is one line of the table's text;
- a CSV cell of text that a spreadsheet would take for a formula gets an apostrophe before it.
"""

import csv
import json
import re
import sys
from collections.abc import Sequence
from typing import Any, TextIO

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_SPACE = re.compile(r"[\t\r\n]+")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def show_table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Write a table to standard output, as wide as the terminal."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    numbers = [all(isinstance(row[at], (int, float)) or row[at] is None for row in rows) for at in range(len(head))]
    for name, number in zip(head, numbers, strict=True):
        table.add_column(Text(neutral(name)), justify="right" if number and rows else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(neutral(cell_text(cell))) for cell in row))
    Console(file=sys.stdout, highlight=False, markup=False, emoji=False).print(table)


def write_csv(head: Sequence[str], rows: Sequence[Sequence[Any]], stream: TextIO) -> None:
    """Write CSV, UTF-8, one header line; formulas guarded, and control characters too if it is a terminal."""
    clean = neutral if stream.isatty() else str
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([guarded(clean(name)) for name in head])
    for row in rows:
        writer.writerow([guarded(clean(cell)) if isinstance(cell, str) else clean(cell_text(cell)) for cell in row])


def plain_values(value: Any) -> Any:
    """The same values; on a terminal with every text in them neutralised."""
    if not sys.stdout.isatty():
        return value
    if isinstance(value, str):
        return neutral(value)
    if isinstance(value, dict):
        return {neutral(str(key)): plain_values(inner) for key, inner in value.items()}
    return [plain_values(inner) for inner in value] if isinstance(value, list) else value


def neutral(text: str) -> str:
    """Text that a terminal shows and does not obey."""
    return _CONTROL.sub("\ufffd", _SPACE.sub(" ", text))


def guarded(text: str) -> str:
    """Text that a spreadsheet does not take for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def cell_text(cell: Any) -> str:
    """A plain value as text: nothing for null, JSON for true, false, lists and objects."""
    if cell is None:
        return ""
    return cell if isinstance(cell, str) else json.dumps(cell, ensure_ascii=False)
