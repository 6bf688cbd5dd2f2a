"""A forecast drawn: bars on a terminal, and the same as an SVG picture that stands alone.

Rules kept here: a row is one class of records of one place, from its making to its end; the sign at the end says what
happens there; what has no day runs to the edge. The picture holds codes, classes and dates, fetches nothing, and shows
the same in print.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from vocabulary.choices import Disposal

SIGNS = {Disposal.DESTROY: "x", Disposal.REVIEW: "?", Disposal.TRANSFER: ">", Disposal.KEEP: "="}
_COLOURS = {Disposal.DESTROY: "#a33", Disposal.REVIEW: "#b80", Disposal.TRANSFER: "#46a", Disposal.KEEP: "#385"}
_DRAWN, _LETTER, _ROW, _TOP = 680, 6, 18, 54
"""Pixels: of the bars, of a letter, of a row, above the first row."""
_EDGE = 0.04


@dataclass(frozen=True)
class Bar:
    """One row: what it is, from when, to when (None: no day can be told), what happens then; ``told`` says all that."""

    label: str
    since: datetime.date
    until: datetime.date | None
    disposal: Disposal
    told: str


def draw_text(bars: Sequence[Bar], columns: int) -> str:
    """The rows as text of at most ``columns``; a line of years above them."""
    if not bars:
        return ""
    left = max(len(bar.label) for bar in bars)
    wide = max(columns - left - 2, 20)
    first, last = _span(bars)

    def column(day: datetime.date) -> int:
        return min(round((day - first).days / max((last - first).days, 1) * (wide - 1)), wide - 1)

    lines = [" " * (left + 2) + _years(first, last, wide, column(datetime.date(first.year + 1, 1, 1)))]
    for bar in bars:
        start = column(bar.since)
        end = wide - 1 if bar.until is None else max(column(bar.until), start)
        body = ("-" if bar.until else ".") * (end - start) + SIGNS[bar.disposal]
        lines.append(f"{bar.label.ljust(left)}  {' ' * start}{body}")
    return "\n".join(lines)


def _years(first: datetime.date, last: datetime.date, wide: int, second: int) -> str:
    line = [" "] * wide
    for text, at in ((str(first.year), 0), (str(first.year + 1), second), (str(last.year), wide - 4)):
        if 0 <= at <= wide - 4 and all(letter == " " for letter in line[max(at - 1, 0) : at + 5]):
            line[at : at + 4] = text
    return "".join(line).rstrip()


def draw_svg(bars: Sequence[Bar], title: str, legend: Sequence[tuple[Disposal, str]]) -> str:
    """The rows as an SVG 1.1 document."""
    first, last = _span(bars) if bars else (datetime.date(2000, 1, 1), datetime.date(2000, 12, 31))
    left = 20 + max((len(bar.label) * _LETTER for bar in bars), default=0)
    high, wide = _TOP + _ROW * len(bars) + 20, left + _DRAWN + 20
    scale = _DRAWN / max((last - first).days, 1)

    def x(day: datetime.date) -> float:
        return round(left + (day - first).days * scale, 1)

    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" viewBox="0 0 {wide} {high}" '
        'font-family="sans-serif" font-size="11" role="img">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{wide}" height="{high}" fill="#fff"/>',
        f'<text x="10" y="18" font-size="14">{escape(title)}</text>',
    ]
    for number, (disposal, words) in enumerate(legend):
        at = 10 + number * 170
        parts.append(f'<rect x="{at}" y="28" width="10" height="10" fill="{_COLOURS[disposal]}"/>')
        parts.append(f'<text x="{at + 15}" y="37">{escape(SIGNS[disposal])} {escape(words)}</text>')
    for year in range(first.year + 1, last.year + 1):
        new_year = x(datetime.date(year, 1, 1))
        parts.append(f'<line x1="{new_year}" y1="{_TOP - 6}" x2="{new_year}" y2="{high - 16}" stroke="#ccc"/>')
        parts.append(f'<text x="{new_year}" y="{high - 4}" text-anchor="middle" fill="#666">{year}</text>')
    for number, bar in enumerate(bars):
        parts += _row(bar, _TOP + number * _ROW, left, x(bar.since), x(bar.until or last))
    return "\n".join([*parts, "</svg>", ""])


def _row(bar: Bar, top: int, left: int, start: float, end: float) -> list[str]:
    dashes = "" if bar.until else ' stroke-dasharray="3 3"'
    middle, colour = top + 6, _COLOURS[bar.disposal]
    return [
        f"<g aria-label={quoteattr(bar.told)}><title>{escape(bar.told)}</title>",
        f'<text x="{left - 8}" y="{top + 10}" text-anchor="end">{escape(bar.label)}</text>',
        f'<line x1="{start}" y1="{middle}" x2="{end}" y2="{middle}" stroke="{colour}" stroke-width="6"{dashes}/>',
        f'<text x="{end + 3}" y="{top + 10}" fill="{colour}">{escape(SIGNS[bar.disposal])}</text></g>',
    ]


def _span(bars: Sequence[Bar]) -> tuple[datetime.date, datetime.date]:
    """From the first making to a little after the last end, so that what has no day is seen to go on."""
    first = min(bar.since for bar in bars)
    last = max(bar.until or bar.since for bar in bars)
    return first, last + datetime.timedelta(days=max(round((last - first).days * _EDGE), 1))
