"""Where a known name may have been heard as something else: windows of words against the index of what is known.

Rules of the module:
- A window is one to five words that nothing but a space, a hyphen, an apostrophe or a comma parts, none of them right
  already. It is looked at when one of its words is suspect (unknown, unsure, with a capital), or when what stands
  beside it goes with a name; words of low probability need no more than their sound.
- ``likeness`` is 1 for the same sound and falls by the cost of every phoneme that differs, relative to how much there
  is to hear in the form; each ordinary word that the recogniser was sure of costs a little more.
- The work is linear in the words. Nothing here decides: anonymize/hearing/judgement.py does.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from anonymize.hearing.distance import distance, weight
from anonymize.hearing.targets import Index, Target
from anonymize.hearing.words import Heard
from anonymize.heads import HEAD, head_of
from anonymize.forms import PEOPLE
from anonymize.lexicon import FUNCTION_WORDS, TITLES

MOST_WORDS = 5
LEAST_LIKE = 0.55
"""Likeness below which a window is no candidate."""
_SWALLOWED, _RATHER_SURE, _SURE = 0.12, 0.3, 0.8
"""What an ordinary word costs when a name swallows it: more where the recogniser was sure of it."""
_COMMA = 0.3
_LONGER = 1.5


@dataclass(frozen=True)
class Candidate:
    """Words ``first`` to ``last`` of a turn (inclusive) for one target. ``rival`` is the likeness of the best target of
    another spelling for the same words; ``beside``: what stands next to them goes with the target."""

    first: int
    last: int
    target: Target
    likeness: float
    rival: float
    beside: bool


def candidates(text: str, words: Sequence[Heard], index: Index) -> Iterator[Candidate]:
    """Yield the candidates of one turn, the best of each window."""
    for first, word in enumerate(words):
        if word.is_right or not word.french:
            continue
        near = _before(text, words, first)
        for last in range(first, min(first + MOST_WORDS, len(words))):
            if last > first and (not words[last].joined or words[last].is_right or not words[last].french):
                break
            window = words[first : last + 1]
            if sum(len(one.french) for one in window) > _LONGER * index.longest + 2:
                break
            if window[-1].elided or (len(window) == 1 and len(window[0].folded) == 1):
                continue
            beside = near | _after(words, last)
            if any(one.suspect for one in window) or beside:
                found = _best(window, beside, index)
                if found is not None:
                    yield Candidate(first, last, *found)


def _best(window: Sequence[Heard], beside: frozenset[str], index: Index) -> tuple[Target, float, float, bool] | None:
    letters = "".join(one.folded for one in window)
    best: dict[str, tuple[float, Target]] = {}
    penalty = sum(map(_swallowed, window)) if len(window) > 1 else 0.0
    penalty += _COMMA * sum(one.after_comma for one in window[1:])
    for said in _said(window):
        for target, reading in index.near(said):
            if target.letters == letters:
                return None
            most = target.weight * (1 - LEAST_LIKE) - penalty
            if abs(len(said) - len(reading)) > most * 2 + 2 or most <= 0:
                continue
            cost = distance(said, reading, round(most, 1)) + penalty
            like = 1 - cost / max(weight(reading), weight(said))
            if like >= LEAST_LIKE and like > best.get(target.letters, (0.0, target))[0]:
                best[target.letters] = (like, target)
    if not best:
        return None
    ranked = sorted(best.values(), key=lambda one: (-one[0], -one[1].weight, one[1].letters))
    like, target = ranked[0]
    rivals = [other for other, rival in ranked[1:] if not rival.referents & target.referents]
    return target, like, rivals[0] if rivals else 0.0, _goes_with(target, beside)


def _said(window: Sequence[Heard]) -> tuple[str, ...]:
    ways = ["".join(one.french for one in window), "".join(one.foreign for one in window)]
    if any(one.spelled for one in window):
        ways.append("".join(one.spelled or one.french for one in window))
    return tuple(dict.fromkeys(ways))


def _swallowed(word: Heard) -> float:
    if not word.ordinary or word.unsure:
        return 0.0
    return _RATHER_SURE if word.probability is None or word.probability > _SURE else _SWALLOWED


_LINKS = frozenset("de du des d la le les l au aux a".split())


def _before(text: str, words: Sequence[Heard], first: int) -> frozenset[str]:
    """Return what stands before a window, as ``_goes_with`` reads it."""
    found: set[str] = set()
    at = first - 1
    while at >= 0 and first - at < 4 and words[at].folded in _LINKS:
        at -= 1
    if at < 0 or first - at > 3:
        return frozenset()
    before = words[at]
    if at == first - 1 and before.is_right:
        found |= {f"={number}" for number in before.right}
    if before.folded in FUNCTION_WORDS:
        return frozenset(found)
    found.add(before.folded)
    if before.folded in TITLES and at == first - 1:
        found.add("title")
    for match in HEAD.finditer(text, max(0, before.start - 24), before.end):
        if match.end() == before.end:
            found.add(f"head {head_of(match).label}")
    return frozenset(found)


def _after(words: Sequence[Heard], last: int) -> frozenset[str]:
    after = words[last + 1] if last + 1 < len(words) else None
    return frozenset(f"={number}" for number in after.right) if after is not None and after.joined else frozenset()


def _goes_with(target: Target, beside: frozenset[str]) -> bool:
    """Whether what stands beside a window goes with a target: its head, a title, or another name of the same one."""
    if beside & target.beside or any(f"={number}" in beside for number in target.referents):
        return True
    if target.label in PEOPLE:
        return "title" in beside
    return f"head {target.label}" in beside
