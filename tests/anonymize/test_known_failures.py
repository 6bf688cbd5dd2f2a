"""What detection gets wrong on the development corpus is known, one by one: nothing more, and nothing less."""

from collections.abc import Callable
from typing import Any

import pytest

from anonymize.detect import Detector
from tests.anonymize.known_failures import FILE, Failures, failures, known


@pytest.fixture(scope="module")
def found(detector: Detector) -> Failures:
    return failures(detector)


@pytest.mark.parametrize("kind", ["leaks", "inconsistent", "roles", "types"])
@pytest.mark.parametrize("variant", ["gold", "gold_asr"])
def test_failures_are_those_that_are_known(variant: str, kind: str, found: Failures) -> None:
    """A new failure is a fault, a mended one good news, and both are seen.

    `python -m tests.anonymize.known_failures` renews the file, whose difference then shows what a change did.
    """
    today, before = set(found[variant][kind]), set(known()[variant][kind])
    assert (sorted(today - before), sorted(before - today)) == ([], []), "(new, mended)"


def test_the_file_names_places_and_no_names(corpus: Callable[[str], list[dict[str, Any]]]) -> None:
    """No spelling of the corpus stands in the file: it says where to look, not what is there."""
    text = FILE.read_text(encoding="utf-8").lower()
    surfaces = {document["text"][e["start"] : e["end"]] for document in corpus("gold") for e in document["entities"]}
    names = {surface.lower() for surface in surfaces if surface.isalpha() and len(surface) > 4}
    assert not {name for name in names if f" {name} " in text}
