"""The trained layer: what the tagger of anonymize/trained says of a session.

Rules of the module:
- A stretch gives a finding for each label that is likely enough, so that all of them vote. It is sure when the network
  is, names something with SURE at least, and is written as a name is; otherwise it is residual.
- Words that name no one by themselves (articles, pronouns, schemes and acronyms that every participant shares) are no
  stretch alone, whatever the network says, nor is a time that has passed ("il y a vingt ans") an age; "collège" without
  its name, and a phrase that may be telling, are none where the network is in doubt.
- The network sees the whole session, so the layer is made for one.
"""

import re
from collections.abc import Iterable

from anonymize.detectors.layer import Artifacts, Finding, Layer
from anonymize.detectors.reading import Reading
from anonymize.french.folding import fold, tokens
from anonymize.french.heads import HEAD
from anonymize.french.lexicon import FUNCTION_WORDS, Lexicon
from anonymize.trained.network import LABELS
from anonymize.trained.tagger import Session, Stretch
from vocabulary.choices import NAMED, EntityType

_LIKELY = 0.12
"""Least share of the label's probability that votes."""
SURE = 0.95
"""Chance of naming anything from which the network's word alone admits somebody to the vault."""
_PASSED = re.compile(
    r"\b(?:il y a|y a|depuis|pendant|ça fait|dans|en|pour|après)\s+(?:plus de |presque |bientôt )?$", re.IGNORECASE
)
_NUMBER = re.compile(
    r"[\d@_]|\w[./]\w|(?<!\w)(?:arobase|arrobase|point|tiret|underscore|zéro|un|deux|trois|quatre|cinq|six|sept|huit|neuf|dix"
    r"|onze|douze|treize|quatorze|quinze|seize|vingt|trente|quarante|cinquante|soixante|cent|mille)(?!\w)",
    re.IGNORECASE,
)
"""What a contact or a number is written with, in figures or words."""
IN_DOUBT = "trained model in doubt"
_PLAIN_WORD = 0.8
"""Chance that ordinary words must have to be masked, where they have no capital and the talk around them has."""
_TELLING = 0.6
"""Least score of a telling phrase: it masks many words at once."""


class TrainedLayer(Layer):
    """Findings of the trained tagger in one session."""

    layer = "trained"

    def __init__(self, session: Session, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._by_turn: dict[int, list[Stretch]] = {}
        for stretch in session.stretches:
            self._by_turn.setdefault(stretch.turn, []).append(stretch)
        self._turn = -1
        super().__init__()

    def find(self, reading: Reading, artifacts: Artifacts) -> Iterable[Finding]:
        for stretch in self._by_turn.get(artifacts.turn, ()):
            if stretch.label == "PUBLIC" or self._names_no_one(reading, stretch):
                continue
            total = sum(stretch.chances) or 1.0
            shares = {label: chance / total for label, chance in zip(LABELS, stretch.chances, strict=True)}
            best = max(shares.values())
            for label, share in shares.items():
                if label == "PUBLIC" or (share < _LIKELY and share < best):
                    continue
                score = min(1.0, share * stretch.naming)
                if label == EntityType.QUASI and score < _TELLING:
                    continue
                sure = stretch.sure and stretch.naming >= SURE and _written_as_name(reading, stretch)
                reason = "trained model" if stretch.sure else IN_DOUBT
                yield Finding(stretch.start, stretch.end, EntityType(label), score, reason, sure)

    def _names_no_one(self, reading: Reading, stretch: Stretch) -> bool:
        text = reading.text[stretch.start : stretch.end]
        words = [token.folded for token in tokens(text)]
        if stretch.label == EntityType.AGE:
            before = reading.text[: stretch.start]
            if _NUMBER.search(text) is None:  # "ans" alone: what is before the number
                before = re.sub(r"[\w-]+\s+$", "", before)
            return _PASSED.search(before) is not None
        if not words:
            return True  # what the egress guard has blanked
        if stretch.label in (EntityType.CONTACT, EntityType.ID):
            return _NUMBER.search(text) is None
        if stretch.label not in NAMED:
            return stretch.label == EntityType.QUASI and not stretch.sure
        bare = stretch.label == EntityType.INSTITUTION and not stretch.sure and HEAD.fullmatch(text)
        if bare or all(word in FUNCTION_WORDS for word in words):
            return True
        plain = not text[0].isupper() and all(map(self._lexicon.ordinary, words))
        if plain and reading.cased and stretch.naming < _PLAIN_WORD:
            return True
        written = fold(text).split()
        return all(word in FUNCTION_WORDS for word in written[:-1]) and self._scheme(written[-1])

    def _scheme(self, word: str) -> bool:
        """Whether a word is a scheme or an acronym that every participant shares, and neither a word nor a name."""
        lexicon = self._lexicon
        return word in lexicon.spoken and word not in lexicon.words and word not in lexicon.first_names


def _written_as_name(reading: Reading, stretch: Stretch) -> bool:
    """Whether a stretch may be a name as it is written: where there are capitals, a name has one (or a figure)."""
    text = reading.text[stretch.start : stretch.end]
    return not reading.cased or stretch.label not in NAMED or any(char.isupper() or char.isdigit() for char in text)
