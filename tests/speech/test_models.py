"""The model in two halves is whole before it has a name, and stays so."""

from pathlib import Path

import pytest

from speech import models
from speech.models import default_cache, model_digest, model_directory
from vocabulary.errors import ResourceError


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


def test_the_halves_are_joined_to_the_known_digest(cache: Path) -> None:
    """The folder holds the weights and what goes with them."""
    directory = model_directory("base", cache)
    assert model_digest(directory) == "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
    assert {"config.json", "model.bin", "tokenizer.json", "vocabulary.txt"} <= {p.name for p in directory.iterdir()}
    assert [path.name for path in cache.iterdir()] == [directory.name]


def test_a_second_start_reads_no_weights(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sizes and times are compared, nothing is hashed."""
    model_directory("base", cache)
    hashed: list[Path] = []
    monkeypatch.setattr("speech.models._digest", lambda path: hashed.append(path) or "")
    model_directory("base", cache)
    assert hashed == []


def test_a_spoilt_copy_is_joined_again(cache: Path) -> None:
    """A byte flipped in the cache is noticed, and mended from the packages."""
    weights = model_directory("base", cache) / "model.bin"
    with weights.open("r+b") as file:
        file.seek(1000)
        byte = file.read(1)
        file.seek(1000)
        file.write(bytes([byte[0] ^ 1]))
    assert model_directory("base", cache) == weights.parent
    with weights.open("rb") as file:
        file.seek(1000)
        assert file.read(1) == byte


def _package(folder: Path, name: str) -> None:
    data = folder / name / "data"
    data.mkdir(parents=True)
    (folder / name / "__init__.py").touch()
    for file in ("model.bin.part1", "model.bin.part2", "config.json", "tokenizer.json", "vocabulary.txt"):
        (data / file).write_bytes(b"something else")


def test_halves_with_another_digest_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is left in the cache under the model's name."""
    _package(tmp_path, "other_weights")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(models, "_PART_1", "other_weights")
    monkeypatch.setattr(models, "_PART_2", "other_weights")
    with pytest.raises(ResourceError, match=r"requirements\.txt"):
        model_directory("base", tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_missing_halves_are_a_missing_resource(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says what to install."""
    monkeypatch.setattr(models, "_PART_2", "no_such_package_of_weights")
    with pytest.raises(ResourceError, match=r"requirements\.txt"):
        model_directory("base", tmp_path)


def test_a_local_directory_is_taken_as_it_is(cache: Path, tmp_path: Path) -> None:
    """An operator's model needs only its files."""
    directory = model_directory("base", cache)
    for file in directory.iterdir():
        (tmp_path / file.name).symlink_to(file)
    assert model_directory(str(tmp_path), cache) == tmp_path


def test_a_local_directory_without_its_files_is_refused(tmp_path: Path) -> None:
    """What is missing is named, the path is not."""
    (tmp_path / "config.json").touch()
    with pytest.raises(ResourceError) as caught:
        model_directory(str(tmp_path), tmp_path)
    assert caught.value.facts["files"] == "model.bin, tokenizer.json, vocabulary.txt"
    assert str(tmp_path.parent) not in str(caught.value)


def test_a_cache_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    """A file where the cache should be is a missing resource with a way out."""
    (tmp_path / "cache").touch()
    with pytest.raises(ResourceError, match="XDG_CACHE_HOME"):
        model_directory("base", tmp_path / "cache")


def test_the_cache_follows_the_desktop_convention(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """XDG_CACHE_HOME moves it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_cache() == tmp_path / "huisclos" / "models"
