"""Typed reading of a contract file (policy or session dossier) that is already plain values with lines.

Rules kept here:
- every fault names file, line and key, what was found and what is allowed; the first fault stops;
- nothing is ignored: an unknown key is a fault, a missing one too unless the reader asks for it as optional;
- a file that holds identified text (``echo`` false) never has a value repeated in a message, only its kind,
  nor a key that does not look like one of ours;
- files are UTF-8 (a byte order mark is tolerated) and hold at most 256 KiB.
"""

import datetime
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from policies.period import Period
from policies.wording import Found, Listed
from vocabulary.errors import HuisclosError
from vocabulary.messages import N_

LARGEST = 256 * 1024
"""Bytes of the largest contract file."""

LONGEST = 4096
"""Characters of the longest line."""

Path = tuple[str | int, ...]
Choice = TypeVar("Choice", bound=Enum)

_SHOWN_KEY = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NEGATIVE = re.compile(r"\s*-\s*[0-9]+.*", re.DOTALL)
_SHARE = re.compile(r"([0-9]{1,3}) ?%")


@dataclass(frozen=True)
class Origin:
    """Where a file comes from, which error its faults raise, whether its values may be repeated."""

    file: str
    error: type[HuisclosError]
    echo: bool

    def fault(self, message: str, line: int | None = None, **facts: object) -> HuisclosError:
        """Return the error to raise, with ``file`` and ``line`` among its facts and as its place."""
        if line is None:
            return self.error(message, place=self.file, file=self.file, **facts)
        return self.error(message, place=f"{self.file}:{line}", file=self.file, line=line, **facts)


