"""The names of a filled talk as a detector finds them: some missed, some words taken for names, some roles wrong."""

import random
import re

from anonymize.french.folding import squash
from training.talk import Mention, Talk
from vocabulary.choices import EntityType
from vocabulary.span import Span

_LETTER = r"(?:\w|e accent \w+|[ei] tréma|c cédille)"
_SPELLED = re.compile(rf"{_LETTER}(?:(?:-|, | ){_LETTER}){{2,}}")

MISSED, INVENTED = 0.03, 0.04
"""Shares of the mentions that a detector misses, and that it takes for names."""
ASTRAY, DRAWN = 0.03, 0.4
"""Share of the mentions of people that a detector takes for places, and the reverse; and of the names that both a
person and a place have, of those that it takes for one or the other wherever they stand."""
_PEOPLE, _NAMED = ("YOUTH", "PERSON"), ("PLACE", "INSTITUTION")


def spans_of(talk: Talk, rng: random.Random, mistaken: float) -> tuple[list[Mention], list[Span]]:
    """Return the mentions of what is named, and a span for each, as a detector would give them: of a share ``mistaken``
    of the names youth and adult are exchanged, of others people and places."""
    mentions = sorted(
        (m for m in talk.mentions if m.label in ("YOUTH", "PERSON", "PLACE", "INSTITUTION") and m.end > m.start),
        key=lambda m: (m.turn, m.start),
    )
    mentions = [m for m in mentions if rng.random() >= MISSED]
    for _ in range(round(INVENTED * len(mentions))):
        turn = rng.randrange(len(talk.turns))
        named = [m for m in mentions if m.turn == turn]
        words = [
            word
            for word in re.finditer(r"[^\W\d_]{4,}", talk.turns[turn][1])
            if not any(m.start < word.end() and word.start() < m.end for m in named)
        ]
        if words:
            word = rng.choice(words)
            mentions.append(Mention(turn, word.start(), word.end(), "NONE", f"none{len(mentions)}"))
    mentions.sort(key=lambda m: (m.turn, m.start))
    exchanged: dict[str, bool] = {}
    drawn = _drawn(talk, mentions, rng)
    spans = []
    for m in mentions:
        surface = talk.turns[m.turn][1][m.start : m.end]
        label = m.label if m.label != "NONE" else rng.choice(("YOUTH", "PERSON", "PLACE"))
        if label in ("YOUTH", "PERSON"):
            key = squash(surface)
            if key not in exchanged:
                exchanged[key] = rng.random() < mistaken
            if exchanged[key]:
                label = "PERSON" if label == "YOUTH" else "YOUTH"
        family = drawn.get(squash(surface))
        if family is not None and label not in family:
            label = rng.choice(family)
        elif rng.random() < ASTRAY:
            label = rng.choice(_NAMED if label in _PEOPLE else _PEOPLE)
        reasons = ("spelled name",) if _SPELLED.fullmatch(surface) else ()
        spans.append(Span(m.turn, m.start, m.end, EntityType(label), reasons=reasons))
    return mentions, spans


def _drawn(talk: Talk, mentions: list[Mention], rng: random.Random) -> dict[str, tuple[str, ...]]:
    """Return the labels that a detector gives to names which both a person and a place have, where it does not tell
    the two apart."""
    held: dict[str, set[bool]] = {}
    for m in mentions:
        if m.label != "NONE":
            held.setdefault(squash(talk.turns[m.turn][1][m.start : m.end]), set()).add(m.label in _PEOPLE)
    both = [key for key, families in held.items() if len(families) > 1]
    return {key: rng.choice((_PEOPLE, _NAMED)) for key in both if rng.random() < DRAWN}
