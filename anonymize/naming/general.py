"""General terms: what a place, an institution, a youth or another person generalises to.

Rules of the module:
- What the dossier says of a place or an institution comes first ("une cité du nord de la ville"); the vault keeps it.
- A place is of the kind of the noun in its name or right before it (cité, rue, quartier); without one a commune is
  "une ville", a country "un pays", a number of two figures "un département"; otherwise it is "un lieu".
- An institution is of the kind that its code shows, or of the family that stands for it.
- "Un jeune" or "une jeune", as far as the gender is known; a participant is "un professionnel" or "une
  professionnelle".
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from babel import Locale

from anonymize.forms import strip_article
from anonymize.french.folding import fold
from anonymize.french.heads import HEAD, head_of, leading_head
from anonymize.french.lexicon import lexicon
from anonymize.naming.pseudonyms import GENERAL, stem_term
from anonymize.vault import Referent
from vocabulary.choices import EntityType

PLACES: tuple[tuple[str, str], ...] = (
    (r"rues?|allee|impasse|traverse|ruelle|montee|venelle|sente|voie|passerelle|chemin|quai|faubourg|passage|cours|"
     r"mail|sentier", "une rue"),
    (r"avenue|ave|av|boulevard|bd|boul", "une avenue"),
    (r"route", "une route"),
    (r"place|esplanade|promenade|rond[- ]point", "une place"),
    (r"batiments?|bat|escalier|hall|bloc|entree|immeuble|lot|cage", "un immeuble"),
    (r"tours?", "une tour"),
    (r"cite|residence|barre|zup|zac|grand ensemble|lotissement", "une cité"),
    (r"quartiers?|hameau", "un quartier"),
    (r"village|bourg", "un village"),
    (r"parc|jardin|square|bois|foret", "un parc"),
    (r"station|gare|metro|rer|tramway|tram|arret(?: de bus)?|terminus", "une station"),
    (r"centre commercial", "un centre commercial"),
    (r"commune|ville|banlieue", "une ville"),
    (r"region", "une région"),
)  # fmt: skip
"""Nouns of the heads of places, folded, and the term each gives."""

_LINK = re.compile(r"\s*(?:(?:de la|de l['’]|des|du|de|d['’])\s*)?(?:l[ea]s? |l['’])?", re.IGNORECASE)
_WITH_ARTICLE = re.compile(r"(?<![^\W_])(?:aux?|du|des|les?|la)\s+$|(?<![^\W_])l['’]\s*$", re.IGNORECASE)
"""Before a place that is no commune: people live à Aubagne and aux Genêts."""
_NO_COUNTRY = frozenset({"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"})
_ARRONDISSEMENT = re.compile(r"\d{1,2}\s*(?:er|e|eme)")


def general_of(referent: Referent, designation: str) -> str:
    """Return what a referent generalises to, with its article. ``designation`` is what stands for it otherwise."""
    if referent.general is not None:
        return referent.general
    if referent.kind is EntityType.PLACE:
        return place_term(referent.forms) or stem_term(referent.pseudonym, referent.kind)
    if referent.kind is EntityType.YOUTH:
        return "une jeune" if referent.gender == "f" else "un jeune"
    if referent.is_participant:
        return "une professionnelle" if referent.gender == "f" else "un professionnel"
    return stem_term(designation, referent.kind)


def says_more(referent: Referent) -> bool:
    """Whether what a referent generalises to says more than of what kind it is: the dossier said it in words of its own
    ("une cité du nord de la ville"), longer than a noun, and no term of this module."""
    said = fold(referent.general or "")
    return len(said.split()) > 2 and said not in _kinds()


@lru_cache(maxsize=1)
def _kinds() -> frozenset[str]:
    return frozenset(fold(term) for term in (*(term for _, term in PLACES), *GENERAL.values()))


def place_term(forms: Sequence[str], before: Iterable[str] = ()) -> str | None:
    """Return the term of a place by its forms and by what stands right before its mentions, or None."""
    cores = [strip_article(form)[0] for form in forms]
    heads = [(core, leading_head(core)) for core in cores]
    nouns = [_noun_term(core[: head[1]]) for core, head in heads if head is not None]
    if any(nouns):
        return next(noun for noun in nouns if noun is not None)
    before = tuple(before)
    found = next((term for term in map(_announced, before) if term is not None), None)
    with_article = any(_WITH_ARTICLE.search(text) for text in before)
    listed = (_listed(form, commune=not with_article) for form in forms)
    return found or next((term for term in listed if term is not None), None)


def _announced(text: str) -> str | None:
    last = None
    for match in HEAD.finditer(text):
        last = match
    if last is None or _LINK.fullmatch(text, last.end()) is None or head_of(last).label is not EntityType.PLACE:
        return None
    return _noun_term(last[0])


def _noun_term(noun: str) -> str | None:
    words = re.sub(r"^\d+\s*(?:bis|ter|quater)?\s*,?\s*", "", fold(noun).strip())
    return next((term for pattern, term in PLACES if re.fullmatch(pattern, words)), None)


def _listed(form: str, *, commune: bool) -> str | None:
    """Return the term of a form that stands in a list; a commune is named as the list has it, article included."""
    core, whole = (fold(text).replace("-", " ").replace("'", " ").strip() for text in (strip_article(form)[0], form))
    if core in _countries():
        return "un pays"
    if commune and whole in lexicon().places:
        return "une ville"
    if re.fullmatch(r"\d\d", core):
        return "un département"
    return "un arrondissement" if _ARRONDISSEMENT.fullmatch(core) else None


@lru_cache(maxsize=1)
def _countries() -> frozenset[str]:
    """The countries and territories of CLDR, folded as places.txt.gz has them."""
    names = {
        re.sub(r"\s*\(.*", "", name)
        for code, name in Locale("fr").territories.items()
        if len(code) == 2 and code not in _NO_COUNTRY
    }
    return frozenset(fold(name).replace("-", " ").replace("'", " ") for name in names)
