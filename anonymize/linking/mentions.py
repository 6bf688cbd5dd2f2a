"""A mention of a person, with what stands around it, and the person that mentions make.

Rules of the module:
- A mention is read once: the words of the name, a title, the gender, the votes for youth or adult, and whether
  it sets its bearer apart from another of that name. Nothing here joins anybody.
- Who somebody is, youth or adult, is decided over all mentions: by rules, by the trained network, by who answers.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from anonymize.detectors.roles import mention_votes
from anonymize.french.folding import fold, squash
from anonymize.french.lexicon import word_set
from anonymize.surfaces import names_of, spelled_letters, titled
from vocabulary.choices import EntityType
from vocabulary.span import Span

YOUTH, PERSON = EntityType.YOUTH, EntityType.PERSON


MARKED = 2.4
"""Votes from which the words around one mention tell a youth from an adult."""
_TOLD = 0.5
"""Votes from which a person is held to be an adult where the network says nothing; below, a youth."""


@dataclass(frozen=True)
class RoleWeights:
    """How much each kind of evidence weighs when a person is told to be an adult or a youth: they began as a
    logistic regression on the groups of benchmarks/ that were read, and were rounded; ``before`` was then lowered from
    0.9 by hand, at some cost in accuracy, so that a mere lean towards a youth makes a youth."""

    mean: float = 0.65
    clipped: float = 0.03
    rules: float = 1.5
    speaks: float = 0.25
    labels: float = 0.15
    before: float = 0.6


ROLE = RoleWeights()


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
    surface: str
    speaker: str = ""
    cut: bool = False
    maiden: bool = False
    """Whether it is the other surname of the person named before ("née Bonnet", "épouse Meyer")."""
    parts: tuple[str, ...] = ()
    denied: bool = False
    """Whether it is said not to be the one spoken of ("pas Gecko, un jeune")."""
    odds: float = 0.0
    """Log-odds of the trained network that it is an adult's."""

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
        said = sum(mention.lean for mention in self.mentions)
        return said + answers + 0.3 * sum(labels) / len(labels)

    @property
    def says(self) -> float:
        """What stands around the mentions, and nothing else."""
        return -20.0 if self.kind is YOUTH else sum(mention.lean for mention in self.mentions)

    @property
    def role(self) -> EntityType:
        """Youth or other person, by all that is known of all mentions."""
        odds = [mention.odds for mention in self.mentions]
        if self.kind is not None or not any(odds):
            return PERSON if self.lean > _TOLD else YOUTH
        labels = [1 if mention.span.label is PERSON else -1 for mention in self.mentions]
        if sum(odds) <= 0 and not self.speakers and all(mention.lean <= 0 for mention in self.mentions):
            return YOUTH  # nothing speaks for an adult
        said = (
            ROLE.mean * sum(odds) / len(odds)
            + ROLE.clipped * sum(max(-2.0, min(2.0, each)) for each in odds)
            + ROLE.rules * math.tanh(sum(mention.lean for mention in self.mentions) / 4)
            + ROLE.speaks * min(2.0, sum(self.speakers.values()))
            + ROLE.labels * sum(labels) / len(labels)
            + ROLE.before
        )
        return PERSON if said > 0 else YOUTH

    def bears(self, name: str) -> bool:
        return name in self.parts or any(name in (names[0], names[-1]) for names in self.names)


def read_mentions(
    turns: Sequence[str], spans: Sequence[Span], speakers: Sequence[str] | None, adult: Mapping[tuple[int, int], float]
) -> list[Mention]:
    """Return a mention for each of ``spans`` (names of people, in order); ``adult`` holds what the trained network says
    of some, by place (turn, start)."""
    mentions = [
        _mention(turns, index, span, _reach(turns, spans, index), speakers[span.turn] if speakers is not None else "")
        for index, span in enumerate(spans)
    ]
    for mention in mentions:
        mention.odds = adult.get((mention.span.turn, mention.span.start), 0.0)
    _pair_initials(turns, mentions)
    _bind_compounds(mentions)
    return mentions


def _bind_compounds(mentions: Sequence[Mention]) -> None:
    """Read the words of a compound as the one name they are where it is hyphenated elsewhere ("El-Had", "El Had")."""
    compounds = {squash(word) for mention in mentions for word in mention.surface.split() if "-" in word.strip("-")}
    for mention in mentions:
        for pair in pairwise(mention.surface.split()):
            whole = squash("".join(pair))
            if whole in compounds and whole not in mention.names:
                apart = set(map(squash, pair))
                mention.names = (whole, *(name for name in mention.names if name not in apart))