def decode(source: str | bytes, origin: Origin) -> str:
    """Return the text of a contract file; refuse one that is too large, not UTF-8 or has endless lines."""
    data = source.encode("utf-8", "surrogatepass") if isinstance(source, str) else source
    if len(data) > LARGEST:
        raise origin.fault(
            N_("{file}: found {size} bytes, expected at most {largest}."), size=len(data), largest=LARGEST
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise origin.fault(
            N_("{file}, line {line}: this is not UTF-8 text; save the file again with the encoding UTF-8."), line
        ) from None
    text = text.replace("\r\n", "\n")
    for number, content in enumerate(text.split("\n"), 1):
        if len(content) > LONGEST:
            raise origin.fault(
                N_("{file}, line {line}: found a line of {size} characters, expected at most {longest}."),
                number,
                size=len(content),
                longest=LONGEST,
            )
    return text


def shown_path(path: Path) -> str:
    """Write a key path as people read it: ``participant[2].agrees``, counted from 1."""
    shown = ""
    for part in path:
        shown += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if shown else part
    return shown


@dataclass(frozen=True)
class Value:
    """One value of a file, with its key path and line; each method reads it as one type or raises."""

    origin: Origin
    lines: Mapping[Path, int]
    path: Path
    plain: object

    @property
    def line(self) -> int:
        """The line of the value's key, or of the nearest key above it."""
        for length in range(len(self.path), 0, -1):
            if self.path[:length] in self.lines:
                return self.lines[self.path[:length]]
        return 1

    @property
    def found(self) -> object:
        """What was found: the value where it may be repeated, else its kind."""
        plain = self.plain
        if plain is None:
            return Found.NOTHING
        if isinstance(plain, bool):
            return Found.YES_OR_NO if not self.origin.echo else str(plain).lower()
        if isinstance(plain, int):
            return plain if abs(plain) < 1_000_000 else Found.NUMBER
        if isinstance(plain, str):
            if not plain.strip():
                return Found.EMPTY_TEXT
            return repr(plain if len(plain) <= 40 else f"{plain[:39]}…") if self.origin.echo else Found.TEXT
        if isinstance(plain, datetime.date | datetime.time):
            return Found.DATE
        if isinstance(plain, Mapping):
            return Found.TABLE
        if isinstance(plain, Sequence):
            return Found.LIST if plain else Found.EMPTY_LIST
        return Found.NUMBER

    def fault(self, message: str, **facts: object) -> HuisclosError:
        """Return the error to raise, with ``file``, ``line``, ``key`` and ``found`` among its facts."""
        return self.origin.fault(message, self.line, key=shown_path(self.path), found=self.found, **facts)

    def section(self, required: Sequence[str], optional: Sequence[str] = ()) -> "Section":
        """Read a table whose keys are exactly ``required`` and some of ``optional``."""
        if not isinstance(self.plain, Mapping):
            raise self.fault(
                N_("{file}, line {line}, {key}: expected a table of keys ({allowed}), found {found}."),
                allowed=Listed((*required, *optional)),
            )
        return Section(self, self.plain, tuple(required), tuple(optional))

    def items(self, *, empty: bool = True, most: int = 200) -> list["Value"]:
        """Read a list of at most ``most`` values, and not an empty one unless ``empty``."""
        if not isinstance(self.plain, list) or not (self.plain or empty):
            raise self.fault(N_("{file}, line {line}, {key}: expected a list with values, found {found}."))
        if len(self.plain) > most:
            raise self.fault(
                N_("{file}, line {line}, {key}: expected at most {most} values, found {count}."),
                most=most,
                count=len(self.plain),
            )
        return [Value(self.origin, self.lines, (*self.path, i), item) for i, item in enumerate(self.plain)]

    def text(self, longest: int = 1000) -> str:
        """Read a text that is not empty, in NFC and without space around it."""
        if not isinstance(self.plain, str) or not self.plain.strip():
            raise self.fault(N_("{file}, line {line}, {key}: expected a text, found {found}."))
        if len(self.plain) > longest:
            raise self.fault(
                N_("{file}, line {line}, {key}: expected at most {longest} characters, found {size}."),
                longest=longest,
                size=len(self.plain),
            )
        return unicodedata.normalize("NFC", self.plain.strip())

    def matching(self, pattern: str, example: str) -> str:
        """Read a text of the form ``pattern``, which ``example`` shows."""
        if not isinstance(self.plain, str) or re.fullmatch(pattern, self.plain) is None:
            raise self.fault(
                N_("{file}, line {line}, {key}: expected something like {example}, found {found}."), example=example
            )
        return self.plain

    def integer(self, low: int, high: int) -> int:
        """Read a whole number from ``low`` to ``high``."""
        plain = self.plain
        if not isinstance(plain, int) or isinstance(plain, bool) or not low <= plain <= high:
            raise self.fault(
                N_("{file}, line {line}, {key}: expected a whole number from {low} to {high}, found {found}."),
                low=low,
                high=high,
            )
        return plain

    def flag(self) -> bool:
        """Read ``true`` or ``false``."""
        if not isinstance(self.plain, bool):
            raise self.fault(N_("{file}, line {line}, {key}: expected true or false, found {found}."))
        return self.plain

    def date(self) -> datetime.date:
        """Read a calendar date without a time."""
        plain = self.plain
        if isinstance(plain, str) and _DATE.fullmatch(plain):
            try:
                return datetime.date.fromisoformat(plain)
            except ValueError:
                plain = None
        if not isinstance(plain, datetime.date) or isinstance(plain, datetime.datetime):
            raise self.fault(
                N_("{file}, line {line}, {key}: expected a date of the calendar such as 2026-03-14, found {found}.")
            )
        return plain

    def choice(self, kind: type[Choice], allowed: Sequence[Choice] | None = None) -> Choice:
        """Read one of a closed list."""
        members = list(kind) if allowed is None else list(allowed)
        for member in members:
            if isinstance(self.plain, str) and self.plain == member.value:
                return member
        raise self.fault(
            N_("{file}, line {line}, {key}: expected one of {allowed}, found {found}."),
            allowed=Listed(member.value for member in members),
        )

    def period(self) -> Period:
        """Read ``45 days``, ``12 months`` or ``2 years``."""
        if isinstance(self.plain, int | str) and _NEGATIVE.fullmatch(str(self.plain)):
            raise self.fault(
                N_("{file}, line {line}, {key}: a period cannot be negative; found {found}, write 0 days or more.")
            )
        try:
            return Period.parse(self.plain if isinstance(self.plain, str) else "")
        except ValueError:
            raise self.fault(
                N_("{file}, line {line}, {key}: expected a period such as 45 days, 12 months or 2 years "
                   "(at most 100 years), found {found}.")
            ) from None  # fmt: skip

    def share(self) -> float:
        """Read ``30 %`` as 0.3, from 0 to 100 %."""
        match = _SHARE.fullmatch(self.plain) if isinstance(self.plain, str) else None
        if match is None or int(match[1]) > 100:
            raise self.fault(N_("{file}, line {line}, {key}: expected a share such as 30 %, found {found}."))
        return int(match[1]) / 100


class Section:
    """A table with a closed set of keys, refused whole when a key is unknown or missing."""

    def __init__(
        self, value: Value, plain: Mapping[str, object], required: tuple[str, ...], optional: tuple[str, ...]
    ) -> None:
        self.value = value
        self._plain = plain
        allowed = (*required, *optional)
        for key in plain:
            if key not in allowed:
                raise self._unknown(key, allowed)
        for key in required:
            if key not in plain:
                raise self._missing(key)

    def __contains__(self, key: object) -> bool:
        return key in self._plain

    def __getitem__(self, key: str) -> Value:
        value = self.value
        return Value(value.origin, value.lines, (*value.path, key), self._plain[key])

    def get(self, key: str) -> Value | None:
        """Return the value of an optional key."""
        return self[key] if key in self._plain else None

    def _unknown(self, key: str, allowed: tuple[str, ...]) -> HuisclosError:
        value = self[key]
        lowered = any(key.lower() == known.lower() for known in allowed)
        shown: object = Found.HIDDEN_KEY
        if value.origin.echo or lowered or _SHOWN_KEY.fullmatch(key):
            shown = shown_path((*value.path[:-1], key if len(key) <= 40 else f"{key[:39]}…"))
        return value.origin.fault(
            N_("{file}, line {line}, {key}: this key is not known here; the keys allowed are {allowed}."),
            value.line,
            key=shown,
            allowed=Listed(allowed),
        )

    def _missing(self, key: str) -> HuisclosError:
        value = self.value
        return value.origin.fault(
            N_("{file}, line {line}: the key {key} is missing; add it."),
            value.line,
            key=shown_path((*value.path, key)),
        )
