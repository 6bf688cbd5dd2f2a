"""Settings are read once, say where they come from, and refuse what they do not know."""

from pathlib import Path

import pytest

from console.messages import of_error
from infra.settings import explain, load_settings
from vocabulary.errors import UsageError


def test_a_variable_goes_before_the_file_and_the_file_before_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three origins, one winner, and ``explain`` names it."""
    (tmp_path / "huisclos.toml").write_text('[speech]\nmodel = "/models/grand"\nthreads = 2\n')
    monkeypatch.setenv("HUISCLOS_SPEECH__THREADS", "3")
    settings = load_settings(tmp_path)
    assert (settings.speech.model, settings.speech.threads) == ("/models/grand", 3)
    origins = {name: origin for name, _, origin in explain(settings)}
    assert origins["speech.model"] == "huisclos.toml"
    assert origins["speech.threads"] == "HUISCLOS_SPEECH__THREADS"
    assert origins["detection.pipeline"] == "default"


@pytest.mark.parametrize("text", ["[speech]\nmodle = 'base'\n", "[parole]\nmodel = 'base'\n", "speech = 3\n", "[["])
def test_an_unknown_key_or_a_wrong_value_in_the_file_is_refused(tmp_path: Path, text: str) -> None:
    """A misspelt key must not be a setting that silently does nothing."""
    (tmp_path / "huisclos.toml").write_text(text)
    with pytest.raises(UsageError):
        load_settings(tmp_path)


@pytest.mark.parametrize("value", ["0", "9", "-1", "2.5", '"quatre"'])
def test_stretches_at_a_time_are_one_to_eight(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """From the file or a variable; another number is refused when the settings are read, with its name, in French."""
    (tmp_path / "huisclos.toml").write_text(f"[speech]\nstretches = {value}\n")
    with pytest.raises(UsageError) as raised:
        load_settings(tmp_path)
    assert raised.value.place == "speech.stretches"
    assert "Réglage speech.stretches" in of_error(raised.value)
    assert "Input" not in of_error(raised.value)
    monkeypatch.setenv("HUISCLOS_SPEECH__STRETCHES", "8")
    assert load_settings(tmp_path).speech.stretches == 8


def test_an_unknown_variable_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """HUISCLOS_SPECH__MODEL is a mistake, and the message says which one."""
    monkeypatch.setenv("HUISCLOS_SPECH__MODEL", "base")
    with pytest.raises(UsageError) as raised:
        load_settings(tmp_path)
    assert raised.value.place == "HUISCLOS_SPECH__MODEL"


def test_without_a_home_the_error_says_how_to_name_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither --home nor HUISCLOS_HOME: the message names both."""
    with pytest.raises(UsageError, match="HUISCLOS_HOME"):
        load_settings()


def test_the_passphrase_is_shown_as_set_and_never_as_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`settings show` must be safe to paste into a message."""
    monkeypatch.setenv("HUISCLOS_PASSPHRASE", "quatre canaris sous la table")
    shown = explain(load_settings(tmp_path))
    assert ("passphrase", "set", "HUISCLOS_PASSPHRASE") in shown
    assert "canaris" not in str(shown)


def test_the_home_asked_for_goes_before_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """--home names the home even where HUISCLOS_HOME names another, and says so."""
    monkeypatch.setenv("HUISCLOS_HOME", str(tmp_path / "other"))
    asked = load_settings(tmp_path / "asked")
    assert asked.home == tmp_path / "asked"
    assert ("home", str(tmp_path / "asked"), "--home") in explain(asked)
    assert ("home", str(tmp_path / "other"), "HUISCLOS_HOME") in explain(load_settings())
