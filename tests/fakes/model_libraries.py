"""Stand-ins for transformers and gliner: modules with the few names that huisclos calls, and a model that knows a list.

The model knows the words of NAMES, wherever they stand and however they are written. Loading keeps the rules of the
real libraries that matter here: local files only, safetensors only, a folder that exists.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

NAMES: Mapping[str, str] = {"sabrina": "PER", "roubaix": "LOC", "emmaüs": "ORG", "bonjour": "PER", "zlata": "MISC"}
_ASKED = {
    "PER": "prénom ou nom de personne",
    "LOC": "ville, quartier, cité ou rue",
    "ORG": "établissement, association ou service",
    "MISC": "surnom",
}


class Refused(Exception):
    """What the real libraries would raise."""


def model_folder(folder: Path, configuration: str) -> Path:
    """Return a folder that looks like a saved model."""
    folder.mkdir()
    (folder / configuration).write_text("{}", encoding="utf-8")
    (folder / "model.safetensors").write_bytes(b"weights")
    return folder


def found_in(text: str) -> Iterator[tuple[int, int, str, float]]:
    for match in re.finditer(r"[^\W\d_]+", text):
        label = NAMES.get(match[0].lower())
        if label is not None:
            yield match.start(), match.end(), label, 0.99 if match[0].istitle() else 0.7


def transformers_module(*, fast: bool = True, labels: Mapping[int, str] | None = None) -> ModuleType:
    """Return a module like transformers; ``labels`` are those the model declares."""
    declared = dict(labels or {0: "O", 1: "B-PER", 2: "I-PER", 3: "B-LOC", 4: "B-ORG", 5: "B-MISC"})

    def loaded(result: Any) -> Any:
        def from_pretrained(folder: str, *, local_files_only: bool, use_safetensors: bool = True) -> Any:
            if not local_files_only or not use_safetensors or not Path(folder).is_dir():
                raise Refused
            return result

        return SimpleNamespace(from_pretrained=from_pretrained)

    def pipeline(task: str, *, model: Any, tokenizer: Any, aggregation_strategy: str, device: int) -> Any:
        assert (task, aggregation_strategy, device) == ("token-classification", "simple", -1)
        assert model is not None and tokenizer is not None
        return lambda text: [
            {"entity_group": label, "score": score, "word": text[start:end], "start": start, "end": end}
            for start, end, label, score in found_in(text)
        ]

    module = _module("transformers")
    module.AutoTokenizer = loaded(SimpleNamespace(is_fast=fast))  # type: ignore[attr-defined]
    module.AutoModelForTokenClassification = loaded(SimpleNamespace(config=SimpleNamespace(id2label=declared)))  # type: ignore[attr-defined]
    module.pipeline = pipeline  # type: ignore[attr-defined]
    return module


def gliner_module() -> ModuleType:
    """Return a module like gliner."""

    class GLiNER:
        @classmethod
        def from_pretrained(cls, folder: str, *, local_files_only: bool, map_location: str) -> "GLiNER":
            if not local_files_only or map_location != "cpu" or not Path(folder).is_dir():
                raise Refused
            return cls()

        def predict_entities(self, text: str, labels: list[str], threshold: float) -> list[dict[str, Any]]:
            return [
                {"start": start, "end": end, "text": text[start:end], "label": _ASKED[label], "score": score}
                for start, end, label, score in found_in(text)
                if _ASKED[label] in labels and score >= threshold
            ]

    module = _module("gliner")
    module.GLiNER = GLiNER  # type: ignore[attr-defined]
    return module


def install(monkeypatch: pytest.MonkeyPatch, *modules: ModuleType) -> None:
    """Put modules, and an empty torch, where an import finds them; gone after the test."""
    for module in (*modules, _module("torch")):
        monkeypatch.setitem(sys.modules, module.__name__, module)


def _module(name: str) -> ModuleType:
    module = ModuleType(name)
    module.__spec__ = ModuleSpec(name, None)
    return module
