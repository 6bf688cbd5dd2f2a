"""Small makers of the values that the tests of anonymize need."""

from collections.abc import Sequence

from vocabulary.draft import Draft
from vocabulary.span import Span
from vocabulary.text import IdentifiedText
from vocabulary.transcript import Transcript, Turn


def transcript_of(turns: Sequence[str]) -> Transcript:
    """A transcript whose turns say ``turns``, one second each."""
    said = tuple(
        Turn(f"S{index % 3 + 1}", float(index), index + 1.0, IdentifiedText(text)) for index, text in enumerate(turns)
    )
    return Transcript(said, "fr", float(len(turns)), "none")


def draft_of(spans: Sequence[Span]) -> Draft:
    return Draft(tuple(spans), (), {}, "test", 0)


def marked(text: str) -> tuple[str, list[tuple[int, int]]]:
    """Return a text without its ``[[marks]]``, and the offsets of what they held."""
    plain, spans = "", []
    for index, piece in enumerate(text.replace("]]", "[[").split("[[")):
        if index % 2:
            spans.append((len(plain), len(plain) + len(piece)))
        plain += piece
    return plain, spans
