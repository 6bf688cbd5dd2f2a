"""What speech is measured on: a recording with what is said in it.

A folder given with ``--data`` holds, for each recording ``x.flac``, ``x.ogg`` or ``x.wav``:

* ``x.txt``, what is said, in UTF-8; or ``x.json``, a list of ``{"start", "end", "speaker", "text"}`` (seconds), or an
  object that has such a list as its ``turns``, as demo/make_recording.py writes it;
* ``x.rttm``, who speaks when, if it is known: lines ``SPEAKER file channel start length <NA> <NA> name <NA> <NA>``
  (NIST RT-09). It counts where ``x.json`` is not there or names one speaker only;
* ``x.names``, names that may be spoken in it, one a line: they are given as hot words, and looked for.

PieceError says which file is wrong, where, and what was expected.
"""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.speech_measures import Said

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / "demo"
SOUNDS = (".flac", ".ogg", ".wav")
NAMED = ("YOUTH", "PERSON", "PLACE", "INSTITUTION")


class PieceError(ValueError):
    """A recording's reference is missing, or is not what it should be."""


@dataclass(frozen=True)
class Piece:
    """A recording and its reference. ``said`` has who speaks when, with the text if it is known by turns."""

    name: str
    sound: Path
    text: str
    said: tuple[Said, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def speakers(self) -> int | None:
        return len({one.speaker for one in self.said}) or None

    @property
    def tells_words_by_speaker(self) -> bool:
        return any(one.text for one in self.said)


def demo() -> Piece:
    """The demonstration recording; its names are the forms of its gold."""
    said = _turns(DEMO / "reference.json", json.loads((DEMO / "reference.json").read_text(encoding="utf-8"))["turns"])
    gold = json.loads((DEMO / "gold.jsonl").read_text(encoding="utf-8"))
    names = tuple(dict.fromkeys(one["text"] for one in gold["entities"] if one["label"] in NAMED))
    return Piece("demo", DEMO / "seance1.ogg", _text(said), said, names)


def read_folder(folder: Path) -> list[Piece]:
    """Every recording of a folder, in the order of their names; PieceError where one has no sound reference."""
    sounds = sorted(path for path in folder.glob("*") if path.suffix.lower() in SOUNDS)
    if not sounds:
        raise PieceError(f"{folder}: no recording in it; expected files that end in {', '.join(SOUNDS)}")
    return [_piece(path) for path in sounds]


def read_rttm(path: Path) -> tuple[Said, ...]:
    """Who speaks when; PieceError names the line."""
    found = []
    for number, line in enumerate(_read(path).splitlines(), 1):
        fields = line.split()
        if not fields or fields[0].startswith(";") or fields[0] != "SPEAKER":
            continue
        try:
            start, length = float(fields[3]), float(fields[4])
            name = fields[7]
        except (IndexError, ValueError):
            raise PieceError(f"{path}, line {number}: expected SPEAKER file channel start length ... name") from None
        if not (math.isfinite(start) and math.isfinite(length) and start >= 0 and length >= 0):
            raise PieceError(f"{path}, line {number}: a start or a length that is no time")
        found.append(Said(name, start, start + length))
    if not found:
        raise PieceError(f"{path}: no line that begins with SPEAKER")
    return tuple(found)


def _piece(sound: Path) -> Piece:
    text_file, turns_file = sound.with_suffix(".txt"), sound.with_suffix(".json")
    rttm, names = sound.with_suffix(".rttm"), sound.with_suffix(".names")
    said: tuple[Said, ...] = ()
    if turns_file.is_file():
        found = _json(turns_file)
        said = _turns(turns_file, found.get("turns") if isinstance(found, dict) else found)
    elif not text_file.is_file():
        raise PieceError(f"{sound}: what is said is missing; expected {text_file.name} or {turns_file.name}")
    text = _read(text_file).strip() if text_file.is_file() else _text(said)
    if not text:
        raise PieceError(f"{text_file if text_file.is_file() else turns_file}: no word in it")
    if rttm.is_file():
        spoken = read_rttm(rttm)
        said = said if said and len({one.speaker for one in said}) > 1 else spoken
    listed = _read(names).splitlines() if names.is_file() else []
    return Piece(sound.stem, sound, text, said, tuple(dict.fromkeys(filter(None, map(str.strip, listed)))))


def _turns(path: Path, values: Any) -> tuple[Said, ...]:
    if not isinstance(values, list) or not values:
        raise PieceError(f"{path}: expected a list of objects with start, end, speaker and text")
    return tuple(_turn(path, number, value) for number, value in enumerate(values, 1))


def _turn(path: Path, number: int, value: Any) -> Said:
    place = f"{path}, turn {number}"
    if not isinstance(value, dict):
        raise PieceError(f"{place}: expected an object with start, end, speaker and text")
    missing = [key for key in ("start", "end", "speaker", "text") if key not in value]
    if missing:
        raise PieceError(f"{place}: {', '.join(missing)} missing")
    start, end = value["start"], value["end"]
    if not all(isinstance(time, int | float) and math.isfinite(time) for time in (start, end)) or not 0 <= start <= end:
        raise PieceError(f"{place}: start and end are no times in seconds, in that order")
    if not isinstance(value["text"], str) or not isinstance(value["speaker"], str | int):
        raise PieceError(f"{place}: speaker and text are no text")
    return Said(str(value["speaker"]), float(start), float(end), value["text"])


def _text(said: tuple[Said, ...]) -> str:
    return " ".join(one.text for one in said)


def _json(path: Path) -> Any:
    try:
        return json.loads(_read(path))
    except json.JSONDecodeError as error:
        raise PieceError(f"{path}, line {error.lineno}: no JSON ({error.msg})") from None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise PieceError(f"{path}: not in UTF-8") from None
