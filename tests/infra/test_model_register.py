"""Models that an operator adds: what is noted of them, and what happens when they are no longer that."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from infra.model_register import (
    FILE,
    ModelKind,
    changed_files,
    check_unchanged,
    kind_of,
    read_register,
    write_register,
)
from infra.models import ModelState, add_model, models_of, speech_folder
from infra.settings import load_settings
from speech.models import model_directory
from tests import factory
from tests.fakes import diarisation_libraries as libraries
from vocabulary.choices import ToldApart
from vocabulary.errors import DamagedError, ResourceError, UsageError

NOW = "2026-03-14T09:00:00Z"
FILES = {
    ModelKind.SPEECH: ("model.bin", "config.json", "tokenizer.json", "vocabulary.json"),
    ModelKind.SHERPA_ONNX: ("segmentation.onnx", "embedding.onnx"),
    ModelKind.PYANNOTE: ("config.yaml",),
    ModelKind.GLINER: ("gliner_config.json", "model.safetensors"),
    ModelKind.TRANSFORMERS: ("config.json", "model.safetensors"),
}


def model(folder: Path, kind: ModelKind = ModelKind.SPEECH) -> Path:
    folder.mkdir()
    for name in FILES[kind]:
        (folder / name).write_bytes(name.encode())
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = tmp_path / "home"
    made.mkdir()
    return made


def added(home: Path, folder: Path, **changed: object):  # type: ignore[no-untyped-def]
    told = {"name": None, "source": "une clé USB", "licence": "MIT", "rtf": None, "now": NOW, **changed}
    return add_model(home, folder, **told)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", FILES)
def test_a_model_is_known_by_its_files(kind: ModelKind, tmp_path: Path) -> None:
    """Each kind by its own, whatever the folder is called."""
    assert kind_of(model(tmp_path / "x", kind)) is kind


def test_a_folder_that_holds_no_model_is_not_added(home: Path, tmp_path: Path) -> None:
    """What each kind needs is listed; nothing is noted."""
    folder = model(tmp_path / "x")
    (folder / "tokenizer.json").unlink()
    with pytest.raises(UsageError, match=r"tokenizer\.json"):
        added(home, folder)
    with pytest.raises(UsageError, match="no folder"):
        added(home, tmp_path / "nowhere")
    assert read_register(home) == ()


def test_what_was_added_reads_back(home: Path, tmp_path: Path) -> None:
    """Source, licence, real-time factor, and the digest of every file; the register is its owner's alone."""
    made = added(home, model(tmp_path / "grand"), rtf=0.4)
    assert read_register(home) == (made,)
    assert (made.name, made.source, made.licence, made.rtf, len(made.files)) == ("grand", "une clé USB", "MIT", 0.4, 4)
    assert (home / FILE).stat().st_mode & 0o777 == 0o600


