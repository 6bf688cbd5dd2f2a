"""Which mentions of people are one person: all mentions of a session are weighed together.

Rules of the module:
1. Full names make people; what the dossier and the vault know stands first. Two full names are one person
   by letters, by sound, or by an initial; the same surname with another first name is another person.
2. A first name or a surname goes to the person who bears it; where several do, each mention goes to the one
   whom its context fits: youth or adult, who was just named, who answers to it.
3. A title makes an adult: "madame Roux" is never the youth of that surname.
4. Then spellings of one sound, beginnings (Abdou), doubled syllables (Kiki), and at last what the talk says
   (anonymize/aliases.py) and who answers to a name (anonymize/speakers.py).
5. Two people whom the vault tells apart are never joined, nor two full names that differ.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from anonymize.aliases import ties
from anonymize.detectors.roles import mention_votes
from anonymize.folding import fold, sound, squash
from anonymize.lexicon import lexicon
from anonymize.resemblance import compatible, opposed, shortened, sounds_alike
from anonymize.speakers import JOINED, LEAST, named_speakers
from anonymize.surfaces import names_of, spelled_letters, titled
from vocabulary.choices import EntityType
from vocabulary.span import Span

YOUTH, PERSON = EntityType.YOUTH, EntityType.PERSON
_MARKED = 2.4
"""Votes from which the words around one mention tell a youth from an adult."""


@dataclass(repr=False)
class Mention:
    """One mention: where it is, the words of the name, and what stands around it."""

    index: int
    span: Span
    names: tuple[str, ...]
    titled: bool
    spelled: bool
    gender: str
    votes: Mapping[EntityType, float]
    another: bool
    parts: tuple[str, ...] = ()

    @property
    def lean(self) -> float:
        """Above 0 an adult, below a youth."""
        return self.votes[PERSON] - self.votes[YOUTH]


@dataclass(repr=False)
class Person:
    """The mentions of one person; ``known`` is the place in the list of known people, if one is known."""

    names: list[tuple[str, ...]] = field(default_factory=list)
    mentions: list[Mention] = field(default_factory=list)
    known: int | None = None
    kind: EntityType | None = None
    speakers: dict[str, float] = field(default_factory=dict)
    parts: set[str] = field(default_factory=set)

    def take(self, mention: Mention) -> None:
        self.mentions.append(mention)
        if mention.names not in self.names and not mention.spelled:
            self.names.append(mention.names)
        self.parts.update(mention.parts)

    @property
    def gender(self) -> str:
        """``m`` or ``f``, as titles, kinship and pronouns have it, or nothing."""
        votes = [mention.gender for mention in self.mentions if mention.gender]
        women = votes.count("f")
        return "" if not votes or 2 * women == len(votes) else "f" if 2 * women > len(votes) else "m"

    @property
    def full(self) -> list[tuple[str, ...]]:
        return [names for names in self.names if len(names) > 1]

    @property
    def lean(self) -> float:
        if self.kind is not None:
            return 20.0 if self.kind is PERSON else -20.0
        weight = sum(self.speakers.values())
        answers = 5.0 if weight >= 1.0 else 2.0 if weight else 0.0
        labels = [1 if mention.span.label is PERSON else -1 for mention in self.mentions] or [0]
        return sum(mention.lean for mention in self.mentions) + answers + 0.6 * sum(labels) / len(labels)

    @property
    def says(self) -> float:
        """What stands around the mentions, and nothing else."""
        return -20.0 if self.kind is YOUTH else sum(mention.lean for mention in self.mentions)

    @property
    def role(self) -> EntityType:
        """Youth or other person, by all mentions; the detector's own word where nothing else speaks."""
        return PERSON if self.lean > 0 else YOUTH

    def bears(self, name: str) -> bool:
        return name in self.parts or any(name in (names[0], names[-1]) for names in self.names)


def gather(
    turns: Sequence[str],
    spans: Sequence[Span],
    people: Sequence[tuple[EntityType, Sequence[str]]],
    speakers: Sequence[str] | None = None,
) -> list[Person]:
    """Return the people of ``spans`` (names of people, in order), each with at least one mention.

    ``people`` are the known ones: kind and forms. ``speakers``: a label for each turn, if known.
    """
    mentions = [_mention(turns, index, span, _reach(spans, index)) for index, span in enumerate(spans)]
    found = [
        Person([tuple(names_of(form)) for form in forms], [], place, kind) for place, (kind, forms) in enumerate(people)
    ]
    whole = [mention for mention in mentions if len(mention.names) > 1 and not mention.spelled]
    for mention in whole:
        _take_full(found, mention)
    singles: dict[str, list[Mention]] = {}
    for mention in mentions:
        if len(mention.names) == 1 and not mention.titled and not mention.spelled:
            singles.setdefault(mention.names[0], []).append(mention)
    order = sorted(singles, key=lambda name: (-len(name), singles[name][0].index))
    late = [name for name in order if not any(name == n[0] for p in found for n in p.full)]
    for name in order:
        if name not in late:
            _take_single(found, name, singles[name])
    for mention in mentions:
        if len(mention.names) == 1 and mention.titled and not mention.spelled:
            _take_titled(found, mention)
    for name in late:
        _take_single(found, name, singles[name])
    for mention in mentions:
        if mention.spelled:
            _take_spelled(found, mention)
    _join(turns, spans, found, speakers)
    return sorted(
        (person for person in found if person.mentions), key=lambda person: min(m.index for m in person.mentions)
    )


