"""Where a known name was heard as something else: windows of words against the index of what is known.

Rules of the module:
- A window is one to five words that nothing but a space, a hyphen, an apostrophe or a comma parts, none of them right
  already. It is looked at when one of its words is suspect (unknown, unsure, with a capital), or when what stands
  beside it goes with a name.
- *Likeness* is 1 for the same sound and falls by the cost of every phoneme that differs, relative to how much there is
  to hear; an ordinary word that a name swallows, and a comma inside, cost too. What it takes is the judgement's.
- Of windows that overlap, the certain one stands, then the more alike, then the longer.
- The work is linear in the words.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from anonymize.forms import PEOPLE
from anonymize.french.heads import HEAD, head_of
from anonymize.french.lexicon import FUNCTION_WORDS, TITLES
from anonymize.hearing.distance import distance, weight
from anonymize.hearing.judgement import MARGIN, Beside, Kind, asked, is_certain, kind_of, reason_of
from anonymize.hearing.targets import Index, Target
from anonymize.hearing.words import Heard
from vocabulary.choices import Hearing

MOST_WORDS = 5
_SWALLOWED, _RATHER_SURE, _SURE = 0.12, 0.3, 0.8
"""What an ordinary word costs when a name swallows it: more where the recogniser was sure of it."""
_COMMA = 0.3
_LEAST_STEP = 0.25
"""What a phoneme more or less costs, at least, save the silent *e*."""


@dataclass(frozen=True)
class Meant:
    """Words ``first`` to ``last`` of a turn (inclusive), the form that was meant, and what is to be said of it."""

    first: int
    last: int
    target: Target
    likeness: float
    certain: bool
    reason: Hearing


def search(text: str, words: Sequence[Heard], index: Index) -> list[Meant]:
    """Return what was misheard in one turn, in order; none overlaps."""
    found = list(_windows(text, words, index))
    found.sort(key=lambda one: (not one.certain, -one.likeness, -one.target.weight, one.first))
    kept: list[Meant] = []
    for one in found:
        if not any(one.first <= other.last and other.first <= one.last for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda one: one.first)


def _windows(text: str, words: Sequence[Heard], index: Index) -> Iterator[Meant]:
    for first, word in enumerate(words):
        if word.is_right or not word.french:
            continue
        before = _before(text, words, first)
        length, suspect = 0, False
        for last in range(first, min(first + MOST_WORDS, len(words))):
            there = words[last]
            if there.is_right or not there.french or (last > first and not there.joined):
                break
            length, suspect = length + len(there.french), suspect or there.suspect
            if length > index.longest * 1.4 + 2:
                break
            beside = before | _after(words, last)
            lone = last == first and len(there.folded) == 1
            if (suspect or beside) and not there.elided and not lone:
                yield from _compared(words, first, last, beside, index)


def _compared(words: Sequence[Heard], first: int, last: int, beside: frozenset[str], index: Index) -> Iterable[Meant]:
    window = words[first : last + 1]
    kind = kind_of(window)
    if kind is Kind.ORDINARY and not beside:
        return ()
    ranked = _ranked(window, kind, beside, index)
    if not ranked:
        return ()
    likeness, near, target = ranked[0]
    if likeness < asked(kind, target.weight, near):
        return ()
    rival = max((other for other, _, one in ranked[1:] if not one.referents & target.referents), default=0.0)
    sure = target.told and is_certain(kind, target.weight, likeness, near, rival)
    sure = sure and not (target.label in PEOPLE and near < Beside.ITS_OWN and any(one.town for one in window))
    sure = sure and not _is_in_address(words, first, last)
    return (Meant(first, last, target, likeness, sure, reason_of(kind, likeness, near)),)


_ADDRESS = frozenset(["arobase", "point", "tiret", "underscore"])


def _is_in_address(words: Sequence[Heard], first: int, last: int) -> bool:
    """Whether a window is told as a part of an address ("robuste Tipeur point off"): its letters are not a name's."""
    beside = [words[at].folded for at in (first - 1, last + 1) if 0 <= at < len(words)]
    return not _ADDRESS.isdisjoint(beside)


