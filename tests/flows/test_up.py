"""`up` ends when it is asked to, whatever it is doing, and leaves nothing running."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from flows import plain
from flows.server import prefect_server
from infra.settings import Server, Settings
from tests import factory
from vocabulary.choices import SessionState
from vocabulary.errors import ResourceError

BUSY = """
import sys, time
from pathlib import Path
from flows.up import up
from tests import factory
from tests.fakes.scripted_recogniser import ScriptedRecogniser

def recognise(*args, **options):
    Path(sys.argv[2]).write_text("begun")
    time.sleep(120)

ScriptedRecogniser.recognise = recognise
home = factory.Built(Path(sys.argv[1]))
with home.open() as services:
    up(home.settings, services, lambda message, facts: None)
"""


def test_up_ends_within_ten_seconds_in_the_middle_of_a_step_and_the_next_run_finishes(tmp_path: Path) -> None:
    """With its children; the session is where it was."""
    home = factory.copied(tmp_path / "home", SessionState.RECEIVED)
    mark = tmp_path / "mark"
    process = subprocess.Popen([sys.executable, "-c", BUSY, str(home.path), str(mark)], cwd=factory.ROOT)
    try:
        deadline = time.monotonic() + 120
        while not mark.exists() and time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.1)
        assert mark.exists()
        children = psutil.Process(process.pid).children(recursive=True)
        assert children
        process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        assert process.wait(20) == 0
        assert time.monotonic() - began < 10
        assert psutil.wait_procs(children, timeout=1)[1] == []
    finally:
        process.kill()
    with home.open() as services:
        plain.run(services)
        assert services.archive.catalog.session(factory.SESSION).state == SessionState.IN_REVIEW


def test_a_port_that_is_taken_is_said_with_the_setting_that_names_it(tmp_path: Path) -> None:
    """Exit 10, not a fault."""
    (tmp_path / "prefect").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = Settings(home=tmp_path, server=Server(port=taken.getsockname()[1]))
        with pytest.raises(ResourceError) as raised, prefect_server(settings):
            os.abort()
    assert raised.value.place == "server.port"
