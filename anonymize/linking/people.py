"""Which mentions of people are one person: all mentions of a session are weighed together.

Rules of the module:
1. Full names make people; what the dossier and the vault know stands first. Two full names are one person
   by letters, by sound, or by an initial; the same surname with another first name is another person.
2. A first name or a surname goes to the person who bears it; where several do, each mention goes to the one
   whom its context fits: youth or adult, who was just named, who answers to it.
3. A title makes an adult: "madame Roux" is never the youth of that surname.
4. Then spellings of one sound, beginnings (Abdou), doubled syllables (Kiki); at last people are joined by what the
   talk says of them (anonymize/linking/joining.py).
"""

from collections.abc import Sequence

from anonymize.french.folding import fold, sound
from anonymize.french.lexicon import lexicon
from anonymize.linking.joining import join
from anonymize.linking.mentions import MARKED, PERSON, YOUTH, Mention, Person, read_mentions
from anonymize.linking.regrouping import regroup
from anonymize.linking.resemblance import (
    by_sound,
    in_part,
    initials,
    onsets,
    opposed,
    shortened,
    sounds_alike,
    spelt_as_one,
)
from anonymize.surfaces import names_of
from anonymize.trained.evidence import Evidence
from vocabulary.choices import EntityType
from vocabulary.span import Span


def gather(
    turns: Sequence[str],
    spans: Sequence[Span],
    people: Sequence[tuple[EntityType, Sequence[str]]],
    speakers: Sequence[str] | None = None,
    evidence: Evidence | None = None,
) -> list[Person]:
    """Return the people of ``spans`` (names of people, in order), each with at least one mention.

    ``people`` are the known ones: kind and forms, of which one without letters ("?") says nothing. ``speakers``: a
    label for each turn, if known. ``evidence``: what the trained networks say.
    """
    evidence = evidence or Evidence()
    mentions = read_mentions(turns, spans, speakers, evidence.adult)
    found = [
        Person([names for form in forms if (names := tuple(names_of(form)))], [], place, kind)
        for place, (kind, forms) in enumerate(people)
    ]
    whole = [mention for mention in mentions if len(mention.names) > 1 and not mention.spelled]
    for mention in whole:
        _take_full(found, mention)
    singles: dict[str, list[Mention]] = {}
    for mention in mentions:
        if len(mention.names) == 1 and not mention.titled and not mention.spelled and not mention.maiden:
            singles.setdefault(mention.names[0], []).append(mention)
    order = sorted(singles, key=lambda name: (-len(name), singles[name][0].index))
    firsts = {names[0] for person in found for names in person.full}
    late = [name for name in order if name not in firsts]
    for name in order:
        if name not in late:
            _take_single(found, name, singles[name], evidence)
    for mention in mentions:
        if len(mention.names) == 1 and mention.titled and not mention.spelled and not mention.maiden:
            _take_titled(found, mention)
    for name in late:
        _take_single(found, name, singles[name], evidence)
    for mention in mentions:
        if mention.spelled:
            _take_spelled(found, mention)
    for mention in mentions:
        if mention.maiden and len(mention.names) == 1 and not mention.spelled:
            _take_maiden(found, mention)
    join(turns, spans, found, speakers, evidence)
    if evidence.one:
        found = regroup(found, evidence)
    return sorted(
        (person for person in found if person.mentions), key=lambda person: min(m.index for m in person.mentions)
    )


def _take_full(found: list[Person], mention: Mention) -> None:
    names = mention.names
    for person in found:
        if any(spelt_as_one(names, held) for held in person.names):
            person.take(mention)
            return
    for same in (in_part, by_sound):
        fits = [p for p in found if any(same(names, h) for h in p.names) and not _contradicts(names, p)]
        fits = [p for p in fits if not (mention.titled and p.role is YOUTH)]
        if fits:
            fits[0].take(mention)
            return
    _new(found, mention)


def _contradicts(names: tuple[str, ...], person: Person) -> bool:
    return any(opposed(list(names), list(held)) for held in person.full)


def _new(found: list[Person], mention: Mention) -> Person:
    person = Person()
    person.take(mention)
    found.append(person)
    return person


