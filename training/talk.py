"""A talk of training: turns, and the mentions in them."""

from dataclasses import dataclass


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
