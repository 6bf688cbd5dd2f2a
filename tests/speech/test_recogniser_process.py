"""A recogniser in a process of its own: as good as any, and nothing is lost when it goes wrong."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import pytest

from infra.process import place
from infra.wiring import open_services
from speech.child_errors import ChildFaultError
from speech.child_process import Recipe
from speech.models import default_cache, model_directory
from speech.recognise import Heard, WhisperRecogniser
from speech.recogniser_process import ProcessRecogniser, _heard
from speech.recogniser_process import whisper as whisper_recipe
from speech.recording import RATE, Samples
from tests import factory
from tests.fakes.troubled_recognisers import SECRET
from vocabulary.errors import BusyError, ResourceError

SAMPLES: Samples = np.ones(2 * RATE, np.int16)
TROUBLED = "tests.fakes.troubled_recognisers"
SCRIPTED = Recipe("tests.fakes.scripted_recogniser", "ScriptedRecogniser", {"script": ["Bonjour.", "Oui, Malik."]})

OWNER = """
import sys, time
from pathlib import Path
import numpy as np
from speech.child_process import Recipe
from speech.recogniser_process import ProcessRecogniser, _heard

recogniser = ProcessRecogniser(Recipe("tests.fakes.troubled_recognisers", "Stuck"))
assert recogniser.version
Path(sys.argv[1]).write_text(str(recogniser.process.pid))
recogniser.recognise(np.ones(16000, np.int16), language="fr", hotwords=(), on_progress=lambda _: None)
"""


def _hear(recogniser: ProcessRecogniser, samples: Samples = SAMPLES) -> list[Heard]:
    return recogniser.recognise(samples, language="fr", hotwords=("Malik",), on_progress=lambda _: None)


def _troubled(name: str, patience: float = 60.0) -> ProcessRecogniser:
    return ProcessRecogniser(Recipe(TROUBLED, name), patience)


def _children() -> set[psutil.Process]:
    return set(psutil.Process().children())


def test_a_process_that_dies_is_told_as_such() -> None:
    """The session stays where it was, and the person knows that nothing is lost."""
    recogniser, before = _troubled("Killed"), _children()
    with pytest.raises(ResourceError, match="Nothing is lost"):
        _hear(recogniser)
    assert _children() <= before


def test_a_process_that_says_what_it_may_not_is_at_fault_and_not_dead() -> None:
    """More memory would not help: it would say the same again."""
    recogniser, before = _troubled("Babbling"), _children()
    with pytest.raises(ChildFaultError, match="outside of what it was given"):
        _hear(recogniser)
    assert _children() <= before


@pytest.mark.parametrize(
    "word",
    [
        ["Malik", 0.0, "Zorbekian", 0.5, False],
        [["Zorbekian"], 0.0, 1.0, 0.5, False],
        ["Malik", 0.0, None, 0.5, False],
        ["Malik", 0.0, 10**400, 0.5, False],
        ["Malik", 0.0, 1.0, 10**400, False],
    ],
)
def test_an_absurd_answer_is_a_fault_without_its_text(word: list[object]) -> None:
    """Whatever the kinds of its values."""
    with pytest.raises(ChildFaultError) as caught:
        _heard([{"words": [word]}], 5.0)
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
    assert SECRET not in str(caught.value)


def test_a_process_that_says_nothing_is_ended() -> None:
    """Its silence has a limit, and no process is left."""
    recogniser, before = _troubled("Stuck", patience=0.4), _children()
    began = time.monotonic()
    with pytest.raises(ResourceError, match="no sign of life"):
        _hear(recogniser)
    assert time.monotonic() - began < 30
    assert _children() <= before


def test_a_fault_inside_names_the_place_and_not_the_talk() -> None:
    """What a library quotes could be what was said."""
    with pytest.raises(ChildFaultError, match=r"ValueError at .*troubled_recognisers\.py") as caught:
        _hear(_troubled("Faulty"))
    assert SECRET not in repr(caught.getrepr(chain=True))


def test_too_little_memory_is_told_as_such() -> None:
    """As if it had happened here."""
    with pytest.raises(MemoryError):
        _hear(_troubled("Starved"))


def test_a_missing_model_is_told_with_its_name() -> None:
    """The error of the process is the one the operator reads."""
    with pytest.raises(ResourceError) as caught:
        assert _troubled("missing").version
    assert caught.value.facts == {"model": "small"}


def test_it_goes_on_with_another_process_after_a_failure() -> None:
    """A process that was killed between two blocks is replaced, and hears the same."""
    recogniser = ProcessRecogniser(SCRIPTED)
    first = _hear(recogniser)
    (child,) = [one for one in _children() if "recogniser_child" in " ".join(one.cmdline())]
    child.kill()
    child.wait()
    with pytest.raises(ResourceError, match="ended unexpectedly"):
        _hear(recogniser)
    assert _hear(recogniser) == first
    recogniser.close()


def test_it_is_stopped_in_the_middle_of_its_work() -> None:
    """Ctrl-C leaves no process, and the next call hears all of it."""

    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    recogniser, before = ProcessRecogniser(SCRIPTED), _children()
    with pytest.raises(KeyboardInterrupt):
        recogniser.recognise(SAMPLES, language="fr", hotwords=(), on_progress=interrupted)
    assert _children() <= before
    assert len(_hear(recogniser)) == 2
    recogniser.close()


def test_one_process_serves_call_after_call() -> None:
    """A model is loaded once."""
    recogniser, before = ProcessRecogniser(SCRIPTED), _children()
    _hear(recogniser)
    (child,) = _children() - before
    assert _hear(recogniser, np.ones(10 * RATE, np.int16))
    assert _children() - before == {child}
    recogniser.close()
    assert _children() <= before


@pytest.mark.skipif(sys.platform != "linux", reason="the allocator is glibc's")
def test_its_memory_does_not_grow_with_what_it_has_heard() -> None:
    """What finding voices in a block took is given back, block after block, however long each one is."""
    recogniser, before = _troubled("Listening"), _children()
    noise = np.random.default_rng(1).integers(-9000, 9000, 200 * RATE).astype(np.int16)
    lengths = np.random.default_rng(2).integers(60 * RATE, 200 * RATE, 8)
    assert recogniser.version
    (child,) = _children() - before
    bare = child.memory_info().rss
    for length in lengths:
        _hear(recogniser, noise[:length])
    _until(lambda: child.memory_info().rss < bare + 80 * 2**20)  # 200 MiB and more if holes are left
    recogniser.close()


def test_nothing_of_the_talk_stands_in_arguments_or_environment() -> None:
    """Anyone on the machine can list them."""
    recogniser, before = ProcessRecogniser(SCRIPTED), _children()
    _hear(recogniser)
    (child,) = _children() - before
    shown = " ".join(child.cmdline())
    recogniser.close()
    assert "Malik" not in shown
    assert "ScriptedRecogniser" not in shown


def test_it_gets_no_passphrase_and_computes_as_it_would_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the environment only what steers numeric libraries: another kernel hears other words."""
    monkeypatch.setenv("HUISCLOS_PASSPHRASE", "lanterne gruau parvis mouette")
    monkeypatch.setenv("OPENBLAS_CORETYPE", os.environ.get("OPENBLAS_CORETYPE", "Haswell"))
    recogniser = _troubled("Telling")
    names = set(recogniser.version.split())
    recogniser.close()
    assert "OPENBLAS_CORETYPE" in names
    assert not any(name.startswith("HUISCLOS") for name in names)
    assert "HOME" not in names


