"""The return as WebVTT (W3C, https://www.w3.org/TR/webvtt1/), for tools that follow the time.

Rules
- A cue holds at most ``ROWS`` consecutive lines of one turn, a row each; its identifier is their numbers.
- A turn's time is shared among its cues by their count of characters: an estimate, since treated words
  have no time of their own. Times are whole milliseconds; a cue lasts one at least.
- The speaker's label is the cue's voice; a notice is a cue without voice and without identifier.
- ``&``, ``<`` and ``>`` are escaped, so that no payload can hold ``-->``; a label holds neither ``<``
  nor ``>``. Cues stand in order of their beginning, as the format demands, then of their lines.
"""

import html
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from returns import words
from returns.lines import Line
from returns.packet import Packet
from returns.reading import Part, gather
from vocabulary.transcript import TreatedTurn

ROWS = 2
_ANGLES = str.maketrans("<>", "‹›")
_CUE = re.compile(r"(?:(\d+)(?:-\d+)?\n)?[\d:.]+ --> [\d:.]+\n(?:<v ([^>]*)>)?(.*)", re.DOTALL)


@dataclass(frozen=True, order=True)
class Cue:
    """One cue, from ``start`` to ``end`` in milliseconds; lines ``first`` to ``last``, 0 for a notice."""

    start: int
    first: int
    last: int
    end: int
    voice: str | None
    rows: tuple[str, ...]


def render(packet: Packet) -> bytes:
    """Return the packet as a WebVTT file, UTF-8."""
    front = words.front(packet.heading)
    about = [front.kicker, words.title(packet.heading)]
    about += [f"{label}\u00a0: {value}" for label, value in words.fields(packet.heading)]
    blocks = ["WEBVTT", _note(about), _note([*front.rules, front.footer])]
    blocks += [_block(cue) for cue in sorted(_cues(packet))]
    return ("\n\n".join(blocks) + "\n").encode()


def extract(data: bytes) -> dict[str, str]:
    """Return every text of the file by its place; the lines of the talk one by one and by run."""
    parts: list[Part] = []
    rows: list[tuple[int, str, str]] = []
    for index, block in enumerate(data.decode(errors="replace").strip("\n").split("\n\n"), start=1):
        found = _CUE.fullmatch(block)
        if found is None:
            parts.append((None, f"block {index}", block))
            continue
        voice, payload = html.unescape(found[2] or ""), html.unescape(found[3])
        parts.append((None, f"cue {index}, voice", voice))
        if found[1] is None:
            parts.append((None, f"cue {index}", payload))
        else:
            rows += ((int(found[1]) + n, voice, row) for n, row in enumerate(payload.split("\n")))
    return gather(parts) | gather(_talk(sorted(rows)))


def _talk(rows: Iterable[tuple[int, str, str]]) -> Iterator[Part]:
    """Yield the lines in their order, with an empty part wherever another voice begins."""
    speaking = None
    for number, voice, text in rows:
        if voice != speaking:
            yield None, "", ""
        speaking = voice
        yield number, f"line {number}", text


def _cues(packet: Packet) -> Iterator[Cue]:
    for turn, lines in packet.contributions():
        if turn.speaker is None:
            yield _cue(turn, (0.0, 1.0), None, (turn.text.reveal(),))
            continue
        for at in range(0, len(lines), ROWS):
            own = lines[at : at + ROWS]
            rows = (packet.text_of(line).reveal() for line in own)
            yield _cue(turn, _share(turn, own, lines[at + ROWS :]), (own[0], own[-1]), rows)


def _share(turn: TreatedTurn, own: tuple[Line, ...], later: tuple[Line, ...]) -> tuple[float, float]:
    """Return where a cue's lines begin and end in their turn, from 0 to 1."""
    size = len(turn.text)
    return own[0].start / size, (later[0].start / size if later else 1.0)


def _cue(turn: TreatedTurn, share: tuple[float, float], ends: tuple[Line, Line] | None, rows: Iterable[str]) -> Cue:
    begin = _seconds(turn.start)
    length = max(_seconds(turn.end) - begin, 0.0)
    start, end = (round(1000 * (begin + length * part)) for part in share)
    first, last = (ends[0].number, ends[1].number) if ends else (0, 0)
    return Cue(start, first, last, max(end, start + 1), turn.speaker, tuple(rows))


def _seconds(value: float) -> float:
    return max(value, 0.0) if math.isfinite(value) else 0.0


def _block(cue: Cue) -> str:
    identifier = "" if not cue.first else f"{cue.first}\n" if cue.first == cue.last else f"{cue.first}-{cue.last}\n"
    voice = f"<v {html.escape(cue.voice.translate(_ANGLES), quote=False)}>" if cue.voice else ""
    payload = html.escape("\n".join(cue.rows), quote=False)
    return f"{identifier}{_clock(cue.start)} --> {_clock(cue.end)}\n{voice}{payload}"


def _clock(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest:03}"


def _note(lines: Iterable[str]) -> str:
    return "NOTE\n" + "\n".join(lines).replace("-->", "→")
