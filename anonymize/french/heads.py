# ruff: noqa: E501 (a pattern stands on one line, so that the table can be read)
"""Heads: the common nouns that a name of a place or an institution follows.

Rules of the module:
- A head is *inside* the name when the name does not stand alone without it (rue de Crimée, collège
  Aymard), and *outside* when it does (cité des Genêts, foyer Les Tamaris).
- A head also says which word of function a pseudonym keeps (Collège 1), and its gender for articles.
- Longest head first; heads are compared folded.
"""

import re
from dataclasses import dataclass

from anonymize.french.folding import fold
from vocabulary.choices import EntityType


@dataclass(frozen=True)
class Head:
    """``noun`` is the pattern of the head; ``function`` the stem of the code; ``loose``: in lower case
    it announces a name even of ordinary words."""

    noun: str
    label: EntityType
    inside: bool
    function: str
    gender: str = "m"
    loose: bool = False


_P, _I = EntityType.PLACE, EntityType.INSTITUTION

HEADS: tuple[Head, ...] = (
    # Streets and what stands along them.
    Head(r"rues?", _P, True, "Lieu", "f", True),
    Head(r"(?:avenue|ave|av)", _P, True, "Lieu", "f", True),
    Head(r"(?:boulevard|bd|boul)", _P, True, "Lieu", "m", True),
    Head(r"(?:all[ée]e|impasse|traverse|ruelle|mont[ée]e|venelle|sente)", _P, True, "Lieu", "f", True),
    Head(r"(?:voie|passerelle)", _P, True, "Lieu", "f"),
    Head(r"route", _P, True, "Lieu", "f", True),
    Head(r"(?:chemin|quai|square|rond[- ]point|faubourg)", _P, True, "Lieu", "m", True),
    Head(r"(?:passage|cours|mail|sentier)", _P, True, "Lieu"),
    Head(r"(?:porte|c[ôo]te)", _P, True, "Lieu", "f"),
    Head(r"(?:place|esplanade|galerie|promenade|villa)", _P, True, "Lieu", "f", True),
    Head(r"(?:b[âa]timents?|b[âa]t|escalier|hall|bloc|entr[ée]e|immeuble|lot|cage)", _P, True, "Lieu"),
    Head(r"tours?", _P, True, "Lieu", "f"),
    Head(r"(?:cit[ée]|r[ée]sidence|barre|zup|zac)", _P, False, "Lieu", "f", True),
    Head(r"(?:quartiers?|hameau|lotissement|grand ensemble|village|bourg)", _P, False, "Lieu", "m", True),
    Head(r"(?:parc|jardin|bois|[îi]lot|pont|port)", _P, True, "Lieu", "m", True),
    Head(r"(?:mas|clos|moulin|val|domaine|ch[âa]teau|coteaux?)", _P, True, "Lieu", "m", True),
    Head(r"(?:[îi]le|for[êe]t|plage|fontaine|combe|dalle|butte|colline)", _P, True, "Lieu", "f"),
    Head(r"(?:station|gare|m[ée]tro|rer|tramway|tram|arr[êe]t(?: de bus)?|terminus|centre commercial)", _P, False, "Lieu", "m", True),
    Head(r"(?:commune|ville|banlieue|r[ée]gion)", _P, False, "Lieu", "f"),
    # Schools.
    Head(r"coll[èe]ges?", _I, True, "Collège", "m", True),
    Head(r"lyc[ée]es?(?: (?:professionnel|pro|polyvalent|technique|g[ée]n[ée]ral))?", _I, True, "Lycée", "m", True),
    Head(r"[ée]coles?(?: (?:primaire|maternelle|[ée]l[ée]mentaire))?", _I, True, "École", "f"),
    Head(r"(?:groupe scolaire|erea|internat|cfa)", _I, True, "Établissement", "m", True),
    Head(r"(?:universit[ée]|fac(?:ult[ée])?)", _I, True, "Université", "f"),
    # Health.
    Head(r"h[ôo]pita(?:l|ux)", _I, True, "Hôpital"),
    Head(r"(?:clinique|maternit[ée])", _I, True, "Clinique", "f"),
    Head(r"(?:chu|chru|chr|cmpp?|ehpad)", _I, True, "Institution"),
    # Justice, police, shelters.
    Head(r"(?:prison|maison d['’ ]?arr[êe]t|maison centrale)", _I, True, "Établissement", "f"),
    Head(r"(?:centre (?:p[ée]nitentiaire|de d[ée]tention|[ée]ducatif(?: ferm[ée])?)|epm|cef|cer|ueaj|uemo|stemo|spip)", _I, True, "Établissement"),
    Head(r"(?:commissariat|tribunal(?: pour enfants| judiciaire)?|gendarmerie)", _I, True, "Institution"),
    Head(r"(?:foyer|mecs|chrs|itep|imp|impro|sessad|ime|fjt|pouponni[èe]re)", _I, False, "Foyer", "m", True),
    Head(r"maison d['’ ]enfants", _I, False, "Foyer", "f", True),
    # Local life.
    Head(r"centre (?:social(?: et culturel)?|socio[- ]?culturel|culturel|de loisirs|d['’ ]h[ée]bergement|d['’ ]accueil|a[ée]r[ée])", _I, False, "Centre social", "m", True),
    Head(r"(?:maison (?:de quartier|pour tous|des jeunes|des ados|de la solidarit[ée]|de l['’ ]enfance)|mjc|mpt)", _I, False, "Centre social", "f", True),
    Head(r"(?:association|assoc?|compagnie|fondation|f[ée]d[ée]ration|r[ée]gie de quartier|ressourcerie|[ée]picerie)", _I, False, "Association", "f", True),
    Head(r"(?:club(?: de pr[ée]vention| de foot| de boxe)?|collectif|chantier d['’ ]insertion|garage|accueil de jour|service|espace(?: jeunes)?)", _I, False, "Association"),
    Head(r"(?:mission locale|mosqu[ée]e|[ée]glise|paroisse|cr[èe]che|m[ée]diath[èe]que|biblioth[èe]que|ludoth[èe]que|pizzeria|boulangerie|librairie)", _I, True, "Institution", "f"),
    Head(r"(?:paej|point[- ]accueil(?: jeunes)?|csapa|caarud)", _I, False, "Institution", "m", True),
    Head(r"(?:gymnase|stade|bar|caf[ée]|restaurant|snack|h[ôo]tel|cabinet|cin[ée]ma|th[ée][âa]tre|mus[ée]e|supermarch[ée])", _I, True, "Institution"),
)  # fmt: skip

