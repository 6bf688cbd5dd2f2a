"""A disk with no room at all: what reads answers, what writes says so and changes nothing."""

import contextlib
import shutil
import sqlite3
from pathlib import Path

import pytest

from storage.catalog.catalog import Catalog
from tests import factory
from tests.storage.killing import no_file_beyond
from vocabulary.choices import Exit, SessionState
from vocabulary.errors import ResourceError


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return factory.build(tmp_path_factory.mktemp("full") / "home", SessionState.RECEIVED).path


def test_what_only_reads_answers_on_a_full_disk(run, standing: Path, monkeypatch) -> None:
    """No file can grow by a byte: where everything stands, what is due, what is held, why, and whether it is sound."""
    monkeypatch.setenv("HUISCLOS_PASSPHRASE", factory.PASSPHRASE)
    asked = (
        ("status",), ("retention", "plan"), ("retention", "why", "essai/1"), ("hold", "list"), ("event", "list"),
        ("workshop", "list"), ("request", "list"), ("log", "show"), ("archive", "verify"),
    )  # fmt: skip
    with no_file_beyond(0):
        found = {" ".join(words): run("--home", standing, *words) for words in asked}
    assert {words: (ran.code, ran.err) for words, ran in found.items()} == {
        " ".join(words): (Exit.DONE, "") for words in asked
    }
    assert "essai/1" in found["status"].out


def test_what_writes_is_refused_on_a_full_disk_and_goes_through_once_there_is_room(
    run, standing: Path, monkeypatch
) -> None:
    """The code of a missing resource, nothing changed; then the same command does it."""
    monkeypatch.setenv("HUISCLOS_PASSPHRASE", factory.PASSPHRASE)
    order = ("hold", "add", "essai", "--ground", "danger", "--review", "2099-01-01", "--as", "Dominique")
    with no_file_beyond(0):
        assert run("--home", standing, *order).code == Exit.RESOURCE
    assert Catalog(standing / "archive" / "catalog.sqlite").holds() == []
    assert run("--home", standing, *order).code == Exit.DONE
    assert len(Catalog(standing / "archive" / "catalog.sqlite").holds()) == 1


def test_what_lies_in_the_journal_of_the_catalog_is_read_on_a_full_disk(tmp_path: Path) -> None:
    """A crash left a committed row in the journal alone: it counts, several readings in turn find it, and it stays."""
    made, left = Catalog.create(tmp_path / "catalog.sqlite"), tmp_path / "left"
    left.mkdir()
    with contextlib.closing(sqlite3.connect(made.path)) as open_:
        open_.execute("INSERT INTO people VALUES ('p-" + "0" * 32 + "', '2026-03-14T09:00:00Z')")
        open_.commit()
        for name in ("catalog.sqlite", "catalog.sqlite-wal"):
            shutil.copy(made.path.with_name(name), left / name)
    with no_file_beyond(0):
        found = Catalog(left / "catalog.sqlite")
        assert len(found.people()) == len(found.people()) == 1
        with pytest.raises(ResourceError), found.writing() as writing:
            writing.exec_driver_sql("DELETE FROM people")
    assert len(Catalog(left / "catalog.sqlite").people()) == 1
