"""Linking: which mentions are one referent, within a session and with the workshop's vault.

Rules of the module:
1. What the dossier and the vault know is admitted first; then referents in the order of the talk. The dossier decides
   over the vault who is one person: a form it gives to one is, in this session, of nobody to whom it does not give it
   too, the surname of a full name apart. Two of its blocks are two people, unless they share a form and have no full
   names that differ.
2. People are told apart over the whole session (anonymize/linking/people.py).
3. A place or an institution joins by the same letters, whole or without its head ("collège Renoir",
   "Renoir"), by sound, or by its first words (Clos-Mistral, le Clos).
4. Only sure mentions admit a referent. A residual mention joins one that is known, or stays without
   (detection on its own gives it a referent too: ``residual=True``).
5. What the network moves between people and places, once it has read the whole session, is residual and stays without
   referent, unless it is a youth's: an audience may keep the names of places, or of adults. What was surely a youth's
   says so (``ONCE_A_YOUTH``).
6. The same input gives the same codes; only the ids of new referents are random.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from anonymize.forms import PEOPLE, strip_article
from anonymize.freeing import ONCE_A_YOUTH, surely_a_youths
from anonymize.french.folding import fold, sound, squash
from anonymize.french.heads import HEAD, head_of, leading_head, proper_part
from anonymize.french.lexicon import lexicon
from anonymize.linking.people import gather
from anonymize.linking.resemblance import opposed
from anonymize.naming.pseudonyms import next_code, stem_of
from anonymize.surfaces import names_of, surface_of
from anonymize.trained.evidence import Evidence
from anonymize.vault import KnownReferent, Referent, Vault
from vocabulary.choices import NAMED, EntityType, Tier
from vocabulary.ids import new_id
from vocabulary.span import Span

MOVED = "whole session"
"""Reason of a span that the network took for one of people and holds to be a place, or the reverse."""


@dataclass
class _Known:
    """A referent while a session is linked."""

    id: str
    kind: EntityType
    forms: list[str]
    pseudonym: str
    last: int = -1
    keys: set[str] = field(default_factory=set)

    def learn(self, form: str) -> None:
        core, _ = strip_article(form)
        letters = squash(core)
        if letters in self.keys and form not in self.forms and strip_article(form)[1] is None:
            return
        if form not in self.forms:
            self.forms.append(form)
        self.keys.add(letters)
        if self.kind not in PEOPLE:
            proper = _own_part(core, self.kind)
            if proper is None and self.kind is EntityType.INSTITUTION and "-" in core:
                proper = core
            if proper is not None:
                self.keys.add(squash(strip_article(proper)[0]))
                last = re.split(r"[\s-]+", proper)[-1]
                if self.kind is EntityType.INSTITUTION and len(last) > 3 and not lexicon().ordinary(fold(last)):
                    self.keys.add(fold(last))


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

    def place(self, surface: str, kind: EntityType) -> _Known | None:
        core, _ = strip_article(surface)
        letters = {squash(core)}
        proper = _own_part(core, kind)
        if proper is not None:
            letters.add(squash(strip_article(proper)[0]))
            if kind is EntityType.INSTITUTION:
                letters.add(fold(re.split(r"[\s-]+", proper)[-1]))
        found = self.candidates(kind)
        others = self.candidates(EntityType.PLACE if kind is EntityType.INSTITUTION else EntityType.INSTITUTION)
        for referent in found + others:
            if letters & referent.keys:
                return referent
        heard = {sound(key) for key in letters if len(key) > 4 and key.isalpha()}
        for referent in found:
            if heard & {sound(key) for key in referent.keys if len(key) > 4 and key.isalpha()}:
                return referent
        first = fold(re.split(r"[\s-]", strip_article(proper or core)[0])[0])
        if len(first) < 4 and squash(core) != first:
            return None
        alike = [r for r in found + others if any(_begins(core, form) or _begins(form, core) for form in r.forms)]
        return alike[0] if len(alike) == 1 else None


def _own_part(core: str, kind: EntityType) -> str | None:
    """Return the proper part of a name with a head, if it can stand for the whole (rue de Fougères is no Fougères)."""
    found, proper = leading_head(core), proper_part(core)
    if found is None or proper is None:
        return proper
    town = fold(strip_article(proper)[0]).replace("-", " ") in lexicon().places
    return None if kind is EntityType.PLACE and found[0].inside and town else proper


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
    speakers: Sequence[str] | None = None,
    evidence: Evidence | None = None,
) -> tuple[list[Span], Vault]:
    """Return ``spans`` with the cluster of every named one, and the vault with what was learnt.

    ``speakers`` holds one label for each turn: it tells who answers to a name. ``evidence`` is what the trained network
    says of the people (``Detector.weigh``).
    """
    session = _Session(vault)
    said = _Said()
    for item in known:
        _admit_known(session, item, said)
    spans = [_initial(turns[span.turn], _moved(span, evidence)) for span in spans]
    people = _people(session, said, turns, spans, speakers, evidence)
    linked: list[Span] = []
    for span in spans:
        if span.label not in NAMED:
            linked.append(span)
            continue
        admit = residual or span.tier is Tier.SURE
        person = people.get((span.turn, span.start))
        form = surface_of(turns[span.turn], span)
        if person is not None:
            referent = person.referent(session, form, admit=admit)
        else:
            referent = session.place(form, span.label)
            if referent is None and admit:
                referent = session.admit(span.label, (form,), function=_announced(turns[span.turn], span))
        moved = MOVED in span.reasons and not residual and referent is not None
        if referent is None or (moved and referent.kind is not EntityType.YOUTH):
            linked.append(replace(span, cluster=None))
            continue
        if admit and "spelled name" not in span.reasons:
            referent.learn(form)
        session.touch(referent)
        label = referent.kind
        linked.append(replace(span, cluster=referent.id, label=label))
    return linked, _vault(session, vault)


def _moved(span: Span, evidence: Evidence | None) -> Span:
    """Return a span as what the network holds it to be that has read the whole session: a place, a person (rule 5)."""
    label = None if evidence is None else evidence.labels.get((span.turn, span.start))
    if label is None:
        return span
    reasons = (*span.reasons, MOVED, *([ONCE_A_YOUTH] if surely_a_youths(span) else []))
    return replace(span, label=label, tier=Tier.RESIDUAL, reasons=reasons)


def _initial(text: str, span: Span) -> Span:
    """Return a span that is one letter alone as a youth's: it is an initial, unless it names a building."""
    lone = (
        span.label in NAMED and span.label not in PEOPLE and re.fullmatch(r"[^\W\d_]\.?", text[span.start : span.end])
    )
    if not lone or "head" in span.reasons or HEAD.search(text[max(0, span.start - 24) : span.start]):
        return span
    return replace(span, label=EntityType.YOUTH)