def _reach(spans: Sequence[Span], index: int) -> int | None:
    """Return where the next name of the same turn begins, an apposition apart."""
    if index + 1 == len(spans) or spans[index + 1].turn != spans[index].turn:
        return None
    return spans[index + 1].start if spans[index + 1].start - spans[index].end > 12 else None


def _mention(turns: Sequence[str], index: int, span: Span, reach: int | None) -> Mention:
    text = turns[span.turn]
    surface = text[span.start : span.end]
    spelled = "spelled name" in span.reasons
    names = (spelled_letters(surface),) if spelled else tuple(names_of(surface))
    last = surface.split()[-1].split("-") if len(names) > 1 else []
    return Mention(
        index,
        span,
        names or ("",),
        titled(text, span),
        spelled,
        _gender(text, span),
        mention_votes(text, span, reach),
        _is_another(text, span),
        tuple(squash(part) for part in last if len(squash(part)) > 3) if len(last) > 1 else (),
    )


_WOMAN = re.compile(
    r"\b(?:madame|mme|mademoiselle|mère|maman|tante|sœur|soeur|grand-mère|fille|cousine|copine|nièce|femme)[.,]?\s+(?:c['’]est\s+)?$",
    re.IGNORECASE,
)
_MAN = re.compile(
    r"(?<!\w)(?:monsieur|m|mr|père|papa|oncle|frère|grand-père|fils|cousin|neveu|mari)[.,]?\s+(?:c['’]est\s+)?$",
    re.IGNORECASE,
)
_PRONOUN = re.compile(r"^,?\s+(il|elle)\b", re.IGNORECASE)


def _gender(text: str, span: Span) -> str:
    """Return ``m`` or ``f`` where a title, a kinship or a pronoun tells, or nothing."""
    before = text[max(0, span.start - 30) : span.start]
    if _WOMAN.search(before):
        return "f"
    if _MAN.search(before):
        return "m"
    pronoun = _PRONOUN.match(text[span.end :])
    if pronoun is None:
        return ""
    return "f" if fold(pronoun[1]) == "elle" else "m"


_ANOTHER = re.compile(r"\b(?:l['’]autre|un autre|le petit|la petite|le jeune|la jeune)\s+$", re.IGNORECASE)
_NOT_THAT = re.compile(
    r"^,?\s+(?:l[ea] (?:jeune|petite?|grande?)|l['’](?:animat\w+|éduc\w*|autre)|pas (?:le|la|l['’]|mon|ma))\b",
    re.IGNORECASE,
)


def _is_another(text: str, span: Span) -> bool:
    """Whether the words around a name set its bearer apart from another of that name."""
    return _ANOTHER.search(text[: span.start]) is not None or _NOT_THAT.match(text[span.end :]) is not None


def _take_full(found: list[Person], mention: Mention) -> None:
    names = mention.names
    for person in found:
        if any("".join(held) == "".join(names) or sorted(held) == sorted(names) for held in person.names):
            person.take(mention)
            return
    for same in (_one_name, _one_sound):
        fits = [p for p in found if any(same(names, h) for h in p.names) and not _contradicts(names, p)]
        fits = [p for p in fits if not (mention.titled and p.role is YOUTH)]
        if fits:
            fits[0].take(mention)
            return
    _new(found, mention)


def _one_name(names: tuple[str, ...], held: tuple[str, ...]) -> bool:
    return compatible(list(names), list(held), False)


def _one_sound(names: tuple[str, ...], held: tuple[str, ...]) -> bool:
    return len(held) > 1 and sounds_alike(list(names), list(held))


def _contradicts(names: tuple[str, ...], person: Person) -> bool:
    return any(opposed(list(names), list(held)) for held in person.full)


def _new(found: list[Person], mention: Mention) -> Person:
    person = Person()
    person.take(mention)
    found.append(person)
    return person


