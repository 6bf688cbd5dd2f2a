# ruff: noqa: E501 (a pattern stands on one line, so that the table can be read)
"""Telling details: a phrase that singles somebody out without a name ("le seul élève à avoir ...").

Always residual: whether a phrase points to one person is for a person to say.
"""

from anonymize.detectors.pattern import PatternLayer, pattern
from vocabulary.choices import EntityType

_CLAUSE = r"[^.,;:!?»\n]{8,90}"
_DID = (
    r"(?:a|avait|ont) (?:retrouvée?|refusé|sauvée?|tuée?|gagné|incendié|brûlé|filmée?|poignardée?|plantée?|écrit|signé)"
)
_NOTABLE = r"(?:maire|pasteur|capitaine|imam|proviseure?|députée?|préfet|gardienne?|boulang(?:er|ère)|direct(?:eur|rice)|principale?|curé|juge|commissaire)"
TELLING = (
    pattern(rf"\b(?:le|la|c'est)\s+(?P<x>(?:seule?|premi[èe]re?|dernière?|unique)\s+(?:\S+\s+){{0,6}}?(?:à (?:avoir|être)|qui (?:a|ait|avait))\b{_CLAUSE})", EntityType.QUASI, 0.5, "telling phrase", sure=False),
    pattern(rf"\b(?P<x>premi(?:er|ère) prix {_CLAUSE})", EntityType.QUASI, 0.5, "telling phrase", sure=False),
    pattern(rf"\b(?:le|la)\s+(?P<x>(?:jeune|gamine?|fille|garçon|gars|petite?|gosse|capitaine|m[èe]re|p[èe]re)\s+(?:\S+\s+){{0,5}}?(?:qu'on (?:voit|a vue?)|qui {_DID})\b{_CLAUSE})", EntityType.QUASI, 0.5, "telling phrase", sure=False),
    pattern(rf"\b(?:le|la|l')\s?(?P<x>(?:cousine?|fr[èe]re|s(?:œ|oe)ur|fils|fille|petite?|petit-fils|petite-fille|neveu|ni[èe]ce|femme|mari)\s+(?:(?:de (?:celui|celle) qui\b{_CLAUSE})|(?:du|de la|de l'|de l’)\s?{_NOTABLE}(?:\s(?:coutumier|municipal|adjoint))?\b))", EntityType.QUASI, 0.5, "telling phrase", sure=False),
)  # fmt: skip


def telling_layer() -> PatternLayer:
    return PatternLayer("telling", TELLING)
