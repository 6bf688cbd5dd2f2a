"""A packet rendered, and a rendered packet read again.

Rules
- One function per format, bytes out; the same packet gives the same bytes, on every machine.
- ``extract`` is written against the format, not against ``render``: it gives what anyone could find.
"""

from collections.abc import Callable
from types import MappingProxyType

from returns.formats import docx, docx_reading, txt, vtt
from returns.packet import Packet
from vocabulary.errors import UsageError
from vocabulary.messages import N_

_RENDERERS: dict[str, Callable[[Packet], bytes]] = {
    "docx": docx.render,
    "vtt": vtt.render,
    "txt": txt.render,
}
_READERS = MappingProxyType({"docx": docx_reading.extract, "vtt": vtt.extract, "txt": txt.extract})

FORMATS = frozenset(_RENDERERS)
"""The formats of a return; each is also its file's extension."""


def render(packet: Packet, format: str) -> bytes:
    """Return the file of a packet; UsageError for a format that is not one of ``FORMATS``."""
    _check_format(format)
    return _RENDERERS[format](packet)


def extract(format: str, data: bytes) -> dict[str, str]:
    """Return place -> text of all that a reader or a program could find in a rendered file.

    The talk is given by line and by run of lines (returns/reading.py). UsageError for an unknown
    format; DamagedError for a DOCX that does not open.
    """
    _check_format(format)
    return _READERS[format](data)


def _check_format(format: str) -> None:
    if format not in FORMATS:
        raise UsageError(
            N_("{format!r} is not a format of the return: choose among {formats}."),
            format=format,
            formats=", ".join(sorted(FORMATS)),
        )
