"""Singling out: what is said of one person that, put together, points to nobody else.

Rules of the module:
1. A *trait* is an age, a role, a place, an institution, an event or a nickname, said of a person: in the same turn, not
   farther than ``NEAR`` characters from the mention of a person, and nearer to that one than to any other.
2. Only what the audience still reads counts: a type that the profile redacts is no trait, nor a place or an
   institution that it generalises ("un lieu" is anywhere), unless the dossier says more of it than its kind ("une cité
   du nord de la ville"). A pseudonym counts: who knows "Lieu 2" knows it everywhere. A nickname counts as having one,
   whatever becomes of it.
3. What people freed is read as it was said, whatever the profile does to its type, and only suspected or not. Where it
   is the form of a person it was freed because it names nobody there: it is no mention, and its words are plain talk.
4. Traits of ``FEWEST_KINDS`` different kinds single a person out if fewer than ``plot`` people of the session share
   them all (``thresholds.plot`` of the policy: the person counts, so that 1 flags nobody).
5. A flag directs the review; it masks nothing. It holds ids, kinds and offsets, never words.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

from anonymize.forms import PEOPLE, strip_article
from anonymize.french.ages import band
from anonymize.french.folding import fold, squash, tokens
from anonymize.french.lexicon import lexicon, word_set
from anonymize.naming.general import says_more
from anonymize.vault import Referent, Vault
from vocabulary.choices import EntityType, Operator, Tier, Trait
from vocabulary.profile import Profile
from vocabulary.span import Span, Stretch

NEAR = 120
"""Characters between a mention and what is said of that person, at most."""

FEWEST_KINDS = 3
"""How many kinds it takes: an age and a place are said of nearly everybody."""

_OF_TYPE: Mapping[EntityType, Trait] = {
    EntityType.AGE: Trait.AGE, EntityType.PLACE: Trait.PLACE, EntityType.INSTITUTION: Trait.INSTITUTION,
    EntityType.DATE: Trait.EVENT, EntityType.QUASI: Trait.EVENT,
}  # fmt: skip
_GENERAL_SAYS_NOTHING = frozenset({EntityType.PLACE, EntityType.INSTITUTION, EntityType.DATE, EntityType.QUASI})
_ROLES = word_set(
    "guetteur guetteuse chouf nourrice charbonneur vendeur revendeur dealer livreur livreuse ravitailleur gérant "
    "éducateur éducatrice éduc animateur animatrice médiateur médiatrice proviseur proviseure principal principale "
    "cpe infirmier infirmière professeur professeure prof juge avocat avocate policier policière gendarme imam "
    "entraîneur entraîneuse coach gardien gardienne patron patronne apprenti apprentie lycéen lycéenne collégien "
    "collégienne stagiaire boulanger maçon chauffeur boxeur boxeuse footballeur footballeuse rappeur rappeuse "
    "capitaine délégué déléguée jumeau jumelle orphelin orpheline"
)
_EVENTS = word_set(
    "interpellé interpellée interpellation perquisition incarcéré incarcérée incarcération écroué écrouée braquage "
    "fusillade poignardé poignardée accident incendie hospitalisé hospitalisée exclu exclue expulsé expulsée fugue "
    "fugué séquestré séquestrée agressé agressée tabassé tabassée suicide enterrement procès condamné condamnée"
)


@dataclass(frozen=True)
class Flag:
    """A referent, the kinds that together single it out, and where they are said, mentions included, in order."""

    referent: str
    kinds: tuple[Trait, ...]
    passages: tuple[Stretch, ...]


@dataclass(frozen=True)
class _Said:
    """One trait of somebody: its kind, the value people share or do not, where, and beside which mention."""

    kind: Trait
    value: str
    stretch: Stretch
    mention: Stretch


@dataclass(frozen=True, repr=False)
class _Audience:
    """What decides what is read of a span: the profile, what people freed, and what is known of places."""

    profile: Profile
    freed: Collection[Stretch]
    referents: Mapping[str, Referent]

    def reads_as_said(self, span: Span) -> bool:
        return span.stretch in self.freed

    def value(self, span: Span, surface: str) -> str | None:
        """What the audience tells one trait from another by; None where it reads nothing that tells."""
        treated = self.profile.operators[span.label]
        operator = Operator.KEEP if self.reads_as_said(span) else treated
        if operator is Operator.REDACT or (span.tier is not Tier.SURE and not self.reads_as_said(span)):
            return None
        if operator is Operator.GENERALIZE and span.label in _GENERAL_SAYS_NOTHING:
            referent = self.referents.get(span.cluster or "")
            return fold(referent.general or "") if referent is not None and says_more(referent) else None
        if span.label is EntityType.AGE:
            return (band(surface) if operator is Operator.GENERALIZE else None) or _years(surface)
        return (span.cluster if operator is treated else None) or squash(surface)


def singled_out(
    talk: Sequence[str],
    spans: Sequence[Span],
    vault: Vault,
    profile: Profile,
    plot: int,
    freed: Collection[Stretch] = frozenset(),
) -> list[Flag]:
    """Return a flag for each person whom fewer than ``plot`` share a combination with, in the order of the talk.

    ``freed`` are the passages that people let stand as they were said (anonymize/freeing.py).
    """
    audience = _Audience(profile, freed, {referent.id: referent for referent in vault.referents})
    people = {referent.id for referent in vault.referents if referent.kind in PEOPLE}
    said: dict[str, list[_Said]] = {}
    for number, text in enumerate(talk):
        own = [span for span in spans if span.turn == number]
        own = [span for span in own if not (span.label in PEOPLE and audience.reads_as_said(span))]
        mentions = [span for span in own if span.cluster in people]
        for span in mentions:
            said.setdefault(str(span.cluster), [])
            if _is_nickname(text[span.start : span.end]):
                said[str(span.cluster)].append(_Said(Trait.NICKNAME, "", span.stretch, span.stretch))
        for kind, value, stretch in _traits(number, text, own, audience):
            nearest = min(mentions, key=lambda one: (_distance(one, stretch), one.start), default=None)
            if nearest is not None and _distance(nearest, stretch) <= NEAR:
                said[str(nearest.cluster)].append(_Said(kind, value, stretch, nearest.stretch))
    return _flags(said, plot)


def _flags(said: Mapping[str, Sequence[_Said]], plot: int) -> list[Flag]:
    values = {referent: {(one.kind, one.value) for one in all_said} for referent, all_said in said.items()}
    flags = []
    for referent, all_said in said.items():
        by_kind: dict[Trait, list[tuple[Trait, str]]] = defaultdict(list)
        for trait in sorted(values[referent]):
            by_kind[trait[0]].append(trait)
        telling: set[Trait] = set()
        for kinds in combinations([kind for kind in Trait if kind in by_kind], FEWEST_KINDS):
            chosen = product(*(by_kind[kind] for kind in kinds))
            if any(sum(set(one) <= other for other in values.values()) < plot for one in chosen):
                telling.update(kinds)
        if telling:
            places = {place for one in all_said if one.kind in telling for place in (one.stretch, one.mention)}
            flags.append(Flag(referent, tuple(kind for kind in Trait if kind in telling), tuple(sorted(places))))
    return flags


def _traits(number: int, text: str, spans: Sequence[Span], audience: _Audience) -> list[tuple[Trait, str, Stretch]]:
    found = []
    for span in spans:
        kind = _OF_TYPE.get(span.label)
        value = audience.value(span, text[span.start : span.end]) if kind is not None else None
        if kind is not None and value is not None:
            found.append((kind, value, span.stretch))
    for token in tokens(text):
        kind = Trait.ROLE if token.folded in _ROLES else Trait.EVENT if token.folded in _EVENTS else None
        if kind is not None and not any(span.stretch.meets(token.start, token.end) for span in spans):
            found.append((kind, token.folded, Stretch(number, token.start, token.end)))
    return found


def _years(surface: str) -> str:
    """An age as a number of years."""
    return re.sub(r"\s*ans\b.*", "", fold(surface)).strip()


def _is_nickname(surface: str) -> bool:
    """Whether a person is called by ordinary words with an article: le Gros, la Boussole."""
    core, article = strip_article(surface)
    return article is not None and all(lexicon().ordinary(token.folded) for token in tokens(core))


def _distance(mention: Span, stretch: Stretch) -> int:
    return max(mention.start - stretch.end, stretch.start - mention.end, 0)
