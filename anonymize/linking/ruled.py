"""Who the rules alone hold to be one: what the trained resolver is given beside the words.

The same in training and in use: ``training/samples.py`` asks for it of every filled talk.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from anonymize.forms import PEOPLE
from anonymize.french.folding import squash
from anonymize.linking.aliases import ties
from anonymize.linking.people import gather
from anonymize.surfaces import surface_of
from vocabulary.span import Span


@dataclass(frozen=True)
class Ruled:
    """Of each span the number of who the rules give it to; and the pairs of spans that a phrase ties together."""

    groups: tuple[int, ...]
    tied: tuple[tuple[int, int], ...]


def ruled(turns: Sequence[str], spans: Sequence[Span], speakers: Sequence[str]) -> Ruled:
    """Return what the rules hold of ``spans`` (everything named, in order); ``speakers``: a label for each turn."""
    people = [place for place, span in enumerate(spans) if span.label in PEOPLE]
    named = [spans[place] for place in people]
    groups = [-1] * len(spans)
    roles = {}
    found = gather(turns, named, [], speakers)
    for number, person in enumerate(found):
        for mention in person.mentions:
            groups[people[mention.index]] = number
            roles[mention.index] = person.role
    letters: dict[str, int] = {}
    for place, span in enumerate(spans):
        if groups[place] < 0:
            key = squash(surface_of(turns[span.turn], span))
            groups[place] = letters.setdefault(key, len(found) + len(letters))
    return Ruled(tuple(groups), tuple((people[one], people[other]) for one, other in ties(turns, named, roles)))
