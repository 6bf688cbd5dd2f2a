"""Makes spoken sessions of documents of the gold corpora, to measure what the recogniser makes of the names in them.

    python benchmarks/spoken_sessions.py FOLDER benchmarks/corpus/gold.jsonl dev01 dev05

It runs in the environment of demo/make_recording.py (demo/README.md), whose voices and room it uses, and needs no
other part of the program. It writes ``FOLDER/ID.wav``; audio is not shipped. `python -m benchmarks.misheard` reads it.
"""

import argparse
import json
import os
import re
import sys
import wave
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "demo"))

import make_recording  # noqa: E402 (it stands in demo/, and is no package)

_NOT_SPOKEN = re.compile(r"[«»\"“”()\[\]…*_]+")


def dialogue_of(document: dict[str, Any]) -> make_recording.Dialogue:
    """Give each speaker of a document a voice; turns of nothing but signs are left out."""
    voices = list(make_recording.VOICES)
    given: dict[str, str] = {}
    lines = []
    for turn in document["turns"]:
        text = document["text"][turn["start"] : turn["end"]]
        spoken = " ".join(_NOT_SPOKEN.sub(" ", text).split())
        if not re.search(r"[^\W_]", spoken):
            continue
        given.setdefault(turn["speaker"], voices[len(given) % len(voices)])
        lines.append(make_recording.Line(turn["speaker"], text, (), ((0.0, spoken),)))
    return make_recording.Dialogue({}, given, tuple(lines))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("documents", nargs="+")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    for row in options.corpus.read_text(encoding="utf-8").splitlines():
        document = json.loads(row)
        if document["id"] in options.documents:
            samples, _ = make_recording.perform(dialogue_of(document))
            pcm = np.round(samples * 32767).astype("<i2")
            with wave.open(str(options.folder / f"{document['id']}.wav"), "wb") as out:
                out.setnchannels(1)
                out.setsampwidth(2)
                out.setframerate(make_recording.RATE)
                out.writeframes(pcm.tobytes())
            print(f"{document['id']}: {len(samples) / make_recording.RATE / 60:.1f} min", flush=True)


if __name__ == "__main__":
    if any(os.environ.get(key) != value for key, value in make_recording.ZEROED_MEMORY.items()):
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **make_recording.ZEROED_MEMORY})
    main()
