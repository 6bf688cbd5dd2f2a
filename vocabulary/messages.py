"""Marks source strings for translation without translating them.

English is the source language; ``console/messages.py`` translates where a person reads.
"""


def N_(message: str) -> str:  # noqa: N802 (the name gettext tools look for)
    """Return ``message`` unchanged; Babel extracts it."""
    return message
