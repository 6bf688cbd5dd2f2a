"""Identified and treated text are different types, and neither shows itself by accident."""

from dataclasses import dataclass


@dataclass(frozen=True)
class IdentifiedText:
    """Text as it was said. Its repr and str show its length only; ``reveal`` is the one way to it."""

    _text: str

    def reveal(self) -> str:
        return self._text

    def __len__(self) -> int:
        return len(self._text)

    def __repr__(self) -> str:
        return f"IdentifiedText({len(self._text)} characters)"

    __str__ = __repr__


@dataclass(frozen=True)
class TreatedText:
    """Text after treatment for one audience. Still personal data (GDPR 4(5)), so it does not show itself."""

    _text: str

    def reveal(self) -> str:
        return self._text

    def __len__(self) -> int:
        return len(self._text)

    def __repr__(self) -> str:
        return f"TreatedText({len(self._text)} characters)"

    __str__ = __repr__
