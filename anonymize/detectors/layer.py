"""A layer: one recognizer with one kind of evidence.

Rules of the module:
- A layer is a Presidio ``EntityRecognizer``. It implements ``find`` on a reading and knows nothing of the
  other layers. Its entity types are ``name:LABEL``, so that Presidio's removal of duplicates never
  silences one layer's vote with another's.
- Scores: 0.9 and above proves (a pattern, the dossier), 0.7 convinces, 0.5 hints. ``sure`` false puts
  the finding in the residual tier unless another layer is sure.
- A finding holds offsets and a reason, never text.
"""

from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from presidio_analyzer import EntityRecognizer, RecognizerResult
from presidio_analyzer.nlp_engine import NlpArtifacts

from anonymize.detectors.reading import Reading, Word
from vocabulary.choices import EntityType

LANGUAGE = "fr"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one layer says of one stretch of a turn (half-open offsets)."""

    start: int
    end: int
    label: EntityType
    score: float
    reason: str
    sure: bool = True


class Artifacts(NlpArtifacts):  # type: ignore[misc]
    """Presidio's artifacts of one turn, with our reading of it."""

    reading: Reading
    turn: int

    def part_of_speech(self, word: Word) -> str:
        """Return the universal part of speech of ``word`` ("NOUN"), or an empty string."""
        if self._parts is None:
            self._parts = {token.idx: token.pos_ for token in self.tokens}
        return self._parts.get(word.start, "")

    _parts: dict[int, str] | None = None


class Layer(EntityRecognizer):  # type: ignore[misc]
    """Base of all recognizers of this room."""

    layer: str = ""

    def __init__(self) -> None:
        super().__init__(
            supported_entities=[f"{self.layer}:{label}" for label in EntityType],
            name=self.layer,
            supported_language=LANGUAGE,
        )

    def load(self) -> None:
        """Nothing to load: layers get what they need when they are built."""

    @abstractmethod
    def find(self, reading: Reading, artifacts: Artifacts) -> Iterable[Finding]:
        """Return the findings of this layer in one turn."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: Artifacts) -> list[RecognizerResult]:  # noqa: ARG002
        return [
            RecognizerResult(
                entity_type=f"{self.layer}:{finding.label}",
                start=finding.start,
                end=finding.end,
                score=finding.score,
                recognition_metadata={
                    RecognizerResult.RECOGNIZER_NAME_KEY: self.name,
                    RecognizerResult.RECOGNIZER_IDENTIFIER_KEY: self.id,
                    "finding": finding,
                },
            )
            for finding in self.find(nlp_artifacts.reading, nlp_artifacts)
            if finding.start < finding.end
        ]


def finding_of(result: RecognizerResult) -> tuple[str, Finding]:
    """Return the layer and the finding that a Presidio result of this room carries."""
    metadata: dict[str, Any] = result.recognition_metadata
    finding = metadata["finding"]
    if not isinstance(finding, Finding):
        raise TypeError("a result without a finding")
    return str(metadata[RecognizerResult.RECOGNIZER_NAME_KEY]), finding
