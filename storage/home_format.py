"""Which format a home has, and which this version opens.

``home.toml`` states it. A home of an earlier format is brought up to date by ``huisclos upgrade`` and by nothing
else; one of a later format is refused with the way forward (docs/reference/archive.md).
"""

import re
import tomllib
from pathlib import Path

from vocabulary.errors import DamagedError, StateError
from vocabulary.messages import N_

FILE = "home.toml"
HOME_FORMAT = "huisclos-home/2"
EARLIER = ("huisclos-home/1",)
"""Formats that ``huisclos upgrade`` brings to this one."""

INTERRUPTED = "upgrade"
"""Folder in the archive: what an upgrade goes back to. While it is there no other command opens the home."""

LEFT_BY_UPGRADE = ("upgrade.new", "upgrade.old")
"""Folders in the archive that an upgrade cut short can leave: copies not whole yet, and copies not needed any more."""

RESTORING = "restoring"
"""File of a home that is being restored: while there is no home.toml, it may be emptied and begun again."""

_FORMAT_LINE = re.compile(r"^format = .*$", re.MULTILINE)


def read(home: Path) -> dict[str, str]:
    """What home.toml says; DamagedError if it does not say its format."""
    path = home / FILE
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
        return {"format": str(values["format"]), **{name: str(value) for name, value in values.items()}}
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError):
        message = N_("{path} does not say which format this home has. Restore home.toml from a backup.")
        raise DamagedError(message, place=FILE, path=path) from None


def check(home: Path) -> dict[str, str]:
    """What home.toml says, if this version opens that format; StateError otherwise."""
    values = read(home)
    found = values["format"]
    if (home / "archive" / INTERRUPTED).exists():
        message = N_("An upgrade of this home was interrupted. Nothing is lost. Type: huisclos upgrade")
        raise StateError(message, place=FILE)
    if found in EARLIER:
        message = N_("This home was made by an earlier version (format {found}). Bring it up to date first, which "
                     "takes a copy and can go back. Type: huisclos upgrade")  # fmt: skip
        raise StateError(message, place=FILE, found=found)
    if found != HOME_FORMAT:
        raise newer(found)
    return values


def newer(found: str) -> StateError:
    """The refusal of a format this version does not know."""
    message = N_("This home has format {found}; this version opens {expected}. Install the version that made it, "
                 "or a newer one.")  # fmt: skip
    return StateError(message, place=FILE, found=found[:40], expected=HOME_FORMAT)


def with_format(text: str, version: str) -> str:
    """home.toml of an earlier home as this version writes it; everything else in it stays."""
    text = _FORMAT_LINE.sub(f'format = "{HOME_FORMAT}"', text, count=1)
    return re.sub(r"^version = .*$", f'version = "{version}"', text, count=1, flags=re.MULTILINE)
