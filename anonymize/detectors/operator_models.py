"""The layers of models that an operator adds: transformers' token classification, and GLiNER.

Rules of the module:
- The library is imported when the layer is built, from local files only, with its network access off; what it raises
  then becomes a ResourceError, and what it raises later withholds the text like any other layer's failure.
- A model sees a turn in windows of WINDOW words that overlap by OVERLAP, so that none is cut off by its limit, and a
  turn without capitals is given some, as for spaCy.
- What a model calls its labels is mapped by the tables below; labels they do not know are left out. Dates and ages are
  left to patterns: models call "demain" a date.
- A finding reaches to the edges of its words, without function words and titles at its ends, and names something: a
  model's word about ordinary words in lower case is left out. MISC is a person in doubt, as for spaCy.
- A finding is sure where the model gives SURE or more, in a turn with capitals, to a word that is no ordinary one.
"""

import os
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from anonymize.carried import GLINER, TRANSFORMERS, CarriedModel, check_model, fingerprint
from anonymize.detectors.layer import Artifacts, Finding, Layer
from anonymize.detectors.reading import Reading, truecase
from anonymize.french.lexicon import FUNCTION_WORDS, TITLES, Lexicon
from vocabulary.choices import NAMED, EntityType
from vocabulary.errors import ResourceError
from vocabulary.messages import N_

_QUIET = {
    "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1", "TRANSFORMERS_VERBOSITY": "critical", "TOKENIZERS_PARALLELISM": "false",
}  # fmt: skip
"""Read by the libraries when they are imported: no network, nothing written to the screen."""
WINDOW, OVERLAP = 150, 30
SURE = 0.8
LEAST = 0.5
"""Probability under which a model's word counts for nothing."""
WEIGHT = 0.7
"""The score of a finding of which the model is certain: it convinces, and does not prove."""
TRANSFORMERS_LABELS: Mapping[str, EntityType] = {
    **dict.fromkeys(("PER", "PERS", "PERSON", "NAME", "FIRSTNAME", "LASTNAME", "GIVENNAME", "SURNAME", "MISC"),
                    EntityType.PERSON),
    **dict.fromkeys(("LOC", "LOCATION", "GPE", "FAC", "PLACE", "CITY", "STREET", "ADDRESS"), EntityType.PLACE),
    **dict.fromkeys(("ORG", "ORGANIZATION", "ORGANISATION", "INSTITUTION"), EntityType.INSTITUTION),
    **dict.fromkeys(("EMAIL", "PHONE", "TELEPHONENUM", "PHONENUMBER", "CONTACT", "URL"), EntityType.CONTACT),
    **dict.fromkeys(("ID", "IDNUM", "IDCARD", "SSN", "SOCIALNUM", "LICENSEPLATE"), EntityType.ID),
    "YOUTH": EntityType.YOUTH,
    "QUASI": EntityType.QUASI,
}  # fmt: skip
"""Labels of token-classification models, in capitals and without B- or I-, and ours."""
GLINER_LABELS: Mapping[str, EntityType] = {
    "prénom ou nom de personne": EntityType.PERSON,
    "surnom": EntityType.YOUTH,
    "ville, quartier, cité ou rue": EntityType.PLACE,
    "établissement, association ou service": EntityType.INSTITUTION,
    "téléphone ou adresse électronique": EntityType.CONTACT,
    "numéro de dossier ou plaque": EntityType.ID,
}
"""What a GLiNER model is asked for, and the label of what it answers."""


@dataclass(frozen=True, slots=True)
class Entity:
    """What a model says of one stretch of a window (half-open offsets), under a label of its own."""

    start: int
    end: int
    label: str
    probability: float


