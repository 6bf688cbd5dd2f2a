# ruff: noqa: E501 (a pattern stands on one line, so that the table can be read)
"""Whether a person who is named is a youth or an adult: decided for the name, by all its mentions.

Rules of the module:
- Every mention of a name in a session votes through what stands around it: "madame", a profession, "je
  m'appelle", an age of 26 or more speak for an adult; "le jeune", "le petit", a school, an age under 26
  speak for a youth. The dossier decides alone.
- Without any evidence a lone first name or a nickname is a youth, whose identity is never kept (policies
  may keep an adult's); a full name follows its first name.
"""

import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from anonymize.forms import PEOPLE
from anonymize.french.folding import fold, squash
from anonymize.french.lexicon import TITLES, lexicon
from anonymize.french.numbers import NUMBER, number
from vocabulary.choices import EntityType
from vocabulary.span import Span

YOUTH, PERSON = EntityType.YOUTH, EntityType.PERSON
ADULT_AGE = 26

_TRADE = (
    r"(?:éducat(?:eur|rice)|éduc|prof(?:esseure?)?|cpe|conseill(?:er|ère)|psychologue|psy|infirmi(?:er|ère)|assistante? (?:sociale?|de service)|"
    r"animat(?:eur|rice)|médiat(?:eur|rice)|direct(?:eur|rice)|principale?|proviseure?|juge|magistrate?|avocate?|maître|commissaire|brigadier|"
    r"sociologue|formateur|formatrice|substitut|procureure?|gardien(?:ne)?|patron(?:ne)?|chef(?:fe)? de service|coordinat(?:eur|rice)|collègue|stagiaire|bénévole|régisseuse|régisseur|"
    r"entraîneuse?|entraîneur|coach|référente?|responsable|gérante?|propriétaire|concierge|voisine?|marraine|parrain|nounou|assistante maternelle|famille d'accueil|secrétaire|greffi(?:er|ère)|policier|policière|gendarme|adjudant|maire|élue?|député|curé|pasteur|interprète|traduct(?:eur|rice)|orthophoniste|pédiatre|dentiste|kiné|veilleur|veilleuse|vigile|moniteur|monitrice|tuteur|tutrice|employeur|boulangère|épici(?:er|ère)|coiffeu(?:r|se)|serveu(?:r|se)|garagiste|maçon|carreleur|plombier|électricien|ouvri(?:er|ère)|routier|caissière|aide-soignante|femme de ménage|comptable|retraitée?|commerçante?|cuisini(?:er|ère)|bailleur|notaire|huissier|enseignante?|maîtresse|instit(?:utrice|uteur)?|ingénieur|"
    r"chauffeur|boulanger|imam|médecin|docteur|surveillante?|mère|père|maman|papa|tante|oncle|tonton|grand-mère|grand-père|mémé|pépé|beau-père|belle-mère|parents|adulte)"
)
_BEFORE: tuple[tuple[re.Pattern[str], EntityType, float], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), role, weight)
    for pattern, role, weight in (
        (rf"(?<!\w)(?:{'|'.join(sorted(TITLES, key=len, reverse=True))}|madame|maître|mémé|pépé)\s+$", PERSON, 4.0),
        (r"\b(?:je m'appelle|moi,? c'est|moi,? je m'appelle|je suis|et moi,?)\s+$", PERSON, 4.0),
        (rf"\b(?:le|la|mon|ma|son|sa|notre|votre|une?|l['’]|leur|ton|ta|du|au)\s?{_TRADE}(?:\s+(?!madame|monsieur|et\b|il\b|elle\b|qui\b|à\b)[^\W\d_]+){{0,3}},\s+(?:c'est\s+)?$", PERSON, 3.0),
        (rf"\b(?:le|la|mon|ma|son|sa|notre|votre|une?|l['’]|leur|ton|ta|du|au)\s?{_TRADE}(?:\s+(?!de\b|du\b|des\b|et\b|il\b|elle\b|qui\b|à\b|chez\b|avec\b|pour\b)[^\W\d_]{{3,}})?\s+(?:c'est\s+)?$", PERSON, 3.0),
        (r"\b(?:sa|son|la|le|l['’]|leur) ?(?:mère|père|tante|oncle|grand-mère|grand-père|belle-mère|beau-père)[.]?\s+(?:c['’]est\s+)?$", PERSON, 2.5),
        (r"\b(?:grand frère|grande sœur|mari|(?<!jeune )femme)\s*,?\s+(?:c'est\s+)?$", PERSON, 1.5),
        (r"\b(?:merci|pardon|bonjour|d'accord|attends|vas-y|dis-moi|toi|toi,)\s*,?\s+$", PERSON, 1.5),
        (r"(?:^|[.,;:«»]\s*|\b(?:par|de|à|avec|chez|c['’]est|et|pour|que)\s+)s(?:œ|oe)ur\s+$", PERSON, 4.0),
        (r"\b(?:un|cet) (?:homme|monsieur|type|adulte)(?: (?:du|de la|de l['’]|des) ?\w+)? +$|\b(?:une|cette) (?:dame|femme)(?: (?:du|de la|de l['’]|des) ?\w+)? +$", PERSON, 2.5),
        (r"\b(?:un|cet|l['’]) ?(?:homme|monsieur|adulte|type|vieux|ancien(?: \w+)?)\b[^.?!«»]{0,30},\s+$|\b(?:une|cette) (?:dame|femme|vieille|mamie)\b[^.?!«»]{0,30},\s+$", PERSON, 2.5),
        (r"\b(?:jeunes?|gamine?|gosse|minot|môme|adolescente?|ado|élève|mineure?|collégienne?|lycéenne?)(?:\s+(?:s'appelle|c'est|dont|de|d'|qui))*,?\s+$", YOUTH, 3.0),
        (r"\b(?:un|une|mon|ma|notre|le|la) (?:petite?|jeune|gamine?|gosse|minot|garçon|fille|situation),?\s+(?:c'est )?$", YOUTH, 2.5),
        (r"\b(?:ma (?:sœur|soeur|femme|cousine|belle-sœur|copine|tante)|mon (?:mari|frère|beau-frère|cousin|compagnon|chef|directeur|oncle))\b[^«»?!]{0,30}[,.]?\s+$", PERSON, 2.5),
        (r"\b(?:petite?|fils|fille|gamine?|gosse|ado|neveu|nièce|cadette?|aînée?) (?:de la|du|de l['’]|de sa|de son|de mon|de ma|de notre|des) ?[\w-]+,\s+$", YOUTH, 5.5),
        (r"\b(?:le petit|la petite|petit|petite|votre|ma petite|mon petit|notre petit)\s+$", YOUTH, 2.5),
        (r"\b(?:frère|sœur|copain|copine|pote|cousine?|fils|fille|cadet|cadette|petite sœur|petit frère)\s*,?\s+(?:c'est\s+)?$", YOUTH, 1.5),
        (r"\b(?:surnomme|surnommé|appelle|appellent|blaze c'est|dehors,? c'est|quartier,? c'est)\s+(?:le |la )?$", YOUTH, 1.0),
        (r"\b(?:suivi de|situation de|voir|dossier de|parler de|revenir (?:sur|à)|signalement pour|pour|avec)\s+$", YOUTH, 0.4),
    )
)  # fmt: skip
_YOU, _YOURS = (
    r"^,?\s+(?:tu|vous|toi|qu['’]est-ce (?:qui (?:te|t['’])|qu?e? ?(?:tu|t['’]|vous))|est-ce que tu)\b",
    r"^,(?!\s+(?:ils?|elles?|lui|qui|que|sa|son)\b)[^.?!\n]{0,50}\b(?:tu|vous|t'|te|ton|ta|tes)\b",
)
_TO_YOU = (_YOU, _YOURS)
"""Whoever is called "tu" or "vous" sits at the table, unless the speaker tells what was said elsewhere."""
I_SAID = re.compile(
    r"(?:\bje (?:lui |leur )?(?:dis|disais|ai dit|fais|demande)|\bj['’]ai dit|\bon lui dit)\b\W+(?:\w+\W+){0,3}$",
    re.IGNORECASE,
)
_AFTER: tuple[tuple[re.Pattern[str], EntityType, float], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), role, weight)
    for pattern, role, weight in (
        (rf"^,?\s+(?:je suis |moi je suis |c'est |qui est |notre |mon |ma |la |le |l'|un |une )?{_TRADE}\b", PERSON, 3.0),
        (rf"^,?\s+(?:(?:lui |elle |ça |il |elle )?(?:c['’]est|c['’]était|est|était)\s+)(?:la |le |l['’]|sa |son |un |une |leur |notre |ton |ta )?(?:ancienne? |nouvelle? |nouveau )?{_TRADE}\b", PERSON, 3.0),
        (rf"^[^.!?]{{0,40}}[.,]\s+(?:il|elle) (?:est|était|travaille comme|bosse comme) (?:un |une |le |la |l['’])?{_TRADE}\b", PERSON, 2.5),
        (r"^\s+(?:père|mère|senior)\b", PERSON, 2.0),
        (r"^,?\s+(?:(?:il|elle|qui|lui|lui il|elle elle)\s+)?(?:élève seule|a (?:élevé|eu) (?:\w+ )?(?:enfants|gosses|gamins)|est (?:à la retraite|enceinte de son)|fait des ménages|prend sa retraite|a (?:deux|trois|quatre|cinq|six) (?:enfants|gosses|gamins)|est au chômage|conduit (?:le|les|des) (?:bus|car|camion|tram|train|\d))", PERSON, 2.0),
        (_YOU, PERSON, 2.0),
        (_YOURS, PERSON, 1.0),
        (r"^,\s+(?:à|du|de l'|de la) (?:la )?(?:pjj|mission locale|centre social|association|mairie)\b", PERSON, 2.0),
        (r"^,?\s+(?:le|la) (?:jeune|petite?|gamine?|minot|plus jeune|gosse|mineure?)\b", YOUTH, 3.0),
        (r"^,?\s+(?:c'est )?(?:un|une) (?:(?:grande?|petite?) (?:de |en )?(?:sixième|cinquième|quatrième|troisième|seconde|première|terminale)|(?:jeune(?! femme| homme| collègue)|gamine?|petite?|élève|garçon|mineure?|ado|adolescente?|lycéenne?|collégienne?|minot|gosse|môme))\b", YOUTH, 3.0),
        (r"^[^.!?]{0,12}[.,]?\s+(?:c'est |qui est |lui c'est )?(?:un|une) (?:adulte|ancien|homme|femme|monsieur|dame|vieux|vieille|grand (?:frère|de (?:trente|quarante|cinquante))|trentenaire|quadra\w*|quinqua\w*)\b", PERSON, 3.0),
        (r"^[^!?]{0,40}\bla (?:trentaine|quarantaine|cinquantaine|soixantaine)\b", PERSON, 3.0),
        (r"^[^.!?]{0,40}\b(?:recrut\w+|le recruteur|le gérant|tête de réseau|tient le réseau|le fournisseur|l'avocate?|le commanditaire)\b", PERSON, 2.0),
        (r"^,?\s+(?:il|elle) (?:est|était) (?:en )?(?:sixième|cinquième|quatrième|troisième|seconde|première|terminale|segpa|scolarisée?|mineure?|placée?|déscolarisée?)", YOUTH, 3.0),
        (r"^,?\s+(?:(?:il|elle|lui|qui)\s+)?(?:est|était) (?:en |dans ma )?(?:classe|cours|foyer|garde à vue|détention)", YOUTH, 1.0),
        (r"^,?\s+(?:(?:il|elle|qui)\s+)?(?:guette|vend|deale|charbonne|fugue|sèche|traîne|zone)", YOUTH, 2.0),
        (r"^\s+(?:de|en) (?:sixième|cinquième|quatrième|troisième|seconde|première|terminale|cap|segpa|quatre|troisième)\b", YOUTH, 3.0),
    )
)  # fmt: skip
_AGE_AFTER = re.compile(
    rf"^(?:[^.!?\n]{{0,40}}?|[^«»\n]{{0,70}}?\b(?:il|elle|lui|qui) (?:va (?:sur|avoir)|vient d'avoir|a|avait|aura|fait|a fêté) (?:ses |que |déjà |à peine |bientôt )?)(?P<n>{NUMBER})\s+ans\b(?! (?:de|d'|ferme|que))",
    re.IGNORECASE,
)
_AGE_BARE = re.compile(
    rf"^,?\s+(?:(?:il|elle|lui il|elle elle|qui|lui),? )?(?:en a|en aura|va sur (?:ses|les)|vient d['’]avoir|a eu|a|avait) (?:que |déjà |à peine |bientôt )?(?P<n>{NUMBER})(?=\s*(?:[.,;?!…]|$))",
    re.IGNORECASE,
)
_CHILD_OF = re.compile(
    r"\b(?:le|la|les|du|au|aux|son|sa) (?:petite?|petits|petites|fils|fille|filles|gamine?|gamins|gosses?|enfants?|aînée?|cadette?|cadet) (?:de|d['’]) ?$",
    re.IGNORECASE,
)
_WINDOW = 90


