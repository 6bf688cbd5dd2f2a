"""What a check of the archive found: named places, and what it could not check."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from vocabulary.choices import Exit


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong. ``message`` is a source string whose places ``facts`` fill.

    ``kind`` is damaged, missing, orphaned, foreign, remaining, changed, added, removed, locked or log;
    ``place`` names the object, the file, or table/row/column; ``exit`` is 20, or that of the log's fault.
    """

    kind: str
    place: str
    message: str
    facts: Mapping[str, object] = field(default_factory=dict)
    exit: Exit = Exit.DAMAGED


@dataclass(frozen=True)
class Unchecked:
    """What a check left out, and why: a source string whose places ``facts`` fill."""

    message: str
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Report:
    """What a check of the archive found, and what it did not check."""

    findings: tuple[Finding, ...]
    unchecked: tuple[Unchecked, ...]

    @property
    def exit(self) -> Exit:
        """0 if all is sound; the log's own code (21 to 24) if the log is at fault; else 20."""
        codes = {finding.exit for finding in self.findings}
        return max(codes) if codes else Exit.DONE
