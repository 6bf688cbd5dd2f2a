"""Makes the demo recording, its reference and its gold identifiers from a tagged dialogue.

    python make_recording.py dialogue.txt seance1.ogg
    python make_recording.py ../tests/data/dialogue.txt ../tests/data/short.ogg

Rules this script keeps:

* One offline voice (SVOX Pico through py-nanotts) becomes several: the engine speaks at another pitch and
  pace, and resampling then moves pitch and formants together and restores the pace.
* The same dialogue and the same locked packages give the same bytes. Pico reads memory that it never
  wrote, so the script starts itself again with an allocator that hands out zeroed memory (glibc).
* A dialogue is a header of ``# key: value`` lines, then one turn a line, ``S2: text``. In the text,
  ``[[surface|LABEL|cluster]]`` tags an identifier, ``{written|spoken}`` is written one way and spoken
  another, ``<0.6>`` is a pause in seconds.

It writes the recording (Opus, mono) and beside it reference.json (turns with speaker, start, end in seconds,
text) and gold.jsonl (one document: the text of all turns, the identifiers as code point offsets into it).
"""

import argparse
import json
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import py_nanotts
from scipy.signal import fftconvolve, resample_poly

RATE = 16000
BIT_RATE = 24000
SEED = 20260314
ZEROED_MEMORY = {"MALLOC_PERTURB_": "255", "PYTHONHASHSEED": "0"}

Samples = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Voice:
    """``pitch`` and ``pace`` are the engine's; ``shift`` is the resampling ratio; ``level`` the loudness."""

    pitch: float
    shift: tuple[int, int]
    pace: float
    level: float


VOICES = {
    "alice": Voice(pitch=1.00, shift=(100, 100), pace=1.06, level=1.0),
    "malik": Voice(pitch=0.66, shift=(88, 100), pace=1.06, level=0.95),
    "sandrine": Voice(pitch=1.28, shift=(105, 100), pace=1.04, level=0.9),
    "fabien": Voice(pitch=0.82, shift=(82, 100), pace=1.04, level=0.95),
    "nadia": Voice(pitch=1.05, shift=(114, 100), pace=1.05, level=0.9),
    "patrick": Voice(pitch=0.60, shift=(94, 100), pace=1.02, level=0.95),
}

_TAG = re.compile(r"\[\[(.+?)\|([A-Z]+)\|([a-z]+[0-9]+)\]\]")
_TWO_WAYS = re.compile(r"\{([^|{}]+)\|([^|{}]+)\}")
_PAUSE = re.compile(r"<([0-9.]+)>")


@dataclass(frozen=True)
class Mention:
    """An identifier in the written text of one turn, half-open code point offsets."""

    start: int
    end: int
    label: str
    cluster: str


@dataclass(frozen=True)
class Line:
    """One turn: as written, its mentions, and as spoken (a pause before each stretch)."""

    speaker: str
    written: str
    mentions: tuple[Mention, ...]
    spoken: tuple[tuple[float, str], ...]


@dataclass(frozen=True)
class Dialogue:
    header: dict[str, str]
    voices: dict[str, str]
    lines: tuple[Line, ...]


def parse_line(text: str) -> Line:
    """Read ``S2: tagged text``; ValueError names what is wrong."""
    match = re.fullmatch(r"(S[0-9]+): (.+)", text)
    if match is None:
        raise ValueError(f"not a turn: {text[:40]!r}")
    speaker, tagged = match[1], match[2]
    untagged = _TAG.sub(lambda tag: tag[1], tagged)
    aloud = _TWO_WAYS.sub(lambda pair: pair[2], untagged)
    pieces = _PAUSE.split(aloud)
    spoken = [(0.0, pieces[0]), *((float(p), t) for p, t in zip(pieces[1::2], pieces[2::2], strict=True))]
    source = re.sub(r"<[0-9.]+> ?", "", _TWO_WAYS.sub(lambda pair: pair[1], tagged))
    written, mentions, at = "", [], 0
    for tag in _TAG.finditer(source):
        written += source[at : tag.start()]
        mentions.append(Mention(len(written), len(written) + len(tag[1]), tag[2], tag[3]))
        written += tag[1]
        at = tag.end()
    written += source[at:]
    return Line(speaker, written, tuple(mentions), tuple((p, t.strip()) for p, t in spoken if t.strip()))


def parse_dialogue(text: str) -> Dialogue:
    header: dict[str, str] = {}
    voices: dict[str, str] = {}
    lines = []
    for row in filter(None, map(str.strip, text.splitlines())):
        if row.startswith("#"):
            key, _, value = row[1:].partition(":")
            if key.strip() == "voice":
                speaker, voice, _name = (part.strip() for part in value.split("|"))
                voices[speaker] = voice
            else:
                header[key.strip()] = value.strip()
        else:
            lines.append(parse_line(row))
    return Dialogue(header, voices, tuple(lines))


def trim(samples: Samples) -> Samples:
    """Cut the silence the engine puts before and after."""
    loud = np.flatnonzero(np.convolve(np.abs(samples), np.ones(160) / 160, "same") > 0.004)
    return samples[max(0, loud[0] - 320) : loud[-1] + 800]


