"""Who is one person with whom, by what the trained resolver holds of every two mentions.

Rules of the module:
1. What the dossier and the vault know stands: their mentions were given by the rules, and two whom they tell apart
   are never joined.
2. Mentions are joined the surest first, by the mean log-odds between all mentions of the two people
   (average linkage). What the rules hold adds to the log-odds; of two that never stood in one window it is all there
   is.
3. A name that is spelled follows the name of its letters, a maiden name whose it is said to be.
4. Two full names that differ are never joined, nor somebody with whom they are said not to be ("pas Gecko, un jeune.
   Ils l'appellent Pirouz"), nor a youth whom the dossier or the vault knows with somebody after a title.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from anonymize.linking.mentions import YOUTH, Mention, Person
from anonymize.linking.resemblance import opposed
from anonymize.trained.evidence import Evidence

ALIKE = 0.5
"""Log-odds from which two people are one."""
CLIPPED = 6.0
"""Log-odds count up to this: one pair does not decide over all others."""
RULED, ALONE = 1.75, 3.0
"""Log-odds that the rules add where they hold two mentions to be one person, and take away where two; and what they say
alone, of two that the network has not weighed together."""
FIRM = 2.5
"""Log-odds from which two mentions of one spelling are one before anything else is joined: fewer are then compared."""


def together(odds: Sequence[float]) -> float:
    """Return the log-odds of two people of those between their mentions."""
    return sum(max(-CLIPPED, min(CLIPPED, value)) for value in odds) / len(odds)


def regroup(found: Sequence[Person], evidence: Evidence) -> list[Person]:
    """Return the people of ``found`` with every mention of a person nobody knows given anew."""
    mentions = sorted((mention for person in found for mention in person.mentions), key=lambda m: m.index)
    if not mentions:
        return list(found)
    by_rule = {mention.index: place for place, person in enumerate(found) for mention in person.mentions}
    odds = _matrix(mentions, by_rule, evidence)
    groups = _begun(mentions, found, by_rule, odds)
    groups = _joined(groups, mentions, found, by_rule, odds)
    people: list[Person] = []
    for group in groups:
        owners = [found[by_rule[mentions[row].index]] for row in group]
        owner = next((one for one in owners if one.known is not None), None)
        person = Person(list(owner.names), [], owner.known, owner.kind) if owner is not None else Person()
        for row in group:
            person.take(mentions[row])
        people.append(person)
    return people


def _matrix(mentions: Sequence[Mention], by_rule: Mapping[int, int], evidence: Evidence) -> NDArray[np.float64]:
    rule = np.array([by_rule[mention.index] for mention in mentions])
    held = np.where(rule[:, None] == rule[None, :], 1.0, -1.0)
    odds = held * ALONE
    rows = {(mention.span.turn, mention.span.start): row for row, mention in enumerate(mentions)}
    for (a, b), value in evidence.one.items():
        if a in rows and b in rows:
            row, other = rows[a], rows[b]
            odds[row, other] = odds[other, row] = min(CLIPPED, max(-CLIPPED, value)) + held[row, other] * RULED
    for row, mention in enumerate(mentions):
        leader = _leader(mentions, by_rule, row) if mention.spelled or mention.maiden else None
        if leader is not None:
            odds[row], odds[:, row] = odds[leader], odds[:, leader]
            odds[row, leader] = odds[leader, row] = odds[row, row] = CLIPPED
    return odds


def _leader(mentions: Sequence[Mention], by_rule: Mapping[int, int], row: int) -> int | None:
    """Return the mention that one follows which is spelled, or a maiden name: of the person the rules give it to, the
    one of these letters, or the nearest."""
    mention = mentions[row]
    same = [
        other
        for other, one in enumerate(mentions)
        if other != row and by_rule[one.index] == by_rule[mention.index] and not (one.spelled or one.maiden)
    ]
    letters = mention.names[0]
    return min(
        same,
        key=lambda other: (
            mention.spelled and letters not in (*mentions[other].names, "".join(mentions[other].names)),
            abs(mentions[other].index - mention.index),
        ),
        default=None,
    )


def _begun(
    mentions: Sequence[Mention], found: Sequence[Person], by_rule: dict[int, int], odds: NDArray[np.float64]
) -> list[list[int]]:
    """Return groups to begin with: of the known all their mentions, of others the mentions of one spelling that are
    firmly one."""
    groups: list[list[int]] = []
    of_known: dict[int, list[int]] = {}
    of_names: dict[tuple[str, ...], list[list[int]]] = {}
    for row, mention in enumerate(mentions):
        person = found[by_rule[mention.index]]
        if person.known is not None:
            if person.known not in of_known:
                of_known[person.known] = []
                groups.append(of_known[person.known])
            of_known[person.known].append(row)
            continue
        held = of_names.setdefault(mention.names, [])
        fits = [group for group in held if min(odds[row, other] for other in group) >= FIRM]
        if fits:
            fits[-1].append(row)
        else:
            held.append([row])
            groups.append(held[-1])
    return groups


def _joined(
    groups: list[list[int]], mentions: Sequence[Mention], found: Sequence[Person], by_rule: dict[int, int],
    odds: NDArray[np.float64],
) -> list[list[int]]:  # fmt: skip
    """Return the groups after the surest of them were joined, and the next, until two are rather two people."""
    member = np.zeros((len(groups), len(mentions)))
    for place, group in enumerate(groups):
        member[place, group] = 1.0
    sums, sizes = member @ odds @ member.T, member.sum(axis=1)
    never = _apart(groups, mentions, [found[by_rule[mentions[group[0]].index]] for group in groups])
    mean = np.where(never, -np.inf, sums / (sizes[:, None] * sizes[None, :]))
    nearest = mean.argmax(axis=1)
    best = mean[np.arange(len(groups)), nearest]
    held: list[list[int]] = [list(group) for group in groups]
    while len(groups) > 1:
        one = int(best.argmax())
        other = int(nearest[one])
        if not best[one] >= ALIKE:
            break
        held[one] += held[other]
        held[other] = []
        never[one] |= never[other]
        never[one, [one, other]] = True
        never[:, one] = never[one]
        never[other] = never[:, other] = True
        sums[one] += sums[other]
        sums[:, one] = sums[one]
        sizes[one] += sizes[other]
        mean[other] = mean[:, other] = -np.inf
        mean[one] = np.where(never[one], -np.inf, sums[one] / (sizes[one] * sizes))
        mean[:, one] = mean[one]
        stale = np.flatnonzero((nearest == one) | (nearest == other) | (mean[:, one] > best))
        stale = np.union1d(stale, [one, other])
        nearest[stale] = mean[stale].argmax(axis=1)
        best[stale] = mean[stale, nearest[stale]]
    return [sorted(group) for group in held if group]


def _apart(groups: Sequence[Sequence[int]], mentions: Sequence[Mention], owners: Sequence[Person]) -> NDArray[np.bool_]:
    """Return which two groups are never joined; ``owners`` are the people the rules give each to."""
    never = np.eye(len(groups), dtype=bool)
    known = np.array([one.known is not None for one in owners], bool)
    youth = known & np.array([one.kind is YOUTH for one in owners], bool)
    titled = ~known & np.array([any(mentions[row].titled for row in group) for group in groups], bool)
    never |= known[:, None] & known[None, :]
    never |= (youth[:, None] & titled[None, :]) | (titled[:, None] & youth[None, :])
    group_of = {mentions[row].index: place for place, group in enumerate(groups) for row in group}
    for mention in mentions:
        if mention.denied and mention.index + 1 in group_of:
            one, other = group_of[mention.index], group_of[mention.index + 1]
            never[one, other] = never[other, one] = True
    full = {
        place: {mentions[row].names for row in group if len(mentions[row].names) > 1 and not mentions[row].spelled}
        for place, group in enumerate(groups)
    }
    full = {place: names for place, names in full.items() if names}
    for one, other in combinations(full, 2):
        if any(opposed(list(a), list(b)) for a in full[one] for b in full[other]):
            never[one, other] = never[other, one] = True
    return never
