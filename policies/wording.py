"""Facts of messages that have words of their own.

A fact that is a ``Worded`` member is shown by its translated ``word``, and a ``Listed`` fact by those
of its members, each translated, joined by commas; a ``Said`` fact is a sentence of its own; ``str`` gives what
formats hold.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from vocabulary.choices import Worded
from vocabulary.messages import N_


class Listed(tuple[object, ...]):
    """Several facts in one place of a message."""

    __slots__ = ()

    def __str__(self) -> str:
        return ", ".join(map(str, self))

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)


@dataclass(frozen=True)
class Said:
    """A part of a sentence that is translated by itself: a source string, and the facts for its places."""

    message: str
    facts: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.message.format(**self.facts)

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)


class Found(Worded):
    """The kind of a value found in a file, where the value itself must not be repeated."""

    NOTHING = "nothing", N_("nothing")
    TEXT = "a text", N_("a text")
    EMPTY_TEXT = "an empty text", N_("an empty text")
    NUMBER = "a number", N_("a number")
    YES_OR_NO = "yes or no", N_("yes or no")
    DATE = "a date", N_("a date")
    LIST = "a list", N_("a list")
    EMPTY_LIST = "an empty list", N_("an empty list")
    TABLE = "a table of keys", N_("a table of keys")
    HIDDEN_KEY = "a key that is not shown", N_("a key that is not shown")