def _take_single(found: list[Person], name: str, mentions: list[Mention], evidence: Evidence) -> None:
    bearers = [person for person in found if person.bears(name)]
    another = [mention for mention in mentions if mention.another]
    rest = [mention for mention in mentions if not mention.another]
    if not bearers:
        bearers = _heard(found, name, mentions)
    if not bearers:
        first = _first_of(rest) if another and rest else mentions[0]
        bearers = [_new(found, first)]
        mentions = [mention for mention in mentions if mention is not first]
    if len(bearers) == 1 and another and bearers[0].kind is None:
        others = [role for role in map(_marked, (*rest, *bearers[0].mentions)) if role is not None]
        told = _first_of(another)
        role = _marked(told)
        if role is not None and 2 * sum(other is not role for other in others) > len(others):
            other = _new(found, told)
            mentions = [mention for mention in mentions if mention is not told]
            bearers.append(other)
    for mention in mentions:
        (bearers[0] if len(bearers) == 1 else _fitting(bearers, mention, evidence)).take(mention)


def _first_of(mentions: list[Mention]) -> Mention:
    """Return the first mention whose context tells youth from adult, or the first."""
    return next((mention for mention in mentions if _marked(mention) is not None), mentions[0])


def _marked(mention: Mention) -> EntityType | None:
    if mention.lean >= MARKED:
        return PERSON
    return YOUTH if mention.lean <= -MARKED else None


FITS = 1.5
"""Weight of the trained network's log-odds that a mention is one with another mention of a bearer."""


def _fitting(bearers: list[Person], mention: Mention, evidence: Evidence) -> Person:
    """Return the bearer of a name whom a mention of it means."""
    role = _marked(mention)

    written = [person for person in bearers if any(mention.surface in m.surface.split() for m in person.mentions)]

    def fits(place_and_person: tuple[int, Person]) -> tuple[float, int]:
        place, person = place_and_person
        score = 1.0 if (place == 0) is not mention.another else 0.0
        score += 1.0 if len(written) < len(bearers) and person in written else 0.0
        score += _recent(person, mention)
        if role is not None and (person.mentions or person.kind):
            score += 2.0 if person.role is role else -2.0
        score += 3.0 if any(_apposed(mention, m) for m in person.mentions) else 0.0
        near = [
            m for m in person.mentions if m.span.turn == mention.span.turn and 0 < mention.span.start - m.span.end < 150
        ]
        score += 1.5 if near else 0.0
        score += 1.5 if any(_follows(mention, m) for m in person.mentions) else 0.0
        score += FITS * max(-2.0, min(2.0, _odds(mention, person, evidence)))
        return score, -place

    return max(enumerate(bearers), key=fits)[1]


def _odds(mention: Mention, person: Person, evidence: Evidence) -> float:
    """Return the log-odds that a mention is one with the mentions of a person that stand near it."""
    here = (mention.span.turn, mention.span.start)
    found = [
        evidence.one[pair]
        for m in person.mentions
        if not (mention.another and set(m.names) & set(mention.names))  # set apart: a name they share says nothing
        for pair in ((here, (m.span.turn, m.span.start)), ((m.span.turn, m.span.start), here))
        if pair in evidence.one
    ]
    return sum(found) / len(found) if found else 0.0


def _recent(person: Person, mention: Mention) -> float:
    """Return how much speaks for a bearer because they were just spoken of, or by the same speaker."""
    before = [m for m in person.mentions if m.index < mention.index and mention.span.turn - m.span.turn < 4]
    last = max((m.index for m in before), default=-1)
    own = any(m.speaker == mention.speaker for m in person.mentions if m.speaker and m is not mention)
    return (0.0 if last < 0 else 0.5 if last > mention.index - 3 else 0.3) + (0.4 if own else 0.0)


def _follows(mention: Mention, other: Mention) -> bool:
    """Whether another name of a bearer comes soon after: "j'ai un Samir en stage. Benali." """
    soon = other.span.turn == mention.span.turn and 0 <= other.span.start - mention.span.end < 70
    return soon and other.index == mention.index + 1 and not set(other.names) & set(mention.names) and not other.titled


def _apposed(mention: Mention, other: Mention) -> bool:
    """Whether a full name stands right beside a mention: "the other Enzo, Enzo Faure"."""
    if other.span.turn != mention.span.turn or len(other.names) < 2 or abs(other.index - mention.index) != 1:
        return False
    return max(other.span.start - mention.span.end, mention.span.start - other.span.end) <= 3