_JOINED = "|".join(f"(?P<h{index}>{head.noun})" for index, head in enumerate(HEADS))
HEAD = re.compile(rf"(?<![\w-])(?:{_JOINED})(?![\w-])", re.IGNORECASE)
_START = re.compile(rf"^(?:{_JOINED})\s+", re.IGNORECASE)
_LINK = re.compile(r"^(?:(?:de la|de|du|des)\s+|d['’]\s*(?:l['’]\s*)?|de l['’]\s*)", re.IGNORECASE)
_NUMBER = re.compile(r"^\d+\s*(?:bis|ter|quater)?\s*,?\s*", re.IGNORECASE)


def head_of(match: re.Match[str]) -> Head:
    """Return the head that a match of ``HEAD`` found."""
    return HEADS[int((match.lastgroup or "h0")[1:])]


def leading_head(surface: str) -> tuple[Head, int] | None:
    """Return the head ``surface`` begins with and the offset after it, or None."""
    offset = 0
    number = _NUMBER.match(surface)
    if number is not None and number.end() < len(surface):
        offset = number.end()
    match = _START.match(surface[offset:])
    if match is None or offset + match.end() >= len(surface):
        return None
    return head_of(match), offset + match.end()


def proper_part(surface: str) -> str | None:
    """Return what follows the head and its linking words: "Renoir" of "collège Renoir"; None without a head.

    An article that belongs to the name is kept: "cité des Oliviers" gives "les Oliviers".
    """
    found = leading_head(surface)
    if found is None:
        return None
    rest = surface[found[1] :]
    link = _LINK.match(rest)
    if link is None:
        return rest
    article = {"du": "le ", "des": "les ", "de la": "la ", "de l'": "l'", "d'l'": "l'"}.get(
        fold(link[0]).strip().replace(" '", "'"), ""
    )
    return article + rest[link.end() :]
