"""What the trained network says of the people of a session: adult or youth, who is one with whom, who speaks.

A pure reading of spans that were found: nothing is joined here (anonymize/linking/joining.py decides).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from anonymize.french.lexicon import Lexicon
from anonymize.trained.network import Network
from anonymize.trained.pairs import Named, pairs_of, words_of
from anonymize.trained.tagger import Session
from vocabulary.span import Span


@dataclass(frozen=True)
class Evidence:
    """Log-odds. ``adult``: of each span of a person, by its place (turn, start), that it is no youth. ``one``: of two
    such places, in the order of the talk, that they are one person. ``speaks``: of a place and a turn, that the speaker
    of the turn is who is named."""

    adult: Mapping[tuple[int, int], float] = field(default_factory=dict)
    one: Mapping[tuple[tuple[int, int], tuple[int, int]], float] = field(default_factory=dict)
    speaks: Mapping[tuple[tuple[int, int], int], float] = field(default_factory=dict)


def weigh(
    network: Network, session: Session, turns: Sequence[str], spans: Sequence[Span], speakers: Sequence[str],
    lexicon: Lexicon, adult: Mapping[tuple[int, int], float],
) -> Evidence:  # fmt: skip
    """Return the evidence on ``spans`` (names of people, in order)."""
    named = [
        Named(
            *session.tokens_of(span.turn, span.start, span.end),
            span.turn,
            words_of(turns[span.turn][span.start : span.end]),
        )
        for span in spans
    ]
    starts = session.turn_tokens
    pairs = pairs_of(named, starts, len(session.features.pieces), speakers, lexicon)
    if not len(pairs.left):
        return Evidence(adult)
    left = np.array([[named[i].first, named[i].last] for i in pairs.left], np.int32)
    right = np.array(
        [
            [named[r].first, named[r].last] if r >= 0 else [starts[t], starts[t] + 1]
            for r, t in zip(pairs.right, pairs.turns, strict=True)
        ],
        np.int32,
    )
    odds = network.pair_scores(session.hidden, left, right, pairs.values)
    places = [(span.turn, span.start) for span in spans]
    one, speaks = {}, {}
    for i, r, t, value in zip(pairs.left, pairs.right, pairs.turns, odds, strict=True):
        if r >= 0:
            one[places[i], places[r]] = float(value)
        else:
            speaks[places[i], int(t)] = float(value)
    return Evidence(adult, one, speaks)
