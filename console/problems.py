"""What other software says went wrong (the system, the reader of settings), in the reader's words.

Such texts arrive in English as the fact ``problem`` of a message. Those listed are translated; another one is
shown as it came, because it says more than nothing.
"""

import re
from collections.abc import Callable

from vocabulary.messages import N_

_SYSTEM = (
    N_("No such file or directory"),
    N_("Permission denied"),
    N_("Is a directory"),
    N_("Not a directory"),
    N_("File exists"),
    N_("File name too long"),
    N_("Too many levels of symbolic links"),
    N_("Too many open files"),
    N_("Read-only file system"),
    N_("No space left on device"),
    N_("Disk quota exceeded"),
    N_("Input/output error"),
    N_("Operation not permitted"),
    N_("No such device or address"),
    N_("Invalid argument"),
)
_SETTINGS = (
    N_("Extra inputs are not permitted"),
    N_("Field required"),
    N_("Input should be a valid string"),
    N_("Input should be a valid number"),
    N_("Input should be a valid number, unable to parse string as a number"),
    N_("Input should be a valid integer"),
    N_("Input should be a valid integer, unable to parse string as an integer"),
    N_("Input should be a valid integer, got a number with a fractional part"),
)
_KNOWN = frozenset((*_SYSTEM, *_SETTINGS))
_PATTERNS = (
    (re.compile(r"^Input should be greater than or equal to (?P<bound>\S+)$"), N_("the value must be {bound} or more")),
    (re.compile(r"^Input should be greater than (?P<bound>\S+)$"), N_("the value must be more than {bound}")),
    (re.compile(r"^Input should be less than or equal to (?P<bound>\S+)$"), N_("the value must be {bound} or less")),
    (
        re.compile(r"^Input should be a valid dictionary or instance of \w+$"),
        N_("this is the name of a section, not of a setting"),
    ),
    (
        re.compile(r"\(at line (?P<line>\d+), column (?P<column>\d+)\)$"),
        N_("line {line}, column {column} cannot be read"),
    ),
    (re.compile(r"\(at end of document\)$"), N_("the end of the file is missing")),
)


def reworded(problem: str, translate: Callable[[str], str]) -> str:
    """Return ``problem`` in the reader's language where it is known, else as it is."""
    if problem in _KNOWN:
        return translate(problem)
    for pattern, message in _PATTERNS:
        if match := pattern.search(problem):
            return translate(message).format(**match.groupdict())
    return problem
