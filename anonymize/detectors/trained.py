"""The trained layer: what the tagger of anonymize/trained says of a session.

A stretch the network is sure of gives a finding for each label that is likely enough, so that all of them vote; a
stretch in doubt is residual. The network sees the whole session, so the layer is made for one.
"""

from collections.abc import Iterable

from anonymize.detectors.layer import Artifacts, Finding, Layer
from anonymize.detectors.reading import Reading
from anonymize.trained.network import LABELS
from anonymize.trained.tagger import Session, Stretch
from vocabulary.choices import EntityType

_LIKELY = 0.12
"""Least share of the label's probability that votes."""
_TELLING = 0.6
"""Least score of a telling phrase: it masks many words at once."""


class TrainedLayer(Layer):
    """Findings of the trained tagger in one session."""

    layer = "trained"

    def __init__(self, session: Session) -> None:
        self._by_turn: dict[int, list[Stretch]] = {}
        for stretch in session.stretches:
            self._by_turn.setdefault(stretch.turn, []).append(stretch)
        self._turn = -1
        super().__init__()

    def find(self, reading: Reading, artifacts: Artifacts) -> Iterable[Finding]:  # noqa: ARG002
        for stretch in self._by_turn.get(artifacts.turn, ()):
            if stretch.label == "PUBLIC":
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
                reason = "trained model" if stretch.sure else "trained model in doubt"
                yield Finding(stretch.start, stretch.end, EntityType(label), score, reason, stretch.sure)
