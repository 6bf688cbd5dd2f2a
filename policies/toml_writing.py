"""Writes plain data as TOML: what a dossier is made of when entries are taken out of it.

Rules kept here:
- what is written reads back (``tomllib``) as the same data; comments are not data, and do not come through;
- values are text, numbers, truth values, days, times, lists of these, tables, and lists of tables, which come last.
"""

import datetime
import re
from collections.abc import Mapping, Sequence

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\b": "\\b", "\f": "\\f"}


def write_toml(value: Mapping[str, object]) -> str:
    """Return ``value`` as TOML; TypeError for what TOML has no words for."""
    return "\n".join(_table(value, ())).lstrip("\n") + "\n"


def _table(value: Mapping[str, object], path: tuple[str, ...]) -> list[str]:
    lines = [f"{_key(key)} = {_value(item)}" for key, item in value.items() if not _is_table(item)]
    for key, item in value.items():
        name = ".".join(map(_key, (*path, key)))
        if isinstance(item, dict):
            lines += ["", f"[{name}]", *_table(item, (*path, key))]
        elif isinstance(item, list) and _is_table(item):
            for one in item:
                lines += ["", f"[[{name}]]", *_table(one, (*path, key))]
    return lines


def _is_table(item: object) -> bool:
    return isinstance(item, dict) or (
        isinstance(item, list) and bool(item) and all(isinstance(one, dict) for one in item)
    )


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _text(key)


def _value(item: object) -> str:
    if isinstance(item, bool):
        return "true" if item else "false"
    if isinstance(item, str):
        return _text(item)
    if isinstance(item, int | float):
        return repr(item)
    if isinstance(item, datetime.date | datetime.time):
        return item.isoformat()
    if isinstance(item, Sequence):
        return f"[{', '.join(map(_value, item))}]"
    raise TypeError(f"TOML has no {type(item).__name__}")


def _text(text: str) -> str:
    written = "".join(
        _ESCAPES.get(letter) or (f"\\u{ord(letter):04x}" if ord(letter) < 32 or ord(letter) == 127 else letter)
        for letter in text
    )
    return f'"{written}"'
