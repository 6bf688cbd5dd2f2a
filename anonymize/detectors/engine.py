"""Presidio's engine with the layers of this room.

Rules of the module:
- The registry holds our layers only; nothing of Presidio's own recognizers, which are made for other
  languages and registers, is loaded.
- The NLP engine is spaCy's French pipeline without parser and lemmatizer, run once per turn in a batch.
- Whatever a layer raises becomes a DetectorError that quotes nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import spacy
from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
from presidio_analyzer.context_aware_enhancers import ContextAwareEnhancer
from presidio_analyzer.nlp_engine import NerModelConfiguration, SpacyNlpEngine

from anonymize.detectors.ages import ages_layer
from anonymize.detectors.clubs import clubs_layer
from anonymize.detectors.contacts import contacts_layer
from anonymize.detectors.cues import CuesLayer
from anonymize.detectors.dates import dates_layer
from anonymize.detectors.identifiers import identifiers_layer
from anonymize.detectors.layer import LANGUAGE, Artifacts, Finding, Layer, finding_of
from anonymize.detectors.model import ModelLayer
from anonymize.detectors.names import NamesLayer
from anonymize.detectors.naming import NamingLayer
from anonymize.detectors.numbered import numbered_layer
from anonymize.detectors.places import PlacesLayer
from anonymize.detectors.reading import Reading, truecase
from anonymize.detectors.residual import ResidualLayer
from anonymize.detectors.spelled import SpelledLayer
from anonymize.detectors.telling import telling_layer
from anonymize.detectors.working import WorkingLayer
from anonymize.french.lexicon import Lexicon
from vocabulary.errors import ResourceError
from vocabulary.messages import N_

_UNUSED = ("parser", "lemmatizer", "attribute_ruler")
_BATCH = 64


class FrenchNlpEngine(SpacyNlpEngine):  # type: ignore[misc]
    """spaCy's French entity recognizer as a Presidio NLP engine, all of its labels kept."""

    def __init__(self, model: str) -> None:
        super().__init__(
            models=[{"lang_code": LANGUAGE, "model_name": model}],
            ner_model_configuration=NerModelConfiguration(labels_to_ignore=[]),
        )
        self.model = model

    def load(self) -> None:
        try:
            self.nlp = {LANGUAGE: spacy.load(self.model, exclude=list(_UNUSED))}
        except OSError as error:
            raise ResourceError(
                N_("The language model {model} is missing: install the project's requirements again."),
                model=self.model,
            ) from error

    @property
    def version(self) -> str:
        meta = self.nlp[LANGUAGE].meta
        return f"{meta['lang']}_{meta['name']}-{meta['version']}"

    @property
    def vectors(self) -> tuple[Any, Callable[[str], int]]:
        """The word vectors ``(rows, size)``, and the row of a word, -1 for one that has none."""
        vocabulary = self.nlp[LANGUAGE].vocab
        rows, strings = vocabulary.vectors.key2row, vocabulary.strings
        return vocabulary.vectors.data, lambda word: int(rows.get(strings[word], -1))

    def artifacts(self, readings: Sequence[Reading]) -> Iterator[Artifacts]:
        """Yield the artifacts of each reading; a turn without capitals is given some (see ``truecase``)."""
        texts = [reading.text if reading.cased else truecase(reading) for reading in readings]
        documents = self.nlp[LANGUAGE].pipe(texts, batch_size=_BATCH)
        for turn, (reading, document) in enumerate(zip(readings, documents, strict=True)):
            artifacts = Artifacts(
                entities=list(document.ents),
                tokens=document,
                tokens_indices=[token.idx for token in document],
                lemmas=[],
                nlp_engine=None,
                language=LANGUAGE,
            )
            artifacts.reading, artifacts.turn = reading, turn
            yield artifacts


class _NoContext(ContextAwareEnhancer):  # type: ignore[misc]
    """Context is weighed in the layers; nothing is raised afterwards."""

    def __init__(self) -> None:
        super().__init__(0.0, 0.0, 0, 0)

    def enhance_using_context(self, text, raw_results, nlp_artifacts, recognizers, context=None):  # type: ignore[no-untyped-def]  # noqa: ARG002
        return raw_results


class Engine:
    """The analyzer, its layers and its NLP engine."""

    def __init__(
        self, model: str, lexicon: Lexicon, without: frozenset[str] = frozenset(), added: Sequence[Layer] = ()
    ) -> None:
        self._without = without
        self.nlp = FrenchNlpEngine(model)
        self.nlp.load()
        layers: list[Layer] = [
            ModelLayer(lexicon),
            NamesLayer(lexicon),
            PlacesLayer(lexicon),
            NamingLayer(lexicon),
            CuesLayer(lexicon),
            numbered_layer(),
            clubs_layer(),
            dates_layer(),
            ages_layer(),
            contacts_layer(),
            identifiers_layer(),
            telling_layer(),
            SpelledLayer(lexicon),
            WorkingLayer(lexicon),
            ResidualLayer(lexicon),
            *added,
        ]
        layers = [layer for layer in layers if layer.layer not in without]
        self._entities = [entity for layer in layers for entity in layer.supported_entities]
        self._analyzer = AnalyzerEngine(
            registry=RecognizerRegistry(recognizers=layers, supported_languages=[LANGUAGE]),
            nlp_engine=self.nlp,
            supported_languages=[LANGUAGE],
            context_aware_enhancer=_NoContext(),
        )

    def first_pass(self, artifacts: Artifacts, extra: Sequence[Layer]) -> list[tuple[str, Finding]]:
        """Return the findings of all layers in one turn, and of the layers made for this session."""
        return self._run(artifacts, self._entities, [layer for layer in extra if layer.layer not in self._without])

    def second_pass(self, artifacts: Artifacts, session: Layer) -> list[tuple[str, Finding]]:
        """Return the findings of the session layer alone."""
        return [] if session.layer in self._without else self._run(artifacts, [], [session])

    def _run(self, artifacts: Artifacts, entities: list[str], extra: Sequence[Layer]) -> list[tuple[str, Finding]]:
        results = self._analyzer.analyze(
            text=artifacts.reading.text,
            language=LANGUAGE,
            entities=entities + [entity for layer in extra for entity in layer.supported_entities],
            ad_hoc_recognizers=list(extra) or None,
            nlp_artifacts=artifacts,
        )
        return [finding_of(result) for result in results]