def _pair_initials(turns: Sequence[str], mentions: Sequence[Mention]) -> None:
    """Read two initials in a row ("C. V.", found as two names) as one name."""
    for one, other in pairwise(mentions):
        if one.span.turn != other.span.turn or len(one.names) + len(other.names) != 2:
            continue
        gap = turns[one.span.turn][one.span.end : other.span.start]
        if len(one.names[0]) == len(other.names[0]) == 1 and re.fullmatch(r"\.?\s?", gap):
            one.names = other.names = (one.names[0], other.names[0])


def _reach(turns: Sequence[str], spans: Sequence[Span], index: int) -> int | None:
    """Return where the next name of the same turn begins, an apposition apart."""
    if index + 1 == len(spans) or spans[index + 1].turn != spans[index].turn:
        return None
    if spans[index + 1].start - spans[index].end < 24 and titled(turns[spans[index].turn], spans[index + 1]):
        return spans[index].end
    return spans[index + 1].start if spans[index + 1].start - spans[index].end > 12 else None


def _mention(turns: Sequence[str], index: int, span: Span, reach: int | None, speaker: str) -> Mention:
    text = turns[span.turn]
    surface = text[span.start : span.end]
    spelled = "spelled name" in span.reasons
    names = (spelled_letters(surface),) if spelled else tuple(names_of(surface))
    if len(names) > 1 and (names[0] in _KIN_NAMES or (names[0] in _ADJECTIVES and surface[0].islower())):
        names = names[1:]
    if not spelled:
        names = tuple(one for one, after in zip(names, (*names[1:], ""), strict=True) if not _begun_again(one, after))
    last = surface.split()[-1].split("-") if len(names) > 1 else []
    denied = _NOT_HIM.search(text[: span.start]) and re.match(r",\s+(?:un|une|l['’]autre)\b", text[span.end :])
    return Mention(
        index,
        span,
        names or ("",),
        titled(text, span),
        spelled,
        said_gender(text, span),
        mention_votes(text, span, span.end if denied else reach),
        _is_another(text, span),
        surface,
        speaker,
        text.startswith(("...", "…"), span.end) or surface.endswith(("...", "…")),
        index > 0 and _MAIDEN.search(text[: span.start]) is not None,
        tuple(squash(part) for part in last if len(squash(part)) > 3) if len(last) > 1 else (),
        bool(denied),
    )


def _begun_again(one: str, after: str) -> bool:
    """Whether a word is the beginning of the next, said again in full ("Kowa... Kowalik")."""
    return len(one) > 1 and len(after) > len(one) and after.startswith(one)


_MAIDEN = re.compile(
    r"\b(?:épouse|née|veuve|divorcée|mariée|remariée|nom de (?:jeune fille|naissance|femme mariée))\W+(?:madame\s+)?$",
    re.IGNORECASE,
)
_KIN_NAMES = word_set("mama maman tata tatie tonton mamie mamy mémé papy papi pépé tantine sœur soeur")
"""What stands before a name as a title does: Tata Aïcha is Aïcha."""
_ADJECTIVES = word_set("petit petite grand grande jeune vieux vieille gros grosse")
_WOMAN = re.compile(
    r"\b(?:madame|mme|mademoiselle|mère|maman|tante|sœur|soeur|grand-mère|fille|cousine|copine|nièce|femme)[.,]?\s+(?:c['’]est\s+)?$",
    re.IGNORECASE,
)
_MAN = re.compile(
    r"(?<!\w)(?:monsieur|m|mr|père|papa|oncle|frère|grand-père|fils|cousin|neveu|mari)[.,]?\s+(?:c['’]est\s+)?$",
    re.IGNORECASE,
)
_PRONOUN = re.compile(r"^,?\s+(il|elle)\b(?!\s+(?:l['’]|les?\b|la\b|lui\b))", re.IGNORECASE)
_NOT_HIM = re.compile(r"\bpas\s+(?:(?:le|la|l['’])\s*)?$", re.IGNORECASE)


def said_gender(text: str, span: Span) -> str:
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


_ANOTHER = re.compile(
    r"\b(?:l['’]autre|un autre|le petit|la petite|le jeune|la jeune|aussi une?|"
    r"(?:j['’]ai|j['’]avais|on a|connais|y a) une?)\s+$",
    re.IGNORECASE,
)
_NOT_THAT = re.compile(
    r"^,?\s+(?:l[ea] (?:jeune|petite?|grande?)|l['’](?:animat\w+|éduc\w*|autre)|pas (?:le|la|l['’]|mon|ma))\b",
    re.IGNORECASE,
)


def _is_another(text: str, span: Span) -> bool:
    """Whether the words around a name set its bearer apart from another of that name."""
    return _ANOTHER.search(text[: span.start]) is not None or _NOT_THAT.match(text[span.end :]) is not None
