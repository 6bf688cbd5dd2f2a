# ruff: noqa: E501 (a pattern stands on one line, so that the table can be read)
"""Sports clubs by the names such clubs bear: "l'étoile sportive", "l'union sportive des Genêts"."""

from anonymize.detectors.pattern import PatternLayer, pattern
from vocabulary.choices import EntityType

_KIND = r"(?:[ée]toile|union|entente|jeunesse|amicale|avenir|[ée]lan|esp[ée]rance|vaillante|alliance|r[ée]veil)"

CLUBS = (
    pattern(rf"(?<![\w-]){_KIND} (?:sportive|sportif|athl[ée]tique|olympique)(?: (?:de la |de l['’]|des |du |de |d['’])[^\W\d_][\w'’-]*)?", EntityType.INSTITUTION, 0.8, "club"),
    pattern(r"(?<![\w-])(?:boxing|football|racing|sporting|judo|rugby|handball|basket|tennis|karaté|cyclo|athl[ée]tic)[ -]club (?:de la |de l['’]|des |du |de |d['’])[^\W\d_][\w'’-]*", EntityType.INSTITUTION, 0.8, "club"),
    pattern(r"(?<![\w-])(?:olympique|racing club|sporting club|stade|red star|football club|boxing club) (?:de |d['’])?[A-ZÀ-Þ][\w'’-]*", EntityType.INSTITUTION, 0.7, "club", flags=0),
)  # fmt: skip


def clubs_layer() -> PatternLayer:
    return PatternLayer("clubs", CLUBS)
