"""A diariser in a process of its own: only who speaks when comes back, and nothing is lost when it goes wrong."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from flows.steps.attempt import attempt
from flows.steps.drafting.draft import open_transcript
from flows.steps.hearing.transcribe import transcribe
from flows.steps.sealing import versions
from speech.audio import Audio
from speech.child_process import Recipe
from speech.diarise import Voice
from speech.diariser_process import ProcessDiariser, make_diariser
from speech.isolation import leave_network
from speech.recording import RATE, Samples
from tests import factory
from tests.canary.scan import needles, scan
from tests.fakes import diarisation_libraries as libraries
from tests.fakes.scripted_recogniser import ScriptedRecogniser
from tests.fakes.troubled_diarisers import SECRET
from vocabulary.choices import RecordClass, SessionState, ToldApart
from vocabulary.errors import ModelFaultError, ResourceError

FAKES = "tests.fakes.troubled_diarisers"
STRETCHES = [(0.0, 2.0), (2.5, 4.5)]

OWNER = """
import sys
from pathlib import Path
import numpy as np
from speech.child_process import Recipe
from speech.diariser_process import ProcessDiariser
from vocabulary.choices import ToldApart

diariser = ProcessDiariser(ToldApart.PYANNOTE, Recipe("tests.fakes.troubled_diarisers", "Stuck"))
assert diariser.process.version
Path(sys.argv[1]).write_text(str(diariser.process.pid))
diariser.diarise(lambda: iter([np.ones(16000, np.int16)]), [(0.0, 0.5), (0.5, 1.0)], 2)
"""


def _audio(seconds: float = 5.0, pieces: int = 5) -> Audio:
    piece: Samples = np.ones(int(seconds * RATE / pieces), np.int16)
    return lambda: iter([piece] * pieces)


def _diariser(name: str, patience: float = 60.0, **arguments: Any) -> ProcessDiariser:
    return ProcessDiariser(ToldApart.PYANNOTE, Recipe(FAKES, name, arguments), patience)


def _children() -> set[psutil.Process]:
    return set(psutil.Process().children())


@pytest.fixture(autouse=True)
def _no_process_is_left() -> Iterator[None]:
    """Whatever happens in a test, its processes are gone at the end of the call."""
    before = _children()
    yield
    assert _children() <= before


def test_a_process_that_dies_is_told_as_such_and_nobody_guesses_in_its_place() -> None:
    """The session stays where it was, and the operator reads what can be set."""
    with pytest.raises(ResourceError, match=r"Nothing is lost.*speech\.diariser to plain"):
        _diariser("Killed").diarise(_audio(), STRETCHES, 2)


@pytest.mark.parametrize("name", ["Stuck", "Deaf"])
def test_a_process_that_does_not_answer_is_ended(name: str) -> None:
    """Whether it took the sound or not."""
    began = time.monotonic()
    with pytest.raises(ResourceError, match=r"speech\.patience_seconds"):
        _diariser(name, patience=0.5).diarise(_audio(120.0), STRETCHES, 2)
    assert time.monotonic() - began < 30


def test_one_that_stops_is_ended_however_long_the_recording_is() -> None:
    """Once it told that it is at work, only silence is limited."""
    with pytest.raises(ResourceError, match="no sign of life") as caught:
        _diariser("Stopping", patience=1.0).diarise(_audio(1200.0, pieces=40), STRETCHES, 2)
    assert caught.value.facts["seconds"] == 1


def test_a_long_recording_may_take_longer() -> None:
    """Until the first sign of life, the patience counts once for every ten minutes of sound, and once for less."""
    with pytest.raises(ResourceError) as short:
        _diariser("Stuck", patience=1.0).diarise(_audio(60.0), STRETCHES, 2)
    with pytest.raises(ResourceError) as long:
        _diariser("Stuck", patience=1.0).diarise(_audio(1200.0, pieces=40), STRETCHES, 2)
    assert (short.value.facts["seconds"], long.value.facts["seconds"]) == (1, 2)


def test_too_little_memory_is_told_as_such_in_the_middle_of_the_sound() -> None:
    """Its last word is heard, although it takes no more of what is given."""
    with pytest.raises(MemoryError):
        _diariser("Starved").diarise(_audio(600.0, pieces=60), STRETCHES, 2)


def test_a_fault_inside_names_the_place_and_nothing_else() -> None:
    """What a library quotes could be a path, or worse."""
    with pytest.raises(ModelFaultError, match=r"ValueError at .*troubled_diarisers\.py.*speech\.diariser to") as caught:
        _diariser("Faulty").diarise(_audio(), STRETCHES, 2)
    assert SECRET not in repr(caught.getrepr(chain=True))


def test_what_cannot_be_loaded_is_told_with_the_setting() -> None:
    """The error of the process is the one the operator reads."""
    with pytest.raises(ResourceError) as caught:
        assert _diariser("missing").version
    assert (caught.value.facts, caught.value.place) == ({"model": "voices"}, "speech.diariser_model")


@pytest.mark.parametrize(
    "answer",
    [
        [],
        [[2.0, 1.0, 0]],
        [[0.0, float("nan"), 0]],
        [[0.0, 10**400, 0]],
        [[0.0, 1.0, -1]],
        [[0.0, 1.0, 0, 1.5]],
        [[0.0, 1.0, "Malik"]],
        [[0.0, 1.0, [0.618, 0.2]]],
        [[0.0, 1.0, 0], [1.0, 2.0, 1], [2.0, 3.0, 2]],
    ],
)
def test_an_answer_that_no_diariser_may_give_is_not_believed(answer: list[list[Any]]) -> None:
    """Times out of order, labels that are none, more voices than heads: a fault of the model, and no transcript."""
    with pytest.raises(ModelFaultError, match=r"speech\.diariser to plain"):
        _diariser("Telling", answer=answer).diarise(_audio(), STRETCHES, 2)


def test_voices_are_numbered_by_first_appearance_and_lie_within_the_sound() -> None:
    """However the library counted, and where its windows overran."""
    answer = [[2.0, 9.0, 3, 0.5], [-0.1, 2.5, 7, None]]
    voices = _diariser("Telling", answer=answer).diarise(_audio(5.0), STRETCHES, 2)
    assert voices == [Voice(0.0, 2.5, 0, None), Voice(2.0, 5.0, 1, 0.5)]


def test_it_gets_no_passphrase_and_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights can be made to run code: it finds no secret, and nobody to tell one to."""
    monkeypatch.setenv("HUISCLOS_PASSPHRASE", "lanterne gruau parvis mouette")
    with socket.create_server(("127.0.0.1", 0)) as server:
        reached, *names = _diariser("Curious", port=server.getsockname()[1]).version.split()
    assert not any(name.startswith("HUISCLOS") or name == "HOME" for name in names)
    assert reached == ("unreached" if _network_can_be_left() else "reached")


