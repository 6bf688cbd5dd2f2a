"""Tables of the measures of detection: for a screen, and for docs/explanation/benchmarks.md."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from anonymize.evaluate import Report

Interval = tuple[float, float]
COLUMNS = (
    "char_recall",
    "entity_recall",
    "core_recall",
    "precision",
    "type_accuracy",
    "consistency",
    "referents_covered",
)
MAIN: tuple[tuple[str, str, str], ...] = (
    ("direct identifiers wholly covered", "DIRECT", "entity_recall"),
    ("youths", "YOUTH", "entity_recall"),
    ("persons", "PERSON", "entity_recall"),
    ("places", "PLACE", "entity_recall"),
    ("institutions", "INSTITUTION", "entity_recall"),
    ("dates", "DATE", "entity_recall"),
    ("ages", "AGE", "entity_recall"),
    ("contacts", "CONTACT", "entity_recall"),
    ("numbers", "ID", "entity_recall"),
    ("telling details (QUASI)", "QUASI", "entity_recall"),
    ("referents with every mention covered", "ALL", "referents_covered"),
    ("people with every mention covered", "PEOPLE", "referents_covered"),
    ("precision by characters", "ALL", "precision"),
    ("precision by characters, direct", "DIRECT", "precision"),
    ("right type, among what is found", "ALL", "type_accuracy"),
    ("youth told from other person", "ALL", "role_accuracy"),
    ("one referent, one cluster (consistency)", "ALL", "consistency"),
    ("consistency, direct", "DIRECT", "consistency"),
    ("TAB: direct identifiers, by entity", "TAB_DIRECT", "masked_entities"),
    ("TAB: quasi-identifiers, by entity", "TAB_QUASI", "masked_entities"),
    ("TAB: weighted precision (weights of our own)", "ALL", "weighted_precision"),
)
"""The lines of the table of the documentation: what they say, the row, the measure."""


@dataclass(frozen=True)
class Measured:
    """What a system reached on one variant, and how far the figures carry."""

    title: str
    report: Report
    intervals: Mapping[tuple[str, str], Interval]
    silent: frozenset[str] = frozenset()
    """Measures of which the system says nothing."""

    def share(self, row: str, measure: str) -> float | None:
        value: float | None = getattr(self.report.rows[row], measure)
        return None if measure in self.silent else value


def screen(measured: Measured) -> str:
    """Return all rows of one variant, one measure a column, and the intervals of what counts most."""
    lines = [f"{'label':12s} {'mentions':>8s}" + "".join(f" {name:>17s}" for name in COLUMNS)]
    for label, row in measured.report.rows.items():
        values = (getattr(row, name) for name in COLUMNS)
        cells = "".join(f" {'-' if value is None else format(value, '.3f'):>17s}" for value in values)
        lines.append(f"{label:12s} {row.mentions:8d}{cells}")
    accuracy = measured.report.role_accuracy
    lines.append(f"role accuracy (YOUTH, PERSON): {'-' if accuracy is None else format(accuracy, '.3f')}")
    lines.append("95 % intervals:")
    lines += [f"  {name:46s} {cell(measured, row, measure)}" for name, row, measure in MAIN]
    return "\n".join(lines)


def markdown(columns: Sequence[Measured]) -> str:
    """Return the table of the documentation: one measure a line, one variant or system a column."""
    lines = ["| | " + " | ".join(item.title for item in columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for name, row, measure in MAIN:
        lines.append(f"| {name} | " + " | ".join(cell(item, row, measure) for item in columns) + " |")
    return "\n".join(lines)


def cell(measured: Measured, row: str, measure: str) -> str:
    """Return a share and its interval in per cent: "98.8 % (97.1-99.6)"."""
    value = measured.share(row, measure)
    if value is None:
        return "-"
    low, high = measured.intervals[row, measure]
    return f"{percent(value)} % ({percent(low)}-{percent(high)})"


def percent(share: float) -> str:
    """Return a share in per cent, with one decimal unless it is whole."""
    return "100" if share == 1 else "0" if share == 0 else f"{100 * share:.1f}"


def grid(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, ["---"] * len(head), *rows))