class OperatorLayer(Layer):
    """Findings of a model that an operator added."""

    labels: Mapping[str, EntityType]

    def __init__(self, model: CarriedModel, lexicon: Lexicon) -> None:
        check_model(model)
        self._lexicon = lexicon
        self.model = model
        self.fingerprint = fingerprint(model)
        os.environ.update(_QUIET)
        try:
            self._load(str(model.folder))
        except ResourceError:
            raise
        except Exception as error:
            message = N_(
                "The model named by detection.{setting} cannot be loaded ({problem}). Expected: a folder that "
                "{setting} loads without the network. Correct the setting in huisclos.toml, or take it out."
            )
            raise ResourceError(
                message, setting=model.kind.name, problem=type(error).__name__, place=model.kind.name
            ) from error
        super().__init__()

    @abstractmethod
    def _load(self, folder: str) -> None:
        """Import the library and read the model."""

    @abstractmethod
    def _entities(self, text: str) -> Iterable[Entity]:
        """Return what the model says of one window."""

    def find(self, reading: Reading, artifacts: Artifacts) -> Iterator[Finding]:  # noqa: ARG002
        text = reading.text if reading.cased else truecase(reading)
        seen: set[tuple[int, int, EntityType]] = set()
        for begin, end in windows(reading):
            for entity in self._entities(text[begin:end]):
                finding = self._finding(reading, entity, begin)
                if finding is not None and (finding.start, finding.end, finding.label) not in seen:
                    seen.add((finding.start, finding.end, finding.label))
                    yield finding

    def _finding(self, reading: Reading, entity: Entity, begin: int) -> Finding | None:
        name = entity.label.upper() if self.labels is TRANSFORMERS_LABELS else entity.label
        label = self.labels.get(name)
        if label is None or entity.probability < LEAST:
            return None
        start, end = begin + entity.start, begin + entity.end
        inside = [word for word in reading.words if word.start < end and word.end > start]
        if label in NAMED:
            while inside and inside[0].folded in FUNCTION_WORDS | TITLES:
                inside.pop(0)
            while inside and inside[-1].folded in FUNCTION_WORDS:
                inside.pop()
            if not any(not word.ordinary or (word.capital and not word.initial) for word in inside):
                return None
        if not inside:
            return None
        doubted = name == "MISC" or entity.probability < SURE or not reading.cased
        sure = not doubted and any(not word.ordinary for word in inside)
        start, end = inside[0].start, inside[-1].end
        if label not in NAMED:
            start, end = min(start, begin + entity.start), max(end, begin + entity.end)
        score = WEIGHT * entity.probability * (0.5 if name == "MISC" else 1.0)
        return Finding(start, end, label, score, f"{self.layer} {label}", sure)


class TransformersLayer(OperatorLayer):
    """A token-classification model of transformers (BERT, CamemBERT and the like)."""

    layer = TRANSFORMERS.name
    labels = TRANSFORMERS_LABELS

    def _load(self, folder: str) -> None:
        library: Any = import_module("transformers")
        tokenizer = library.AutoTokenizer.from_pretrained(folder, local_files_only=True)
        model = library.AutoModelForTokenClassification.from_pretrained(
            folder, local_files_only=True, use_safetensors=True
        )
        names = {str(name).split("-", 1)[-1].upper() for name in model.config.id2label.values()}
        if not tokenizer.is_fast or not names & set(self.labels):
            message = N_(
                "The model named by detection.{setting} cannot be used: it needs a fast tokenizer, and labels that "
                "docs/reference/detection.md lists. Name another model in huisclos.toml, or take the setting out."
            )
            raise ResourceError(message, setting=self.layer, place=self.layer)
        self._run: Any = library.pipeline(
            "token-classification", model=model, tokenizer=tokenizer, aggregation_strategy="simple", device=-1
        )

    def _entities(self, text: str) -> Iterator[Entity]:
        for found in self._run(text):
            yield Entity(int(found["start"]), int(found["end"]), str(found["entity_group"]), float(found["score"]))


class GlinerLayer(OperatorLayer):
    """A GLiNER model, asked for the names that matter here."""

    layer = GLINER.name
    labels = GLINER_LABELS

    def _load(self, folder: str) -> None:
        library: Any = import_module("gliner")
        self._model: Any = library.GLiNER.from_pretrained(folder, local_files_only=True, map_location="cpu")

    def _entities(self, text: str) -> Iterator[Entity]:
        for found in self._model.predict_entities(text, list(self.labels), threshold=LEAST):
            yield Entity(int(found["start"]), int(found["end"]), str(found["label"]), float(found["score"]))


def operator_layers(models: Iterable[CarriedModel], lexicon: Lexicon) -> list[OperatorLayer]:
    """Build the layer of each model; ResourceError names the setting of one that cannot be used."""
    kinds: dict[str, type[OperatorLayer]] = {layer.layer: layer for layer in (TransformersLayer, GlinerLayer)}
    return [kinds[model.kind.name](model, lexicon) for model in models]


def windows(reading: Reading) -> Iterator[tuple[int, int]]:
    """Yield the half-open offsets of windows of WINDOW words over a turn, OVERLAP words shared by neighbours."""
    words = reading.words
    for first in range(0, max(len(words) - OVERLAP, 1) if words else 0, WINDOW - OVERLAP):
        last = min(first + WINDOW, len(words))
        yield (words[first].start if first else 0), (words[last - 1].end if last < len(words) else len(reading.text))
