"""Paragraphs, runs and tables of the DOCX, in the order of children that the schema asks for.

Rules
- Lengths are twips; sizes are points. What is not given is left to the style.
- A table is as wide as its columns, without padding at the sides, so that its text keeps the margin.
"""

from collections.abc import Sequence

from returns.formats.docx_styles import INK, PALE, SYMBOLS, mm
from returns.formats.ooxml import Element, text_element, w

CHECKBOX = "☐"


def run(
    text: str,
    *,
    style: str | None = None,
    bold: bool = False,
    italic: bool = False,
    small_caps: bool = False,
    color: str | None = None,
    size: float | None = None,
    font: str | None = None,
) -> Element:
    """Return a run of text."""
    properties = (
        w("rStyle", val=style) if style else None,
        w("rFonts", ascii=font, hAnsi=font, eastAsia=font, cs=font) if font else None,
        w("b") if bold else None,
        w("i") if italic else None,
        w("smallCaps") if small_caps else None,
        w("color", val=color) if color else None,
        w("sz", val=round(size * 2)) if size else None,
    )
    return w("r", w("rPr", *properties) if any(p is not None for p in properties) else None, text_element(text))


def tab() -> Element:
    """Return a run that holds a tab."""
    return w("r", w("tab"))


def blank() -> Element:
    """Return a tab with a rule under it: a place to write on, up to the next tab stop."""
    return w("r", w("rPr", w("u", val="single", color=PALE)), w("tab"))


def checkbox(label: str, *, color: str | None = None, size: float | None = None) -> tuple[Element, Element]:
    """Return a box to tick and its label."""
    return run(CHECKBOX, font=SYMBOLS, color=color), run(f"\u00a0{label}", color=color, size=size)


def field(code: str) -> tuple[Element, ...]:
    """Return a field (``PAGE``, ``NUMPAGES``); "1" stands in it until a word processor computes it."""
    instruction = w("instrText")
    instruction.text = code
    return (
        w("r", w("fldChar", fldCharType="begin")),
        w("r", instruction),
        w("r", w("fldChar", fldCharType="separate")),
        run("1"),
        w("r", w("fldChar", fldCharType="end")),
    )


def paragraph(
    style: str,
    *runs: Element,
    tabs: Sequence[tuple[str, int]] = (),
    before: int | None = None,
    exact: int | None = None,
    hanging: int | None = None,
    right: bool = False,
    next_kept: bool = False,
    section: Element | None = None,
) -> Element:
    """Return a paragraph of a style; ``tabs`` are (``left`` or ``right``, position).

    ``section`` holds the properties of the section that ends with it.
    """
    spacing: dict[str, str | int] = {}
    if before is not None:
        spacing["before"] = before
    if exact is not None:
        spacing |= {"line": exact, "lineRule": "exact"}
    properties = w(
        "pPr",
        w("pStyle", val=style),
        w("keepNext") if next_kept else None,
        w("tabs", *(w("tab", val=kind, pos=at) for kind, at in tabs)) if tabs else None,
        w("spacing", **spacing) if spacing else None,
        w("ind", hanging=hanging) if hanging is not None else None,
        w("jc", val="right") if right else None,
        section,
    )
    return w("p", properties, *runs)


def table(columns: Sequence[int], *rows: Element, top: bool = False, bottom: bool = False) -> Element:
    """Return a table of fixed columns, with a rule above or below it."""
    rule: dict[str, str | int] = {"val": "single", "sz": 5, "space": 0, "color": INK}
    borders = (w("top", **rule) if top else None, w("bottom", **rule) if bottom else None)
    return w(
        "tbl",
        w(
            "tblPr",
            w("tblW", w=sum(columns), type="dxa"),
            w("tblBorders", *borders) if top or bottom else None,
            w("tblLayout", type="fixed"),
            w("tblCellMar", w("left", w=0, type="dxa"), w("right", w=0, type="dxa")),
        ),
        w("tblGrid", *(w("gridCol", w=width) for width in columns)),
        *rows,
    )


def row(*cells: Element, height: int | None = None) -> Element:
    """Return a row that no page break parts; ``height`` is exact."""
    tall = w("trHeight", val=height, hRule="exact") if height is not None else None
    return w("tr", w("trPr", w("cantSplit"), tall), *cells)


def cell(
    width: int,
    *paragraphs: Element,
    pad: tuple[int, int] | None = None,
    ruled: bool = False,
    fill: str | None = None,
    low: bool = False,
) -> Element:
    """Return a cell; ``pad`` is above and below, ``ruled`` draws a line to write on, ``low`` sits on it."""
    properties = (
        w("tcW", w=width, type="dxa"),
        w("tcBorders", w("bottom", val="single", sz=4, space=0, color=PALE)) if ruled else None,
        w("shd", val="clear", color="auto", fill=fill) if fill else None,
        w("tcMar", w("top", w=pad[0], type="dxa"), w("left", w=mm(2) if fill else 0, type="dxa"),
          w("bottom", w=pad[1], type="dxa"), w("right", w=0, type="dxa")) if pad else None,
        w("vAlign", val="bottom" if low else "top"),
    )  # fmt: skip
    return w("tc", w("tcPr", *properties), *paragraphs)
