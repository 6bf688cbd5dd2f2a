"""Collecting: what lies unnamed goes when a person asks, and never while the log may be too short to name it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows.steps.custody import backups
from flows.steps.custody.collect import collect
from infra.wiring import Services
from storage.log.checkpoint import Checkpoint
from storage.rows.custody import ExportRow
from storage.unnamed import count_set_aside
from storage.verify import verify_archive
from tests import factory
from vocabulary.choices import RecordClass
from vocabulary.errors import LogRolledBackError


def _tomorrow() -> datetime:
    return datetime.now(UTC) + timedelta(days=1)


def _leave_unnamed(services: Services) -> None:
    archive = services.archive
    archive.objects.seal(archive.scope(factory.CODE, 1, RecordClass.DRAFT), b"what a killed process had sealed")


def test_opening_sets_aside_and_collecting_removes_with_an_entry(home: factory.Built) -> None:
    """Counted in the log, with who asked; a second time there is nothing, and no entry."""
    with home.open() as services:
        _leave_unnamed(services)
    with home.open(now=_tomorrow) as services:
        assert count_set_aside(home.path) == 1
        assert collect(services, "Camille").objects == 1
        assert collect(services, "Camille").objects == 0
        (entry,) = services.archive.log.entries(kind="collected")
        assert entry.facts["objects"] == 1 and entry.actor == services.person("Camille")
        assert verify_archive(home.path, services.archive).findings == ()
    assert count_set_aside(home.path) == 0


@pytest.mark.parametrize("where", ["checkpoints", "inventory", "recovery", "register"])
def test_nothing_is_removed_while_a_longer_log_is_known_of(
    where: str, home: factory.Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A checkpoint elsewhere, or a registered backup, that covers more than the log has."""
    with home.open() as services:
        _leave_unnamed(services)
        log, home_id = services.archive.log, services.archive.home_id
        key = services.archive.keystore.log_key()
        text = Checkpoint(log.key().name, log.checkpoint().size + 50, bytes(32)).sign(key)
    if where != "register":
        folder = tmp_path / where
        within = {"checkpoints": folder, "inventory": folder / home_id / "log", "recovery": folder / home_id}[where]
        within.mkdir(parents=True)
        monkeypatch.setenv(f"HUISCLOS_COPIES__{where.upper()}", str(folder))
    with home.open(now=_tomorrow) as services:
        if where == "register":
            made = backups.backup(services, tmp_path / "stick", "Camille")
            _longer(services, made.export)
        else:
            name = "h-0000-000000099-2026-03-14.txt" if where == "checkpoints" else "checkpoint"
            (within / name).write_text(text)
        with pytest.raises(LogRolledBackError):
            collect(services)
        assert count_set_aside(home.path) == 1


def _longer(services: Services, export: str) -> None:
    from dataclasses import replace

    from storage.commit import Change
    from storage.log.entry import Entry

    row: ExportRow = next(row for row in services.archive.catalog.exports() if row.id == export)
    longer = replace(row, log_size=row.log_size + 1000)
    services.commit(Change(replace=((row, longer),)), Entry("exported"))
