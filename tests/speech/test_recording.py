"""Recordings are decoded in a child that has nothing to lose, and refused with a reason."""

import io
import random
import sys
import time
from collections.abc import Callable

import numpy as np
import psutil
import pytest

from speech.recording import RATE, Limits, Samples, check_isolation, decode, probe, silence
from tests.speech.conftest import CONTAINERS, DATA, tone
from vocabulary.choices import Reason
from vocabulary.errors import DamagedError, RecordingError

Encode = Callable[[Samples, str], bytes]


def _refused(data: bytes, limits: Limits | None = None) -> Reason:
    with pytest.raises(RecordingError) as caught:
        probe(io.BytesIO(data), limits)
    return caught.value.reason


@pytest.mark.parametrize("extension", CONTAINERS)
def test_every_accepted_format_decodes_to_its_length(extension: str, encode: Encode) -> None:
    """Two seconds in, two seconds out, at 16 kHz mono, whatever the container."""
    samples, facts = decode(io.BytesIO(encode(tone(2.0), extension)))
    assert samples.dtype == np.int16
    assert facts.duration == len(samples) / RATE == pytest.approx(2.0, abs=0.08)
    assert facts.damaged_at is None


def test_probe_and_decode_agree(short: Samples) -> None:
    """The facts do not depend on whether the samples are kept."""
    facts = probe((DATA / "short.ogg").open("rb"))
    assert (facts.duration, facts.codec, facts.sample_rate, facts.channels) == (len(short) / RATE, "opus", 48000, 1)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", Reason.EMPTY),
        (b"Bonjour, ceci est un texte.\n" * 50, Reason.NOT_A_RECORDING),
        (b"RIFF\x24\x10\x00\x00WAVE" + b"x" * 4000, Reason.NOT_A_RECORDING),
        (b"OggS" + random.Random(1).randbytes(4000), Reason.NOT_A_RECORDING),
        (b"ID3\x04\x00\x00\x00\x00\x00\x00ffconcat version 1.0\nfile a.wav\n", Reason.NOT_A_RECORDING),
        (b"\x00\x00\x00\x18ftypM4A \x00\x00\x00\x00M4A mp42", Reason.NOT_A_RECORDING),
    ],
    ids=["empty", "text", "wav in name only", "noise", "list behind a tag", "no moov"],
)
def test_what_is_no_recording_is_refused(data: bytes, reason: Reason) -> None:
    """The reason is one a facilitator understands."""
    assert _refused(data) is reason


def test_a_list_of_files_does_not_pull_in_another_recording(tmp_path: object) -> None:
    """An ffconcat list that names a real recording is refused, not followed."""
    text = f"ffconcat version 1.0\nfile '{DATA / 'short.ogg'}'\n"
    assert _refused(text.encode()) is Reason.NOT_A_RECORDING


def test_a_header_without_sound_is_empty(encode: Encode) -> None:
    """A WAV file that ends with its header holds nothing."""
    data = encode(tone(1.0), "wav")
    assert _refused(data[: data.index(b"data") + 8]) is Reason.EMPTY


