"""Which people the talk says to be one: by a tie, by who answers to a name.

Rules of the module:
1. What is said outright joins (anonymize/linking/aliases.py), and two names that one speaker answers to (speakers.py).
2. Two people whom the vault tells apart are never joined, nor two full names that differ, nor a woman and a man.
"""

from collections import Counter
from collections.abc import Sequence

from anonymize.french.folding import fold
from anonymize.french.lexicon import lexicon
from anonymize.linking.aliases import ties
from anonymize.linking.mentions import MARKED, YOUTH, Person
from anonymize.linking.resemblance import opposed, shortened, sounds_alike
from anonymize.linking.speakers import JOINED, LEAST, named_speakers
from anonymize.trained.evidence import Evidence
from vocabulary.span import Span


def join(
    turns: Sequence[str],
    spans: Sequence[Span],
    found: list[Person],
    speakers: Sequence[str] | None,
    evidence: Evidence,
) -> None:
    """Join the people whom the talk says to be one."""
    owner = {mention.index: person for person in found for mention in person.mentions}
    if speakers is not None:
        _join_speakers(turns, spans, found, owner, speakers, evidence)
    roles = {index: person.role for index, person in owner.items()}
    for one, other in ties(turns, spans, roles):
        if owner[one] is owner[other] or _overruled(owner[one], owner[other], spans[one], spans[other], evidence):
            continue
        if may_be_one(owner[one], owner[other], said=True):
            _merge(found, owner, owner[one], owner[other])


def _join_speakers(
    turns: Sequence[str],
    spans: Sequence[Span],
    found: list[Person],
    owner: dict[int, Person],
    speakers: Sequence[str],
    evidence: Evidence,
) -> None:
    named = named_speakers(turns, speakers, spans, evidence.speaks)
    bearers = Counter((m.names, id(owner[m.index])) for person in found for m in person.mentions)
    most = {names: max(n for (held, _), n in bearers.items() if held == names) for names, _ in bearers}
    for person in found:
        for names in person.names:
            speaker, weight = named.get("".join(names), ("", 0.0))
            if bearers[names, id(person)] < most.get(names, 0):
                continue
            if weight >= LEAST and person.lean > -6.0:
                person.speakers[speaker] = max(weight, person.speakers.get(speaker, 0.0))
    by_speaker: dict[str, list[Person]] = {}
    for person in found:
        for speaker in person.speakers:
            by_speaker.setdefault(speaker, []).append(person)
    for speaker, people in sorted(by_speaker.items()):
        people.sort(key=lambda person: -person.speakers[speaker])
        for other in people[1:]:
            first = people[0]
            both = first.speakers[speaker] + other.speakers[speaker]
            if (
                both >= JOINED
                and other.speakers[speaker] >= 0.8
                and first is not other
                and first in found
                and other in found
                and may_be_one(first, other)
            ):
                _merge(found, owner, first, other)


_OVERRULED = -3.0
"""Log-odds below which the network overrules a tie between two first names ("Moi c'est Samuel")."""


def _overruled(one: Person, other: Person, first: Span, second: Span, evidence: Evidence) -> bool:
    odds = evidence.one.get(((first.turn, first.start), (second.turn, second.start)), 0.0)
    return odds < _OVERRULED and _other_first_name(one, other)


def _other_first_name(one: Person, other: Person) -> bool:
    """Whether both go by first names, and not by spellings or short forms of one."""
    mine, theirs = _first_names(one), _first_names(other)
    return bool(mine and theirs) and not any(
        a == b or sounds_alike([a], [b]) or shortened(a, b) or a[:2] == b[:2] for a in mine for b in theirs
    )


def _first_names(person: Person) -> set[str]:
    """Return the first names somebody goes by, those left out that are rather surnames."""
    words = lexicon()
    found = {names[0] for names in person.full if words.first_name(names[0]) is not None}
    for mention in person.mentions:
        name = fold(mention.surface)
        level, surname = words.first_name(name), words.surnames.get(name, 10)
        if level is not None and level <= surname + 1 and not words.ordinary(name) and not mention.titled:
            found.add(mention.names[0])
    return found


def may_be_one(one: Person, other: Person, *, said: bool = False) -> bool:
    """Whether nothing speaks against it; ``said``: the talk says so, and what youth or adult was guessed gives way."""
    if one.known is not None and other.known is not None:
        return False
    if any(opposed(list(a), list(b)) for a in one.full for b in other.full):
        return False
    if one.gender and other.gender and one.gender != other.gender:
        return False
    if said:
        return True
    if _other_first_name(one, other):
        return False
    for a, b in ((one, other), (other, one)):
        if sum(a.speakers.values()) >= 1.0 and b.says <= -MARKED:
            return False
    if any(m.titled for m in (*one.mentions, *other.mentions)) and YOUTH in (one.role, other.role):
        return min(one.lean, other.lean) > -3.0
    return True


def _merge(found: list[Person], owner: dict[int, Person], one: Person, other: Person) -> None:
    if other.known is not None:
        one, other = other, one
    one.names += [names for names in other.names if names not in one.names]
    one.mentions += other.mentions
    one.parts |= other.parts
    for speaker, weight in other.speakers.items():
        one.speakers[speaker] = max(weight, one.speakers.get(speaker, 0.0))
    for mention in other.mentions:
        owner[mention.index] = one
    found.remove(other)
