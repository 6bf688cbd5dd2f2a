"""The canary: planted names and bytes are nowhere, after a success, a failure and a kill at each stage."""

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from flows import plain
from flows.steps.arrival import receive
from flows.steps.leaving import release
from flows.steps.retention import retain
from flows.steps.reviewing import clear, review
from storage.verify import verify_archive
from tests import factory
from tests.canary.killed import POINTS
from tests.canary.scan import needles, scan
from vocabulary.choices import Audience, Reason, RecordClass, SessionState

WANTED = needles([*factory.CANARIES, "Amaury", "Solveig", "Camille", "Dominique"], factory.RECORDING.read_bytes())


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> dict[SessionState | None, Path]:
    """One home in each state, walked once and copied for each test."""
    folder = tmp_path_factory.mktemp("homes")
    made: dict[SessionState | None, Path] = {}
    states = (None, SessionState.RECEIVED, SessionState.IN_REVIEW, SessionState.CLEARED, SessionState.RELEASED)
    for state in states:
        made[state] = factory.copied(folder / str(state), state).path
    drop = made[None] / "drop" / factory.CODE
    (drop / "seance1.ogg").write_bytes(factory.RECORDING.read_bytes())
    (drop / "seance1.toml").write_text(factory.DOSSIER, encoding="utf-8")
    accepted = factory.Built(shutil.copytree(made[SessionState.IN_REVIEW], folder / "accepted"))
    with accepted.open() as services:
        review.accept(services, factory.SESSION, "Camille")
    made[SessionState.DRAFTED] = accepted.path
    return made


def _finish(home: factory.Built) -> None:
    """What people and the next runs do, from wherever the session stands."""
    with home.open() as services:
        plain.run(services)
        catalog = services.archive.catalog
        if catalog.session(factory.SESSION).reviewed_at is None:
            review.accept(services, factory.SESSION, "Camille")
        for person in ("Camille", "Dominique"):
            if catalog.session(factory.SESSION).state == SessionState.IN_REVIEW:
                given = {row.person for row in catalog.clearances(catalog.session(factory.SESSION).id)}
                if len(given) == 2 or services.person(person) not in given:
                    clear.clear(services, factory.SESSION, Audience.GROUP, person)
        release.release(services, factory.SESSION, Audience.GROUP, ["docx", "vtt", "txt"], "Camille")
        retain.apply(services, "Dominique")


