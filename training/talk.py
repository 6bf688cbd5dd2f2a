"""A talk of training: turns, and the mentions in them."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Mention:
    turn: int
    start: int
    end: int
    label: str
    cluster: str


@dataclass
class Talk:
    """Turns (speaker, text) and the mentions in them, sorted."""

    turns: list[tuple[str, str]]
    mentions: list[Mention]


def document(name: str, talk: Talk) -> dict[str, Any]:
    """Return a talk as a gold document: offsets count in the whole text, turns opened by their speakers."""
    lines = [f"{speaker}: {text}" for speaker, text in talk.turns]
    opened = [sum(len(line) + 1 for line in lines[:turn]) + len(talk.turns[turn][0]) + 2 for turn in range(len(lines))]
    entities = [
        {
            "start": opened[m.turn] + m.start,
            "end": opened[m.turn] + m.end,
            "text": talk.turns[m.turn][1][m.start : m.end],
            "label": m.label,
            "cluster": m.cluster,
        }
        for m in sorted(talk.mentions, key=lambda m: (m.turn, m.start))
        if m.end > m.start
    ]
    turns = [
        {"speaker": speaker, "start": opened[turn], "end": opened[turn] + len(text)}
        for turn, (speaker, text) in enumerate(talk.turns)
    ]
    return {
        "id": name, "group": name, "session": 1, "text": "\n".join(lines), "turns": turns, "entities": entities,
    }  # fmt: skip
