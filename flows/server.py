"""The Prefect server of one home: a child on loopback, with a new API auth string at each start.

It listens on a socket opened here, so no other process can take its port; it dies with this process, even
when this one is killed; its database and files lie in HOME/prefect. It is given no key and no passphrase.
"""

import base64
import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from infra.process import die_with_parent
from infra.settings import Settings
from vocabulary.errors import ResourceError
from vocabulary.messages import N_

ENVIRONMENT = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
    "PREFECT_TELEMETRY_ENABLE_RESOURCE_METRICS": "false",
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
    "PREFECT_LOGGING_LOG_PRINTS": "false",
    "PREFECT_LOGGING_EXTRA_LOGGERS": "",
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
    "PREFECT_TASKS_DEFAULT_PERSIST_RESULT": "false",
    "PREFECT_SERVER_EPHEMERAL_ENABLED": "false",
    "PREFECT_SERVER_CSRF_PROTECTION_ENABLED": "true",
    "PREFECT_SERVER_UI_ENABLED": "false",
    "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": "http://127.0.0.1",
    "PREFECT_CLIENT_CSRF_SUPPORT_ENABLED": "true",
}
_running: set[subprocess.Popen[bytes]] = set()
_INHERITED = ("PATH", "HOME", "LANG", "TZ", "VIRTUAL_ENV", "TMPDIR", "SYSTEMROOT")


@contextlib.contextmanager
def prefect_server(settings: Settings) -> Iterator[str]:
    """Run the server while the context lasts and point this process's Prefect at it; yield its address.

    Must be entered before Prefect is first imported. ResourceError when its port is taken or it does not start
    in time.
    """
    listener = _listen(settings.server.port)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}/api"
    auth = f"huisclos:{secrets.token_urlsafe(32)}"
    home = settings.home / "prefect"
    child = _start(listener, home, auth)
    listener.close()
    _running.add(child)
    try:
        _wait(child, address, auth, settings.server.start_seconds)
        with _client_environment(home, address, auth):
            yield address
    finally:
        stop(child, 5.0)
        _running.discard(child)


def stop_all() -> None:
    """Kill every server of this process at once, for an end that cannot wait."""
    for child in tuple(_running):
        stop(child, 0.5)


def stop(child: subprocess.Popen[bytes], seconds: float) -> None:
    """End the child's process group: asked first, killed after ``seconds``."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGTERM)
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _listen(port: int) -> socket.socket:
    try:
        return socket.create_server(("127.0.0.1", port))
    except OSError as error:
        message = N_(
            "Port {port} of this machine cannot be had ({problem}). Name another in server.port, or 0 for any."
        )
        raise ResourceError(message, place="server.port", port=port, problem=error.strerror) from None


def _start(listener: socket.socket, home: Path, auth: str) -> subprocess.Popen[bytes]:
    environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    environment |= ENVIRONMENT | {"PREFECT_HOME": str(home), "PREFECT_SERVER_API_AUTH_STRING": auth}
    command = [sys.executable, "-m", "uvicorn", "--factory", "prefect.server.api.server:create_app"]
    command += ["--fd", str(listener.fileno()), "--log-level", "critical", "--no-access-log"]
    return subprocess.Popen(
        command,
        env=environment,
        cwd=home,
        pass_fds=[listener.fileno()],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=die_with_parent,
    )


def _wait(child: subprocess.Popen[bytes], address: str, auth: str, seconds: float) -> None:
    request = urllib.request.Request(f"{address}/health")  # noqa: S310 (our own loopback address)
    request.add_header("Authorization", "Basic " + base64.b64encode(auth.encode()).decode())
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and child.poll() is None:
        try:
            with urllib.request.urlopen(request, timeout=2) as answer:  # noqa: S310
                if answer.status == 200:
                    return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.1)
    raise ResourceError(N_("The Prefect server did not start within {seconds} seconds."), seconds=int(seconds))


@contextlib.contextmanager
def _client_environment(home: Path, address: str, auth: str) -> Iterator[None]:
    ours = ENVIRONMENT | {"PREFECT_HOME": str(home), "PREFECT_API_URL": address, "PREFECT_API_AUTH_STRING": auth}
    before = {name: os.environ.get(name) for name in ours}
    os.environ.update(ours)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
