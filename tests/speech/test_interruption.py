"""A transcription that is interrupted goes on from its last finished block, and memory does not grow with length."""

import io
import json
import subprocess
import sys
from collections.abc import Callable, Generator, Sequence
from typing import Any

import numpy as np
import pytest

from speech import transcribe as transcribing
from speech.blocks import Block, Listened
from speech.diarise import SpectralDiariser
from speech.recognise import Heard
from speech.recording import Facts, Limits, Samples
from speech.transcribe import DAMAGED, Work, transcribe
from tests import factory
from tests.fakes.scripted_recogniser import ScriptedRecogniser
from vocabulary.dossier import Dossier
from vocabulary.text import IdentifiedText
from vocabulary.transcript import Transcript, Word

SCRIPT = ("Bonjour à tous, on commence.", "Oui, Malik.", "Très bien.")
ALONE = Dossier(number=1, speakers=1)
HOURS = """
import json, sys
from tests.speech.test_interruption import measured
print(json.dumps(measured(float(sys.argv[1]), sys.argv[2])))
"""


class Stopped(Exception):
    """Somebody ended the work."""


class Counting(ScriptedRecogniser):
    """Counts what it is given, and stops at a call."""

    def __init__(self, script: Sequence[str], stop_at: int = 10**6) -> None:
        super().__init__(script)
        self.calls = 0
        self._stop_at = stop_at

    def recognise(self, samples: Samples, **options: object) -> list[Heard]:  # type: ignore[override]
        self.calls += 1
        if self.calls == self._stop_at:
            raise Stopped
        return super().recognise(samples, **options)  # type: ignore[arg-type]


def _parts(short: Samples, encode: Callable[[Samples, str], bytes]) -> list[io.BytesIO]:
    """Two parts of a minute, the second one cut off."""
    minute = encode(np.tile(short, 8)[: 60 * 16000], "flac")
    return [io.BytesIO(minute), io.BytesIO(minute[: len(minute) * 9 // 10])]


def _run(
    parts: list[io.BytesIO], recogniser: ScriptedRecogniser, work: Work, dossier: Dossier | None = None
) -> Transcript:
    return transcribe(parts, dossier, recogniser, SpectralDiariser(), work=work)


def test_what_was_done_is_not_done_again_and_the_result_is_the_same(
    short: Samples, encode: Callable[[Samples, str], bytes]
) -> None:
    """Two minutes in blocks of twenty seconds, stopped in the fifth: four are kept, one is heard twice."""
    parts, whole, first, second = _parts(short, encode), Counting(SCRIPT), Counting(SCRIPT, 5), Counting(SCRIPT)
    expected = _run(parts, whole, Work(longest=20))
    kept: list[Block] = []
    with pytest.raises(Stopped):
        _run(parts, first, Work(longest=20, on_block=kept.append))
    assert [block.number for block in kept] == [1, 2, 3, 4]
    again = [Block.from_bytes(block.to_bytes("b", Listened.of(SCRIPT)), "b") for block in kept]
    told: list[float] = []
    done = {opened[0].number: opened[0] for opened in again if opened is not None}
    resumed = _run(parts, second, Work(longest=20, done=done, on_block=kept.append, on_progress=told.append))
    assert resumed == expected
    assert resumed.warnings == (DAMAGED,)
    assert second.calls == whole.calls - 4
    assert [block.number for block in kept] == list(range(1, whole.calls))
    assert told == sorted(told)
    assert told[0] > 0.3


def test_a_block_that_is_cut_otherwise_now_is_done_again(
    short: Samples, encode: Callable[[Samples, str], bytes]
) -> None:
    """Its place decides, and not its number alone."""
    parts, counting = _parts(short, encode), Counting(SCRIPT)
    expected = _run(parts, counting, Work(longest=20), ALONE)
    calls, wrong = counting.calls, {1: Block(1, 0, 123, ()), 2: Block(2, 5, 16000, ())}
    assert _run(parts, counting, Work(longest=20, done=wrong), ALONE) == expected
    assert counting.calls == 2 * calls


@pytest.mark.parametrize("way", ["given", pytest.param("decoded", marks=pytest.mark.nightly)])
def test_memory_does_not_grow_with_length(way: str) -> None:
    """Three hours of generated samples, given as a stream or decoded from a recording, in the memory of one block."""
    done = subprocess.run(
        [sys.executable, "-c", HOURS, "3", way], cwd=factory.ROOT, capture_output=True, check=True, timeout=300
    )
    found = json.loads(done.stdout)
    assert found["hours"] == 3
    assert found["blocks"] >= 36
    assert found["grown"] < 20 * 2**20  # all samples together weigh 330 MiB


class Brief:
    """Hears a word in each minute."""

    version = "brief"

    def recognise(self, samples: Samples, *, on_progress: Callable[[float], None], **_: object) -> list[Heard]:
        on_progress(1.0)
        starts = map(float, range(1, len(samples) // 16000, 60))
        return [Heard((Word(IdentifiedText("oui"), start, start + 0.5, 0.9),)) for start in starts]


class Generated(io.RawIOBase):
    """A WAVE file of any length that is nowhere: nine seconds of tone and one of silence, again and again."""

    def __init__(self, seconds: int) -> None:
        at = np.arange(9 * 16000) / 16000
        loud = (8000 * np.sin(2 * np.pi * 220 * at)).astype("<i2")
        self._period = loud.tobytes() + bytes(2 * 16000)
        size = 32000 * seconds
        self._head = b"RIFF" + (size + 36).to_bytes(4, "little") + b"WAVEfmt " + (16).to_bytes(4, "little")
        self._head += b"\1\0\1\0" + (16000).to_bytes(4, "little") + (32000).to_bytes(4, "little") + b"\2\0\x10\0"
        self._head += b"data" + size.to_bytes(4, "little")
        self._size = len(self._head) + size
        self._at = 0

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = offset + {0: 0, 1: self._at, 2: self._size}[whence]
        return self._at

    def read(self, count: int = -1) -> bytes:
        end = self._size if count < 0 else min(self._size, self._at + count)
        parts = [self._head[self._at : end]]
        at = max(self._at, len(self._head)) - len(self._head)
        left = max(0, end - len(self._head) - at)
        while left:
            skip = at % len(self._period)
            part = self._period[skip : skip + left]
            parts.append(part)
            at, left = at + len(part), left - len(part)
        self._at = max(self._at, end)
        return b"".join(parts)


def measured(hours: float, way: str) -> dict[str, float]:
    """Transcribe ``hours`` of generated samples; the growth of this process in bytes, and the number of blocks."""
    import resource

    def peak() -> int:
        return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    def run(seconds: int) -> tuple[Transcript, int]:
        kept: list[int] = []
        work = Work(on_block=lambda block: kept.append(block.number))
        part: Any = Generated(seconds)
        return transcribe([part], None, Brief(), SpectralDiariser(), seconds=seconds, work=work), len(kept) + 1

    if way == "given":
        vars(transcribing)["stream"] = _undecoded
    run(900)
    before = peak()
    transcript, blocks = run(round(3600 * hours))
    return {"hours": transcript.duration / 3600, "blocks": blocks, "grown": peak() - before}


def _undecoded(part: Generated, _limits: Limits) -> Generator[Samples, None, Facts]:
    """The samples of a generated recording, without a decoder."""
    part.seek(44)
    length = 0
    while data := part.read(1 << 20):
        length += len(data)
        yield np.frombuffer(data, "<i2")
    return Facts(length / 32000, 16000, 1, "pcm_s16le", None)
