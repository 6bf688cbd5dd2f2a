"""The return as a Word document (ECMA-376), made to be printed on A4 and written on.

Rules
- The line numbers are text of ours: a paragraph is number, tab, characters. ``w:lnNumType`` is never
  used, since only a word processor would know what it shows.
- A label is kept with its first line; a turn leaves no line alone at the foot or the head of a page.
- Numbers hang in the left margin, aligned on their last figure; every fifth one, and the first, is darker.
- The amendment sheet is a section of its own that begins on a right-hand page, so that tearing it off
  tears off nothing else.
"""

from collections.abc import Sequence

from returns import words
from returns.formats import docx_sheet, docx_styles, ooxml
from returns.formats.docx_blocks import cell, field, paragraph, row, run, tab, table
from returns.formats.docx_styles import BOTTOM, COLUMN, DIGIT, GAP, INK, LEFT, PAGE, RIGHT, TOP, mm
from returns.formats.ooxml import Element, reference, w
from returns.lines import Line
from returns.packet import Heading, Packet


def render(packet: Packet) -> bytes:
    """Return the packet as a DOCX file."""
    heading = packet.heading
    front = words.front(heading)
    talk = [*_title(heading, front), *_talk(packet, front)]
    end = words.end_of_talk(len(packet.lines))
    if front.amendable:
        talk.append(_end(end, _section(first=True)))
        body = w("body", *talk, *docx_sheet.sheet(heading), _section(first=False))
    else:
        body = w("body", *talk, _end(end, None), _section(first=True))
    return ooxml.package(
        w("document", body),
        {
            "styles": docx_styles.styles(),
            "settings": docx_styles.settings(),
            "fontTable": docx_styles.fonts(),
            "header1": w("hdr", _header(heading, words.running(heading))),
            "header2": w("hdr", _header(heading, "")),
            "footer1": w("ftr", _footer(front)),
        },
    )


def _section(*, first: bool) -> Element:
    """Return the properties of the section of the talk (``first``), or of the amendment sheet."""
    cut = w("left", val="dashed", sz=6, space=31, color=docx_styles.GREY)
    return w(
        "sectPr",
        reference("headerReference", "header1", "default"),
        reference("headerReference", "header2", "first") if first else None,
        reference("footerReference", "footer1", "default"),
        reference("footerReference", "footer1", "first") if first else None,
        None if first else w("type", val="oddPage"),
        w("pgSz", w=PAGE[0], h=PAGE[1]),
        w("pgMar", top=TOP, right=RIGHT, bottom=BOTTOM, left=LEFT, header=mm(14), footer=mm(11), gutter=0),
        None if first else w("pgBorders", cut, offsetFrom="text"),
        w("titlePg") if first else None,
    )


def _header(heading: Heading, running: str) -> Element:
    return paragraph(
        "Entete",
        run(running, italic=True),
        tab(),
        run(words.copy_mark(heading), color=INK),
        tabs=[("right", COLUMN)],
    )


def _footer(front: words.Front) -> Element:
    pages = (*field("PAGE"), run(" / "), *field("NUMPAGES"))
    return paragraph("Pied", run(front.footer), tab(), *pages, tabs=[("right", COLUMN)])


def _title(heading: Heading, front: words.Front) -> list[Element]:
    half = len(front.rules) // 2 + len(front.rules) % 2
    columns = (mm(76), mm(7), COLUMN - mm(83))
    rules = row(
        cell(columns[0], *map(_rule, front.rules[:half])),
        cell(columns[1], paragraph("Valeur")),
        cell(columns[2], *map(_rule, front.rules[half:])),
    )
    return [
        paragraph("Surtitre", run(front.kicker)),
        paragraph("Titre1", run(words.title(heading))),
        table(_quarters(), *_field_rows(words.fields(heading)), top=True, bottom=True),
        paragraph("Titre2", run(front.rules_title)),
        table(columns, rules),
    ]


def _quarters() -> tuple[int, ...]:
    return (mm(37), mm(40), mm(39), COLUMN - mm(116))


def _field_rows(fields: Sequence[tuple[str, str]]) -> list[Element]:
    rows = []
    for at in range(0, len(fields), 4):
        four = [*fields[at : at + 4], *[("", "")] * 4][:4]
        cells = (
            cell(width, paragraph("Champ", run(label)), paragraph("Valeur", run(value)), pad=(mm(1.6), mm(1.6)))
            for width, (label, value) in zip(_quarters(), four, strict=True)
        )
        rows.append(row(*cells))
    return rows


def _rule(text: str) -> Element:
    return paragraph("Regle", run("–"), tab(), run(text))


def _talk(packet: Packet, front: words.Front) -> list[Element]:
    out = [
        paragraph("Titre2", run(front.talk_title)),
        paragraph("Note", run(words.TALK_NOTE), next_kept=True),
    ]
    for turn, lines in packet.contributions():
        if turn.speaker is None:
            out.append(paragraph("Mention", run(turn.text.reveal())))
            continue
        out.append(paragraph("Locuteur", run(turn.speaker)))
        for place, line in enumerate(lines):
            kept = place < len(lines) - 1 and place in (0, len(lines) - 2)
            out.append(_line(line, packet.text_of(line).reveal(), next_kept=kept))
    return out


def _end(text: str, section: Element | None) -> Element:
    return paragraph("Note", run(text), before=mm(5), section=section)


def _line(line: Line, text: str, *, next_kept: bool) -> Element:
    """One numbered line; it hangs by the width of its own figures, so that numbers align at the right."""
    strong = line.number == 1 or line.number % 5 == 0
    return paragraph(
        "Ligne",
        run(str(line.number), style="NumeroFort" if strong else "Numero"),
        tab(),
        run(text),
        hanging=GAP + DIGIT * len(str(line.number)),
        next_kept=next_kept,
    )
