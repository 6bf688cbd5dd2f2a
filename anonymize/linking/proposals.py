"""Proposals: who may be one person with whom and was not joined, or was joined on thin ground, for the review.

Rules of the module:
1. A proposal decides nothing: spans and clusters stay as linking left them (link.py). It holds ids, a reason and
   offsets, never words.
2. *Likely*: the network's log-odds that two clusters are one person, taken together as for joining, reach ``LIKELY``
   and something kept them apart: too little (``ALIKE`` of anonymize/linking/regrouping.py), or the vault.
3. *Shared*: a name said alone in one cluster is also borne by another: which of the two is meant is uncertain. A name
   after a title, spelled or said as a maiden name is told apart by that.
4. *Alike*: two clusters bear names of one sound, or one name is the other cut short.
5. *Joined*: one cluster bears names that no letters, no sound, no initial, no dossier and nothing said in the talk tie
   together, and that the network held to be one.
6. Two full names that differ, two genders and two people whom the dossier tells apart are never proposed as one; nor
   is what the dossier gives to one person asked again. The vault alone is no authority: it holds what linking guessed.
7. A pair stands at most once under a reason, and under *alike* only if under no other. Reasons come in the order of
   ``Doubt``, each with at most ``MOST``, the surest first (of *joined*, the least sure join). The same input gives the
   same proposals, whatever the ids of the clusters.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from anonymize.forms import PEOPLE
from anonymize.french.folding import fold, sound
from anonymize.french.lexicon import lexicon
from anonymize.linking.aliases import ties
from anonymize.linking.joining import may_be_one
from anonymize.linking.mentions import Mention, Person, read_mentions
from anonymize.linking.regrouping import ALIKE, together
from anonymize.linking.resemblance import compatible, initials, shortened, sounds_alike
from anonymize.surfaces import names_of
from anonymize.trained.evidence import Evidence
from anonymize.vault import KnownReferent
from vocabulary.choices import Doubt
from vocabulary.draft import Proposal
from vocabulary.span import Span

LIKELY = 0.0
"""Log-odds from which two clusters are proposed as one; from ALIKE on they are joined. Lower finds little that is true:
on the read groups of benchmarks/, both variants, 10 of 62 were, from -1 on 11 of 81, from -2 on 11 of 94."""
MOST = 5
"""Proposals of one reason, at most: what a person reads through at the end of a page, and no reason hides another."""
MOST_PASSAGES = 8
"""Passages of one proposal, at most: a name said alone forty times shows its doubt in the closest few."""

Names = tuple[str, ...]
Place = tuple[int, int]


def propose(
    turns: Sequence[str], spans: Sequence[Span], evidence: Evidence, known: Sequence[KnownReferent] = ()
) -> tuple[Proposal, ...]:
    """Return the proposals on linked ``spans``, in the order of rule 7.

    ``evidence`` is what linking was given; of ``known``, what the dossier says (no id) counts.
    """
    people = [span for span in spans if span.label in PEOPLE]
    mentions = read_mentions(turns, people, None, evidence.adult)
    clusters: dict[str, Person] = {}
    for mention in mentions:
        if mention.span.cluster is not None:
            clusters.setdefault(mention.span.cluster, Person()).take(mention)
    told = _Told(known)
    odds = _between(evidence, {_place(mention): mention.span.cluster for mention in mentions})
    found = [
        *_first(_likely(clusters, odds, told)),
        *_first(_shared(clusters)),
    ]
    paired = {frozenset(proposal.clusters) for proposal in found}
    found += _first(
        (rank, proposal) for rank, proposal in _alike(clusters, told) if frozenset(proposal.clusters) not in paired
    )
    said = [(mentions[one], mentions[other]) for one, other in _ties(turns, mentions)]
    found += _first(_joined(clusters, said, evidence, told))
    return tuple(found)


def _first(ranked: Iterator[tuple[float, Proposal]]) -> list[Proposal]:
    """Return the first proposals: those of the lowest rank, in the order of the talk where ranks are equal."""
    order = sorted(ranked, key=lambda one: (one[0], one[1].passages))
    return [proposal for _, proposal in order[:MOST]]


class _Told:
    """What the dossier says of people: which names are one person's."""

    def __init__(self, known: Sequence[KnownReferent]) -> None:
        self._blocks = [
            {tuple(names_of(form)) for form in item.forms} for item in known if item.id is None and item.kind in PEOPLE
        ]

    def one(self, names: Names, other: Names) -> bool:
        return any(names in block and other in block for block in self._blocks)

    def apart(self, one: Person, other: Person) -> bool:
        """Whether each is told of, and not in one place."""
        here, there = self._of(one), self._of(other)
        return bool(here) and bool(there) and not here & there

    def _of(self, person: Person) -> set[int]:
        return {place for place, block in enumerate(self._blocks) if block & set(person.names)}


