"""TOML text to plain values, with the line of every key path.

The standard library reads TOML (https://toml.io/en/v1.0.0) but does not say where. The locator here walks
a text that ``tomllib`` has already accepted, and notes where each table, key and list item begins; so it
need not judge the text, only follow it. Rule kept: the paths located are exactly the paths of the values.
"""

import re
import tomllib
from collections.abc import Mapping
from contextlib import suppress

from policies.reading import Origin, Path
from vocabulary.messages import N_

_BLANK = re.compile(r"(?:[ \t\n\r]|#[^\n]*)*+")
_SPACE = re.compile(r"[ \t]*+")
_BARE = re.compile(r"[A-Za-z0-9_-]++")
_STRING = re.compile(
    r'"""(?:[^"\\]|\\.|"{1,2}(?!"))*+"{3,5}'
    r"|'''(?:[^']|'{1,2}(?!'))*+'{3,5}"
    r'|"(?:[^"\\]|\\.)*+"'
    r"|'[^']*+'",
    re.DOTALL,
)
_SCALAR = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9][0-9:.Zz+-]*|[^,\]}\s#]+")
_WHERE = re.compile(r"\(at line ([0-9]+), column ([0-9]+)\)")


def load(text: str, origin: Origin) -> tuple[dict[str, object], Mapping[Path, int]]:
    """Return the document and ``{key path: line}``; raise ``origin.error`` on a fault of syntax."""
    try:
        return tomllib.loads(text), locate(text)
    except RecursionError:
        raise origin.fault(N_("{file}: found lists or tables nested too deep.")) from None
    except ValueError as error:
        # The parser's own words may quote the text; only the position is taken from them.
        where = _WHERE.search(str(error))
        line = int(where[1]) if where else _unfinished(text)
        raise origin.fault(
            N_("{file}, line {line}: this is not valid TOML; look at the quotes, the brackets and the = sign on this "
               "line and just before, and at a key or table that stands twice."), line) from None  # fmt: skip


def locate(text: str) -> dict[Path, int]:
    """Return ``{key path: line}`` of a valid TOML text; lines count from 1, list items from 0."""
    return _Locator(text.replace("\r\n", "\n")).walk()


def _unfinished(text: str) -> int:
    """The line of the statement that an invalid text never finishes (a quote or a bracket left open)."""
    locator = _Locator(text)
    with suppress(ValueError, IndexError, RecursionError):
        locator.walk()
    return locator.statement


class _Locator:
    """Walks the text once. On a text that is not valid it raises ValueError or IndexError, never hangs."""

    def __init__(self, text: str) -> None:
        self.statement = 1
        self._text = text
        self._at = 0
        self._counted_to = 0
        self._line = 1
        self._lines: dict[Path, int] = {}
        self._elements: dict[Path, int] = {}

    def walk(self) -> dict[Path, int]:
        table: Path = ()
        self._skip(_BLANK)
        while self._at < len(self._text):
            line = self.statement = self._line_here()
            if self._text.startswith("[[", self._at):
                self._at += 2
                table = self._element(self._key(), line)
                self._at += 2
            elif self._text[self._at] == "[":
                self._at += 1
                table = self._table(self._key(), line)
                self._at += 1
            else:
                self._assignment(table)
            self._skip(_BLANK)
        return self._lines

    def _line_here(self) -> int:
        self._line += self._text.count("\n", self._counted_to, self._at)
        self._counted_to = self._at
        return self._line

    def _skip(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._text, self._at)
        if match is None:
            raise ValueError("not TOML")
        self._at = match.end()
        return match[0]

    def _key(self) -> list[str]:
        parts: list[str] = []
        while True:
            self._skip(_SPACE)
            if self._text[self._at] in "\"'":
                parts.append(str(tomllib.loads(f"key = {self._skip(_STRING)}")["key"]))
            else:
                parts.append(self._skip(_BARE))
            self._skip(_SPACE)
            if self._text[self._at] != ".":
                return parts
            self._at += 1

    def _concrete(self, above: list[str], line: int) -> Path:
        """The path of a header's tables, with the number of the element meant in each list of tables."""
        path: Path = ()
        for part in above:
            path = (*path, part)
            self._lines.setdefault(path, line)
            if path in self._elements:
                path = (*path, self._elements[path] - 1)
        return path

    def _table(self, key: list[str], line: int) -> Path:
        path: Path = (*self._concrete(key[:-1], line), key[-1])
        self._lines.setdefault(path, line)
        return path

    def _element(self, key: list[str], line: int) -> Path:
        path: Path = (*self._concrete(key[:-1], line), key[-1])
        self._lines.setdefault(path, line)
        number = self._elements.get(path, 0)
        self._elements[path] = number + 1
        self._lines[(*path, number)] = line
        return (*path, number)

    def _assignment(self, table: Path) -> None:
        line = self._line_here()
        path = table
        for part in self._key():
            path = (*path, part)
            self._lines.setdefault(path, line)
        self._at += 1  # the = sign
        self._skip(_SPACE)
        self._value(path)

    def _value(self, path: Path) -> None:
        opening = self._text[self._at]
        if opening == "[":
            self._list(path)
        elif opening == "{":
            self._inline_table(path)
        else:
            self._skip(_STRING if opening in "\"'" else _SCALAR)

    def _list(self, path: Path) -> None:
        number = 0
        self._at += 1
        self._skip(_BLANK)
        while self._text[self._at] != "]":
            self._lines[(*path, number)] = self._line_here()
            self._value((*path, number))
            number += 1
            self._skip(_BLANK)
            if self._text[self._at] == ",":
                self._at += 1
                self._skip(_BLANK)
        self._at += 1

    def _inline_table(self, path: Path) -> None:
        self._at += 1
        self._skip(_SPACE)
        while self._text[self._at] != "}":
            self._assignment(path)
            self._skip(_SPACE)
            if self._text[self._at] == ",":
                self._at += 1
                self._skip(_SPACE)
        self._at += 1
