"""Models an operator adds: from the settings to the detector, and what `huisclos doctor` says of them."""

from pathlib import Path

import pytest

from infra import doctor
from infra.settings import Detection, Settings, load_settings
from infra.wiring import make_detector
from tests.fakes.model_libraries import gliner_module, install, model_folder, transformers_module
from vocabulary.errors import ResourceError


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings whose file names a model of each kind."""
    model_folder(tmp_path / "t", "config.json")
    model_folder(tmp_path / "g", "gliner_config.json")
    file = tmp_path / "huisclos.toml"
    file.write_text(f'[detection]\ntransformers = "{tmp_path}/t"\ngliner = "{tmp_path}/g"\n', encoding="utf-8")
    return load_settings(tmp_path)


def levels(settings: Settings) -> dict[str, str]:
    return {check.name: check.level for check in doctor._models(settings)}


def test_the_detector_carries_the_models_the_settings_name(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both models are built, and the version of the detector names both."""
    install(monkeypatch, transformers_module(), gliner_module())
    version = make_detector(settings.detection).version
    assert " transformers-" in version and " gliner-" in version


def test_doctor_finds_models_that_can_run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders that are whole and libraries that are there are well; nothing is loaded to find that out."""
    install(monkeypatch, transformers_module(), gliner_module())
    assert {levels(settings)[name] for name in ("transformers", "gliner")} == {"ok"}


def test_doctor_names_a_model_that_lacks_something(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without weights is a fault of its own setting, and not of the other."""
    install(monkeypatch, transformers_module(), gliner_module())
    assert settings.detection.gliner is not None
    (settings.detection.gliner / "model.safetensors").unlink()
    found = levels(settings)
    assert (found["transformers"], found["gliner"]) == ("ok", "fault")


def test_no_model_is_no_check_and_a_missing_one_no_detector(tmp_path: Path) -> None:
    """Without the settings doctor says nothing of them; with a folder that is not there nothing is detected."""
    (tmp_path / "empty").mkdir()
    assert {"transformers", "gliner"}.isdisjoint(levels(load_settings(tmp_path / "empty")))
    with pytest.raises(ResourceError, match=r"detection\.transformers"):
        make_detector(Detection(transformers=tmp_path / "nowhere"))
