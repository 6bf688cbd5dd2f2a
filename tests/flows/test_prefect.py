"""Under Prefect: the same walk, and an orchestrator that sees ids only."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.server import prefect_server
from flows.steps.outcomes import RunReport
from flows.steps.walk import run as walk_all
from infra.settings import Settings
from infra.wiring import Services
from tests import factory
from tests.canary.scan import needles, scan
from vocabulary.choices import Reason, SessionState

WANTED = needles([*factory.CANARIES, "Amaury"], factory.RECORDING.read_bytes())


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One Prefect server for all tests of this file; its home is searched by them."""
    folder = tmp_path_factory.mktemp("orchestrator")
    for name in ("prefect", "tmp", "locks"):
        (folder / name).mkdir()
    with prefect_server(Settings(home=folder)):
        yield folder


def _run(services: Services) -> RunReport:
    from flows.run import carry_all

    return walk_all(services, carry_all)


def _states(server: Path, table: str = "flow_run") -> list[str]:
    with sqlite3.connect(server / "prefect" / "prefect.db") as database:
        return [row[0] for row in database.execute(f"select state_name from {table} order by created")]


def test_a_walk_under_prefect_ends_in_review_and_prefect_holds_no_name(
    server: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The run and its four tasks are there to see; nothing of the talk is."""
    home = factory.copied(tmp_path / "home", SessionState.RECEIVED)
    with home.open() as services:
        report = _run(services)
    assert [walked.state for walked in report.walked] == [SessionState.IN_REVIEW]
    assert _states(server)[-1] == "Completed"
    out, err = capfd.readouterr()
    assert scan(server, WANTED, out + err) == []
    assert scan(home.path, WANTED) == []


def test_a_failed_walk_is_shown_as_failed_and_prefect_holds_no_name(
    server: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Not in exception texts, not in pickled results, not in logs."""
    home = factory.copied(tmp_path / "home", SessionState.RECEIVED)

    def fail(*_args: object, **_options: object) -> None:
        raise ValueError("cannot decode Zorbekian") from KeyError("Quastelbach")

    monkeypatch.setattr("anonymize.detect.Detector.examine", fail)
    with home.open() as services:
        report = _run(services)
    assert report.quarantined[0].reason in (Reason.FAULT, Reason.DETECTOR_FAILED)
    assert _states(server)[-1] == "Failed"
    out, err = capfd.readouterr()
    assert scan(server, WANTED, out + err) == []
    assert scan(home.path, WANTED) == []


def test_a_parameter_that_is_no_opaque_id_never_reaches_prefect(server: Path) -> None:
    """It is refused before Prefect could store it."""
    from flows.guarded import StageError
    from flows.recording import recording

    runs = len(_states(server))
    with pytest.raises(StageError) as raised:
        recording("Zorbekian")
    assert "Zorbekian" not in str(raised.value)
    assert raised.value.__cause__ is raised.value.__context__ is None
    assert len(_states(server)) == runs
    assert scan(server, WANTED) == []


def test_the_server_refuses_a_caller_without_the_auth_string(server: Path) -> None:
    """Loopback is shared by everybody on the machine."""
    import os
    import urllib.error
    import urllib.request

    with pytest.raises(urllib.error.HTTPError) as raised:
        urllib.request.urlopen(os.environ["PREFECT_API_URL"] + "/admin/version", timeout=10)
    assert raised.value.code == 401