_TRAINED = 1.5
"""Weight of the trained network's log-odds for one mention."""


def role_odds(chance: Mapping[str, float]) -> float:
    """Return the log-odds that a mention is an adult's and not a youth's, as the trained network has it."""
    return math.log((chance[PERSON] + 0.02) / (chance[YOUTH] + 0.02))


def settle_roles(
    turns: Sequence[str],
    spans: Sequence[Span],
    decided: Mapping[str, EntityType],
    chances: Sequence[Mapping[str, float]],
) -> list[Span]:
    """Return ``spans`` with each person's label settled; ``decided`` maps folded names the dossier knows, ``chances``
    are what the trained network says of each span."""
    votes: dict[str, dict[EntityType, float]] = defaultdict(lambda: {YOUTH: 0.0, PERSON: 0.0})
    keys: dict[tuple[int, int], str] = {}
    for place, span in enumerate(spans):
        if span.label not in PEOPLE:
            continue
        text = turns[span.turn]
        titled = _BEFORE[0][0].search(text[max(0, span.start - 20) : span.start]) is not None
        key = _key(text[span.start : span.end], titled)
        if any(reason.startswith("known") for reason in span.reasons):
            continue
        keys[span.turn, span.start] = key
        following = next((s.start for s in spans[place + 1 : place + 2] if s.turn == span.turn), None)
        if (
            following is not None
            and following - span.end < 24
            and _BEFORE[0][0].search(text[max(0, following - 20) : following]) is not None
        ):
            following = span.end
        reach = (
            following
            if following == span.end
            else following
            if following is not None and following - span.end > 12
            else None
        )
        for role, weight in _votes(text[:reach], span):
            votes[key][role] += weight
        odds = _TRAINED * role_odds(chances[place])
        votes[key][PERSON if odds > 0 else YOUTH] += abs(odds)
    for key in set(keys.values()):
        names = key.split(" ")
        if len(names) > 1 and not key.startswith(_TITLED):
            for part in (names[0], names[-1]):
                if part in votes:
                    for role in PEOPLE:
                        votes[key][role] += votes[part][role]
                        votes[part][role] = votes[key][role]
    settled = {key: _decide(key, votes, decided) for key in set(keys.values())}
    return [
        replace(span, label=settled[keys[span.turn, span.start]]) if (span.turn, span.start) in keys else span
        for span in spans
    ]