def _take_single(found: list[Person], name: str, mentions: list[Mention]) -> None:
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
        roles = {role for role in map(_marked, (*rest, *bearers[0].mentions)) if role is not None}
        if roles - {_marked(another[0])}:
            other = _new(found, another[0])
            mentions = [mention for mention in mentions if mention is not another[0]]
            bearers.append(other)
    for mention in mentions:
        (bearers[0] if len(bearers) == 1 else _fitting(bearers, mention)).take(mention)


def _first_of(mentions: list[Mention]) -> Mention:
    """Return the first mention whose context tells youth from adult, or the first."""
    return next((mention for mention in mentions if _marked(mention) is not None), mentions[0])


def _marked(mention: Mention) -> EntityType | None:
    if mention.lean >= _MARKED:
        return PERSON
    return YOUTH if mention.lean <= -_MARKED else None


def _fitting(bearers: list[Person], mention: Mention) -> Person:
    """Return the bearer of a name whom a mention of it means."""
    role = _marked(mention)

    def fits(place_and_person: tuple[int, Person]) -> tuple[float, int]:
        place, person = place_and_person
        score = 1.0 if (place == 0) is not mention.another else 0.0
        if role is not None and (person.mentions or person.kind):
            score += 2.0 if person.role is role else -2.0
        score += 3.0 if any(_apposed(mention, m) for m in person.mentions) else 0.0
        near = [
            m for m in person.mentions if m.span.turn == mention.span.turn and 0 < mention.span.start - m.span.end < 150
        ]
        score += 1.5 if near else 0.0
        return score, -place

    return max(enumerate(bearers), key=fits)[1]


def _apposed(mention: Mention, other: Mention) -> bool:
    """Whether a full name stands right beside a mention: "the other Enzo, Enzo Faure"."""
    if other.span.turn != mention.span.turn or len(other.names) < 2 or abs(other.index - mention.index) != 1:
        return False
    return max(other.span.start - mention.span.end, mention.span.start - other.span.end) <= 3


def _take_titled(found: list[Person], mention: Mention) -> None:
    name = mention.names[0]
    adults = [p for p in found if p.lean >= 0.4 or (not p.full and p.lean > -_MARKED)]
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
    alike = [p for p in found if any(sounds_alike([name], list(names)) for names in p.names)]
    if alike:
        return alike[:1] if len(alike) == 1 else [_nearest(alike, mentions[0])]
    short = [p for p in found if any(shortened(name, names[0]) for names in p.names)]
    level = lexicon().first_name(name)
    if level is not None and level <= 5:
        turns = {m.span.turn for m in mentions}
        short = [p for p in short if any(abs(m.span.turn - turn) < 3 for m in p.mentions for turn in turns)]
    if len(short) > 1:
        near = _nearest(short, mentions[0])
        short = [near] if any(abs(m.span.turn - mentions[0].span.turn) < 4 for m in near.mentions) else []
    return short


def _nearest(people: list[Person], mention: Mention) -> Person:
    return min(people, key=lambda p: min((abs(m.span.turn - mention.span.turn) for m in p.mentions), default=10**6))


def _take_spelled(found: list[Person], mention: Mention) -> None:
    letters = mention.names[0]
    for person in found:
        if any(letters == part for names in person.names for part in (*names, "".join(names))):
            person.take(mention)
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


def _join(turns: Sequence[str], spans: Sequence[Span], found: list[Person], speakers: Sequence[str] | None) -> None:
    """Join the people whom the talk says to be one."""
    owner = {mention.index: person for person in found for mention in person.mentions}
    if speakers is not None:
        _join_speakers(turns, spans, found, owner, speakers)
    roles = {index: person.role for index, person in owner.items()}
    for one, other in ties(turns, spans, roles):
        if owner[one] is not owner[other] and _may_be_one(owner[one], owner[other]):
            _merge(found, owner, owner[one], owner[other])


def _join_speakers(
    turns: Sequence[str], spans: Sequence[Span], found: list[Person], owner: dict[int, Person], speakers: Sequence[str]
) -> None:
    named = named_speakers(turns, speakers, spans)
    for person in found:
        for names in person.names:
            speaker, weight = named.get("".join(names), ("", 0.0))
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
                and first is not other
                and first in found
                and other in found
                and _may_be_one(first, other)
            ):
                _merge(found, owner, first, other)


def _may_be_one(one: Person, other: Person) -> bool:
    if one.known is not None and other.known is not None:
        return False
    if any(opposed(list(a), list(b)) for a in one.full for b in other.full):
        return False
    for a, b in ((one, other), (other, one)):
        if sum(a.speakers.values()) >= 1.0 and b.says <= -_MARKED:
            return False
    if one.gender and other.gender and one.gender != other.gender:
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
