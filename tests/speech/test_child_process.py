"""A process that does one kind of work: it ends with its parent, and nothing of what it says is believed unseen."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from speech.child_errors import ChildFaultError, read, told
from speech.child_process import ChildProcess, Recipe, Trade
from tests import factory
from vocabulary.errors import ResourceError

WORKERS = "tests.fakes.troubled_workers"
SECRET = "Malik a volé une moto"

OWNER = """
import sys
from pathlib import Path
import numpy as np
from tests.speech.test_child_process import made

child = made()
assert child.version
Path(sys.argv[1]).write_text(str(child.pid))
child.ask({"act": sys.argv[2]}, [np.zeros(16000 * 60, np.int16)] * 5)
"""


def made(patience: float = 60.0) -> ChildProcess:
    """A process of the workers that make it hard."""
    return ChildProcess(Trade(WORKERS, "It ended.", "It took {seconds} seconds."), Recipe(WORKERS, "Worker"), patience)


@pytest.fixture
def child() -> Iterator[ChildProcess]:
    """One that is ended afterwards."""
    process = made(10.0)
    yield process
    process.close()


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's signal is Linux's")
@pytest.mark.parametrize("act", ["lets nothing run", "takes no sound"])
def test_it_ends_with_its_parent_whatever_it_does(act: str, tmp_path: Path) -> None:
    """While a library holds the interpreter, and while what it is given stands in the pipe."""
    mark = tmp_path / "pid"
    owner = subprocess.Popen([sys.executable, "-c", OWNER, str(mark), act], cwd=factory.ROOT)
    try:
        _until(lambda: mark.exists() and bool(mark.read_text()))
        process = psutil.Process(int(mark.read_text()))
        time.sleep(1.0)  # until it is at it
        assert process.status() != psutil.STATUS_ZOMBIE
        os.kill(owner.pid, signal.SIGKILL)
        owner.wait()
        _until(lambda: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE, 5.0)
    finally:
        owner.kill()


def test_what_it_started_ends_with_it(child: ChildProcess) -> None:
    """A library may start helpers of its own."""
    pid, _ = child.ask({"act": "starts another"}, [])
    other = psutil.Process(pid)
    child.close()
    _until(lambda: not other.is_running() or other.status() == psutil.STATUS_ZOMBIE, 5.0)


def test_progress_may_be_told_while_the_sound_comes(child: ChildProcess) -> None:
    """Neither side waits for the other, however much is told."""
    seen: list[float] = []
    sound = iter([np.zeros(1 << 19, np.int16)] * 6)
    child.ask({"act": "tells all the time", "times": 3000}, sound, seen.append)
    assert len(seen) == 18000


def test_its_temporary_files_go_with_it(child: ChildProcess) -> None:
    """They lie in a folder of its own, among those of this process."""
    folder, _ = child.ask({"act": "leaves a file"}, [])
    assert (Path(folder) / "left").exists()
    child.close()
    assert not Path(folder).exists()


@pytest.mark.parametrize(
    "said",
    [
        SECRET,
        "[]",
        "{}",
        json.dumps({"message": SECRET, "facts": {}, "place": None}),
        json.dumps({"message": "m"}),
        json.dumps({"fault": SECRET, "frames": ["x"]}),
        json.dumps({"fault": "ValueError"}),
        "[" * 100_000,
    ],
)
def test_an_error_in_no_known_form_is_a_fault_without_its_text(said: str) -> None:
    """Not in the exception, and in none before it."""
    try:
        error = read(said.encode(), "speech.recogniser_child", ())
    except ChildFaultError as raised:
        error = raised
    assert isinstance(error, ChildFaultError)
    assert (error.__context__, error.__cause__) == (None, None)
    assert "no known form" in str(error)
    assert SECRET not in repr(error)


def test_only_what_looks_like_a_place_is_a_place() -> None:
    """The rest of what is said beside it is left out."""
    said = json.dumps({"fault": "ValueError", "frames": ["a.py:3 <module>", SECRET, 7, f"a.py:3 {SECRET}"]})
    assert str(read(said.encode(), "speech.recogniser_child", ())) == "ValueError at a.py:3 <module>"


def test_an_error_of_ours_comes_back_as_it_was_but_for_facts_that_could_be_talk() -> None:
    """Facts have no blanks, or were given to the process; a setting looks like one."""
    message = (
        "The model named by speech.diariser_model cannot be loaded by {kind} ({problem}). Expected: models that it "
        "loads without the network. docs/reference/speech.md says which; or set speech.diariser to plain."
    )
    ours = ResourceError(message, kind="sherpa-onnx", problem="RuntimeError", place="speech.diariser_model")
    back = read(json.dumps(told(ours)).encode(), "speech.diariser_child", ())
    assert isinstance(back, ResourceError)
    assert (str(back), back.facts, back.place) == (str(ours), ours.facts, ours.place)
    facts = {"kind": SECRET, "problem": "Ma voix", "talk": SECRET}
    said = json.dumps({"message": message, "facts": facts, "place": SECRET}).encode()
    back = read(said, "speech.diariser_child", ["Ma voix"])
    assert isinstance(back, ResourceError)
    assert (back.facts, back.place) == ({"kind": "-", "problem": "Ma voix"}, None)
    missing = json.dumps({"message": message, "facts": {}, "place": None}).encode()
    assert isinstance(read(missing, "speech.diariser_child", ()), ChildFaultError)


def test_no_room_for_a_process_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    """As one that ended: it is the memory that lacks."""

    def refused(*_: object, **__: object) -> None:
        raise OSError(errno.ENOMEM, "Cannot allocate memory")

    monkeypatch.setattr(subprocess, "Popen", refused)
    with pytest.raises(ResourceError, match="It ended"):
        assert made().version


def _until(true: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)
