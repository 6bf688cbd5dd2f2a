"""Markdown, as the pages of an inspection are written: headings, items, tables."""

from collections.abc import Iterator, Sequence

from console.messages import _, label

Row = Sequence[object]


def page(title: str, lines: Iterator[str]) -> str:
    """A whole page under its title, which is translated here."""
    return "\n".join([f"# {_(title)}", "", *lines]).rstrip("\n") + "\n"


def heading(text: str) -> Iterator[str]:
    """A heading below the title, and the empty line after it."""
    yield f"## {text}"
    yield ""


def item(name: str, text: object) -> str:
    """One line of a list: a name and what it is."""
    return f"- {label(name, text)}"


def table(head: Sequence[str], rows: Sequence[Row]) -> Iterator[str]:
    """A table, or that there is none."""
    if not rows:
        yield _("None.")
        return
    yield _line(head)
    yield "|" + "---|" * len(head)
    for row in rows:
        yield _line(["" if cell is None else str(cell) for cell in row])


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
