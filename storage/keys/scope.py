"""What one data key covers, and how an object is bound to it.

Rules kept here:
- a scope has one written form, and no two scopes share it;
- every sealed object is bound, as associated data, to its format, home, scope and object id: moved to
  another place, it does not open;
- keys of different purposes come from different labels (HKDF, RFC 5869).
"""

import re
from dataclasses import dataclass

from vocabulary.choices import RecordClass
from vocabulary.ids import CODE_PATTERN, is_id

BLOB_FORMAT = "huisclos-object/1"
TABLE_FORMAT = "huisclos-table/1"

_WORKSHOP = re.compile(f"{CODE_PATTERN}|-")
_LAST_SESSION = 999


@dataclass(frozen=True, order=True)
class Scope:
    """What one data key covers.

    ``workshop`` is a workshop code, or ``-`` for what belongs to the home; ``session`` is 1 to 999, or 0 for
    what belongs to the workshop or the home; ``epoch`` counts from 1. ValueError for anything else.
    """

    workshop: str
    session: int
    record_class: RecordClass
    epoch: int

    def __post_init__(self) -> None:
        if _WORKSHOP.fullmatch(self.workshop) is None:
            raise ValueError("the workshop of a scope is a workshop code or '-'")
        if not 0 <= self.session <= _LAST_SESSION:
            raise ValueError("the session of a scope lies between 0 and 999")
        if not isinstance(self.record_class, RecordClass):
            raise ValueError("the class of a scope is a record class")
        if self.epoch < 1:
            raise ValueError("epochs count from 1")

    def series(self) -> str:
        """What all epochs of this scope share, ``marseille-13/3/recording``."""
        return series(self.workshop, self.session, self.record_class)

    def key_id(self) -> str:
        """The one written form, ``marseille-13/3/recording/1``."""
        return f"{self.series()}/{self.epoch}"


def series(workshop: str, session: int, record_class: RecordClass) -> str:
    """The written form of what the epochs of one data key share."""
    return f"{workshop}/{session}/{record_class.value}"


def associated_data(object_format: str, home_id: str, scope: Scope, object_id: str) -> bytes:
    """What a sealed object is bound to: seven lines, each ended by LF; no field can hold a LF.

    Format, home id, workshop, session, class, epoch, object id (docs/reference/archive.md).
    """
    if not is_id(home_id) or not is_id(object_id):
        raise ValueError("a home and an object are named by opaque ids")
    fields = (
        object_format,
        home_id,
        scope.workshop,
        str(scope.session),
        scope.record_class.value,
        str(scope.epoch),
        object_id,
    )
    return "".join(f"{field}\n" for field in fields).encode("ascii")


def object_label(object_format: str, object_id: str) -> bytes:
    """The HKDF label of one object's key."""
    return f"{object_format}/{object_id}".encode("ascii")