@pytest.mark.parametrize("extension", ["wav", "mp3", "m4a", "flac", "ogg", "webm", "wma", "mov"])
def test_a_truncated_recording_is_read_up_to_the_damage(extension: str, encode: Encode) -> None:
    """What is left is decoded, and the place where it stops is told."""
    data = encode(tone(5.0), extension)
    facts = probe(io.BytesIO(data[: len(data) * 6 // 10]))
    assert facts.damaged_at is not None
    assert 1.0 < facts.damaged_at <= facts.duration < 4.5


def test_damage_in_the_middle_keeps_what_follows_in_its_place(encode: Encode) -> None:
    """After a spoilt stretch, a time is still the time in a player: the rest did not move forward."""
    samples = np.concatenate([tone(3.0), np.zeros(RATE, np.int16), tone(3.0)])
    data = bytearray(encode(samples, "m4a"))
    middle = len(data) // 2
    data[middle - 2000 : middle - 1500] = random.Random(2).randbytes(500)
    decoded, facts = decode(io.BytesIO(bytes(data)))
    assert facts.damaged_at is not None
    assert facts.duration == pytest.approx(7.0, abs=0.2)
    assert np.abs(decoded[int(3.3 * RATE) : int(3.8 * RATE)].astype(int)).max() < 500


def test_a_recording_longer_than_allowed_is_too_large(encode: Encode) -> None:
    """The seconds are counted as decoded, not as announced."""
    assert _refused(encode(tone(3.0), "flac"), Limits(seconds=2.0)) is Reason.TOO_LARGE


def test_a_file_larger_than_allowed_is_not_opened(encode: Encode) -> None:
    """Its size is enough to refuse it."""
    assert _refused(encode(tone(1.0), "wav"), Limits(bytes=1000)) is Reason.TOO_LARGE


def test_a_child_out_of_time_is_ended(encode: Encode) -> None:
    """The parent's clock decides, and no child is left, not even as a zombie."""
    source = encode(tone(1.0), "wav")
    before = set(psutil.Process().children())
    began = time.monotonic()
    assert _refused(source, Limits(wall=0.01)) is Reason.NOT_A_RECORDING
    assert time.monotonic() - began < 5.0
    assert set(psutil.Process().children()) <= before


def test_a_child_out_of_memory_is_refused(encode: Encode) -> None:
    """Less memory than the decoder needs ends in a refusal, not in a crash of ours."""
    assert _refused(encode(tone(1.0), "wav"), Limits(memory=40 * 2**20)) is Reason.NOT_A_RECORDING


def test_silenced_stretches_hold_only_zeros_and_the_rest_is_unchanged(short: Samples) -> None:
    """Exactly the stretch asked for, to the sample; the length stays."""
    data = silence((DATA / "short.ogg").open("rb"), [(1.0, 2.5), (9.0, 99.0)])
    assert data.startswith(b"fLaC")
    silenced, facts = decode(io.BytesIO(data))
    expected = short.copy()
    expected[RATE : int(2.5 * RATE)] = 0
    expected[9 * RATE :] = 0
    assert np.array_equal(silenced, expected)
    assert facts.damaged_at is None


def test_the_silenced_copy_says_its_length() -> None:
    """A player can show it: the FLAC header counts the samples."""
    data = silence((DATA / "short.ogg").open("rb"), [])
    total = int.from_bytes(data[21:26], "big") & (1 << 36) - 1
    assert total == len(decode(io.BytesIO(data))[0])


def test_an_inverted_stretch_is_refused() -> None:
    """Nothing is silenced by accident."""
    with pytest.raises(ValueError, match="stretch"):
        silence((DATA / "short.ogg").open("rb"), [(3.0, 2.0)])


def test_an_error_of_the_source_passes_through(encode: Encode) -> None:
    """A damaged sealed object is told as such, not as a bad recording."""

    class Damaged(io.BytesIO):
        def read(self, count: int | None = -1) -> bytes:
            if self.tell() > 0 or (count or 0) > 4096:
                raise DamagedError("damaged")
            return super().read(count)

    with pytest.raises(DamagedError):
        probe(Damaged(encode(tone(1.0), "wav")))


@pytest.mark.skipif(sys.platform != "linux", reason="seccomp is of Linux")
def test_the_child_can_open_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """No file, no socket, no process, and none of the environment."""
    monkeypatch.setenv("HUISCLOS_PASSPHRASE", "secret")
    assert check_isolation() == {"files": True, "network": True, "processes": True, "environment": True}


def test_messages_name_nothing_of_the_recording() -> None:
    """A refusal holds no facts and no place."""
    with pytest.raises(RecordingError) as caught:
        probe(io.BytesIO(b"Amaury Zorbekian"))
    assert (caught.value.facts, caught.value.place) == ({}, None)
    assert "Zorbekian" not in str(caught.value)
