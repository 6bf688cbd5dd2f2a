"""Runs in whisper.cpp's own environment: an order in (JSON), what was heard out. See peer.py."""

import json
import resource
import sys
import time
from pathlib import Path

from pywhispercpp.model import Model

order = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
model = Model(
    order["model"],
    params_sampling_strategy=1,  # beam search, as faster-whisper
    redirect_whispercpp_logs_to=None,
    n_threads=order["threads"],
    language="fr",
    print_progress=False,
    print_realtime=False,
    beam_search={"beam_size": 5, "patience": -1.0},
    no_context=True,
    initial_prompt=order["prompt"],
)
began, spent = time.perf_counter(), time.process_time()
segments = model.transcribe(order["sound"])
seconds, processor = time.perf_counter() - began, time.process_time() - spent
turns = [{"speaker": "S1", "start": one.t0 / 100, "end": one.t1 / 100, "text": one.text} for one in segments]
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
answer = {"turns": turns, "seconds": seconds, "processor": processor, "memory": memory}
Path(order["out"]).write_text(json.dumps(answer), encoding="utf-8")
