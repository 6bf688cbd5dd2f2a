"""What the trained network says of the people of a session: adult or youth, who is one with whom, who speaks.

A pure reading of spans that were found: nothing is joined here (anonymize/linking/regrouping.py decides).
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from anonymize.forms import PEOPLE
from anonymize.trained.elements import KINDS, Naming, elements_of, words_of
from anonymize.trained.network import Network
from anonymize.trained.resolver import WINDOW, weigh_elements
from anonymize.trained.tagger import Session
from vocabulary.span import Span

Place = tuple[int, int]
Key = TypeVar("Key")


@dataclass(frozen=True)
class Evidence:
    """Log-odds. ``adult``: of each span of a person, by its place (turn, start), that it is no youth. ``one``: of two
    such places, in the order of the talk, that they are one person; two that stand far apart have none. ``speaks``: of
    a place and a speaker, that this is who is named."""

    adult: Mapping[Place, float] = field(default_factory=dict)
    one: Mapping[tuple[Place, Place], float] = field(default_factory=dict)
    speaks: Mapping[tuple[Place, str], float] = field(default_factory=dict)


def weigh(
    network: Network, session: Session, turns: Sequence[str], spans: Sequence[Span], speakers: Sequence[str],
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
    adult: dict[Place, list[float]] = defaultdict(list)
    one: dict[tuple[Place, Place], list[float]] = defaultdict(list)
    speaks: dict[tuple[Place, str], list[float]] = defaultdict(list)
    labels = list(dict.fromkeys(speakers))
    places = [(span.turn, span.start) for span in spans]
    for weighed in weigh_elements(network.weights, session.hidden, elements):
        held, who = weighed.candidates.mentions, weighed.candidates.speakers
        people = [row for row, place in enumerate(held) if place >= 0 and spans[place].label in PEOPLE]
        for order, row in enumerate(people):
            here = places[held[row]]
            youth, person = (math.exp(weighed.kinds[row, KINDS.index(kind)]) for kind in ("YOUTH", "PERSON"))
            adult[here].append(math.log((person + 0.02) / (youth + 0.02)))
            for other in people[order + 1 :]:
                one[here, places[held[other]]].append(float(weighed.one[row, other]))
            for other in map(int, np.flatnonzero(who >= 0)):
                speaks[here, labels[who[other]]].append(float(weighed.one[row, other]))
    return Evidence(_means(adult), _means(one), _means(speaks))


def _means(found: Mapping[Key, Sequence[float]]) -> dict[Key, float]:
    return {key: sum(values) / len(values) for key, values in found.items()}
