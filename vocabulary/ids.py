"""Opaque ids, and the names of workshops and sessions.

An id is a short prefix and 128 random bits: ``s-`` session, ``r-`` record, ``o-`` object,
``p-`` person, ``e-`` log entry, ``f-`` fault, ``h-`` home. It says nothing of what it names.
"""

import re
import secrets
from dataclasses import dataclass

from vocabulary.errors import UsageError
from vocabulary.messages import N_

ID_PATTERN = r"^[a-z]-[0-9a-f]{32}$"
CODE_PATTERN = r"[A-Za-z0-9][A-Za-z0-9-]{0,31}"

_ID = re.compile(ID_PATTERN)
_CODE = re.compile(CODE_PATTERN)
_SESSION = re.compile(rf"({CODE_PATTERN})/([0-9]{{1,3}})")


def new_id(prefix: str) -> str:
    """Return a new id from the system's entropy, as ``prefix-<32 hex digits>``."""
    return f"{prefix}-{secrets.token_hex(16)}"


def is_id(value: object) -> bool:
    """Whether ``value`` is an opaque id."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def check_code(code: str) -> str:
    """Return ``code`` if it can name a workshop, else raise UsageError."""
    if _CODE.fullmatch(code) is None:
        raise UsageError(
            N_("{code!r} cannot name a workshop: use 1 to 32 letters without accents, digits or hyphens, "
               "beginning with a letter or a digit."), code=code)  # fmt: skip
    return code


@dataclass(frozen=True, order=True)
class SessionName:
    """A session as people write it: ``CODE/N``, N from 1 to 999."""

    workshop: str
    number: int

    def __post_init__(self) -> None:
        check_code(self.workshop)
        if not 1 <= self.number <= 999:
            raise UsageError(N_("A session number lies between 1 and 999, not {number}."), number=self.number)

    def __str__(self) -> str:
        return f"{self.workshop}/{self.number}"

    @classmethod
    def parse(cls, text: str) -> "SessionName":
        """Read ``CODE/N``; anything else raises UsageError."""
        match = _SESSION.fullmatch(text)
        if match is None:
            raise UsageError(N_("{text!r} is not a session: write CODE/N, for example marseille-13/3."), text=text)
        return cls(match[1], int(match[2]))
