"""whisper.cpp in an environment of its own, on our weights: what it hears, and how fast.

Its environment lies under .venv-peers/whisper-cpp, with pywhispercpp pinned; the converted weights beside it. The
recording is decoded for it before the clock starts. PeerError says what could not be installed or run.
"""

import json
import os
import subprocess
import tempfile
import venv
import wave
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.whisper_cpp.convert import convert
from speech.models import default_cache, model_digest, model_directory
from speech.recording import RATE, Limits, decode

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / ".venv-peers" / "whisper-cpp"
REQUIREMENT = "pywhispercpp==1.5.1"
ADAPTER = Path(__file__).with_name("adapter.py")
HOURS = 6
MINUTES = 60


class PeerError(Exception):
    """whisper.cpp could not be installed or run."""


def whisper_cpp(order: dict[str, Any]) -> dict[str, Any]:
    """Answer an order as benchmarks/speech_systems.py does."""
    python = _installed()
    weights = _weights(order["model"])
    with tempfile.TemporaryDirectory() as folder:
        sound = Path(folder) / "sound.wav"
        with Path(order["sound"]).open("rb") as source:
            samples, _ = decode(source, Limits(seconds=HOURS * 3600))
        with wave.open(str(sound), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(RATE)
            out.writeframes(samples.tobytes())
        path = Path(folder) / "order.json"
        asked = {
            "sound": str(sound),
            "model": str(weights),
            "prompt": ", ".join(order["names"][:60]),
            "out": order["out"],
        }
        path.write_text(json.dumps({**asked, "threads": order["threads"] or 4}), encoding="utf-8")
        _run([str(python), str(ADAPTER), str(path)], "running")
    answer: dict[str, Any] = json.loads(Path(order["out"]).read_text(encoding="utf-8"))
    return answer


def _installed() -> Path:
    python, ready = HOME / "bin" / "python", HOME / "ready"
    if not ready.exists() or ready.read_text(encoding="utf-8") != REQUIREMENT:
        venv.create(HOME, with_pip=True, clear=True)
        _run([str(python), "-m", "pip", "install", "--quiet", REQUIREMENT], "installing")
        ready.write_text(REQUIREMENT, encoding="utf-8")
    return python


def _weights(model: str) -> Path:
    directory = model_directory(model, default_cache())
    path = HOME / f"{model_digest(directory)[:12]}-q8_0.bin"
    if not path.exists():
        made = path.with_suffix(".part")
        convert(directory, made)
        made.rename(path)
    return path


def _run(command: Sequence[str], what: str) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=60 * MINUTES,
            env=kept,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PeerError(f"{what} failed: {type(error).__name__}") from error
    if done.returncode:
        raise PeerError(f"{what} failed: {(done.stderr.strip() or 'nothing said').splitlines()[-1][:200]}")