def test_the_network_is_left_before_any_thread_is_started() -> None:
    """An ordinary user cannot do so later: what does it loads no numeric library."""
    code = "import sys, speech.child_pipes; exit(bool({'numpy', 'torch', 'ctranslate2'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], cwd=factory.ROOT).returncode == 0


@pytest.mark.skipif(sys.platform != "linux", reason="the state of a killed process is read from /proc")
def test_it_does_not_outlive_its_parent(tmp_path: Path) -> None:
    """Killed with no time for anything, the parent takes the process along, in the middle of its work."""
    mark = tmp_path / "pid"
    owner = subprocess.Popen([sys.executable, "-c", OWNER, str(mark)], cwd=factory.ROOT)
    try:
        deadline = time.monotonic() + 60
        while not (mark.exists() and mark.read_text()):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        child = psutil.Process(int(mark.read_text()))
        assert child.status() != psutil.STATUS_ZOMBIE
        os.kill(owner.pid, signal.SIGKILL)
        owner.wait()
        while child.is_running() and child.status() != psutil.STATUS_ZOMBIE:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        owner.kill()


def test_a_model_is_tried_when_the_diariser_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What only loading can tell is told before anything is recognised: here, by the process, that a library lacks."""
    monkeypatch.setattr("speech.diariser_process.check_folder", lambda *_: None)
    with pytest.raises(ResourceError, match="pip install sherpa-onnx"):
        make_diariser(ToldApart.SHERPA_ONNX, libraries.sherpa_folder(tmp_path / "models"), 1, 60.0)


def test_a_session_is_transcribed_with_it_and_no_sound_or_voiceprint_touches_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the sealed recording to the sealed verbatim, with a process in between."""
    home = factory.build(tmp_path / "home", SessionState.RECEIVED)
    folder = libraries.pyannote_folder(tmp_path / "models")
    diariser = ProcessDiariser(ToldApart.PYANNOTE, Recipe(FAKES, "pyannote", {"folder": str(folder), "threads": 1}))
    with home.open() as services:
        services.__dict__.update(recogniser=ScriptedRecogniser(factory.TALK), diariser=diariser)
        session = services.archive.catalog.session(factory.SESSION)
        assert attempt(services, session.id, transcribe), services.troubles
        transcript = open_transcript(services, services.archive.catalog.session(factory.SESSION))
    assert transcript.told_apart is ToldApart.PYANNOTE
    assert "pyannote" in transcript.model
    assert str(libraries.VOICEPRINT) not in repr(transcript)
    wanted = needles([*factory.CANARIES, str(libraries.VOICEPRINT)], factory.RECORDING.read_bytes())
    assert scan(home.path, wanted) == []


def test_one_that_dies_leaves_the_session_where_it_was(tmp_path: Path) -> None:
    """Nothing is set aside and nothing is guessed: the next run tries again."""
    home = factory.build(tmp_path / "home", SessionState.RECEIVED)
    with home.open() as services:
        services.__dict__.update(recogniser=ScriptedRecogniser(factory.TALK), diariser=_diariser("Killed"))
        session = services.archive.catalog.session(factory.SESSION)
        assert not attempt(services, session.id, transcribe)
        assert isinstance(services.troubles[session.id], ResourceError)
        assert services.archive.catalog.session(factory.SESSION).state == SessionState.RECEIVED


def test_a_fault_in_it_lets_the_session_wait_and_is_sealed_once(tmp_path: Path) -> None:
    """However often it is tried: the recording is not to blame."""
    home = factory.build(tmp_path / "home", SessionState.RECEIVED)
    with home.open() as services:
        services.__dict__.update(recogniser=ScriptedRecogniser(factory.TALK), diariser=_diariser("Faulty"))
        catalog = services.archive.catalog
        for _ in range(2):
            assert not attempt(services, catalog.session(factory.SESSION).id, transcribe)
        session = catalog.session(factory.SESSION)
        assert isinstance(services.troubles[session.id], ModelFaultError)
        assert session.state == SessionState.RECEIVED
        (fault,) = versions(services, session, RecordClass.FAULT)
        trace = services.archive.fault_text(fault.id)
    assert "troubled_diarisers.py" in trace
    assert SECRET not in trace


def _network_can_be_left() -> bool:
    done = subprocess.run(
        [sys.executable, "-c", f"from speech.isolation import {leave_network.__name__} as leave; exit(not leave())"],
        cwd=factory.ROOT,
    )
    return done.returncode == 0
