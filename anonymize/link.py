"""Linking: which mentions are one referent, within a session and with the workshop's vault.

Rules of the module:
1. What the dossier and the vault know is admitted first; then mentions in the order of the talk.
2. A person's mention joins a referent by, in this order: the same letters; a full name and its first name
   or surname; the same sound; the beginning of a first name (Ibra, Ibrahim); an alias that the talk states
   ("Brayan, au quartier c'est Bonbon"). Two people of one surname and different first names stay two; a
   surname after a title is an adult's.
3. A place or an institution joins by the same letters, whole or without its head ("collège Renoir",
   "Renoir"), by sound, or by its first words (Clos-Mistral, le Clos).
4. Only sure mentions admit a referent. A residual mention joins one that is known, or stays without
   (detection on its own gives it a referent too: ``residual=True``).
5. The same input gives the same codes; only the ids of new referents are random.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from anonymize.folding import fold, sound, squash
from anonymize.forms import PEOPLE, strip_article
from anonymize.heads import HEAD, head_of, proper_part
from anonymize.lexicon import lexicon
from anonymize.pseudonyms import next_code, stem_of
from anonymize.surfaces import names_of, spelled_letters, surface_of, titled
from anonymize.vault import KnownReferent, Referent, Vault
from vocabulary.choices import NAMED, EntityType, Tier
from vocabulary.ids import new_id
from vocabulary.span import Span

_ALIAS = re.compile(
    r"^\W*(?:(?:mais|et|enfin|donc|nous|moi|eux)\W+)*"
    r"(?:(?:au quartier|dehors|dans la cité|dans le quartier|chez nous|chez eux|ici|les petits|les copains|les jeunes|"
    r"tout le monde|à l'école|sur le point|dans la rue)\W+(?:(?:ils?|on)\W+)?"
    r"(?:c'est|disent|dit|l'appellent|l'appelle|le surnomment)"
    r"|(?:ils?|on)\W+l'appell\w+|(?:ils?|on)\W+l[ea] surnomm\w+|il se fait appeler|elle se fait appeler|"
    r"alias|comme|dite?|surnommée?|"
    r"son (?:surnom|blaze?|vrai nom|vrai prénom)\W+c'est|de son vrai (?:pré)?nom)\W*(?:le |la |l['’])?$",
    re.IGNORECASE,
)
_LONGEST_ALIAS = 60


@dataclass
class _Known:
    """A referent while a session is linked."""

    id: str
    kind: EntityType
    forms: list[str]
    pseudonym: str
    last: int = -1
    names: list[list[str]] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)

    def learn(self, form: str) -> None:
        core, _ = strip_article(form)
        letters = squash(core)
        if letters in self.keys and form not in self.forms and strip_article(form)[1] is None:
            return
        if form not in self.forms:
            self.forms.append(form)
        self.keys.add(letters)
        if self.kind in PEOPLE:
            names = names_of(form)
            if names not in self.names:
                self.names.append(names)
        else:
            proper = proper_part(core)
            if proper is not None:
                self.keys.add(squash(strip_article(proper)[0]))
                last = re.split(r"[\s-]+", proper)[-1]
                if self.kind is EntityType.INSTITUTION and len(last) > 3 and not lexicon().ordinary(fold(last)):
                    self.keys.add(fold(last))

    @property
    def full(self) -> list[list[str]]:
        return [names for names in self.names if len(names) > 1]


class _Session:
    """The referents of a workshop while one session is linked; everything else is in ``link``."""

    def __init__(self, vault: Vault) -> None:
        self.counters = dict(vault.counters)
        self.referents: list[_Known] = []
        for referent in vault.referents:
            known = _Known(referent.id, referent.kind, [], referent.pseudonym)
            for form in referent.forms:
                known.learn(form)
            known.forms = list(referent.forms)
            self.referents.append(known)
        self.clock = 0

    def touch(self, referent: _Known) -> _Known:
        self.clock += 1
        referent.last = self.clock
        return referent

    def admit(
        self, kind: EntityType, forms: Sequence[str], pseudonym: str | None = None, function: str | None = None
    ) -> _Known:
        taken = {referent.pseudonym for referent in self.referents}
        if pseudonym is None or pseudonym in taken:
            pseudonym = next_code(stem_of(kind, forms, function), self.counters, taken)
        referent = _Known(new_id("v"), kind, [], pseudonym)
        for form in forms:
            referent.learn(form)
        self.referents.append(referent)
        return referent

    def candidates(self, kind: EntityType) -> list[_Known]:
        """Referents of the family of ``kind``: its own kind first, then the most recent."""
        family = PEOPLE if kind in PEOPLE else {kind}
        found = [referent for referent in self.referents if referent.kind in family]
        return sorted(found, key=lambda referent: (referent.kind is not kind, -referent.last))

    def find(self, surface: str, kind: EntityType, *, after_title: bool, spelled: bool) -> _Known | None:
        if kind in PEOPLE:
            names = [spelled_letters(surface)] if spelled else names_of(surface)
            return self._person(names, kind, after_title)
        return self._place(surface, kind)

    def _person(self, names: list[str], kind: EntityType, after_title: bool) -> _Known | None:
        found = self.candidates(kind)
        letters = "".join(names)
        if after_title:
            found = [referent for referent in found if referent.kind is EntityType.PERSON]
        for referent in found:
            if any("".join(held) == letters for held in referent.names):
                return referent
        same = [referent for referent in found if referent.kind is kind]
        for referent in same + [r for r in found if r.kind is not kind]:
            if any(_compatible(names, held, after_title) for held in referent.names) and not any(
                _opposed(names, held) for held in referent.full
            ):
                return referent
        for referent in same:
            if any(_sounds_alike(names, held) for held in referent.names):
                return referent
        for kinds in (same, found):
            short = [r for r in kinds if any(_shortened(names, held) for held in r.names)]
            if len(short) == 1:
                return short[0]
        return None

    def _place(self, surface: str, kind: EntityType) -> _Known | None:
        core, _ = strip_article(surface)
        letters = {squash(core)}
        proper = proper_part(core)
        if proper is not None:
            letters.add(squash(strip_article(proper)[0]))
            if kind is EntityType.INSTITUTION:
                letters.add(fold(re.split(r"[\s-]+", proper)[-1]))
        found = self.candidates(kind)
        for referent in found:
            if letters & referent.keys:
                return referent
        heard = {sound(key) for key in letters if len(key) > 4 and key.isalpha()}
        for referent in found:
            if heard & {sound(key) for key in referent.keys if len(key) > 4 and key.isalpha()}:
                return referent
        first = fold(re.split(r"[\s-]", strip_article(proper or core)[0])[0])
        if len(first) < 4 and squash(core) != first:
            return None
        alike = [r for r in found if any(_begins(core, form) or _begins(form, core) for form in r.forms)]
        return alike[0] if len(alike) == 1 else None


def _compatible(names: list[str], held: list[str], after_title: bool) -> bool:
    """Whether one name is a part of the other, or both are one full name with an initial."""
    if len(names) == 1 and len(held) > 1:
        return names[0] == held[-1] if after_title else names[0] in (held[0], held[-1])
    if len(held) == 1 and len(names) > 1:
        return held[0] in (names[0], names[-1])
    if len(names) > 1 and len(held) > 1:
        if names[-1] != held[-1]:
            return False
        return names[0] == held[0] or (1 in (len(names[0]), len(held[0])) and names[0][0] == held[0][0])
    return False


def _opposed(names: list[str], held: list[str]) -> bool:
    """Whether two full names differ in their first name."""
    return len(names) > 1 and not _compatible(names, held, False) and not _sounds_alike(names, held)


def _sounds_alike(names: list[str], held: list[str]) -> bool:
    one, other = "".join(names), "".join(held)
    if len(names) == len(held) and min(len(one), len(other)) >= 3:
        if sound(one) == sound(other):
            return len(sound(one)) >= 2
        return min(len(one), len(other)) >= 5 and _gist(one) == _gist(other)
    if len(names) == 1 and len(held) > 1 and len(one) >= 4:
        return sound(one) in (sound(held[0]), sound(held[-1]))
    if len(held) == 1 and len(names) > 1 and len(other) >= 4:
        return sound(other) in (sound(names[0]), sound(names[-1]))
    return False


def _gist(name: str) -> str:
    """Return the sound with each run of vowels as its last one: Brayan, Bryan and Brian are alike, Karim
    and Karima are not."""
    return re.sub(r"[aeiou]+(?=[aeiou])", "", sound(name)).replace("u", "o")


def _shortened(names: list[str], held: list[str]) -> bool:
    one, other = names[0], held[0]
    if len(names) > 1 or one == other:
        return False
    short, long = sorted((one, other), key=len)
    return len(short) >= 3 and len(long) >= len(short) + 2 and long.startswith(short)


def _begins(short: str, long: str) -> bool:
    """Whether ``short`` is the first words of ``long``, articles and heads apart."""
    one, other = ([squash(w) for w in re.split(r"[\s-]+", strip_article(x)[0])] for x in (short, long))
    return 0 < len(one) < len(other) and other[: len(one)] == one and len("".join(one)) > 2


def link(
    turns: Sequence[str],
    spans: Sequence[Span],
    known: Sequence[KnownReferent],
    vault: Vault,
    *,
    residual: bool = False,
) -> tuple[list[Span], Vault]:
    """Return ``spans`` with the cluster of every named one, and the vault with what was learnt."""
    session = _Session(vault)
    for item in known:
        _admit_known(session, item)
    linked: list[Span] = []
    previous: tuple[Span, _Known] | None = None
    for span in spans:
        if span.label not in NAMED:
            linked.append(span)
            continue
        text = turns[span.turn]
        referent = _referent(session, text, span, previous, admit=residual or span.tier is Tier.SURE)
        if referent is None:
            linked.append(replace(span, cluster=None))
            continue
        if span.tier is Tier.SURE or residual:
            form = surface_of(text, span)
            if not _is_spelled(span):
                referent.learn(form)
            previous = (span, referent) if span.label in PEOPLE else previous
        session.touch(referent)
        label = referent.kind if span.label in PEOPLE else span.label
        linked.append(replace(span, cluster=referent.id, label=label))
    return linked, _vault(session, vault)


def _is_spelled(span: Span) -> bool:
    return "spelled name" in span.reasons


def _admit_known(session: _Session, item: KnownReferent) -> None:
    if item.id is not None:
        return
    for form in item.forms:
        for referent in session.candidates(item.kind):
            if referent.kind is item.kind and squash(strip_article(form)[0]) in referent.keys:
                for other in item.forms:
                    referent.learn(other)
                return
    session.admit(item.kind, item.forms, item.pseudonym, item.function)


def _referent(
    session: _Session, text: str, span: Span, previous: tuple[Span, _Known] | None, *, admit: bool
) -> _Known | None:
    surface = surface_of(text, span)
    after_title = span.label in PEOPLE and titled(text, span)
    found = session.find(surface, span.label, after_title=after_title, spelled=_is_spelled(span))
    if found is not None:
        return found
    if previous is not None and span.label in PEOPLE and previous[0].turn == span.turn:
        between = text[previous[0].end : span.start]
        if _is_spelled(span) and len(between) < 30:
            return previous[1]
        if len(between) <= _LONGEST_ALIAS and _ALIAS.match(between) is not None:
            return previous[1]
    if not admit:
        return None
    return session.admit(span.label, (surface,), function=_announced(text, span))


def _announced(text: str, span: Span) -> str | None:
    """Return the function of the head that stands before a name of an institution, outside of it."""
    if span.label is not EntityType.INSTITUTION:
        return None
    before = text[max(0, span.start - 40) : span.start]
    last = None
    for match in HEAD.finditer(before):
        last = match
    if last is not None and re.fullmatch(r"\s*(?:(?:de la|de l['’]|des|du|de|d['’])\s*)?", before[last.end() :]):
        head = head_of(last)
        if head.label is EntityType.INSTITUTION:
            return head.function
    return None


def _vault(session: _Session, vault: Vault) -> Vault:
    changed = replace(
        vault,
        referents=tuple(Referent(r.id, r.kind, tuple(r.forms), r.pseudonym) for r in session.referents),
        counters=session.counters,
    ).with_shift()
    return vault if changed == vault else replace(changed, version=vault.version + 1)
