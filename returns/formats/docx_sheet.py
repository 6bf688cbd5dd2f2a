"""The amendment sheet of the DOCX: one page, to be torn off along the dashed line at its left.

Rules
- Three requests, each whole on the page: what is asked, for which lines, by which function, the words
  proposed, and, in grey, the place where the group's decision is written.
- It asks for a function and never for a name; for a withdrawal it asks for the lines only.
"""

from returns import words
from returns.formats.docx_blocks import blank, cell, checkbox, paragraph, row, run, tab, table
from returns.formats.docx_styles import ACCENT, COLUMN, GREY, WASH, mm, pt
from returns.formats.ooxml import Element
from returns.packet import Heading

REQUESTS = 3
RULED = 4
_NUMBER = mm(8)
_WIDE = COLUMN - _NUMBER


def sheet(heading: Heading) -> list[Element]:
    """Return the page: its head, three requests, and what becomes of it."""
    out = _head(heading)
    for n in range(1, REQUESTS + 1):
        out += [_request(n), paragraph("FeuilleLigne", exact=pt(11))]
    return [*out, _foot()]


def _head(heading: Heading) -> list[Element]:
    above, deadline = words.sheet_deadline(heading)
    before, bold, after = words.sheet_how(heading)
    columns = (mm(111), COLUMN - mm(111))
    return [
        paragraph("Surtitre", run(words.SHEET), before=mm(4)),
        table(
            columns,
            row(
                cell(columns[0], paragraph("FeuilleTitre", run(words.sheet_title(heading))), low=True),
                cell(
                    columns[1],
                    paragraph("Champ", run(above), right=True),
                    paragraph("Valeur", run(deadline, bold=True, size=13), right=True),
                    low=True,
                ),
            ),
        ),
        paragraph("FeuilleTexte", run(f"{before} "), run(bold, bold=True), run(after)),
    ]


def _request(n: int) -> Element:
    def line(*runs: Element, height: float, tabs: tuple[tuple[str, int], ...] = (), number: str = "") -> Element:
        mark = paragraph("FeuilleLigne", run(number, color=ACCENT, size=13), next_kept=True)
        text = paragraph("FeuilleLigne", *runs, tabs=tabs, next_kept=True)
        return row(cell(_NUMBER, mark, low=True), cell(_WIDE, text, low=True), height=mm(height))

    boxes = [part for label in words.BOXES for part in (*checkbox(label), tab())][:-1]
    stops = tuple(("left", mm(at)) for at in (26, 52, 76))
    fields = (
        *(_small(f"{words.LINES} "), blank(), _small(f" {words.TO} "), blank()),
        *(tab(), _small(f"{words.BY} "), blank()),
    )
    places = (("left", mm(34)), ("left", mm(58)), ("left", mm(66)), ("right", _WIDE))
    caption = _small(words.PROPOSED)
    return table(
        (_NUMBER, _WIDE),
        line(*boxes, height=8, tabs=stops, number=str(n)),
        line(*fields, height=8, tabs=places),
        line(caption, height=6),
        *(_ruled() for _ in range(RULED)),
        _decision(),
        top=True,
    )


def _ruled() -> Element:
    empty = paragraph("FeuilleLigne", next_kept=True)
    return row(cell(_NUMBER, empty), cell(_WIDE, paragraph("FeuilleLigne", next_kept=True), ruled=True), height=mm(8))


def _decision() -> Element:
    boxes = [part for label in words.OUTCOMES for part in (run("  "), *checkbox(label, color=GREY, size=9))]
    runs = (
        run(words.DECISION, small_caps=True, color=GREY, size=9),
        *boxes,
        *(tab(), _small(f"{words.MOTIVE} "), blank(), _small(f" {words.VERSION} "), blank()),
        *(_small(f" {words.ON} "), blank()),
    )
    tabs = (("left", mm(70)), ("left", mm(112)), ("left", mm(132)), ("right", _WIDE - mm(4)))
    return row(
        cell(_NUMBER, paragraph("FeuilleLigne")),
        cell(_WIDE, paragraph("FeuilleLigne", *runs, tabs=tabs), pad=(mm(1.5), mm(1.5)), fill=WASH),
    )


def _small(text: str) -> Element:
    return run(text, color=GREY, size=9)


def _foot() -> Element:
    runs = (run(f"{words.RECEIVED} "), blank(), run(f"   {words.KEPT}"))
    return paragraph("Note", *runs, tabs=[("left", mm(42))], before=mm(2))
