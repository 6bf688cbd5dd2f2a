"""Families: what a profession or a kind of institution becomes when too few share it.

Rules of the module:
- The profession of a participant is the word their code shows ("Éducatrice"), whatever its gender: that is what is
  counted.
- Each profession has one family, read in the role that the dossier gives, then in the kind of institution; the first
  row of the table that fits decides. A profession that no row knows is a "professionnel" without more.
- Outside the group, a profession or a kind of institution that at least one and fewer than N participants of the
  workshop hold (policy, ``thresholds.attribute``) is shown as its family. A family may itself be small: a policy that
  wants less says ``speakers: code``.
- The group was in the room: for it nothing is merged.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from anonymize.french.folding import fold
from anonymize.french.heads import HEAD, head_of
from anonymize.vault import Referent, function_of
from vocabulary.choices import Audience, EntityType

FAMILIES: tuple[tuple[str, str], ...] = (
    # The institution of the work says more than the word, where the role names it.
    (r"\bpjj\b|protection judiciaire|judiciaire|juge|magistrat|procureur|substitut|greffi|avocat|justice|tribunal|"
     r"penitentiaire|\bspip\b|\bcpip\b|probation|mandataire|delegue du procureur", "de la justice"),
    (r"recherche|chercheu|sociologue|anthropologue|doctorant|universitaire|historien|ethnologue|laboratoire|"
     r"maitre de conference", "de la recherche"),
    (r"mediat", "de la médiation"),
    (r"insertion|mission locale|\bcip\b|emploi|apprentissage|formateur|formatrice|orientation", "de l'insertion"),
    (r"sante|medecin|infirmi|psycholog|psychiatr|psychomotric|orthophon|addictolog|pediatr|soignant|sage-femme|"
     r"kinesi|pharmac|hopital|clinique|therapeut|puericult", "de la santé"),
    (r"\bcpe\b|\baed\b|\baesh\b|enseign|\bprof\b|professeur|institut(?:eur|rice)|\bdirect(?:eur|rice) d'ecole|"
     r"proviseur|principale? (?:adjoint|de college)|surveillant|assistante? d'education|d'education\b|scolaire|"
     r"education nationale|college|lycee|ecole|rectorat", "de l'éducation"),
    (r"polic|gendarm|securite|brigadi|commissai|pompier", "de la sécurité"),
    (r"animat|loisir|socioculturel|socio-culturel|sporti|entraineur|coach|centre social|maison de quartier|\bmjc\b",
     "de l'animation"),
    (r"educat|educ\b|assistante? (?:de service )?sociale?|assistante? familiale?|travailleu|social|prevention|rue\b|"
     r"protection de l'enfance|\base\b|famil|foyer|tutelle|moniteur|monitrice|veilleu|"
     r"conseillere? en economie|\bcesf\b", "du travail social"),
    (r"bailleur|logement|gardien|habitat|urbanis", "de l'habitat"),
    (r"elue?\b|maire\b|mairie|prefet|prefecture|delegue|politique de la ville|collectivite|departement|region\b",
     "de l'action publique"),
    (r"interpret|traduct", "de l'interprétariat"),
)  # fmt: skip
"""Patterns on the folded role or kind of institution, and the family."""

INSTITUTIONS = {
    "Collège": "Établissement scolaire", "Lycée": "Établissement scolaire", "École": "Établissement scolaire",
    "Université": "Établissement scolaire", "Hôpital": "Structure de santé", "Clinique": "Structure de santé",
    "Foyer": "Structure sociale", "Centre social": "Structure sociale", "Association": "Structure sociale",
    "Établissement": "Institution",
}  # fmt: skip
"""The family of a kind of institution, by the stem of its code; "Institution" is a family already."""

_MASCULINE = (("trice", "teur"), ("euse", "eur"), ("iere", "ier"), ("ere", "er"), ("ienne", "ien"), ("eure", "eur"),
              ("ante", "ant"), ("ente", "ent"), ("ee", "e"), ("ale", "al"), ("ive", "if"), ("effe", "ef"),
              ("ue", "u"))  # fmt: skip
_EPICENE = ("psychologue", "sociologue", "anthropologue", "ethnologue", "juge")
_FEMININE = (("éducateur", "éducatrice"), ("chercheur", "chercheuse"), ("professeur", "professeure"),
             ("proviseur", "proviseure"), ("travailleur", "travailleuse"), ("entraîneur", "entraîneuse"),
             ("procureur", "procureure"), ("veilleur", "veilleuse"), ("docteur", "docteure"), ("chef", "cheffe"),
             ("teur", "trice"), ("cien", "cienne"), ("ien", "ienne"), ("er", "ère"), ("ant", "ante"),
             ("agent", "agente"), ("adjoint", "adjointe"), ("avocat", "avocate"), ("magistrat", "magistrate"),
             ("délégué", "déléguée"), ("chargé", "chargée"), ("employé", "employée"), ("élu", "élue"),
             ("principal", "principale"))  # fmt: skip


@lru_cache(maxsize=1024)
def family_of(role: str, institution: str | None) -> str | None:
    """Return the family of a profession ("de l'éducation"), None where no row of the table knows it."""
    for text in (role, institution or ""):
        folded = fold(text)
        for pattern, family in FAMILIES:
            if re.search(pattern, folded):
                return family
    return None


def family_term(family: str | None, gender: str | None) -> str:
    """Return the words for one of a family: "Professionnelle de la justice", "Professionnel"."""
    one = "Professionnelle" if gender == "f" else "Professionnel"
    return one if family is None else f"{one} {family}"


def profession_of(role: str) -> str | None:
    """Return what counts as one profession: the first word of the role, folded, in the masculine."""
    first = function_of(role)
    if first is None:
        return None
    word = fold(first)
    if word in _EPICENE:
        return word
    return next((word.removesuffix(end) + other for end, other in _MASCULINE if word.endswith(end)), word)


def is_feminine(role: str) -> bool:
    """Whether the word of a role is written in the feminine."""
    first = function_of(role)
    return first is not None and profession_of(role) != fold(first)


def agreed(function: str, gender: str | None) -> str:
    """Return a function in the gender of who holds it: "Éducateur" of a woman gives "Éducatrice".

    A word already in the feminine is the dossier's own, and stays.
    """
    if gender != "f" or function.isupper() or is_feminine(function):
        return function
    for end, other in _FEMININE:
        if function.lower().endswith(end):
            made = function[: len(function) - len(end)] + other
            return made[0].upper() + made[1:]
    return function


def kind_of_institution(text: str | None) -> str | None:
    """Return the stem of the kind a participant works in ("Collège"), None for one that no code shows."""
    match = HEAD.search(text or "")
    head = head_of(match) if match is not None else None
    return head.function if head is not None and head.label is EntityType.INSTITUTION else None


def rare_professions(participants: Sequence[Referent], audience: Audience, fewest: int) -> frozenset[str]:
    """Return the professions that fewer than ``fewest`` of ``participants`` hold; none for the group."""
    return _rare([profession_of(one.role or "") for one in participants], audience, fewest)


def rare_institutions(participants: Sequence[Referent], audience: Audience, fewest: int) -> frozenset[str]:
    """Return the kinds of institution (stems) that at least one and fewer than ``fewest`` work in."""
    return _rare([kind_of_institution(one.institution) for one in participants], audience, fewest)


def _rare(held: Sequence[str | None], audience: Audience, fewest: int) -> frozenset[str]:
    if audience is Audience.GROUP:
        return frozenset()
    return frozenset(one for one in held if one is not None and held.count(one) < fewest)
