"""The return as plain text: UTF-8, lines ended by U+000A, 80 characters wide at most.

Rules
- A line of the talk is its number, right-aligned on ``FIGURES`` places, two spaces, its characters.
- A speaker's label stands alone above its lines; a notice stands between dashes, without a number.
- No other line of the file begins with a number, so that the talk can be read back line by line.
"""

import re

from returns import words
from returns.lines import break_turn
from returns.packet import Packet
from returns.reading import gather
from vocabulary.transcript import TreatedTurn

FIGURES = 6
_INDENT = " " * (FIGURES + 2)
_NUMBERED = re.compile(rf"^(?=.{{{FIGURES}}}  ) *([1-9][0-9]*)  (.*)$")


def render(packet: Packet) -> bytes:
    """Return the packet as a text file."""
    front = words.front(packet.heading)
    labels = words.fields(packet.heading)
    width = max(len(label) for label, _ in labels) + 2
    out = [front.kicker.upper(), words.title(packet.heading), ""]
    out += [f"{label:<{width}}{value}" for label, value in labels]
    out += ["", front.rules_title.upper()]
    for rule in front.rules:
        for n, (start, end) in enumerate(break_turn(rule)):
            out.append(("  " if n else "– ") + rule[start:end])
    out += ["", front.talk_title.upper(), ""]
    for turn, lines in packet.contributions():
        out += _notice(turn) if turn.speaker is None else [_INDENT + turn.speaker]
        out += [f"{line.number:>{FIGURES}}  {packet.text_of(line).reveal()}" for line in lines]
        out.append("")
    out += [words.end_of_talk(len(packet.lines)), front.footer]
    return "".join(f"{line}\n" for line in out).encode()


def extract(data: bytes) -> dict[str, str]:
    """Return every text of the file by its place; the lines of the talk one by one and by turn."""
    parts: list[tuple[int | None, str, str]] = []
    for row, content in enumerate(data.decode(errors="replace").split("\n"), start=1):
        found = _NUMBERED.match(content)
        if found:
            parts.append((int(found[1]), f"line {found[1]}", found[2]))
        else:
            parts.append((None, f"row {row}", content.strip()))
    return gather(parts)


def _notice(turn: TreatedTurn) -> list[str]:
    text = turn.text.reveal()
    return [f"{_INDENT}— {text[start:end]} —" for start, end in break_turn(text)]
