"""Identified and treated text are different types, and neither shows itself by accident."""

from dataclasses import dataclass

HIDDEN = "\ue000"
"""What stands for a character that is kept from a reader: private use, no letter, allowed in XML."""


@dataclass(frozen=True, repr=False)
class _Withheld:
    """Text whose repr and str show its length only; ``reveal`` is the one way to it."""

    _text: str

    def reveal(self) -> str:
        return self._text

    def __len__(self) -> int:
        return len(self._text)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self._text)} characters)"

    __str__ = __repr__


@dataclass(frozen=True, repr=False)
class IdentifiedText(_Withheld):
    """Text as it was said."""


@dataclass(frozen=True, repr=False)
class TreatedText(_Withheld):
    """Text after treatment for one audience. Still personal data (GDPR 4(5)), so it does not show itself."""
