"""What speaking and a recogniser make of a talk: fillers, words left out, lost capitals, lower case.

The bare variant keeps the rules of benchmarks/corpus/README.md.
"""

import random
import re

from training.talk import Mention, Talk

FILLERS = ("euh", "euh", "hein", "ben", "enfin", "voilà", "quoi", "bon", "tu vois", "je sais pas", "comment dire")


def disfluent(talk: Talk, rng: random.Random, rate: float) -> Talk:
    """Return ``talk`` with fillers and repeated words between its words, never inside a mention."""
    turns, mentions = [], []
    for number, (speaker, text) in enumerate(talk.turns):
        own = [m for m in talk.mentions if m.turn == number]
        inserted: list[tuple[int, str]] = []
        for match in re.finditer(r" (?=([^\W\d_]+) )", text):
            at = match.end()
            if rng.random() < rate and not any(m.start < at < m.end + 1 for m in own):
                repeat = match[1] if len(match[1]) < 5 and not any(m.start <= at < m.end for m in own) else ""
                inserted.append(
                    (at, f"{repeat or rng.choice(FILLERS)} " if rng.random() < 0.5 else f"{rng.choice(FILLERS)}, ")
                )
        shifted, position, done = "", 0, []
        for at, extra in inserted:
            shifted += text[position:at] + extra
            position = at
            done.append((at, len(extra)))
        shifted += text[position:]
        turns.append((speaker, shifted))
        for m in own:
            move = sum(size for at, size in done if at <= m.start)
            mentions.append(Mention(number, m.start + move, m.end + move, m.label, m.cluster))
    return Talk(turns, mentions)


def shortened(talk: Talk, rng: random.Random, rate: float) -> Talk:
    """Return ``talk`` with some words left out, never of a mention."""
    turns, mentions = [], []
    for number, (speaker, text) in enumerate(talk.turns):
        own = [m for m in talk.mentions if m.turn == number]
        cuts = [
            (match.start(), match.end())
            for match in re.finditer(r"(?<= )[^\W\d_]+ ", text)
            if rng.random() < rate and not any(m.start < match.end() + 1 and m.end > match.start() - 1 for m in own)
        ]
        shorter, position = "", 0
        for start, end in cuts:
            shorter += text[position:start]
            position = end
        turns.append((speaker, shorter + text[position:]))
        for m in own:
            move = sum(end - start for start, end in cuts if end <= m.start)
            mentions.append(Mention(number, m.start - move, m.end - move, m.label, m.cluster))
    return Talk(turns, mentions)


def slips(talk: Talk, rng: random.Random, rate: float) -> Talk:
    """Return ``talk`` with some capitals of names lost, as a recogniser that takes them for words loses them."""
    turns = [list(text) for _, text in talk.turns]
    for m in talk.mentions:
        if m.label in ("YOUTH", "PERSON", "PLACE", "INSTITUTION") and rng.random() < rate:
            for place in range(m.start, m.end):
                turns[m.turn][place] = turns[m.turn][place].lower()
    return Talk([(speaker, "".join(text)) for (speaker, _), text in zip(talk.turns, turns, strict=True)], talk.mentions)


def bare(talk: Talk) -> Talk:
    """Return ``talk`` in lower case without punctuation."""
    turns, mentions = [], []
    for number, (speaker, text) in enumerate(talk.turns):
        own = [m for m in talk.mentions if m.turn == number]
        address = {i for m in own if m.label == "CONTACT" for i in range(m.start, m.end)}
        out: list[str] = []
        place: list[int] = []
        for index, char in enumerate(text):
            place.append(len(out))
            inner = 0 < index < len(text) - 1 and text[index - 1].isalnum() and text[index + 1].isalnum()
            keep = char.isalnum() or (char in "'’-" and inner) or (char in "@._/-" and index in address)
            if keep and len(char.lower()) == 1:
                out.append(char.lower())
            elif out and out[-1] != " ":
                out.append(" ")
        place.append(len(out))
        line = "".join(out)
        turns.append((speaker, line.rstrip()))
        for m in own:
            start, end = place[m.start], place[m.end]
            while start < end and line[start] == " ":
                start += 1
            while end > start and line[end - 1 : end] == " ":
                end -= 1
            if start < end:
                mentions.append(Mention(number, start, end, m.label, m.cluster))
    return Talk(turns, mentions)