def say(engine: py_nanotts.NanoTTS, text: str, voice: Voice) -> Samples:
    """Speak ``text`` as ``voice``: float samples at 16 kHz, full scale 1."""
    up, down = voice.shift
    ratio = up / down
    raw = engine.speak(text, voice="fr-FR", pitch=voice.pitch / ratio**0.4, speed=voice.pace / ratio)
    samples = trim(np.frombuffer(raw, dtype="<i2").astype(np.float64) / 32768)
    if up != down:
        samples = resample_poly(samples, down, up)
    return samples / np.sqrt(np.mean(samples**2)) * 0.06 * voice.level


def perform(dialogue: Dialogue) -> tuple[Samples, list[tuple[float, float]]]:
    """Speak every line in turn; the whole recording and each line's (start, end) in seconds."""
    engine = py_nanotts.NanoTTS()
    chance = np.random.default_rng(SEED)
    placed: list[tuple[int, Samples]] = []
    times = []
    at = 0.5
    for line in dialogue.lines:
        voice = VOICES[dialogue.voices[line.speaker]]
        at += float(chance.uniform(0.25, 0.7))
        start = None
        for pause, text in line.spoken:
            at += pause
            samples = say(engine, text, voice)
            start = at if start is None else start
            placed.append((int(at * RATE), samples))
            at += len(samples) / RATE
        assert start is not None
        times.append((start, at))
    mix = np.zeros(int((at + 0.6) * RATE))
    for where, samples in placed:
        mix[where : where + len(samples)] += samples
    return in_a_room(mix, chance), times


def in_a_room(dry: Samples, chance: np.random.Generator) -> Samples:
    """Add a short reverberation and the murmur of a room; peak at 0.9."""
    length = int(0.15 * RATE)
    echo = chance.standard_normal(length) * np.exp(-np.arange(length) / (0.04 * RATE))
    echo *= 0.08 / np.sqrt((echo**2).sum())
    echo[0] += 1
    spectrum = np.fft.rfft(chance.standard_normal(len(dry)))
    spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 50))
    murmur = np.fft.irfft(spectrum, len(dry))
    wet = fftconvolve(dry, echo)[: len(dry)] + murmur * (0.001 / np.std(murmur))
    loudest: float = np.abs(wet).max()
    return wet * (0.9 / loudest)


def write_opus(samples: Samples, path: Path) -> None:
    """Write mono Opus in Ogg; the stream's serial number and tags are fixed, so the bytes are too."""
    with av.open(str(path), "w", format="ogg", options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream("libopus", rate=RATE, options={"application": "voip"})
        stream.bit_rate = BIT_RATE
        stream.layout = "mono"
        stream.codec_context.flags |= av.codec.context.Flags.bitexact
        pcm = np.round(samples * 32767).astype(np.int16)
        for start in range(0, len(pcm), RATE):
            frame = av.AudioFrame.from_ndarray(pcm[None, start : start + RATE], format="s16", layout="mono")
            frame.rate = RATE
            frame.pts = start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def reference(dialogue: Dialogue, times: list[tuple[float, float]], duration: float) -> dict[str, object]:
    turns = [
        {"speaker": line.speaker, "start": round(start, 3), "end": round(end, 3), "text": line.written}
        for line, (start, end) in zip(dialogue.lines, times, strict=True)
    ]
    return {"duration": round(duration, 3), "language": "fr", "turns": turns}


def gold(dialogue: Dialogue) -> dict[str, object]:
    """The document with its identifiers; turns are joined by a line feed, each with its ``S1: `` prefix."""
    text, turns, entities = "", [], []
    for line in dialogue.lines:
        text += ("\n" if text else "") + f"{line.speaker}: "
        begin = len(text)
        text += line.written
        turns.append({"speaker": line.speaker, "start": begin, "end": len(text)})
        for m in line.mentions:
            start, end = begin + m.start, begin + m.end
            entities.append(
                {"start": start, "end": end, "text": text[start:end], "label": m.label, "cluster": m.cluster}
            )
    head = {
        "id": dialogue.header["id"],
        "group": dialogue.header["group"],
        "session": int(dialogue.header["session"]),
    }
    return {**head, "text": text, "turns": turns, "entities": entities}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("dialogue", type=Path)
    parser.add_argument("recording", type=Path)
    options = parser.parse_args()
    dialogue = parse_dialogue(options.dialogue.read_text(encoding="utf-8"))
    samples, times = perform(dialogue)
    write_opus(samples, options.recording)
    spoken = json.dumps(reference(dialogue, times, len(samples) / RATE), ensure_ascii=False, indent=1)
    marked = json.dumps(gold(dialogue), ensure_ascii=False)
    (options.recording.parent / "reference.json").write_text(spoken + "\n", encoding="utf-8")
    (options.recording.parent / "gold.jsonl").write_text(marked + "\n", encoding="utf-8")


if __name__ == "__main__":
    if any(os.environ.get(key) != value for key, value in ZEROED_MEMORY.items()):
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **ZEROED_MEMORY})
    main()
