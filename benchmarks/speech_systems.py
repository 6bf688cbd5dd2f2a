"""One transcription by one system, in a process of its own: what was heard, how long it took, what it took of memory.

    python -m benchmarks.speech_systems ORDER.json

ORDER.json has ``system``, ``sound``, ``names`` (hot words), ``speakers``, ``out``. The answer is written to ``out``:
``turns`` (speaker, start, end, text), ``seconds`` and ``processor`` (the model loaded before the clock starts),
``memory`` (the largest resident size of the process and those it started, in MiB, sampled every tenth of a second).

Systems:

* ``ours``: a home is made; the recording is received and sealed, transcribed block by block, its speakers told apart,
  the transcript sealed, all of it logged;
* ``ours4``, ``ours8``: the same, with four or eight stretches decoded at a time (``speech.stretches``);
* ``bare``: faster-whisper as its own page shows it (beam of 5, VAD, word times), the same model in int8, no previous
  text, the same hot words, decoding the same file;
* ``batched``: the same through its BatchedInferencePipeline, eight stretches at a time.
"""

import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from speech.models import default_cache, model_directory

ROOT = Path(__file__).resolve().parent.parent
BATCH = 8
OURS = {"ours": 1, "ours4": 4, "ours8": 8}
Turns = list[dict[str, Any]]
Clock = Callable[[], None]


def ours(order: dict[str, Any], start: Clock, stop: Clock) -> Turns:
    """Through the steps, in a home of its own."""
    os.environ["HUISCLOS_INTAKE__SETTLE_SECONDS"] = "0"
    os.environ["HUISCLOS_SPEECH__AT_ONCE"] = "64"
    os.environ["HUISCLOS_SPEECH__MODEL"] = order["model"]
    os.environ["HUISCLOS_SPEECH__THREADS"] = str(order["threads"])
    os.environ["HUISCLOS_SPEECH__STRETCHES"] = str(OURS[order["system"]])
    from flows.steps import workshops
    from flows.steps.arrival import receive
    from flows.steps.drafting.draft import open_transcript
    from flows.steps.hearing import transcribe
    from infra.home import create_home
    from infra.settings import Keys, load_settings
    from infra.wiring import open_services
    from vocabulary.ids import SessionName

    passphrase = "bateau-lisière-tambour-ortie"
    with tempfile.TemporaryDirectory() as folder:
        home, dossier = Path(folder) / "home", Path(folder) / "seance1.toml"
        dossier.write_text(_dossier(order), encoding="utf-8")
        create_home(home, passphrase, keys=Keys(memory_kib=8, passes=1, lanes=1), accept_place=True)
        with open_services(load_settings(home), passphrase) as services:
            workshops.add(services, "mesure", ROOT / "policies" / "samples" / "demo.yaml")
            transcribe.names_to_hear = lambda *_: list(order["names"])  # those of the bare one, and no participant
            _ = services.recogniser.version  # loads the model
            name = SessionName("mesure", 1)
            start()
            receive.submit(services, [Path(order["sound"])], name, dossier)
            session = services.archive.catalog.session(name)
            transcribe.withhold(services, session.id)
            transcribe.transcribe(services, session.id)
            stop()
            transcript = open_transcript(services, services.archive.catalog.session(name))
    return [
        {"speaker": turn.speaker, "start": turn.start, "end": turn.end, "text": turn.text.reveal()}
        for turn in transcript.turns
    ]


def bare(order: dict[str, Any], start: Clock, stop: Clock) -> Turns:
    """faster-whisper alone."""
    from faster_whisper import BatchedInferencePipeline, WhisperModel

    directory = model_directory(order["model"], default_cache())
    model = WhisperModel(str(directory), device="cpu", compute_type="int8", cpu_threads=order["threads"])
    options: dict[str, Any] = {
        "language": "fr",
        "beam_size": 5,
        "vad_filter": True,
        "word_timestamps": True,
        "hotwords": ", ".join(order["names"][:60]) or None,
        "condition_on_previous_text": False,
    }
    start()
    if order["system"] == "batched":
        segments, _ = BatchedInferencePipeline(model).transcribe(order["sound"], batch_size=BATCH, **options)
    else:
        segments, _ = model.transcribe(order["sound"], **options)
    turns = [{"speaker": "S1", "start": one.start, "end": one.end, "text": one.text} for one in segments]
    stop()
    return turns


SYSTEMS: dict[str, Callable[[dict[str, Any], Clock, Clock], Turns]] = {
    **dict.fromkeys(OURS, ours),
    "bare": bare,
    "batched": bare,
}


def main() -> None:
    """Run one order."""
    order = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    process = psutil.Process()
    largest, ended = [0], threading.Event()

    def watch() -> None:
        while not ended.wait(0.1):
            largest[0] = max(largest[0], sum(map(_resident, _family(process))))

    times: list[tuple[float, float]] = []

    def clock() -> None:
        times.append((time.perf_counter(), sum(map(_processor, _family(process)))))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    turns = SYSTEMS[order["system"]](order, clock, clock)
    ended.set()
    watcher.join()
    (began, spent), (done, used) = times
    answer = {"turns": turns, "seconds": done - began, "processor": used - spent, "memory": largest[0] / 2**20}
    Path(order["out"]).write_text(json.dumps(answer), encoding="utf-8")


def _dossier(order: dict[str, Any]) -> str:
    lines = ['format = "huisclos-session/1"', "[session]", "number = 1", 'language = "fr"']
    if order["speakers"]:
        lines.append(f"speakers = {order['speakers']}")
    lines += ["[[participant]]", 'name = "Mesure"', 'role = "x"', 'institution = "x"', 'form = "F-1"']
    lines.append('agrees = ["recording", "return", "research"]')
    return "\n".join(lines) + "\n"


def _family(process: psutil.Process) -> list[psutil.Process]:
    try:
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return [process]


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def _processor(process: psutil.Process) -> float:
    try:
        spent = process.cpu_times()
    except psutil.Error:
        return 0.0
    return float(spent.user + spent.system + spent.children_user + spent.children_system)


if __name__ == "__main__":
    main()
