"""What the trained network says of the people of a session: adult or youth, who is one with whom, who speaks.

A pure reading of spans that were found: nothing is joined here (anonymize/linking/regrouping.py decides).
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from anonymize.forms import PEOPLE
from anonymize.trained.elements import KINDS, Naming, elements_of, words_of
from anonymize.trained.network import Network
from anonymize.trained.resolver import WINDOW, Weighed, weigh_elements
from anonymize.trained.tagger import Session
from vocabulary.choices import EntityType
from vocabulary.span import Span

Place = tuple[int, int]
Key = TypeVar("Key")
_LABELS_OF_PEOPLE, _LABELS_OF_PLACES = ("YOUTH", "PERSON"), ("PLACE", "INSTITUTION")
ASTRAY = 2.0
"""Log-odds from which what was taken for a person is a place or an institution, or the reverse."""
_INITIAL = 2
"""Characters of an initial ("K."), which linking takes for a youth's."""
_TOLD = frozenset({"head", "title", "kinship", "naming phrase", "spelled name"})
_TOLD_BY = ("known", "transformers", "gliner")
"""Reasons, and beginnings of reasons, against which no name is moved between people and places: the words before it,
its letters, the dossier and the vault, an operator's models."""


@dataclass(frozen=True)
class Evidence:
    """Log-odds. ``adult``: of each span of a person, by its place (turn, start), that it is no youth. ``one``: of two
    such places, in the order of the talk, that they are one person; two that stand far apart have none. ``speaks``: of
    a place and a speaker, that this is who is named. ``labels``: of the spans that were taken for a person and are
    rather a place or an institution, or the reverse, what they are."""

    adult: Mapping[Place, float] = field(default_factory=dict)
    one: Mapping[tuple[Place, Place], float] = field(default_factory=dict)
    speaks: Mapping[tuple[Place, str], float] = field(default_factory=dict)
    labels: Mapping[Place, EntityType] = field(default_factory=dict)


def weigh(
    networks: Sequence[Network], session: Session, turns: Sequence[str], spans: Sequence[Span], speakers: Sequence[str],
    groups: Sequence[int], tied: Sequence[tuple[int, int]],
) -> Evidence:  # fmt: skip
    """Return the evidence on the people among ``spans`` (everything named, in order); ``groups`` and ``tied`` are what
    the rules hold (anonymize/linking/ruled.py)."""
    namings = [
        Naming(
            *session.tokens_of(span.turn, span.start, span.end),
            span.turn,
            words_of(turns[span.turn][span.start : span.end]),
            str(span.label),
            group,
        )
        for span, group in zip(spans, groups, strict=True)
    ]
    elements = elements_of(namings, session.turn_tokens, speakers, tied, WINDOW)
    windows = weigh_elements([network.weights for network in networks], session.hidden, elements)
    kinds = _kinds(windows, len(spans))
    labels = {
        place: label
        for place, span in enumerate(spans)
        if span.end - span.start > _INITIAL and (label := settled(span, kinds[place])) != span.label
    }
    one: dict[tuple[Place, Place], list[float]] = defaultdict(list)
    speaks: dict[tuple[Place, str], list[float]] = defaultdict(list)
    of_number = list(dict.fromkeys(speakers))
    places = [(span.turn, span.start) for span in spans]
    people = [labels.get(place, span.label) in PEOPLE for place, span in enumerate(spans)]
    for weighed in windows:
        held, who = weighed.candidates.mentions, weighed.candidates.speakers
        named = [row for row, place in enumerate(held) if place >= 0 and people[place]]
        for order, row in enumerate(named):
            here = places[held[row]]
            for other in named[order + 1 :]:
                one[here, places[held[other]]].append(float(weighed.one[row, other]))
            for other in map(int, np.flatnonzero(who >= 0)):
                speaks[here, of_number[who[other]]].append(float(weighed.one[row, other]))
    return Evidence(
        {places[place]: _odds(kinds[place], ("PERSON",), ("YOUTH",)) for place in np.flatnonzero(people)},
        _means(one),
        _means(speaks),
        {places[place]: label for place, label in labels.items()},
    )


def _kinds(windows: Sequence[Weighed], count: int) -> NDArray[np.float64]:
    """Return how probable each label of KINDS is for each span, ``(count, len(KINDS))``."""
    sums, seen = np.zeros((count, len(KINDS))), np.zeros((count, 1))
    for weighed in windows:
        rows = np.flatnonzero(weighed.candidates.mentions >= 0)
        held = weighed.candidates.mentions[rows]
        sums[held] += np.exp(weighed.kinds[rows])
        seen[held] += 1
    return sums / np.maximum(seen, 1)


def settled(span: Span, chances: NDArray[np.float64]) -> EntityType:
    """Return the label of a span, of the other family if the network holds it to be of that; not against what others
    are told by (``_TOLD``)."""
    if any(reason in _TOLD or reason.startswith(_TOLD_BY) for reason in span.reasons):
        return span.label
    families = _LABELS_OF_PEOPLE, _LABELS_OF_PLACES
    mine, other = families if span.label in PEOPLE else families[::-1]
    if _odds(chances, other, mine) < ASTRAY:
        return span.label
    return EntityType(max(other, key=lambda label: chances[KINDS.index(label)]))


def _odds(chances: NDArray[np.float64], these: Sequence[str], those: Sequence[str]) -> float:
    ours, theirs = (sum(chances[KINDS.index(label)] for label in labels) for labels in (these, those))
    return math.log((ours + 0.02) / (theirs + 0.02))


def _means(found: Mapping[Key, Sequence[float]]) -> dict[Key, float]:
    return {key: sum(values) / len(values) for key, values in found.items()}
