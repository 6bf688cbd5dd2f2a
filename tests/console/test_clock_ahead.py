"""The attack of one person who sets the clock two years ahead, walked through the doors of the command line."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.steps import workshops
from flows.steps.retention import daily
from tests import factory
from vocabulary.choices import Exit, SessionState

THEN = datetime(2024, 3, 4, 9, tzinfo=UTC)
"""What the clock showed when the session was received; what this machine's clock shows now is years ahead of it."""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> factory.Built:
    built = factory.bare(tmp_path / "home", THEN)
    with built.open(now=lambda: THEN) as services:
        workshops.add(services, factory.CODE, factory.POLICY)
        factory.walk(services, SessionState.IN_REVIEW, tmp_path)
        daily.run_day(services)
    monkeypatch.setenv("HUISCLOS_PASSPHRASE", factory.PASSPHRASE)
    return built


def test_one_person_with_the_clock_destroys_nothing_and_is_told_what_to_do(home: factory.Built, run) -> None:
    """Refused before the confirmation; after it nothing goes, and apply, status and run ask for a second person."""

    def apply():
        return run("--home", home.path, "retention", "apply", "--yes", "--as", "Camille")

    refused = apply()
    assert refused.code == Exit.STATE and "huisclos retention confirm" in refused.err
    for _ in range(2):
        confirmed = run("--home", home.path, "retention", "confirm", "--as", "Camille")
        assert confirmed.code == Exit.DONE and "Une autre personne" in confirmed.out
    done = apply()
    assert done.code == Exit.DONE and "Rien n'est à détruire aujourd'hui" in done.out
    assert "une deuxième personne" in done.out.replace("\n", " ")
    ran = run("--home", home.path, "run")
    assert "une autre personne le confirme aussi" in " ".join((ran.out + ran.err).split())
    assert "une autre personne le confirme aussi" in " ".join(run("--home", home.path, "status").out.split())
    assert run("--home", home.path, "status", "--json").value["retention"]["stopped"] == "jump"
    with home.open() as services:
        assert not list(services.archive.log.entries(kind="destruction-intended"))
    second = run("--home", home.path, "retention", "confirm", "--as", "Dominique")
    assert second.code == Exit.DONE and "Une autre personne" not in second.out
    assert "procès-verbal" in apply().out.lower()
