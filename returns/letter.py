"""A letter to somebody who asked something of the controller: parts of text, and a file made of them.

Rules
- The same letter gives the same bytes; nothing in a file tells when, by whom or with what it was made.
- A letter shows its text only to a renderer: no repr holds it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from returns.formats import letters
from vocabulary.errors import UsageError
from vocabulary.messages import N_
from vocabulary.text import IdentifiedText


class Part(Enum):
    """What a part of a letter is: its kind decides how it is set."""

    TITLE = "title"
    HEADING = "heading"
    TEXT = "text"
    ITEM = "item"


@dataclass(frozen=True, repr=False)
class Letter:
    """The parts of a letter, in order."""

    parts: tuple[tuple[Part, IdentifiedText], ...]

    def __repr__(self) -> str:
        return f"Letter({len(self.parts)} parts)"


_RENDERERS: MappingProxyType[str, Callable[[list[tuple[str, str]]], bytes]] = MappingProxyType(
    {"docx": letters.docx, "txt": letters.txt}
)
FORMATS = frozenset(_RENDERERS)
"""The formats of a letter; each is also its file's extension."""


def write(letter: Letter, format: str) -> bytes:
    """Return the file of a letter; UsageError for a format that is not one of ``FORMATS``."""
    check_format(format)
    return _RENDERERS[format]([(kind.value, text.reveal()) for kind, text in letter.parts])


def check_format(format: str) -> None:
    """UsageError unless ``format`` is one of a letter."""
    if format not in FORMATS:
        raise UsageError(N_("A letter is written to a file that ends in .docx or .txt."), place="FILE")
