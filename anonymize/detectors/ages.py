# ruff: noqa: E501 (a pattern stands on one line, so that the table can be read)
"""Ages of people. Durations ("dix ans de rue", "depuis trois ans") are no ages."""

import re

from anonymize.detectors.pattern import PatternLayer, pattern
from anonymize.french.numbers import NUMBER, NUMERAL, number
from vocabulary.choices import EntityType

_DURATION_BEFORE = re.compile(
    r"(?:ça fait|ca fait|il y a|y a|depuis|pendant|pris|prend|prenait|durant|dans|pour|encore|plus de|moins de|près de|"
    r"presque|(?:a|ai|ont|avait|avoir) (?:fait|passé|tenu|mis|duré)|faire|dure|dur[ée]|d'ici|risque|risquait|condamné à|écopé de|bout de|"
    r"tous les|toutes les|même|depuis les|sur|ça va faire|cela fait|après|avant|mes|ses|ces|les)\s+$",
    re.IGNORECASE,
)
_DURATION_AFTER = re.compile(
    r"^\s+(?:de (?!plus\b|moins\b)|d['’]|qu['e’]|plus (?:tôt|tard)|ferme|avec sursis|après|avant|auparavant|d'affilée|en (?:arrière|prison|détention)|"
    r"aux? (?!foyer|lycée|collège)|dans le (?:métier|quartier)|sans )",
    re.IGNORECASE,
)


def _is_age(text: str, match: re.Match[str]) -> bool:
    value = number(match["n"])
    if value is None or not 1 <= value <= 110:
        return False
    before, after = text[: match.start()], text[match.end() :]
    if re.search(
        r"\b(?:a|à|aura|avait|ai|as|ont|eu|fête|fêté|ses|âge[ée]?e? de|de|gamin de|avoir)\s+(?:déjà |que |à peine |bientôt |presque |ses |eu (?:ses )?)?$",
        before,
        re.IGNORECASE,
    ):
        return not re.search(r"\b(?:il y a|y a)\s+$", before, re.IGNORECASE) and not re.match(
            r"\s+(?:de (?:rue|boulot|métier|prison|ferme|taule|plonge|carrière|travail|service)|ferme|qu[e'’])",
            after,
            re.IGNORECASE,
        )
    return not _DURATION_BEFORE.search(before) and not _DURATION_AFTER.match(after)


_HAS = (
    r"\b(?:(?:il|elle|qui|lui|on|l['’]autre|j['’]ai|j['’]avais) )?(?:en )?(?:a|avait|aura|va avoir|vient d['’]avoir|j['’]ai|j['’]avais)"
    r"(?: (?:que|déjà|à peine|bientôt|quoi|même pas|pas encore|tout juste))?,? "
)
_OTHER = r"(?:\bl['’]autre|\b(?:le|la|son|sa|mon|ma) (?:second|seconde|deuxième|troisième|petite?|grande?|cadette?|aînée?|dernière?|fr[èe]re|s(?:œ|oe)ur)|\bl['’]aînée?|\bet(?: [^\W\d_]+)?) (?:en |il |elle )?(?:a |avait )?"
_NO_NOUN = (
    r"(?=\s*(?:[.,;:!?»)]|$)|\s+(?:il|elle|ils|elles|on|je|j['’]\w+|tu|nous|vous|ça|c['’]\w+|et|mais|depuis|quand|donc|alors|sur|dans|avec|"
    r"à|au|chez|parce|comme|lui|moi|elle|hein|quoi|enfin|non|oui|maintenant|aujourd['’]hui|là|le|la|les|l['’]\w+|son|sa|ses|un|une)(?![\w-]))"
)


def _spoken_of(text: str, match: re.Match[str]) -> bool:
    """Whether years were just spoken of: what is counted next without a noun is years again."""
    return re.search(r"\bans\b|\bâges?\b|\bpiges\b", text[max(0, match.start("x") - 90) : match.start("x")]) is not None


def _is_bare_age(text: str, match: re.Match[str]) -> bool:
    value = number(match["n"]) or 0
    if re.search(r"\b(?:y|il y|n['’]y) (?:en )?a(?:vait)? $", text[: match.start("x")], re.IGNORECASE):
        return False
    return 11 <= value <= 26 or (1 < value < 90 and _spoken_of(text, match))


def _is_other_age(text: str, match: re.Match[str]) -> bool:
    return 1 < (number(match["n"]) or 0) < 90 and _spoken_of(text, match)


AGES = (
    pattern(rf"(?<![\w-])(?P<n>{NUMBER})\s+ans(?:\s+et\s+demie?)?(?!\w)", EntityType.AGE, 0.9, "age in years", keep=_is_age),
    pattern(rf"(?<![\w-])(?P<x>(?P<n>{NUMBER}))\s*(?:,|ou|et|à|-)\s*(?={NUMBER}\s+ans(?!\w))", EntityType.AGE, 0.8, "age in years", keep=_is_age),
    pattern(rf"\b(?:il|elle|qui|lui|on) (?:a|avait|aura|va avoir|vient d'avoir|en a|en avait|en aura)(?: (?:que|déjà|à peine|bientôt))? (?P<x>(?P<n>dix-(?:sept|huit|neuf)|onze|douze|treize|quatorze|quinze|seize|vingt(?:[ -](?:et[ -])?{NUMERAL})?|1[0-9]|2[0-6]))(?=\s*(?:[.,;!?»]|$))", EntityType.AGE, 0.5, "age without its unit", sure=False, keep=lambda _, m: number(m["n"]) is not None),
    pattern(rf"{_HAS}(?P<x>(?P<n>{NUMBER})(?:\s+et\s+demie?)?){_NO_NOUN}", EntityType.AGE, 0.5, "age without its unit", sure=False, keep=_is_bare_age),
    pattern(rf"{_OTHER}(?P<x>(?P<n>{NUMBER})(?:\s+et\s+demie?)?){_NO_NOUN}", EntityType.AGE, 0.5, "age without its unit", sure=False, keep=_is_other_age),
    pattern(rf"^\W*(?:(?:silence|rires?|oui|non|euh)\W+)?(?P<x>(?P<n>{NUMBER})(?:\s+et\s+demie?)?)\W*$", EntityType.AGE, 0.4, "age without its unit", sure=False, keep=lambda _, m: 11 <= (number(m["n"]) or 0) <= 25),
    pattern(rf"(?<![\w-])(?P<n>{NUMBER})\s+(?:piges|balais|berges)(?!\w)", EntityType.AGE, 0.85, "age in years", keep=_is_age),
    pattern(rf"\b(?:va sur|sur) ses (?P<x>(?P<n>{NUMBER}))(?!\w)(?!\s+ans)", EntityType.AGE, 0.6, "age without its unit", keep=lambda _, m: 5 <= (number(m["n"]) or 0) <= 99),
    pattern(rf"\bâgée? (?:de )?(?P<x>(?P<n>{NUMBER})(?:\s+ans)?)(?!\w)", EntityType.AGE, 0.9, "age in years"),
    pattern(rf"(?<![\w-])(?P<n>{NUMBER})\s+mois(?=\s*(?:[.,;!?]|$))", EntityType.AGE, 0.3, "age in months", sure=False, keep=lambda t, m: bool(re.search(r"\b(?:bébé|fille|fils|petit|petite|enfant) (?:de|a) $", t[: m.start()], re.IGNORECASE))),
)  # fmt: skip


def ages_layer() -> PatternLayer:
    return PatternLayer("ages", AGES)
