"""Recognition measured: words, names, speakers, speed and memory; ours beside bare faster-whisper and whisper.cpp.

    python -m benchmarks.speech                          the demonstration recording, as it is and in other rooms
    python -m benchmarks.speech --data FOLDER            recordings of your own (benchmarks/speech_pieces.py)
    python -m benchmarks.speech --ratio                  speed on ten minutes, systems in turn
    python -m benchmarks.speech --length 5,20,60,180     ours alone, on so many minutes

What is measured is in benchmarks/speech_measures.py, the systems are in benchmarks/speech_systems.py, the rooms and the
long recordings in benchmarks/speech_rooms.py. Every transcription runs in a process of its own. Each measurement is
added to the results file as soon as it is done, one JSON object a line, with the machine and the date; text is not
kept. ``--names`` says whether names are given as hot words: yes, no, or both.

Where systems are compared in speed they take turns on the same piece, and the ratio is that of the medians; the load of
the machine at each start stands beside it. Other work on the machine makes times longer, and ratios less so.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import av
import numpy as np

from benchmarks.machine import machine, today
from benchmarks.speech_measures import (
    Said,
    diarization_errors,
    name_recall,
    speaker_word_errors,
    word_errors,
)
from benchmarks.speech_pieces import ROOT, Piece, PieceError, demo, read_folder
from benchmarks.speech_rooms import RATE, ROOMS, Samples, in_room, lengthened
from benchmarks.speech_systems import OURS, SYSTEMS
from benchmarks.tables import grid
from benchmarks.whisper_cpp.peer import PeerError, whisper_cpp
from speech.casing import is_bare
from speech.recording import Limits, decode

RESULTS = ROOT / ".speech" / "results.jsonl"
HOURS = 6
RATIO_SECONDS = 600.0
PEERS = (*SYSTEMS, "whisper.cpp")
SPEAKING = tuple(OURS)
"""Systems that say who speaks."""


def measured(piece: Piece, system: str, arguments: argparse.Namespace, *, names: bool) -> dict[str, Any]:
    """Transcribe a piece with one system and measure; the row is added to the results before it is returned."""
    with tempfile.TemporaryDirectory() as folder:
        order = {
            "system": system,
            "sound": str(piece.sound.resolve()),
            "names": list(piece.names) if names else [],
            "speakers": piece.speakers,
            "model": arguments.model,
            "threads": arguments.threads,
            "out": str(Path(folder) / "answer.json"),
        }
        load = os.getloadavg()[0]
        answer = whisper_cpp(order) if system == "whisper.cpp" else _run(order, Path(folder))
    length = _length(piece.sound)
    heard = [Said(one["speaker"], one["start"], one["end"], one["text"]) for one in answer["turns"]]
    text = " ".join(one.text for one in heard)
    row: dict[str, Any] = {
        "piece": piece.name,
        "system": system,
        "names_given": names,
        "seconds": round(length, 1),
        "words": asdict(word_errors(piece.text, text)),
        "names": asdict(name_recall(piece.text, text, piece.names)) if piece.names else None,
        "bare": is_bare(text.split()),
        "rtf": answer["seconds"] / length,
        "processor": answer["processor"] / length if answer["processor"] else None,
        "memory_mib": round(answer["memory"]) if answer["memory"] else None,
        "load": round(load, 1),
        "machine": machine(),
        "date": today(),
    }
    if piece.said and system in SPEAKING:
        row["diarization"] = asdict(diarization_errors(piece.said, heard))
        row["diarization_no_collar"] = asdict(diarization_errors(piece.said, heard, collar=0.0))
        if piece.tells_words_by_speaker:
            row["by_speaker"] = asdict(speaker_word_errors(piece.said, heard))
    arguments.results.parent.mkdir(parents=True, exist_ok=True)
    with arguments.results.open("a", encoding="utf-8") as out:
        out.write(json.dumps(row) + "\n")
    print(line(row), flush=True)
    return row


def line(row: dict[str, Any]) -> str:
    """One measurement on one line."""
    found = [f"WER {_percent(_wrong(row['words']), row['words']['words'])}"]
    if row["names"]:
        names = row["names"]
        found.append(
            f"names {names['forms_right']}/{names['forms']}, mentions {names['mentions_right']}/{names['mentions']}"
        )
        found.append(f"invented {names['invented']}")
    if "diarization" in row:
        errors = row["diarization"]
        found.append(f"DER {_percent(errors['missed'] + errors['false_alarm'] + errors['confused'], errors['speech'])}")
    if "by_speaker" in row:
        found.append(f"cpWER {_percent(_wrong(row['by_speaker']), row['by_speaker']['words'])}")
    found.append(f"RTF {row['rtf']:.3f}")
    found.append(f"{row['memory_mib'] or '-'} MiB")
    found.append(f"load {row['load']}" + (", bare" if row["bare"] else ""))
    given = "with names" if row["names_given"] else "without names"
    return f"{row['piece']}, {row['system']}, {given}: " + ", ".join(found)


def table(rows: Sequence[dict[str, Any]]) -> str:
    """All measurements as a table."""
    head = [
        "recording",
        "system",
        "hot words",
        "WER",
        "names right",
        "mentions right",
        "invented",
        "DER",
        "cpWER",
        "RTF",
        "MiB",
    ]
    return grid(head, [_cells(row) for row in rows])


def _cells(row: dict[str, Any]) -> list[str]:
    names, errors, spoken = row["names"], row.get("diarization"), row.get("by_speaker")
    return [
        row["piece"],
        row["system"],
        "yes" if row["names_given"] else "no",
        _percent(_wrong(row["words"]), row["words"]["words"]),
        f"{names['forms_right']} of {names['forms']}" if names else "-",
        f"{names['mentions_right']} of {names['mentions']}" if names else "-",
        str(names["invented"]) if names else "-",
        _percent(errors["missed"] + errors["false_alarm"] + errors["confused"], errors["speech"]) if errors else "-",
        _percent(_wrong(spoken), spoken["words"]) if spoken else "-",
        f"{row['rtf']:.3f}",
        str(row["memory_mib"] or "-"),
    ]


def ratio(piece: Piece, arguments: argparse.Namespace) -> str:
    """Speeds of the systems on one piece, in turn, ``rounds`` times, and their ratios to the first other one."""
    times: dict[str, list[dict[str, Any]]] = {system: [] for system in arguments.systems}
    for _ in range(arguments.rounds):
        for system in arguments.systems:
            times[system].append(measured(piece, system, arguments, names=arguments.names != "no"))
    base = "bare" if "bare" in times else arguments.systems[0]
    rows = []
    for system, found in times.items():
        cells = [system]
        for key in ("rtf", "processor"):
            values = [row[key] for row in found if row[key]]
            theirs = [row[key] for row in times[base] if row[key]]
            cells += [f"{statistics.median(values):.3f}"] if values else ["-"]
            cells += [f"{statistics.median(values) / statistics.median(theirs):.2f}"] if values and theirs else ["-"]
        rows.append(cells)
    return grid(["system", "RTF", f"of {base}", "processor time", f"of {base}"], rows)


def in_rooms(piece: Piece, rooms: Sequence[str], folder: Path) -> Iterator[Piece]:
    """The piece as each room would have given it."""
    for name in rooms:
        if name == "clean":
            yield piece
            continue
        sound = folder / f"{piece.name}-{name}.flac"
        write(sound, iter([in_room(samples_of(piece.sound), ROOMS[name])]))
        yield replace(piece, name=f"{piece.name}, {name}", sound=sound)


def of_length(piece: Piece, seconds: float, folder: Path) -> Piece:
    """The piece repeated and varied to a length; as it is, where nobody knows when things are said in it."""
    if not piece.tells_words_by_speaker:
        return piece
    said: list[Said] = []
    sound = folder / f"{piece.name}-{round(seconds)}.flac"

    def pieces() -> Iterator[Samples]:
        for samples, turns in lengthened(samples_of(piece.sound), piece.said, seconds):
            said.extend(turns)
            yield samples

    write(sound, pieces())
    text = " ".join(one.text for one in said)
    return replace(piece, name=f"{piece.name}, {round(seconds / 60)} min", sound=sound, text=text, said=tuple(said))


def samples_of(sound: Path) -> Samples:
    """A recording as the program decodes it."""
    with sound.open("rb") as source:
        return decode(source, Limits(seconds=HOURS * 3600))[0]


def write(path: Path, pieces: Iterator[Samples]) -> None:
    """Write FLAC, mono at 16 kHz."""
    with av.open(str(path), "w", format="flac") as container:
        stream = container.add_stream("flac", rate=RATE)
        stream.layout, stream.format = "mono", "s16"
        for piece in pieces:
            for start in range(0, len(piece), RATE):
                part = np.ascontiguousarray(piece[start : start + RATE])
                frame = av.AudioFrame.from_ndarray(part[None], format="s16", layout="mono")
                frame.rate = RATE
                container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _run(order: dict[str, Any], folder: Path) -> dict[str, Any]:
    path = folder / "order.json"
    path.write_text(json.dumps(order), encoding="utf-8")
    command = [sys.executable, "-m", "benchmarks.speech_systems", str(path)]
    # A choice of numeric kernels changes a word here and there; our recogniser's process never sees one.
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("OPENBLAS_", "MKL_"))}
    subprocess.run(command, cwd=ROOT, env=plain, check=True)
    answer: dict[str, Any] = json.loads(Path(order["out"]).read_text(encoding="utf-8"))
    return answer


def _length(sound: Path) -> float:
    with av.open(str(sound)) as container:
        return float(container.duration or 0) / 1e6


def _wrong(errors: dict[str, int]) -> int:
    return errors["substitutions"] + errors["deletions"] + errors["insertions"]


def _percent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, help="a folder of recordings with what is said in them")
    parser.add_argument("--systems", default="ours,bare", help=f"{', '.join(PEERS)}; separated by commas")
    parser.add_argument("--rooms", default="clean", help=", ".join(ROOMS))
    parser.add_argument("--names", default="both", choices=["yes", "no", "both"], help="give names as hot words")
    parser.add_argument("--ratio", action="store_true", help="speed on ten minutes, systems in turn")
    parser.add_argument("--rounds", type=int, default=3, help="how often with --ratio")
    parser.add_argument("--length", default="", help="minutes, separated by commas: ours alone")
    parser.add_argument("--model", default="base", help="as speech.model")
    parser.add_argument("--threads", type=int, default=0, help="as speech.threads")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where measurements are added")
    arguments = parser.parse_args()
    arguments.systems = [name for name in arguments.systems.split(",") if name]
    rooms = [name for name in arguments.rooms.split(",") if name]
    if unknown := set(rooms) - set(ROOMS) or set(arguments.systems) - set(PEERS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    try:
        pieces = read_folder(arguments.data) if arguments.data else [demo()]
    except PieceError as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"{arguments.data}: {error.strerror}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            _measure(pieces, rooms, folder, arguments)
        except PeerError as error:
            sys.exit(f"whisper.cpp: {error}")
    print(f"\n{machine()}; {today()}; results in {arguments.results}")


def _measure(pieces: Sequence[Piece], rooms: Sequence[str], folder: Path, arguments: argparse.Namespace) -> None:
    if arguments.ratio:
        for piece in pieces:
            print(ratio(of_length(piece, RATIO_SECONDS, folder), arguments))
        return
    if arguments.length:
        for minutes in arguments.length.split(","):
            measured(
                of_length(pieces[0], 60 * float(minutes), folder), "ours", arguments, names=arguments.names != "no"
            )
        return
    rows = []
    for whole in pieces:
        for piece in in_rooms(whole, rooms, folder):
            for names in [True, False] if arguments.names == "both" and piece.names else [arguments.names != "no"]:
                rows += [measured(piece, system, arguments, names=names) for system in arguments.systems]
    print("\n" + table(rows))


if __name__ == "__main__":
    main()
