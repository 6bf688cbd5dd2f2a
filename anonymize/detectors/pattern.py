"""A layer made of a table of patterns.

A row says what a match means; a group named ``x`` is the span where the pattern needs more context than it
covers, and ``keep`` refuses a match that its context explains.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from anonymize.detectors.layer import Artifacts, Finding, Layer
from anonymize.detectors.reading import Reading
from vocabulary.choices import EntityType


@dataclass(frozen=True)
class Pattern:
    """A regular expression with what a match means."""

    expression: re.Pattern[str]
    label: EntityType
    score: float
    reason: str
    sure: bool = True
    keep: Callable[[str, re.Match[str]], bool] | None = None


def pattern(
    expression: str,
    label: EntityType,
    score: float,
    reason: str,
    *,
    sure: bool = True,
    keep: Callable[[str, re.Match[str]], bool] | None = None,
    flags: int = re.IGNORECASE,
) -> Pattern:
    """Return a row of a table; patterns ignore case unless ``flags`` says otherwise."""
    return Pattern(re.compile(expression, flags), label, score, reason, sure, keep)


class PatternLayer(Layer):
    """A layer made of a table of patterns."""

    def __init__(self, name: str, patterns: tuple[Pattern, ...]) -> None:
        self.layer = name
        self._patterns = patterns
        super().__init__()

    def find(self, reading: Reading, artifacts: Artifacts) -> Iterable[Finding]:  # noqa: ARG002
        for pattern in self._patterns:
            group = "x" if "x" in pattern.expression.groupindex else 0
            for match in pattern.expression.finditer(reading.text):
                if pattern.keep is None or pattern.keep(reading.text, match):
                    start, end = match.span(group)
                    while end > start and reading.text[end - 1] in " ,.-–":
                        end -= 1
                    yield Finding(start, end, pattern.label, pattern.score, pattern.reason, pattern.sure)
