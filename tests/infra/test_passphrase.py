"""A passphrase comes from its owner alone, and a weak one opens no home."""

from pathlib import Path

import pytest

from infra.passphrase import check_strength, read_passphrase
from vocabulary.errors import KeysError, WeakPassphraseError


def test_a_file_others_can_read_is_refused_with_the_way_to_mend_it(tmp_path: Path) -> None:
    """chmod 600, says the message."""
    file = tmp_path / "passphrase"
    file.write_text("cinq mots sans aucun rapport\n")
    file.chmod(0o640)
    with pytest.raises(KeysError, match="chmod 600"):
        read_passphrase(file)
    file.chmod(0o600)
    assert read_passphrase(file) == "cinq mots sans aucun rapport"


def test_a_link_to_a_passphrase_file_is_not_followed(tmp_path: Path) -> None:
    """What was checked is what is read."""
    file = tmp_path / "passphrase"
    file.write_text("cinq mots sans aucun rapport\n")
    file.chmod(0o600)
    link = tmp_path / "lien"
    link.symlink_to(file)
    with pytest.raises(KeysError):
        read_passphrase(link)


def test_the_file_goes_before_the_variable_and_the_variable_before_the_prompt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The more deliberate source wins."""
    file = tmp_path / "passphrase"
    file.write_text("du fichier\n")
    file.chmod(0o600)
    monkeypatch.setenv("HUISCLOS_PASSPHRASE", "de la variable")
    assert read_passphrase(file, lambda: "du clavier") == "du fichier"
    assert read_passphrase(None, lambda: "du clavier") == "de la variable"
    monkeypatch.delenv("HUISCLOS_PASSPHRASE")
    assert read_passphrase(None, lambda: "du clavier") == "du clavier"
    with pytest.raises(KeysError):
        read_passphrase(None, None)


WEAK = ["secret", "motdepasse123", "aaaaaaaaaaaaaaaaaa", "azertyuiop123", "password1234"]


@pytest.mark.parametrize("passphrase", WEAK)
def test_a_passphrase_that_is_short_or_easy_to_guess_is_refused(passphrase: str) -> None:
    """Length alone does not make one strong."""
    with pytest.raises(WeakPassphraseError):
        check_strength(passphrase)


def test_several_unrelated_words_are_accepted() -> None:
    """What the message advises passes."""
    check_strength("lanterne-gruau-parvis-mouette")
