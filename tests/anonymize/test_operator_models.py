"""Models an operator adds, and the one contract of every layer that carries a model."""

import os
import re
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import pytest

from anonymize.carried import GLINER, TRANSFORMERS, CarriedModel, Kind, carried_models, check_model, fingerprint
from anonymize.detect import Detector
from anonymize.detectors.layer import Artifacts, Layer, finding_of
from anonymize.detectors.model import ModelLayer
from anonymize.detectors.operator_models import (
    GLINER_LABELS,
    OVERLAP,
    TRANSFORMERS_LABELS,
    WINDOW,
    GlinerLayer,
    TransformersLayer,
    windows,
)
from anonymize.detectors.reading import read, read_session
from anonymize.detectors.trained import TrainedLayer
from anonymize.french.lexicon import lexicon
from tests.fakes.model_libraries import gliner_module, install, model_folder, transformers_module
from vocabulary.choices import EntityType
from vocabulary.errors import DetectorError, ResourceError

TALK = [
    "On a vu Sabrina à Roubaix, devant Emmaüs, avec monsieur Zlata.",
    "sabrina elle vient de roubaix, et puis voilà on l'a revue hier soir",
    "",
    "…",
    "Bonjour à tous. " + "Et donc on continue comme ça un bon moment, " * 30 + "jusqu'à Sabrina.",
    "😀 Sabrina, oui.",
]


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, CarriedModel]:
    return {
        kind.name: CarriedModel(kind, model_folder(tmp_path / kind.name, kind.configuration))
        for kind in (TRANSFORMERS, GLINER)
    }


@pytest.fixture
def libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    install(monkeypatch, transformers_module(), gliner_module())


@pytest.fixture(params=["model", "trained", "transformers", "gliner"])
def carrying(
    request: pytest.FixtureRequest, detector: Detector, folders: dict[str, CarriedModel], libraries: None
) -> tuple[Layer, list[Artifacts]]:
    """Every layer that carries a model, and the artifacts of TALK."""
    readings = read_session(TALK, lexicon())
    artifacts = list(detector._engine.nlp.artifacts(readings))
    made: dict[str, Callable[[], Layer]] = {
        "model": lambda: ModelLayer(lexicon()),
        "trained": lambda: TrainedLayer(detector._read(TALK, readings), lexicon()),
        "transformers": lambda: TransformersLayer(folders["transformers"], lexicon()),
        "gliner": lambda: GlinerLayer(folders["gliner"], lexicon()),
    }
    return made[request.param](), artifacts


def test_a_layer_that_carries_a_model_keeps_the_contract(carrying: tuple[Layer, list[Artifacts]]) -> None:
    """Findings lie within their turn, on whole words, have a label of ours and a score, and never quote the text."""
    layer, artifacts = carrying
    spoken = {word.text for item in artifacts for word in item.reading.words if len(word.text) > 3}
    names = 0
    for item in artifacts:
        findings = list(layer.find(item.reading, item))
        assert findings == list(layer.find(item.reading, item))
        for finding in findings:
            assert 0 <= finding.start < finding.end <= len(item.reading.text)
            assert not item.reading.text[finding.start : finding.end].isspace()
            assert isinstance(finding.label, EntityType)
            assert 0 < finding.score <= 1
            assert not spoken & set(finding.reason.split())
            names += item.reading.text[finding.start : finding.end] == "Sabrina"
    assert names >= 2
    assert {layer.layer} == {name.split(":")[0] for name in layer.supported_entities}


def test_a_layer_that_carries_a_model_answers_presidio(carrying: tuple[Layer, list[Artifacts]]) -> None:
    """Each is a recognizer: what Presidio gets from it carries the finding, under a type of the layer's own."""
    layer, artifacts = carrying
    for item in artifacts:
        for result in layer.analyze(item.reading.text, layer.supported_entities, item):
            name, finding = finding_of(result)
            assert (name, result.entity_type) == (layer.layer, f"{layer.layer}:{finding.label}")


@pytest.mark.parametrize("kind", ["transformers", "gliner"])
def test_an_added_model_is_heard(kind: str, folders: dict[str, CarriedModel], libraries: None) -> None:
    """What only the added model knows becomes a span, with its reason, and the version names the model."""
    added = Detector(carried=[folders[kind]])
    (span, *_) = [s for s in added.detect(["On a vu Zlata hier."]) if s.start == 8]
    assert f"{kind} YOUTH" in span.reasons or f"{kind} PERSON" in span.reasons
    assert fingerprint(folders[kind]) in added.version
    assert f"{kind}-" not in Detector().version


@pytest.mark.usefixtures("libraries")
def test_sure_and_doubted_findings(folders: dict[str, CarriedModel]) -> None:
    """Sure with capitals and a high probability; MISC, and whatever stands in lower case, is in doubt."""
    layer = TransformersLayer(folders["transformers"], lexicon())

    def found(text: str, cased: bool) -> list[tuple[str, EntityType, bool]]:
        reading = read(text, lexicon(), cased)
        return [
            (text[f.start : f.end], f.label, f.sure) for f in layer.find(reading, Artifacts([], [], [], [], None, "fr"))
        ]

    assert found("On a vu Sabrina.", True) == [("Sabrina", EntityType.PERSON, True)]
    assert found("On a vu Zlata.", True) == [("Zlata", EntityType.PERSON, False)]
    assert found("on a vu sabrina", False) == [("sabrina", EntityType.PERSON, False)]
    assert found("Bonjour à tous", True) == []