@pytest.mark.skipif(sys.platform != "linux", reason="the state of a killed process is read from /proc")
def test_it_does_not_outlive_its_parent(tmp_path: Path) -> None:
    """Killed with no time for anything, the parent takes the process along, in the middle of its work."""
    mark = tmp_path / "pid"
    owner = subprocess.Popen([sys.executable, "-c", OWNER, str(mark)], cwd=factory.ROOT)
    try:
        _until(lambda: mark.exists() and bool(mark.read_text()))
        child = psutil.Process(int(mark.read_text()))
        os.kill(owner.pid, signal.SIGKILL)
        owner.wait()
        _until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)
    finally:
        owner.kill()


def test_one_at_a_time_unless_more_are_allowed(tmp_path: Path) -> None:
    """The second is refused as long as the first has its process, and is let in afterwards."""

    def admitted(count: int) -> ProcessRecogniser:
        return ProcessRecogniser(SCRIPTED, admission=lambda: place(tmp_path / "places", "transcription", count))

    first, second, third = admitted(1), admitted(1), admitted(2)
    assert first.version
    with pytest.raises(BusyError):
        assert second.version
    assert third.version
    first.close()
    assert _hear(second)
    for each in (second, third):
        each.close()


def test_how_many_at_a_time_is_a_setting_that_reaches_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the environment to the model: the version of its process says so, and so the blocks and the transcript."""
    monkeypatch.setenv("HUISCLOS_SPEECH__STRETCHES", "4")
    monkeypatch.setenv("HUISCLOS_SPEECH__AT_ONCE", "9")  # whoever else transcribes on this machine
    built = factory.copied(tmp_path / "home")
    with open_services(built.settings, factory.PASSPHRASE) as services:
        assert " stretches=4 " in services.recogniser.version


@pytest.mark.nightly
def test_whisper_hears_the_same_in_a_process(whisper: WhisperRecogniser, short: Samples) -> None:
    """The process changes nothing: words, times, chances and version."""
    apart = ProcessRecogniser(whisper_recipe(model_directory("base", default_cache()), 2))
    told: list[float] = []
    here = whisper.recognise(short, language="fr", hotwords=("Malik Benali",), on_progress=lambda _: None)
    there = apart.recognise(short, language="fr", hotwords=("Malik Benali",), on_progress=told.append)
    assert there == here
    assert apart.version == whisper.version
    assert told[-1] == 1.0
    apart.close()


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)
