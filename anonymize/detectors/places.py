"""Places by their names: communes (COG) and countries.

A commune that is an ordinary word (Orange, Nice, Cassis) needs a capital inside a sentence, or a
preposition of place where there are no capitals.
"""

from collections.abc import Iterable

from anonymize.detectors.layer import Artifacts, Finding, Layer
from anonymize.detectors.reading import Reading
from anonymize.french.lexicon import FUNCTION_WORDS, Lexicon, word_set
from vocabulary.choices import EntityType

_PLACE = EntityType.PLACE
_TO = word_set("à de d sur vers en habite depuis jusqu jusqu'à quitté")


class PlacesLayer(Layer):
    """Communes and countries."""

    layer = "places"

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        super().__init__()

    def find(self, reading: Reading, artifacts: Artifacts) -> Iterable[Finding]:  # noqa: ARG002
        words = reading.words
        index = 0
        while index < len(words):
            used = self._match(reading, index)
            if used:
                finding = self._judge(reading, index, index + used - 1)
                if finding is not None:
                    yield finding
            index += max(1, used)

    def _match(self, reading: Reading, index: int) -> int:
        """Return how many words from ``index`` make the name of a place, 0 if none."""
        words = reading.words
        first = words[index].folded.replace("-", " ").replace("'", " ")
        longest = self._lexicon.place_lengths.get(first.split(" ")[0], 0)
        best, name = 0, ""
        for used in range(1, longest + 1):
            last = index + used - 1
            if last >= len(words):
                break
            if used > 1 and reading.text[words[last - 1].end : words[last].start] not in (" ", "'", "’", "-"):
                break
            piece = words[last].folded.replace("-", " ").replace("'", " ")
            name = f"{name} {piece}".strip()
            if len(name.split()) > longest:
                break
            if name in self._lexicon.places:
                best = used
        return best

    def _judge(self, reading: Reading, first: int, last: int) -> Finding | None:
        words = reading.words[first : last + 1]
        before = reading.before(first)
        if len(words) == 1 and (words[0].folded in FUNCTION_WORDS or words[0].folded in self._lexicon.spoken):
            return None
        ordinary = all(word.ordinary for word in words)
        preposition = before in _TO or (before in ("la", "l") and reading.before(first, 2) in _TO)
        if reading.cased:
            if not words[0].capital or not words[-1].capital:
                return None
            if ordinary and words[0].initial:
                return None
            score = 0.8 if preposition else (0.45 if ordinary else 0.55)
            if self._lexicon.first_name(words[0].folded) is not None and len(words) == 1:
                score -= 0.1 if preposition else 0.3
            return Finding(words[0].start, words[-1].end, _PLACE, max(score, 0.2), "commune or country", score > 0.4)
        length = len("".join(word.folded for word in words))
        if ordinary:
            long_name = (len(words) > 1 or "-" in words[0].folded) and length >= 10
            if not long_name and not (
                before in ("a", "de", "cote", "sur", "vers")
                and length >= 5
                and len(words) == 1
                and self._lexicon.words.get(words[0].folded, 9) >= 5
            ):
                return None
            return Finding(words[0].start, words[-1].end, _PLACE, 0.5, "commune or country", long_name)
        score = 0.8 if preposition else 0.5
        if self._lexicon.first_name(words[0].folded) is not None and len(words) == 1:
            score -= 0.1 if preposition else 0.3
        if length < 3:
            return None
        return Finding(words[0].start, words[-1].end, _PLACE, score, "commune or country", score > 0.4)
