"""What a reader or a program finds in a rendered return, brought together for the egress guard.

Rules
- Every text has a place a person understands ("line 12", "word/header1.xml"); no text is left out, and
  a place that holds none is not listed.
- The talk is given twice: each numbered line, and each run of consecutive lines joined again, so that
  what a line break parted is found. Lines are joined by a space; where a line holds none, and so may
  end inside a word that was cut, the run is given a third time with nothing after that line.
"""

from collections.abc import Iterable, Sequence

Part = tuple[int | None, str, str]
"""One text: its line number in the talk or None, its place, its characters."""


def gather(parts: Iterable[Part]) -> dict[str, str]:
    """Return place -> text of all parts, and of the runs of numbered lines among them."""
    texts: dict[str, str] = {}
    run: list[tuple[int, str]] = []
    for number, place, text in parts:
        if number is None or (run and number != run[-1][0] + 1):
            texts |= _join(run)
            run = []
        if number is not None:
            run.append((number, text))
        if text:
            texts[place] = text
    return texts | _join(run)


def _join(run: Sequence[tuple[int, str]]) -> dict[str, str]:
    if len(run) < 2:
        return {}
    place = f"lines {run[0][0]}-{run[-1][0]}"
    words = [text for _, text in run]
    texts = {place: " ".join(words)}
    uncut = "".join(text + (" " if " " in text else "") for text in words[:-1]) + words[-1]
    if uncut != texts[place]:
        texts[f"{place}, cut words whole"] = uncut
    return texts