@dataclass
class _Bearer:
    """A person of the session, and the referent they are or will be."""

    kind: EntityType
    found: _Known | None

    def referent(self, session: _Session, form: str, *, admit: bool) -> _Known | None:
        if self.found is None and admit:
            self.found = session.admit(self.kind, (form,))
        return self.found


def _people(
    session: _Session,
    said: "_Said",
    turns: Sequence[str],
    spans: Sequence[Span],
    speakers: Sequence[str] | None,
    evidence: Evidence | None,
) -> dict[tuple[int, int], _Bearer]:
    """Return the person of each mention, by its place."""
    named = [span for span in spans if span.label in PEOPLE]
    held = [referent for referent in session.referents if referent.kind in PEOPLE]
    found: dict[tuple[int, int], _Bearer] = {}
    for person in gather(turns, named, [(one.kind, said.left_to(one)) for one in held], speakers, evidence):
        bearer = _Bearer(person.role, held[person.known] if person.known is not None else None)
        for mention in person.mentions:
            found[mention.span.turn, mention.span.start] = bearer
    return found


class _Said:
    """Which people the dossier gives each form to, while a session is linked."""

    def __init__(self) -> None:
        self.forms: dict[str, list[str]] = {}
        self._bearers: dict[str, set[str]] = {}

    def give(self, referent: _Known, forms: Sequence[str]) -> None:
        """Keep who bears ``forms``; a surname may be that of a family, and takes nothing from anybody."""
        self.forms.setdefault(referent.id, []).extend(forms)
        surnames = {names[-1] for names in map(names_of, forms) if len(names) > 1}
        for form in (one for one in forms if not set(names_of(one)) <= surnames):
            self._bearers.setdefault(_letters(form), set()).add(referent.id)

    def left_to(self, referent: _Known) -> list[str]:
        """Return the forms of a referent without those that the dossier gives to others alone."""
        return [form for form in referent.forms if referent.id in self._bearers.get(_letters(form), {referent.id})]


def _admit_known(session: _Session, item: KnownReferent, said: _Said) -> None:
    if item.id is not None:
        return
    for form in item.forms:
        for referent in session.candidates(item.kind):
            if referent.kind is item.kind and _letters(form) in referent.keys and _may_be(referent, item, said):
                for other in item.forms:
                    referent.learn(other)
                if item.kind in PEOPLE:
                    said.give(referent, item.forms)
                return
    referent = session.admit(item.kind, item.forms, item.pseudonym, item.function)
    if item.kind in PEOPLE:
        said.give(referent, item.forms)


def _may_be(referent: _Known, item: KnownReferent, said: _Said) -> bool:
    """Whether a person the dossier tells of may be a referent: it is none that the dossier has told of under other
    names alone, and no full name of the one is opposed to one of the other."""
    if item.kind not in PEOPLE:
        return True
    told = {_letters(form) for form in said.forms.get(referent.id, item.forms)}
    if not told & {_letters(form) for form in item.forms}:
        return False
    full, held = ([names for names in map(names_of, forms) if len(names) > 1] for forms in (item.forms, referent.forms))
    return not any(opposed(one, other) for one in full for other in held)


def _letters(form: str) -> str:
    return squash(strip_article(form)[0])


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
    held = {referent.id: referent for referent in vault.referents}
    changed = replace(
        vault,
        referents=tuple(
            replace(held.get(r.id) or Referent(r.id, r.kind, (), r.pseudonym), forms=tuple(r.forms))
            for r in session.referents
        ),
        counters=session.counters,
    ).with_shift()
    return vault if changed == vault else replace(changed, version=vault.version + 1)