def test_the_scan_finds_what_is_planted_in_each_encoding(tmp_path: Path) -> None:
    """A scan that cannot find anything proves nothing."""
    import base64

    (tmp_path / "raw").write_bytes(b"..Zorbekian..")
    (tmp_path / "b64").write_bytes(base64.b64encode(b"x" + b"Quastelbach" + b"yz"))
    recording = factory.RECORDING.read_bytes()
    (tmp_path / "part").write_bytes(recording[len(recording) // 2 - 9 : len(recording) // 2 + 40])
    (tmp_path / "Tchoupinel.txt").write_text("")
    found = {find.place for find in scan(tmp_path, WANTED, output="Mirontaine")}
    assert found == {"raw", "b64", "part", "Tchoupinel.txt", "captured output"}


def test_nothing_planted_is_left_after_the_whole_walk(
    homes: dict[SessionState | None, Path], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """From the drop folder to the destroyed recording; the outbox is searched like the rest."""
    home = factory.Built(shutil.copytree(homes[None], tmp_path / "home"))
    _finish(home)
    out, err = capfd.readouterr()
    assert scan(home.path, WANTED, out + err) == []
    assert (home.path / "outbox").exists()


FAILURES = {
    "recognition": (SessionState.RECEIVED, "tests.fakes.scripted_recogniser.ScriptedRecogniser.recognise"),
    "diarization": (SessionState.RECEIVED, "speech.diarise.SpectralDiariser.diarise"),
    "detection": (SessionState.RECEIVED, "anonymize.detect.Detector.examine"),
    "linking": (SessionState.RECEIVED, "flows.steps.drafting.made.link"),
    "treatment": (SessionState.RECEIVED, "flows.steps.drafting.draft.treat"),
}


@pytest.mark.parametrize("stage", FAILURES)
def test_nothing_planted_is_left_after_a_failure(
    stage: str,
    homes: dict[SessionState | None, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """The exception quotes the talk, prints it and logs it; the session is set aside, and a retry finishes."""
    import logging

    state, target = FAILURES[stage]
    home = factory.Built(shutil.copytree(homes[state], tmp_path / "home"))

    def fail(*_args: object, **_options: object) -> None:
        print("Zorbekian")
        logging.getLogger("some.library").error("Zorbekian")
        raise ValueError("cannot handle Zorbekian of Quastelbach")

    with monkeypatch.context() as patched:
        patched.setattr(target, fail)
        with home.open() as services:
            plain.run(services)
            row = services.archive.catalog.session(factory.SESSION)
            assert row.state == SessionState.QUARANTINED
            assert row.reason in (Reason.FAULT, Reason.DETECTOR_FAILED)
            if row.fault is not None:
                assert "Zorbekian" in services.archive.fault_text(row.fault)
    out, err = capfd.readouterr()
    assert scan(home.path, WANTED, out + err) == []
    from flows.steps.sessions import retry

    with home.open() as services:
        retry(services, factory.SESSION)
    _finish(home)
    assert scan(home.path, WANTED) == []


@pytest.mark.parametrize("stage", ["release.render", "egress.extract"])
def test_a_failure_at_release_leaves_the_outbox_empty_and_nothing_planted(
    stage: str, homes: dict[SessionState | None, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Release is a person's act: its failure is theirs to see, as a fault, and the next try gives it out."""
    home = factory.Built(shutil.copytree(homes[SessionState.CLEARED], tmp_path / "home"))

    def fail(*_args: object) -> None:
        raise ValueError("cannot render Zorbekian")

    with monkeypatch.context() as patched, home.open() as services:
        patched.setattr(f"flows.steps.leaving.{stage}", fail)
        with pytest.raises(ValueError, match="cannot render"):
            release.release(services, factory.SESSION, Audience.GROUP, ["docx"], "Camille")
    assert not any(path.is_file() for path in (home.path / "outbox").rglob("*"))
    assert scan(home.path, WANTED) == []
    _finish(home)


@pytest.mark.parametrize("point", POINTS)
def test_nothing_planted_is_left_after_a_kill_and_the_next_run_finishes(
    point: str, homes: dict[SessionState | None, Path], tmp_path: Path
) -> None:
    """kill -9 at each stage: nothing leaks, nothing is lost, nothing finished is done again."""
    home = factory.Built(shutil.copytree(homes[POINTS[point].state], tmp_path / "home"))
    done = subprocess.run(
        [sys.executable, "-m", "tests.canary.killed", str(home.path), point],
        cwd=factory.ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]
    skip = ("drop", "claimed") if POINTS[point].state is None else ()
    assert scan(home.path, WANTED, done.stdout + done.stderr, skip) == []
    _finish(home)
    assert scan(home.path, WANTED) == []
    with home.open() as services:
        kinds = [entry.kind for entry in services.archive.log.entries()]
        assert kinds.count("received") == 1
        assert kinds.count("transcribed") == 1
        assert kinds.count("clearance-completed") == 1
        assert kinds.count("certified") == 1
        assert not services.archive.catalog.records(record_class=RecordClass.RECORDING)
        report = verify_archive(home.path, services.archive)
    assert report.findings == (), [finding.message for finding in report.findings]


def test_a_full_disk_loses_nothing_and_the_next_run_finishes(
    homes: dict[SessionState | None, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ENOSPC while sealing the verbatim: the session stays where it was, with a clear error."""
    from errno import ENOSPC

    home = factory.Built(shutil.copytree(homes[SessionState.RECEIVED], tmp_path / "home"))

    def full(*_args: object) -> None:
        raise OSError(ENOSPC, "No space left on device")

    with monkeypatch.context() as patched, home.open() as services:
        patched.setattr("storage.objects.ObjectStore.seal_transcript", full)
        report = plain.run(services)
        assert services.archive.catalog.session(factory.SESSION).state == SessionState.RECEIVED
    assert [trouble.exit for trouble in report.troubles] == [10]
    _finish(home)


def test_a_second_run_at_the_same_time_is_refused(homes: dict[SessionState | None, Path], tmp_path: Path) -> None:
    """And the first goes on."""
    from infra.process import lock
    from vocabulary.errors import BusyError

    home = factory.Built(shutil.copytree(homes[SessionState.RECEIVED], tmp_path / "home"))
    with home.open() as services:
        with lock(home.path, "run"), pytest.raises(BusyError):
            plain.run(services)
        plain.run(services)
        assert services.archive.catalog.session(factory.SESSION).state == SessionState.IN_REVIEW


def test_submitting_from_a_process_of_its_own_prints_no_name(tmp_path: Path) -> None:
    """The receipt holds counts and codes."""
    home = factory.copied(tmp_path / "home")
    toml = tmp_path / "seance1.toml"
    toml.write_text(factory.DOSSIER, encoding="utf-8")
    with home.open() as services:
        receipt = receive.submit(services, [factory.RECORDING], factory.SESSION, toml)
    assert not any(name in repr(receipt) for name in factory.CANARIES)