def test_windows_cover_every_word_and_overlap() -> None:
    """No word of a long turn is out of sight, and neighbours share OVERLAP words."""
    for count in (0, 1, WINDOW, WINDOW + 1, 2 * WINDOW, 1000):
        reading = read(" ".join(["mot"] * count), lexicon(), True)
        seen = list(windows(reading))
        assert {i for a, b in seen for i in range(a, b)} == set(range(len(reading.text)))
        assert all(len(reading.text[a:b].split()) <= WINDOW for a, b in seen)
        assert all(len(reading.text[c:b].split()) == OVERLAP for (_, b), (c, _) in pairwise(seen))


def test_nothing_may_be_fetched(
    folders: dict[str, CarriedModel], libraries: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The libraries are told to stay off the network before they are imported."""
    TransformersLayer(folders["transformers"], lexicon())
    assert os.environ["HF_HUB_OFFLINE"] == os.environ["TRANSFORMERS_OFFLINE"] == "1"


@pytest.mark.parametrize("kind", [TRANSFORMERS, GLINER])
def test_a_missing_package_is_named_with_what_to_install(kind: Kind, tmp_path: Path) -> None:
    """Without the library the error says which to install, and which setting to take out."""
    if any(find_spec(package) for package in kind.packages):
        pytest.skip("the library is installed here")
    model = CarriedModel(kind, model_folder(tmp_path / "m", kind.configuration))
    with pytest.raises(ResourceError, match=f"pip install {kind.name}") as raised:
        Detector(carried=[model])
    assert raised.value.facts["setting"] == kind.name


@pytest.mark.parametrize("gone", ["config.json", "model.safetensors"])
def test_an_incomplete_folder_is_refused_before_anything_is_imported(gone: str, tmp_path: Path) -> None:
    """A folder without configuration, or with weights of another format only, is named with what it lacks."""
    folder = model_folder(tmp_path / "m", "config.json")
    (folder / gone).unlink()
    (folder / "pytorch_model.bin").write_bytes(b"pickled")
    with pytest.raises(ResourceError, match=r"lacks (config\.json|\*\.safetensors)"):
        check_model(CarriedModel(TRANSFORMERS, folder))


@pytest.mark.parametrize(
    "module", [transformers_module(fast=False), transformers_module(labels={0: "LABEL_0", 1: "LABEL_1"})]
)
def test_a_model_that_cannot_say_where_or_what_is_refused(
    module: object, folders: dict[str, CarriedModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Offsets need a fast tokenizer, labels a name the table knows."""
    install(monkeypatch, module)  # type: ignore[arg-type]
    with pytest.raises(ResourceError, match="fast tokenizer"):
        TransformersLayer(folders["transformers"], lexicon())


def test_a_model_that_does_not_load_is_a_missing_resource(
    folders: dict[str, CarriedModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the library raises while loading becomes an error that names the setting."""
    module = transformers_module()
    monkeypatch.delattr(module, "AutoTokenizer")
    install(monkeypatch, module)
    with pytest.raises(ResourceError, match="cannot be loaded"):
        TransformersLayer(folders["transformers"], lexicon())


def test_a_model_that_fails_later_withholds_the_text(
    folders: dict[str, CarriedModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No draft is made from the other layers when the added one fails, and the error quotes nothing."""
    module = transformers_module()
    install(monkeypatch, module)
    added = Detector(carried=[folders["transformers"]])

    def fail(text: str) -> Iterator[object]:
        raise ValueError(text)

    (layer,) = [r for r in added._engine._analyzer.registry.recognizers if r.name == "transformers"]
    layer._run = fail
    with pytest.raises(DetectorError) as raised:
        added.detect(["On a vu Sabrina."])
    assert "Sabrina" not in str(raised.value) and raised.value.__cause__ is raised.value.__context__ is None


def test_another_file_is_another_detector(tmp_path: Path) -> None:
    """The fingerprint changes with any file of the folder, and with nothing else."""
    model = CarriedModel(TRANSFORMERS, model_folder(tmp_path / "m", "config.json"))
    first = fingerprint(model)
    assert first == fingerprint(model)
    (model.folder / "model.safetensors").write_bytes(b"Weights")
    assert fingerprint(model) != first


def test_the_documentation_lists_every_label() -> None:
    """docs/reference/detection.md has the table of labels as the code has it, and what GLiNER is asked for."""
    page = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "detection.md").read_text(encoding="utf-8")
    section = page.split("## Models an operator may add")[1].split("\n## ")[0]
    rows = [row.split("|") for row in section.split("| label of a transformers")[1].splitlines()[2:] if row[:1] == "|"]
    told: dict[str, str] = {}
    for _, names, becomes, _ in rows[:-1]:
        for name in names.replace(" ", "").split(","):
            told[name] = name if "the same" in becomes else re.split(r"[;,]", becomes)[0].strip()
    assert told == {name: str(label) for name, label in TRANSFORMERS_LABELS.items()}
    assert all(f'"{asked}"' in " ".join(section.split()) for asked in GLINER_LABELS)


def test_tables_name_labels_of_ours() -> None:
    """Every label a model may give maps to one of the nine, and settings give the models they name."""
    assert set(TRANSFORMERS_LABELS.values()) | set(GLINER_LABELS.values()) <= set(EntityType)
    assert all(name == name.upper() for name in TRANSFORMERS_LABELS)
    assert carried_models(None, None) == ()
    assert [m.kind for m in carried_models(Path("a"), Path("b"))] == [TRANSFORMERS, GLINER]