def _place(mention: Mention) -> Place:
    return mention.span.turn, mention.span.start


def _between(
    evidence: Evidence, cluster_of: Mapping[Place, str | None]
) -> dict[frozenset[str], list[tuple[float, Place, Place]]]:
    """Return what the network says of mentions of two clusters, by the pair of clusters."""
    found: dict[frozenset[str], list[tuple[float, Place, Place]]] = {}
    for (a, b), odds in evidence.one.items():
        one, other = cluster_of.get(a), cluster_of.get(b)
        if one is not None and other is not None and one != other:
            found.setdefault(frozenset((one, other)), []).append((odds, a, b))
    return found


def _likely(
    clusters: Mapping[str, Person], odds: Mapping[frozenset[str], list[tuple[float, Place, Place]]], told: _Told
) -> Iterator[tuple[float, Proposal]]:
    at = {_place(m): m for person in clusters.values() for m in person.mentions}
    for pair, said in odds.items():
        one, other = (clusters[cluster] for cluster in pair)
        total = together([value for value, _, _ in said])
        if total < LIKELY or not may_be_one(one, other) or told.apart(one, other):
            continue
        _, a, b = min(said, key=lambda item: (-item[0], item[1], item[2]))
        yield -total, _proposal(Doubt.LIKELY, [at[a], at[b]])


def _shared(clusters: Mapping[str, Person]) -> Iterator[tuple[float, Proposal]]:
    for one, other in combinations(clusters.values(), 2):
        alone: list[tuple[int, Mention, Mention]] = []
        for person, rival in ((one, other), (other, one)):
            for mention in person.mentions:
                bearing = [m for m in rival.mentions if _bears(m, mention.names)] if _is_alone(mention) else []
                if bearing:
                    alone.append(min(((abs(m.index - mention.index), mention, m) for m in bearing), key=_closest))
        if not alone:
            continue
        alone.sort(key=_closest)
        gap, mention, bearing_it = alone[0]
        shown = [mention, bearing_it]
        shown += [m for _, m, _ in alone if m is not mention and m is not bearing_it]
        yield float(gap), _proposal(Doubt.SHARED, shown[:MOST_PASSAGES])


def _closest(found: tuple[int, Mention, Mention]) -> tuple[int, int, int]:
    gap, mention, other = found
    return gap, mention.index, other.index


def _is_alone(mention: Mention) -> bool:
    plain = not (mention.titled or mention.spelled or mention.maiden)
    return plain and len(mention.names) == 1 and len(mention.names[0]) > 1


def _bears(mention: Mention, names: Names) -> bool:
    """Whether a mention says a lone name: alone, or as the first or last of a full name."""
    if mention.titled or mention.spelled or mention.maiden:
        return False
    return names[0] in (mention.names[0], mention.names[-1], *mention.parts)


def _alike(clusters: Mapping[str, Person], told: _Told) -> Iterator[tuple[float, Proposal]]:
    for one, other in combinations(clusters.values(), 2):
        if not may_be_one(one, other) or told.apart(one, other):
            continue
        found = [
            (rank, abs(a.index - b.index), a.index, b.index, a, b)
            for a in _under_each_name(one)
            for b in _under_each_name(other)
            if (rank := _resemblance(a.names, b.names)) is not None
        ]
        if found:
            rank, *_, a, b = min(found, key=lambda item: item[:4])
            yield float(rank), _proposal(Doubt.ALIKE, [a, b])


def _under_each_name(person: Person) -> list[Mention]:
    """Return the first mention under each name that is not spelled; a single letter is no name to compare."""
    first: dict[Names, Mention] = {}
    for mention in person.mentions:
        if not mention.spelled and len("".join(mention.names)) > 1:
            first.setdefault(mention.names, mention)
    return list(first.values())


