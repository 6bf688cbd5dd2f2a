"""Names spelled letter by letter: M-H-O-U, "Q, A, I tréma, S", "k a y s"."""

import re
from collections.abc import Iterable

from anonymize.detectors.layer import Artifacts, Finding, Layer
from anonymize.detectors.reading import Reading
from anonymize.french.folding import fold
from anonymize.french.lexicon import Lexicon
from vocabulary.choices import EntityType

_MARKS = (
    r"(?:,?\s(?:tr[ée]ma|accent(?:\s(?:aigu|grave|circonflexe))?|c[ée]dille|majuscule|minuscule|apostrophe|tiret)"
    r"(?:\ssur l[ea])?)"
)
_SPELLED = (
    re.compile(
        rf"(?<![\w'’-])[A-ZÀ-Þ](?:{_MARKS})?(?:(?:\s?[-,.]\s?|\s)(?:deux\s)?[A-ZÀ-Þ](?:{_MARKS})?(?![\w'’])){{2,}}(?![\w-])"
    ),
    re.compile(
        rf"(?<![\w'’-])[a-zà-ÿ](?:{_MARKS})?(?:(?:\s?-\s?|,\s?|\.\s?|\s)(?:deux\s)?[a-zà-ÿ](?:{_MARKS})?(?![\w'’])){{2,}}(?![\w-])"
    ),
    re.compile(r"(?<![\w-])[A-ZÀ-Þa-zà-ÿ](?:-[A-ZÀ-Þa-zà-ÿ]){2,}(?![\w-])"),
)


_ELIDED = frozenset("aylcnmtsj")
"""Letters that stand alone in ordinary talk: a run of nothing else in lower case spells no name."""


class SpelledLayer(Layer):
    """Runs of three letters or more that stand alone."""

    layer = "spelled"

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        super().__init__()

    def find(self, reading: Reading, artifacts: Artifacts) -> Iterable[Finding]:  # noqa: ARG002
        for pattern in _SPELLED:
            for match in pattern.finditer(reading.text):
                letters = "".join(re.findall(r"(?<![^\W_])[^\W\d_](?![^\W_])", match[0]))
                if fold(letters) in self._lexicon.spoken or len(letters) < 3:
                    continue
                if not match[0].isupper() and set(fold(letters)) <= _ELIDED and "-" not in match[0]:
                    continue
                yield Finding(match.start(), match.end(), EntityType.PERSON, 0.8, "spelled name")
