"""The canary over everything that leaves the home: copies, backups, exports, what an auditor takes away."""

from datetime import UTC, datetime
from pathlib import Path

import pyrage
import pytest

from flows import plain
from flows.steps import query
from flows.steps.custody import backups, handover, keys
from flows.steps.custody.incident import report
from flows.steps.leaving import release
from flows.steps.retention import retain
from flows.steps.reviewing import clear, review
from policies.breach import Loss, PoweredOff
from storage.log.export import export
from tests import factory
from tests.canary.scan import needles, scan
from vocabulary.choices import Audience, Role

PEOPLE = ("Zéphirine Camargue", "Evariste Montgolfier")
WANTED = needles([*factory.CANARIES, "Amaury", "Solveig", "Camargue", "Montgolfier"], factory.RECORDING.read_bytes())


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folders outside the machine that the settings name."""
    folder = tmp_path / "outside"
    for name in ("recovery", "inventory", "checkpoints"):
        (folder / name).mkdir(parents=True)
        monkeypatch.setenv(f"HUISCLOS_COPIES__{name.upper()}", str(folder / name))
    return folder


def test_nothing_planted_is_in_what_leaves_the_home(
    outside: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Recovery files, inventory, checkpoints, a backup, a sealed workshop, every export of the log, a query."""
    home, recipients = factory.build(tmp_path / "home", None), [pyrage.x25519.Identity.generate() for _ in range(3)]
    drop = home.path / "drop" / factory.CODE
    (drop / "seance1.ogg").write_bytes(factory.RECORDING.read_bytes())
    (drop / "seance1.toml").write_text(factory.DOSSIER, encoding="utf-8")
    first, second = PEOPLE
    with home.open() as services:
        keys.set_recipients(services, [str(one.to_public()) for one in recipients[:2]], first)
        keys.add(services, second, Role.STEWARD, [], "un galet sous la marée lente", first)
        plain.run(services)
        review.accept(services, factory.SESSION, first)
        for person in PEOPLE:
            clear.clear(services, factory.SESSION, Audience.GROUP, person)
        release.release(services, factory.SESSION, Audience.GROUP, ["docx", "vtt", "txt"], first)
        retain.apply(services, second)
        backups.backup(services, outside / "backup", first)
        query.query(services, "SELECT text FROM verbatim", second, sensitive=True)
        for person in PEOPLE:
            keys.export(services, outside / "recovery-export", person)
        plain.run(services)
        for form in ("jsonl", "csv", "parquet", "prov"):
            export(services.archive.log, outside / f"log-{form}", form)
        handover.export(services, factory.CODE, str(recipients[2].to_public()), outside / "workshop.age", first)
    (kept,) = (outside / "inventory").iterdir()
    print(report(kept, Loss.LAPTOP, PoweredOff.UNKNOWN, None, datetime.now(UTC)))
    out, err = capfd.readouterr()
    left = sorted({path.relative_to(outside).parts[0] for path in outside.rglob("*") if path.is_file()})
    assert left == [
        "backup", "checkpoints", "inventory", "log-csv", "log-jsonl", "log-parquet", "log-prov", "recovery",
        "recovery-export", "workshop.age",
    ]  # fmt: skip
    assert scan(outside, WANTED, out + err) == []
    assert scan(home.path, WANTED) == []
