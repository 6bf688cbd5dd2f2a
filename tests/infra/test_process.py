"""Locks end with their process; quiet silences descriptors and streams alike."""

import logging
import multiprocessing
import os
import signal
import sys
from pathlib import Path

import pytest

from infra.logging import configure, drop_unlisted
from infra.process import is_locked, lock, quiet
from vocabulary.errors import BusyError


def _hold(home: Path, ready) -> None:  # type: ignore[no-untyped-def]
    with lock(home, "run"):
        ready.set()
        signal.pause()


def test_a_second_holder_is_refused_at_once_and_a_killed_one_leaves_no_lock(tmp_path: Path) -> None:
    """kill -9 frees what the process held."""
    ready = multiprocessing.get_context("spawn").Event()
    child = multiprocessing.get_context("spawn").Process(target=_hold, args=(tmp_path, ready))
    child.start()
    assert ready.wait(20)
    with pytest.raises(BusyError), lock(tmp_path, "run"):
        raise AssertionError("two holders")
    assert is_locked(tmp_path, "run")
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    child.join()
    with lock(tmp_path, "run"):
        assert True
    assert not is_locked(tmp_path, "run")


def test_quiet_silences_python_streams_and_raw_descriptors(capfd: pytest.CaptureFixture[str]) -> None:
    """A library may print, log or write to descriptor 2: none of it arrives."""
    with quiet():
        print("Zorbekian")
        print("Zorbekian", file=sys.stderr)
        os.write(1, b"Zorbekian")
        os.write(2, b"Zorbekian")
    print("after")
    out, err = capfd.readouterr()
    assert "Zorbekian" not in out + err
    assert out == "after\n"


def test_log_fields_that_are_not_on_the_list_are_dropped() -> None:
    """A field named ``text`` never passes, whatever it holds."""
    assert drop_unlisted(None, "info", {"event": "drafted", "text": "Zorbekian", "count": 3}) == {
        "event": "drafted",
        "count": 3,
    }


def test_third_party_loggers_keep_their_level_and_name_only(capfd: pytest.CaptureFixture[str]) -> None:
    """Their messages quote what they work on."""
    before = logging.getLogger().handlers[:], logging.getLogger().level
    try:
        configure()
        logging.getLogger("faster_whisper").error("cannot decode %s", "Zorbekian")
    finally:
        logging.getLogger().handlers[:], _ = before[0], logging.getLogger().setLevel(before[1])
    err = capfd.readouterr().err
    assert "faster_whisper" in err
    assert "Zorbekian" not in err
