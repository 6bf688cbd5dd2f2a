"""Blocks: a recording is worked on some minutes at a time, so that nothing is done twice and memory stays flat.

Rules this module keeps:

* A part is cut at its quietest moments, looked for in the last two fifths of the longest a block may be. Where it
  is cut depends on its samples alone: cut again after an interruption, it gives the same blocks.
* A block never spans two parts.
* A finished block holds what was heard, cut into utterances, with times of the whole session: with the others it
  gives the transcript, without its samples.
* ``basis`` is a digest of all that the blocks of one transcription depend on. A block with another is of no use.
* Names that the workshop learns or forgets in the middle of a transcription are no part of it: what was listened for in
  the first block is listened for in all of them, as far as it is still known. A block holds salted digests of these
  names, not the names: whoever opens it and has a list of names can try which of them it marks.

Written, a block is canonical JSON of the format ``huisclos-block/1`` (docs/reference/speech.md). It holds talk: it
is only ever sealed.
"""

import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from speech.recording import RATE, Samples
from speech.turns import Utterance
from vocabulary.text import IdentifiedText
from vocabulary.transcript import Word

FORMAT = "huisclos-block/1"
LONGEST = 300.0
"""Seconds of a block, unless a setting says otherwise."""

_SLACK = 0.4
_WINDOW = RATE // 5
_WORD = [field.name for field in fields(Word)]


@dataclass(frozen=True)
class Listened:
    """Which names were listened for, in order: digests of them under a salt (both hex)."""

    salt: str
    marks: tuple[str, ...]

    @classmethod
    def of(cls, names: Iterable[str]) -> "Listened":
        """Mark names under a new salt."""
        salt = secrets.token_hex(16)
        return cls(salt, tuple(_mark(salt, name) for name in names))

    def among(self, names: Iterable[str]) -> list[str]:
        """Those of ``names`` that were listened for, in the order in which they were."""
        known = {_mark(self.salt, name): name for name in names}
        return [known[mark] for mark in self.marks if mark in known]


def _mark(salt: str, name: str) -> str:
    return hashlib.sha256(f"{salt}\n{name}".encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Block:
    """A finished block: its number from 1, its place in the session in samples, and what was said in it."""

    number: int
    start: int
    length: int
    utterances: tuple[Utterance, ...]

    def to_bytes(self, basis: str, listened: Listened) -> bytes:
        """The block as it is sealed."""
        value = {
            "format": FORMAT,
            "basis": basis,
            "listened": {"salt": listened.salt, "marks": listened.marks},
            "number": self.number,
            "start": self.start,
            "length": self.length,
            "word": _WORD,
            "utterances": [written(utterance) for utterance in self.utterances],
        }
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, data: bytes, basis: str) -> "tuple[Block, Listened] | None":
        """A block that was sealed, and what was listened for; None if it was made on another basis, or by a version
        that wrote it otherwise."""
        value = json.loads(data)
        if (value.get("format"), value.get("basis"), value.get("word")) != (FORMAT, basis, _WORD):
            return None
        block = cls(value["number"], value["start"], value["length"], tuple(read(each) for each in value["utterances"]))
        return block, Listened(value["listened"]["salt"], tuple(value["listened"]["marks"]))


def basis_of(*parts: object) -> str:
    """A digest (SHA-256, hex) of plain values. It covers names: it stands inside sealed blocks and nowhere else."""
    text = json.dumps([FORMAT, _SLACK, _WINDOW, *parts], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def cut(pieces: Iterable[Samples], longest: float = LONGEST) -> Iterator[Samples]:
    """The samples of one part, block by block, none longer than ``longest`` seconds and none empty."""
    most = int(longest * RATE)
    waiting: list[Samples] = []
    length = 0
    for piece in pieces:
        waiting.append(piece)
        length += len(piece)
        while length > most:
            held = np.concatenate(waiting)
            at = _quietest(held[:most])
            yield held[:at]
            waiting, length = [held[at:]], length - at
    if length:
        yield np.concatenate(waiting)


def _quietest(samples: Samples) -> int:
    """The middle of the quietest 0.6 s in the late part of ``samples``, the last of equals."""
    late = max(_WINDOW, int(len(samples) * _SLACK) // _WINDOW * _WINDOW)
    first = len(samples) - late
    power = np.square(samples[first:].astype(np.float32)).reshape(-1, _WINDOW).mean(axis=1)
    calm = np.convolve(np.pad(power, 1, "edge"), np.ones(3), "valid")
    return first + (len(calm) - 1 - int(np.argmin(calm[::-1]))) * _WINDOW + _WINDOW // 2


def moved(words: Sequence[Word], offset: float) -> Utterance:
    """The same words, ``offset`` seconds later."""
    return tuple(replace(word, start=word.start + offset, end=word.end + offset) for word in words)


def written(words: Sequence[Word]) -> list[list[Any]]:
    """Words as plain values, their fields in order."""
    return [
        [value.reveal() if isinstance(value, IdentifiedText) else value for value in _values(word)] for word in words
    ]


def read(values: Sequence[Sequence[Any]]) -> Utterance:
    """What ``written`` wrote; ValueError or TypeError for anything else."""
    words = []
    for each in values:
        named = dict(zip(_WORD, each, strict=True))
        words.append(Word(**{**named, "text": IdentifiedText(named["text"])}))
    return tuple(words)


def _values(word: Word) -> list[Any]:
    return [getattr(word, name) for name in _WORD]