def test_a_model_that_was_not_touched_is_loaded_without_reading_it(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sizes and times are compared; a copy whose times differ is read, and is the same model."""
    folder = model(tmp_path / "grand")
    added(home, folder)
    monkeypatch.setattr("infra.model_register._digest", lambda path: pytest.fail(f"{path} was read"))
    check_unchanged(home, folder)
    monkeypatch.undo()
    os.utime(folder / "model.bin", ns=(1, 1))
    check_unchanged(home, folder)


@pytest.mark.parametrize("how", ["flipped", "new", "gone"])
def test_a_model_that_is_not_what_was_added_is_not_loaded(how: str, home: Path, tmp_path: Path) -> None:
    """A byte, a file more, a file less: the file is named, and so is the way back."""
    folder = model(tmp_path / "grand")
    added(home, folder)
    if how == "flipped":
        (folder / "model.bin").write_bytes(b"Model.bin")
        os.utime(folder / "model.bin", ns=(1, 1))
    elif how == "new":
        (folder / "hooks.py").write_bytes(b"")
    else:
        (folder / "vocabulary.json").unlink()
    named = {"flipped": "model.bin", "new": "hooks.py", "gone": "vocabulary.json"}[how]
    with pytest.raises(ResourceError, match="models add") as caught:
        check_unchanged(home, folder)
    assert caught.value.facts["files"] == named
    added(home, folder) if how != "gone" else None
    if how != "gone":
        check_unchanged(home, folder)


def test_a_check_reads_what_size_and_time_hide(home: Path, tmp_path: Path) -> None:
    """A file changed under its old size and time is found by its digest alone."""
    folder = model(tmp_path / "grand")
    made = added(home, folder)
    noted = (folder / "model.bin").stat().st_mtime_ns
    (folder / "model.bin").write_bytes(b"Model.bin")
    os.utime(folder / "model.bin", ns=(noted, noted))
    assert changed_files(made) == ()
    assert changed_files(made, thorough=True) == ("model.bin",)


def test_a_setting_means_a_model_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """speech.model is base, a name that was added, or a folder; all settings show what they name."""
    home = factory.copied(tmp_path / "home").path
    folder, voices = model(tmp_path / "grand"), libraries.sherpa_folder(tmp_path / "voix")
    monkeypatch.setenv("HUISCLOS_SPEECH__MODEL", "grand")
    monkeypatch.setenv("HUISCLOS_SPEECH__DIARISER", "sherpa-onnx")
    monkeypatch.setenv("HUISCLOS_SPEECH__DIARISER_MODEL", str(voices))
    added(home, folder)
    settings = load_settings(home)
    assert settings.speech.diariser is ToldApart.SHERPA_ONNX
    assert speech_folder(settings) == str(folder)
    shown = {one.settings: one for one in models_of(settings)}
    assert shown["speech.model",].state is ModelState.WHOLE
    assert shown["speech.diariser_model",].state is ModelState.NOT_ADDED
    assert shown["detection.pipeline",].size > 10_000_000
    monkeypatch.setenv("HUISCLOS_SPEECH__MODEL", "base")
    base = next(one for one in models_of(load_settings(home), thorough=True) if one.name == "base")
    assert (base.state, base.licence) == (ModelState.WHOLE, "MIT")
    assert base.memory > base.size > 140_000_000


def test_no_part_is_built_of_a_model_that_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither recogniser nor diariser nor detector: what was added is compared before anything of it is opened."""
    built = factory.copied(tmp_path / "home")
    for setting, kind in (
        ("SPEECH__MODEL", ModelKind.SPEECH),
        ("SPEECH__DIARISER_MODEL", ModelKind.SHERPA_ONNX),
        ("DETECTION__GLINER", ModelKind.GLINER),
    ):
        folder = model(tmp_path / kind.value, kind)
        added(built.path, folder)
        (folder / "other.txt").write_bytes(b"x")
        monkeypatch.setenv(f"HUISCLOS_{setting}", str(folder))
    with built.open() as services:
        for part in ("recogniser", "detector"):
            services.__dict__.pop(part)
        for part in ("recogniser", "diariser", "detector"):
            with pytest.raises(ResourceError, match="not the one that was added"):
                getattr(services, part)


def test_two_models_have_two_names(home: Path, tmp_path: Path) -> None:
    """base is taken, and so is the name of another folder; the same folder is noted anew."""
    (tmp_path / "a").mkdir()
    first, second = model(tmp_path / "grand"), model(tmp_path / "a" / "grand")
    added(home, first)
    added(home, first, licence="Apache-2.0")
    assert [one.licence for one in read_register(home)] == ["Apache-2.0"]
    for name in (None, "base", "un nom", "/etc"):
        with pytest.raises(UsageError):
            added(home, second, name=name)
    added(home, second, name="grand-2")
    assert [one.name for one in read_register(home)] == ["grand", "grand-2"]


@pytest.mark.parametrize("wrong", [{"source": " "}, {"licence": ""}, {"rtf": 0.0}])
def test_where_a_model_came_from_is_said(wrong: dict[str, object], home: Path, tmp_path: Path) -> None:
    """No model without a source and a licence."""
    with pytest.raises(UsageError):
        added(home, model(tmp_path / "grand"), **wrong)


@pytest.mark.parametrize("text", ["", "{}", '{"format": "other/1", "models": []}', '{"format": 1, "models": [{}]}'])
def test_a_register_that_is_not_one_is_refused(text: str, home: Path) -> None:
    """And nothing is taken for whole."""
    (home / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(DamagedError):
        check_unchanged(home, home)


def test_the_register_is_written_in_order(home: Path, tmp_path: Path) -> None:
    """By name, whatever the order of adding."""
    one, other = added(home, model(tmp_path / "b")), added(home, model(tmp_path / "a"))
    write_register(home, (one, replace(other, rtf=1.5)))
    assert [found.name for found in read_register(home)] == ["a", "b"]


def test_a_relative_folder_stands_in_the_home_and_a_tilde_is_the_users(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is compared here is what the recogniser loads elsewhere."""
    monkeypatch.setenv("HOME", str(tmp_path))
    model(home / "grand")
    model(tmp_path / "petit", ModelKind.SHERPA_ONNX)
    lines = '[speech]\nmodel = "grand"\ndiariser = "sherpa-onnx"\ndiariser_model = "~/petit"\n'
    (home / "huisclos.toml").write_text(lines, encoding="utf-8")
    settings = load_settings(home)
    assert speech_folder(settings) == str(home / "grand")
    assert settings.speech.diariser_model == tmp_path / "petit"
    assert {one.state for one in models_of(settings)[:2]} == {ModelState.NOT_ADDED}


@pytest.mark.parametrize("sign", ["config.json", "vocabulary.json", "vocabulary.txt"])
def test_a_large_v3_without_its_bands_is_refused_before_it_fails(sign: str, home: Path, tmp_path: Path) -> None:
    """Added, shown or loaded: the file that is missing is named. With it, and for a model before v3, nothing is."""
    folder = model(tmp_path / "grand")
    (folder / "vocabulary.json").unlink()
    tokens = ["x"] * 51866
    written = {"config.json": '{"num_mel_bins": 128}', "vocabulary.json": json.dumps(tokens)}
    (folder / "vocabulary.txt").write_text("\n".join(tokens[1:]) + "\n", encoding="utf-8")
    model_directory(str(folder), tmp_path)
    (folder / sign).write_text(written.get(sign, "\n".join(tokens) + "\n"), encoding="utf-8")
    (home / "huisclos.toml").write_text(f'[speech]\nmodel = "{folder}"\n', encoding="utf-8")
    for refused in (lambda: added(home, folder), lambda: model_directory(str(folder), tmp_path)):
        with pytest.raises(ResourceError, match=r"preprocessor_config\.json"):
            refused()
    shown = models_of(load_settings(home))[0]
    assert (shown.state, shown.changed) == (ModelState.MISSING, ("preprocessor_config.json",))
    (folder / "preprocessor_config.json").write_text("{}", encoding="utf-8")
    assert added(home, folder).folder == model_directory(str(folder), tmp_path)
