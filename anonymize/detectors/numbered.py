# ruff: noqa: E501 (a pattern stands on one line, so that the table can be read)
"""Places by number: "le 93", "dans le 14e", "les 4000", an arrondissement, a bare number after "au"."""

import re

from anonymize.detectors.pattern import PatternLayer, pattern
from anonymize.french.folding import fold
from anonymize.french.lexicon import lexicon, word_set
from anonymize.french.numbers import SPELLED
from vocabulary.choices import EntityType

_ORDINAL = r"(?:\d{1,2}\s?(?:e|è|er|ème|eme|ième)|premier|deuxième|troisième|quatrième|cinquième|sixième|septième|huitième|neuvième|dixième|onzième|douzième|treizième|quatorzième|quinzième|seizième|dix-septième|dix-huitième|dix-neuvième|vingtième)"


_DEPARTMENT = (
    r"(?:ain|aisne|allier|ardèche|ardennes|ariège|aube|aude|aveyron|calvados|cantal|charente|corrèze|creuse|dordogne|doubs|drôme|eure|"
    r"finistère|gard|gers|gironde|hérault|indre|isère|jura|landes|loire|loiret|lozère|marne|mayenne|meuse|morbihan|moselle|nièvre|oise|"
    r"orne|rhône|sarthe|savoie|somme|tarn|var|vaucluse|vendée|vienne|vosges|yonne|essonne)"
)
"""Departments named after rivers and hills (Code officiel géographique): some are ordinary words."""


_SERVICE = r"(?:mds|cmpp?|pmi|ccas|cms|mjc|csapa|paej|spip|uemo|stemo|ueaj|crip|csu|bac|antenne|permanence)"
_PUBLIC = word_set(
    "quartier secteur ville commune département région jeunes enfants mineurs adultes nuit jour soir garde prévention "
    "insertion justice protection enfance famille familles liaison milieu terrain police mairie préfecture collège lycée "
    "foyer centre maison semaine mercredi lundi mardi jeudi vendredi samedi mission mineur hommes femmes parents"
)


def _no_public(_: str, match: re.Match[str]) -> bool:
    folded = fold(match["x"])
    return folded not in _PUBLIC | lexicon().spoken and lexicon().words.get(folded, 9) >= 3


def _no_time(text: str, match: re.Match[str]) -> bool:
    return "appel" not in text[max(0, match.start("x") - 14) : match.start("x")].lower()


NUMBERED = (
    pattern(rf"\b(?P<x>{_ORDINAL}(?:\s+et\s+{_ORDINAL})?\s+arrondissements?)\b", EntityType.PLACE, 0.9, "arrondissement"),
    pattern(r"\b(?:dans le|du|le|au|vers le|habite le|nord du|sud du)\s+(?P<x>(?:1[0-9]|20|[1-9])(?:e|è|ème|eme|ième))\b(?!\s+(?:[a-zà-ÿ]{4,}|jour|mois|fois|an)\b)", EntityType.PLACE, 0.6, "arrondissement"),
    pattern(r"\b(?:dans le|du|le|au)\s+(?P<x>9[0-5]|7[5-8]|13|59|69|31|33|34|38|44|67|97[1-6])\b(?!\s*(?:%|euros?|€|ans|mois|jours|h\b|heures|personnes|[/.,-]\d|janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre|\d))", EntityType.PLACE, 0.65, "department"),
    pattern(r"\b(?:les|aux|des)\s+(?P<x>[2-9]000|trois mille|quatre mille|cinq mille|deux mille)\b(?!\s*(?:euros|balles|personnes|habitants|€))", EntityType.PLACE, 0.6, "estate by number"),
    pattern(r"\b(?P<x>quartiers?\s+(?:nord|sud|est|ouest))\b", EntityType.PLACE, 0.7, "quarter"),
    pattern(rf"\b{_SERVICE} (?:de la |de l['’]|des |du |de |d['’])(?P<x>[^\W\d_][\w'’-]{{4,}})", EntityType.PLACE, 0.4, "service of a place", sure=False, keep=_no_public),
    pattern(rf"\b(?:dans|en|vers)\s+(?:l['’]|la |le |les )?(?P<x>{_DEPARTMENT})(?![\w-])", EntityType.PLACE, 0.6, "department"),
    pattern(rf"\b(?:au|du|le|dans le|devant le)\s+(?P<x>\d{{1,3}}(?:\s?(?:bis|ter))?|{SPELLED})(?=\s*(?:$|[.,;!?»]|,?\s+(?:de la rue|du boulevard|de l'avenue|au fond|troisième étage|deuxième étage)))", EntityType.PLACE, 0.35, "number as a place", sure=False, keep=_no_time),
)  # fmt: skip


def numbered_layer() -> PatternLayer:
    return PatternLayer("numbered", NUMBERED)