def _take_titled(found: list[Person], mention: Mention) -> None:
    name = mention.names[0]
    adults = [p for p in found if p.lean >= 0.4 or (not p.full and p.lean > -MARKED)]
    adults.sort(key=lambda p: -p.lean)
    adults = [p for p in adults if not (p.gender and mention.gender and p.gender != mention.gender)]
    fits = [p for p in adults if any(name == names[-1] for names in p.names)]
    fits = fits or [p for p in adults if any(name == names[0] for names in p.names)]
    fits = fits or [p for p in adults if any(len(n) == 1 and sounds_alike([name], list(n)) for n in p.names)]
    fits = fits or [
        p
        for p in found
        if any(name == n[-1] for n in p.full)
        and (p.says >= -0.1 or (abs(p.lean) < 1.5 and _within(p, mention, 3)))
        and not (p.gender and mention.gender and p.gender != mention.gender)
    ]
    if fits:
        fits[0].take(mention)
        return
    _new(found, mention)


def _within(person: Person, mention: Mention, turns: int) -> bool:
    return any(abs(m.span.turn - mention.span.turn) < turns for m in person.mentions)


def _heard(found: list[Person], name: str, mentions: Sequence[Mention]) -> list[Person]:
    """Return the one person whose name sounds like ``name``, or begins as it does."""
    cut = any(mention.cut for mention in mentions)
    if 1 < len(name) < 4 and lexicon().first_name(name) is None and not cut:
        brief = [p for p in found if any(initials(name, words) for words in _words(p))]
        begun = [p for p in found if _goes_on(p, name, mentions)]
        if len(brief) == 1 and not begun:
            return brief
        if len(begun) == 1:
            return begun
    alike = _sounding(found, name)
    if alike:
        return alike[:1] if len(alike) == 1 else [_nearest(alike, mentions[0])]
    short = [p for p in found if any(names[0][:2] == name[:2] and shortened(name, names[0]) for names in p.names)]
    if not short and len(name) > 1 and cut:
        short = [p for p in found if any(names[0].startswith(name) for names in p.names)]
    level = lexicon().first_name(name)
    if level is not None and level <= 5:
        turns = {m.span.turn for m in mentions}
        short = [p for p in short if any(abs(m.span.turn - turn) < 3 for m in p.mentions for turn in turns)]
    if len(short) > 1:
        near = _nearest(short, mentions[0])
        short = [near] if any(abs(m.span.turn - mentions[0].span.turn) < 4 for m in near.mentions) else []
    return short


def _sounding(found: list[Person], name: str) -> list[Person]:
    """Return everybody with a name that sounds like ``name``; most begin otherwise to the ear, and are not compared."""
    alike, begun = [], onsets((name,))
    for person in found:
        for names in person.names:
            if not begun.isdisjoint(onsets(names)) and sounds_alike([name], list(names)):
                alike.append(person)
                break
    return alike


def _goes_on(person: Person, name: str, mentions: Sequence[Mention]) -> bool:
    """Whether a name of the person that begins with ``name`` comes next: "si je sors c'est Em c'est Emre qui reste"."""
    return any(
        m.index == mention.index + 1 and m.span.turn == mention.span.turn and m.names[0].startswith(name)
        for mention in mentions
        for m in person.mentions
    )


def _words(person: Person) -> list[list[str]]:
    """Return the names of a person as they are written, in words, compounds taken apart."""
    return [fold(m.surface).replace("-", " ").split() for m in person.mentions if not m.spelled]


def _nearest(people: list[Person], mention: Mention) -> Person:
    return min(people, key=lambda p: min((abs(m.span.turn - mention.span.turn) for m in p.mentions), default=10**6))


def _take_spelled(found: list[Person], mention: Mention) -> None:
    letters = mention.names[0]
    for person in found:
        if any(letters == part for names in person.names for part in (*names, "".join(names))):
            person.take(mention)
            return
    brief = [p for p in found if any(initials(letters, words) for words in _words(p))]
    if len(brief) == 1:
        brief[0].take(mention)
        return
    heard = sound(letters)
    alike = [p for p in found if any(sound(part) == heard for names in p.names for part in names)]
    if not alike:
        alike = [
            p
            for p in found
            if any(m.span.turn == mention.span.turn and m.index == mention.index - 1 for m in p.mentions)
        ]
    if alike:
        _nearest(alike, mention).take(mention)
        return
    _new(found, mention)


def _take_maiden(found: list[Person], mention: Mention) -> None:
    for person in found:
        if any(m.index == mention.index - 1 and m.span.turn == mention.span.turn for m in person.mentions):
            person.take(mention)
            return
    _new(found, mention)
