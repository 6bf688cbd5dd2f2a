"""`archive verify` answers with the same code and place, with the passphrase and without."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests import factory
from tests.log_files import decisions


def _another_revision(home: Path) -> None:
    with closing(sqlite3.connect(home / "archive" / "catalog.sqlite")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '0009'")


def _another_table(home: Path) -> None:
    entries = decisions(home)
    entries.write_bytes(entries.read_bytes().replace(b'"table":"workshops"', b'"table":"workshopz"', 1))


def _no_format(home: Path) -> None:
    record = home / "home.toml"
    record.write_bytes(record.read_bytes().replace(b'"', b"'", 1))


@pytest.mark.parametrize(
    ("change", "code", "place"),
    [
        (_another_revision, 20, "alembic_version/version_num"),
        (_another_table, 21, "entry 1"),
        (_no_format, 20, "home.toml"),
    ],
)
@pytest.mark.parametrize("opened", [True, False])
def test_what_was_changed_has_its_code_and_place(
    run, at_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Path], None], code: int, place: str, opened: bool,
) -> None:  # fmt: skip
    """A changed revision, a changed log line and a damaged home.toml."""
    assert run("workshop", "add", "essai", "--policy", factory.POLICY).code == 0
    change(at_home)
    if not opened:
        monkeypatch.delenv("HUISCLOS_PASSPHRASE")
    ran = run("archive", "verify", "--json")
    assert ran.code == code
    assert place in ran.out