def _decide(key: str, votes: Mapping[str, Mapping[EntityType, float]], decided: Mapping[str, EntityType]) -> EntityType:
    if key.startswith(_TITLED):
        return PERSON
    known = decided.get(key.replace(" ", "")) or decided.get(key.split(" ")[0])
    if known is not None and known in PEOPLE:
        return known
    counted = dict(votes[key])
    if _TITLED + key in votes:
        counted[PERSON] += 2.0
    return PERSON if counted[PERSON] > counted[YOUTH] else YOUTH


_TITLED = "madame or monsieur "


def _key(name: str, titled: bool) -> str:
    words = [squash(word) for word in name.split() if squash(word)]
    return (_TITLED if titled else "") + " ".join(words)


def mention_votes(text: str, span: Span, reach: int | None = None) -> dict[EntityType, float]:
    """Return how much what stands around one mention speaks for a youth, and for another person.

    ``reach``: where the next name begins; nothing from there on is about this one.
    """
    found = {YOUTH: 0.0, PERSON: 0.0}
    for role, weight in _votes(text[:reach], span):
        found[role] += weight
    return found


def _votes(text: str, span: Span) -> list[tuple[EntityType, float]]:
    before = text[max(0, span.start - _WINDOW) : span.start]
    after = text[span.end : span.end + _WINDOW]
    found = [(role, weight) for pattern, role, weight in _BEFORE if pattern.search(before)]
    told = before.count("«") > before.count("»") or I_SAID.search(before) is not None
    found += [
        (role, weight)
        for pattern, role, weight in _AFTER
        if pattern.match(after) and not (told and pattern.pattern in _TO_YOU)
    ]
    if _CHILD_OF.search(before) and fold(text[span.start : span.end]) not in lexicon().places:
        found.append((PERSON, 2.5))
    age = _AGE_AFTER.match(after) or _AGE_BARE.match(after)
    if age is not None:
        value = number(age["n"])
        if value is not None:
            found.append((YOUTH if value < ADULT_AGE else PERSON, 2.5))
    if not before.strip() and fold(after[:1]) == ",":
        found.append((PERSON, 0.3))
    return found