def _ranked(
    window: Sequence[Heard], kind: Kind, beside: frozenset[str], index: Index
) -> list[tuple[float, Beside, Target]]:
    """Return the targets that a window sounds like, the best first: likeness, and what stands beside the window.

    Nothing if the window is written like one that a dossier tells: then it was heard right. One that is written like a
    form that only the vault knows may have been misheard before, and is compared with what dossiers tell.
    """
    letters = "".join(one.folded for one in window)
    cost_of_words = sum(map(_swallowed, window)) if len(window) > 1 else 0.0
    cost_of_words += _COMMA * sum(one.after_comma for one in window[1:])
    best: dict[str, tuple[float, Beside, Target]] = {}
    learnt = False
    for said in _said(window):
        heavy = weight(said)
        for target, reading, reading_weight in index.near(said):
            if target.letters == letters:
                if target.told:
                    return []
                learnt = True
                continue
            near = _goes_with(target, beside) if beside else Beside.NOTHING
            size = max(reading_weight, heavy)
            most = size * (1 - asked(kind, target.weight, near) + MARGIN) - cost_of_words
            if most < 0 or abs(heavy - reading_weight) * _LEAST_STEP > most:
                continue
            cost = distance(said, reading, most)
            likeness = 1 - (cost + cost_of_words) / size
            if cost <= most and likeness > best.get(target.letters, (0.0, near, target))[0]:
                best[target.letters] = (likeness, near, target)
    found = [one for one in best.values() if one[2].told or not learnt]
    return sorted(found, key=lambda one: (-one[0], -one[2].weight, one[2].letters))


def _said(window: Sequence[Heard]) -> tuple[str, ...]:
    ways = ["".join(one.french for one in window), "".join(one.foreign for one in window)]
    if any(one.spelled for one in window):
        ways.append("".join(one.spelled or one.french for one in window))
    return tuple(dict.fromkeys(ways))


def _swallowed(word: Heard) -> float:
    if not word.ordinary or word.unsure:
        return 0.0
    return _RATHER_SURE if word.probability is None or word.probability > _SURE else _SWALLOWED


_LINKS = frozenset(["de", "du", "des", "d", "la", "le", "les", "l", "au", "aux", "a"])


def _before(text: str, words: Sequence[Heard], first: int) -> frozenset[str]:
    """Return what stands before a window and may go with a name: a name, a title, a head, a word of its form."""
    at = first - 1
    while at >= 0 and first - at < 4 and words[at].folded in _LINKS:
        at -= 1
    if at < 0 or first - at > 3:
        return frozenset()
    before = words[at]
    adjoins = at == first - 1
    found = {f"={number}" for number in before.right} if adjoins else set()
    if before.folded in FUNCTION_WORDS:
        return frozenset(found)
    found.add(before.folded)
    if before.folded in TITLES and adjoins:
        found.add("title")
    for match in HEAD.finditer(text, max(0, before.start - 24), before.end):
        if match.end() == before.end:
            found.add(f"head {head_of(match).label}")
    return frozenset(found)


def _after(words: Sequence[Heard], last: int) -> frozenset[str]:
    after = words[last + 1] if last + 1 < len(words) else None
    adjoins = after is not None and after.joined and not after.after_comma
    return frozenset(f"={number}" for number in after.right) if after is not None and adjoins else frozenset()


def _goes_with(target: Target, beside: frozenset[str]) -> Beside:
    """Return how well what stands beside a window goes with a target."""
    if beside & target.beside or any(f"={number}" in beside for number in target.referents):
        return Beside.ITS_OWN
    sign = "title" if target.label in PEOPLE else f"head {target.label}"
    return Beside.A_HEAD if sign in beside else Beside.NOTHING
