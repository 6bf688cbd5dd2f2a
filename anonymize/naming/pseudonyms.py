"""Codes: the pseudonyms of a workshop, in French, with the function kept where it is evident.

Rules of the module:
- A code is a stem and a number: "Jeune 3", "Éducatrice 1", "Collège 1", "Lieu 2". Numbers of one stem
  follow one another through the sessions of a workshop and are never given twice.
- A function agrees in gender with the first name of who holds it ("éducateur" of Samia gives "Éducatrice").
- A pseudonym that the dossier chose is taken as it is, unless another referent has it.
"""

from collections.abc import Collection, Sequence

from anonymize.forms import strip_article
from anonymize.french.folding import fold
from anonymize.french.heads import HEADS, leading_head
from anonymize.naming.equivalents import equivalents, first_name_of
from anonymize.naming.families import agreed
from vocabulary.choices import EntityType

_STEMS = {
    EntityType.YOUTH: "Jeune",
    EntityType.PERSON: "Adulte",
    EntityType.PLACE: "Lieu",
    EntityType.INSTITUTION: "Institution",
}
_FEMININE = frozenset(
    {"École", "Association", "Institution", "Université", "Clinique", "Structure de santé", "Structure sociale"}
)
_FAMILIES = frozenset({"etablissement scolaire", "structure de sante", "structure sociale", "institution"})
"""Stems of families of institutions (anonymize/naming/families.py), folded."""
GENERAL = {
    "Collège": "un collège", "Lycée": "un lycée", "École": "une école", "Établissement": "un établissement",
    "Université": "une université", "Hôpital": "un hôpital", "Clinique": "une clinique", "Foyer": "un foyer",
    "Centre social": "un centre social", "Association": "une association", "Institution": "une institution",
    "Établissement scolaire": "un établissement scolaire", "Structure de santé": "une structure de santé",
    "Structure sociale": "une structure sociale", "Lieu": "un lieu", "Jeune": "un jeune", "Adulte": "une personne",
}  # fmt: skip
"""What a stem generalises to."""


def stem_of(kind: EntityType, forms: Sequence[str], function: str | None) -> str:
    """Return the stem of the code of a referent."""
    if kind is EntityType.YOUTH:
        return _STEMS[kind]
    if function:
        name = first_name_of(forms, kind, titled=False) if kind is EntityType.PERSON else None
        return agreed(function, equivalents().gender(name) if name is not None else None)
    if kind is EntityType.INSTITUTION:
        for form in forms:
            head = leading_head(strip_article(form)[0])
            if head is not None and head[0].label is kind:
                return head[0].function
    return _STEMS[kind]


def next_code(stem: str, counters: dict[str, int], taken: Collection[str]) -> str:
    """Return the next code of ``stem``, and count it in ``counters``."""
    while True:
        counters[stem] = counters.get(stem, 0) + 1
        code = f"{stem} {counters[stem]}"
        if code not in taken:
            return code


def stem_term(pseudonym: str, kind: EntityType) -> str:
    """Return what a code generalises to by its stem: "un collège" for "Collège 1"."""
    stem = pseudonym.rstrip("0123456789 ")
    if kind in (EntityType.YOUTH, EntityType.PERSON, EntityType.PLACE):
        return GENERAL[_STEMS[kind]]
    return GENERAL.get(stem, GENERAL[_STEMS[kind]])


def article_gender(pseudonym: str) -> str | None:
    """Return ``m`` or ``f`` for a code that takes an article (le Collège 1), None for one that does not."""
    stem = pseudonym.rstrip("0123456789 ")
    functions = {fold(head.function) for head in HEADS if head.label is EntityType.INSTITUTION}
    if fold(stem) not in functions | _FAMILIES or stem == pseudonym:
        return None
    return "f" if stem in _FEMININE else "m"
