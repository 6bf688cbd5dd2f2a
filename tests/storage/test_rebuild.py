"""A catalog written anew from the log is the one that was lost."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from storage.archive import Archive
from storage.catalog.database import copy_catalog
from storage.copies.rebuild import mend, rebuild
from storage.rows.kinds import ROW_TYPES
from storage.verify import verify_archive
from tests.storage.new_archives import PASSPHRASE, filled_archive


def _content(archive: Archive) -> dict[str, list[str]]:
    catalog = archive.catalog
    return {
        row_type.TABLE: sorted(map(repr, rows))
        for row_type, rows in zip(
            ROW_TYPES,
            (
                catalog.workshops(), catalog.sessions(), catalog.records(life=None),
                [row for session in catalog.sessions() for row in catalog.clearances(session.id)], catalog.people(),
                catalog.copies(present=False), catalog.openers(present=False), catalog.exports(present=False),
                catalog.witnesses(present=False), catalog.events(), catalog.holds(present=False), catalog.extensions(),
                catalog.visas(), catalog.decisions(), catalog.notices(), catalog.former_policies(),
                catalog.requests(), catalog.recalls(present=False),
            ),
            strict=True,
        )
    }  # fmt: skip


def test_the_catalog_of_the_log_is_the_catalog_that_was_lost(tmp_path: Path) -> None:
    """Every row of every table, the number and the time of the next entry; the archive verifies and works on."""
    archive = filled_archive(tmp_path / "home")
    before, position = _content(archive), archive.catalog.position()
    archive.close()
    for path in (tmp_path / "home" / "archive").glob("catalog.sqlite*"):
        path.unlink()
    rebuild(archive.catalog.path, archive.log).close()
    again = Archive.open(archive.home, PASSPHRASE)
    assert _content(again) == before and all(before.values())
    assert again.catalog.position() == position
    assert verify_archive(again.home, again).findings == ()
    again.seal_fault("Traceback: canary")
    assert verify_archive(again.home, again).findings == ()


def test_a_catalog_that_is_there_is_never_written_over(tmp_path: Path) -> None:
    """FileExistsError, and the file as it was."""
    archive = filled_archive(tmp_path / "home")
    archive.close()
    before = archive.catalog.path.read_bytes()
    with pytest.raises(FileExistsError):
        rebuild(archive.catalog.path, archive.log)
    assert archive.catalog.path.read_bytes() == before


@pytest.mark.parametrize("fault", ["missing", "damaged", "edited", "older", None])
def test_a_catalog_at_fault_is_written_anew_and_a_sound_one_left_alone(tmp_path: Path, fault: str | None) -> None:
    """Missing, overwritten, changed by hand or put back from a copy: afterwards all is sound, the old one kept."""
    archive = filled_archive(tmp_path / "home")
    archive.close()
    folder, path = tmp_path / "home" / "archive", archive.catalog.path
    copy_catalog(path, tmp_path / "older", "WAL")
    archive.seal_fault("Traceback: canary")
    archive.close()
    if fault == "missing":
        path.unlink()
    elif fault == "damaged":
        path.write_bytes(b"x" * 8192)
    elif fault == "edited":
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("UPDATE sessions SET language = 'en'")
    elif fault == "older":
        path.write_bytes((tmp_path / "older").read_bytes())
    assert mend(folder) is (fault is not None)
    again = Archive.open(archive.home, PASSPHRASE)
    assert verify_archive(again.home, again).findings == ()
    assert (folder / "catalog.sqlite.damaged").exists() is (fault not in ("missing", None))
