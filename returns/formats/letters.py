"""A letter as a Word document on A4, and as plain text of 80 characters a line, U+000A at its end."""

import textwrap
from collections.abc import Sequence

from returns.formats import docx_styles, ooxml
from returns.formats.docx_blocks import paragraph, run
from returns.formats.docx_styles import BOTTOM, LEFT, PAGE, RIGHT, TOP, mm
from returns.formats.ooxml import w

_STYLES = {"title": "Titre1", "heading": "Titre2", "text": "Valeur", "item": "Valeur"}
_WIDTH = 80
_DASH = "–\u00a0"


def docx(parts: Sequence[tuple[str, str]]) -> bytes:
    """The parts (kind, text) as a DOCX; what stands between runs of text is left to the styles of the return."""
    body = [
        paragraph(
            _STYLES[kind], run(_DASH + text if kind == "item" else text), before=mm(2.5) if kind == "text" else None
        )
        for kind, text in parts
    ]
    section = w(
        "sectPr",
        w("pgSz", w=PAGE[0], h=PAGE[1]),
        w("pgMar", top=TOP, right=RIGHT, bottom=BOTTOM, left=LEFT, header=mm(14), footer=mm(11), gutter=0),
    )
    return ooxml.package(
        w("document", w("body", *body, section)),
        {"styles": docx_styles.styles(), "settings": docx_styles.settings(), "fontTable": docx_styles.fonts()},
    )


def txt(parts: Sequence[tuple[str, str]]) -> bytes:
    """The parts (kind, text) as UTF-8 text."""
    blocks = []
    for kind, text in parts:
        first = _DASH if kind == "item" else ""
        shown = text.upper() if kind == "title" else text
        lines = textwrap.wrap(
            shown, _WIDTH, initial_indent=first, subsequent_indent=" " * len(first),
            break_long_words=False, break_on_hyphens=False,
        )  # fmt: skip
        blocks.append(("" if kind == "item" else "\n") + "".join(f"{line}\n" for line in lines))
    return "".join(blocks).lstrip("\n").encode()