def _resemblance(names: Names, held: Names) -> int | None:
    """Return how much two names resemble each other, 0 the most, or None: one sound, nearly one sound, a short form, a
    short form that is a first name of its own. Names that share a word are no matter of it, unless both are full.
    """
    if set(names) & set(held) and 1 in (len(names), len(held)):
        return None
    if sounds_alike(list(names), list(held)):
        return 0 if sound("".join(names)) == sound("".join(held)) else 1
    if 1 in (len(names), len(held)) and shortened(names[0], held[0]):
        lone = names if len(names) == 1 and (len(held) > 1 or len(names[0]) < len(held[0])) else held
        if len(lone[0]) > min(len(names[0]), len(held[0])):
            return None  # the longer one is said alone: "Abdoulaye" is not short for "Abdou Traoré"
        return 2 if lexicon().first_name(lone[0]) is None else 3
    return None


def _joined(
    clusters: Mapping[str, Person], said: Sequence[tuple[Mention, Mention]], evidence: Evidence, told: _Told
) -> Iterator[tuple[float, Proposal]]:
    for person in clusters.values():
        parts = _tied(person, said, told)
        least: tuple[float, Mention, Mention] | None = None
        while len(parts) > 1:
            totals = [
                (total, a, b, one, other)
                for one, other in combinations(range(len(parts)), 2)
                if (found := _strongest(parts[one], parts[other], evidence)) is not None
                for total, a, b in [found]
            ]
            best = min(totals, key=lambda item: (-item[0], item[1].index, item[2].index), default=None)
            if best is None or best[0] < ALIKE:
                break
            total, a, b, one, other = best
            parts[one] += parts.pop(other)
            if least is None or total < least[0]:
                least = (total, a, b)
        if least is not None:
            yield least[0], _proposal(Doubt.JOINED, list(least[1:]))


def _tied(person: Person, said: Sequence[tuple[Mention, Mention]], told: _Told) -> list[list[Mention]]:
    """Return the mentions of one cluster, apart where nothing but the network holds them together."""
    parts: list[list[Mention]] = []
    pairs = {frozenset((one.index, other.index)) for one, other in said}
    for mention in person.mentions:
        near = [part for part in parts if any(_are_tied(mention, other, pairs, told) for other in part)]
        parts = [part for part in parts if part not in near]
        parts.append([*(other for part in near for other in part), mention])
    return sorted((sorted(part, key=lambda m: m.index) for part in parts), key=lambda part: part[0].index)


def _are_tied(mention: Mention, other: Mention, said: set[frozenset[int]], told: _Told) -> bool:
    if mention.spelled or other.spelled or mention.maiden or other.maiden:
        return True
    if frozenset((mention.index, other.index)) in said or told.one(mention.names, other.names):
        return True
    return _share(mention, other)


def _share(mention: Mention, other: Mention) -> bool:
    """Whether two names share a word, a sound, a beginning or an initial."""
    names, held = mention.names, other.names
    if {*names, *mention.parts} & {*held, *other.parts} or {sound(n) for n in names} & {sound(h) for h in held}:
        return True
    if compatible(list(names), list(held), False) or sounds_alike(list(names), list(held)):
        return True
    if any(shortened(n, h) for n in names for h in held):
        return True
    if any(1 in (len(n), len(h)) and n[:1] == h[:1] for n in names for h in held):
        return True
    return any(
        len(a.names) == 1 and initials(a.names[0], fold(b.surface).replace("-", " ").split())
        for a, b in ((mention, other), (other, mention))
    )


def _strongest(
    part: Sequence[Mention], other: Sequence[Mention], evidence: Evidence
) -> tuple[float, Mention, Mention] | None:
    """Return what the network says of two parts of a cluster together, and the two mentions it says it of most."""
    found = [
        (evidence.one[pair], a, b)
        for a in part
        for b in other
        for pair in ((_place(a), _place(b)), (_place(b), _place(a)))
        if pair in evidence.one
    ]
    if not found:
        return None
    _, a, b = min(found, key=lambda item: (-item[0], item[1].index, item[2].index))
    return together([odds for odds, _, _ in found]), a, b


def _ties(turns: Sequence[str], mentions: Sequence[Mention]) -> list[tuple[int, int]]:
    """Return the pairs of mentions that the talk says to be one person's."""
    people = [mention.span for mention in mentions]
    return list(ties(turns, people, {mention.index: mention.span.label for mention in mentions}))


def _proposal(doubt: Doubt, mentions: list[Mention]) -> Proposal:
    """Return a proposal on the clusters of the first two mentions; passages are in the order of the talk."""
    order = sorted(mentions[:2], key=lambda mention: mention.index)
    clusters = tuple(dict.fromkeys(mention.span.cluster or "" for mention in order))
    return Proposal(doubt, clusters, tuple(sorted(mention.span.stretch for mention in mentions)))
