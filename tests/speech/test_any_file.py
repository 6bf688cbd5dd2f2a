"""Whatever a facilitator's phone, recorder or camera wrote is heard, whole and at its times."""

import io

import numpy as np
import pytest

from speech.recording import RATE, Facts, Samples, decode
from tests.speech.recorders import file_of, talk

FILES = {
    "wav, 8 bits, 8 kHz": ("wav", "pcm_u8", 8000, None),
    "wav, 16 bits, 11 kHz": ("wav", "pcm_s16le", 11025, None),
    "wav, 24 bits, 96 kHz": ("wav", "pcm_s24le", 96000, None),
    "wav, 32 bits, 48 kHz": ("wav", "pcm_s32le", 48000, None),
    "wav, floating, 44 kHz": ("wav", "pcm_f32le", 44100, None),
    "wav, telephone": ("wav", "pcm_alaw", 8000, None),
    "wav, ADPCM of a dictaphone": ("wav", "adpcm_ima_wav", 22050, None),
    "mp3, 8 kHz": ("mp3", "libmp3lame", 8000, None),
    "mp3, 24 kHz": ("mp3", "libmp3lame", 24000, None),
    "m4a, 96 kHz": ("ipod", "aac", 96000, None),
    "m4a, lossless": ("ipod", "alac", 48000, None),
    "3gp of an old phone": ("3gp", "libopencore_amrnb", 8000, None),
    "flac, 24 bits, 96 kHz": ("flac", "flac", 96000, "s32"),
    "ogg with FLAC, 32 kHz": ("ogg", "flac", 32000, "s16"),
    "opus, 12 kHz": ("ogg", "libopus", 12000, None),
    "wma 1": ("asf", "wmav1", 44100, None),
    "wma 2, 16 kHz": ("asf", "wmav2", 16000, None),
}


def heard(data: bytes) -> tuple[Samples, Facts]:
    return decode(io.BytesIO(data))


def likeness(one: Samples, other: Samples) -> float:
    """How alike two recordings are in when they are loud, 1 at most; polarity, level, a tenth of a second do not count.

    Lossy formats begin with some hundredths of a second of their own.
    """
    loud = [np.abs(each[: len(each) // 160 * 160].astype(float)).reshape(-1, 160).mean(axis=1) for each in (one, other)]
    size = min(map(len, loud)) - 20
    return max(float(np.corrcoef(loud[0][at : at + size], loud[1][10 : 10 + size])[0, 1]) for at in range(20))


def level(samples: Samples) -> float:
    return float(np.sqrt(np.square(samples.astype(float)).mean()))


@pytest.mark.parametrize("name", FILES)
def test_every_rate_and_depth_is_heard(name: str) -> None:
    """Three seconds in, the same three seconds out."""
    muxer, codec, rate, sample = FILES[name]
    sound = talk(3.0)
    samples, facts = heard(file_of([[sound]], muxer, codec, rate, sample))
    assert facts.duration == pytest.approx(3.0, abs=0.15)
    assert facts.damaged_at is None
    assert likeness(samples, sound) > 0.9


@pytest.mark.parametrize(("muxer", "codec", "video"), [("mp4", "aac", "mpeg4"), ("matroska", "libopus", "libvpx")])
def test_of_a_video_the_sound_is_heard(muxer: str, codec: str, video: str) -> None:
    """Pictures are not even decoded."""
    sound = talk(3.0)
    samples, facts = heard(file_of([[sound]], muxer, codec, 48000, video=video))
    assert facts.duration == pytest.approx(3.0, abs=0.15)
    assert likeness(samples, sound) > 0.9


def test_both_tracks_of_a_video_are_heard() -> None:
    """A camera's microphone and a clip-on one: who speaks into one of them is in the mix."""
    one, other = talk(4.0), talk(4.0, 240.0, 2)
    one[2 * RATE :] = 0
    other[: 2 * RATE] = 0
    samples, _ = heard(file_of([[one], [other]], "matroska", "pcm_s16le", 16000))
    assert level(samples[: 2 * RATE]) > 0.2 * level(one[: 2 * RATE])
    assert level(samples[2 * RATE :]) > 0.2 * level(other[2 * RATE :])
    assert likeness(samples, one + other) > 0.9


def test_a_shorter_track_ends_in_silence() -> None:
    """The recording is as long as its longest track."""
    _, facts = heard(file_of([[talk(4.0)], [talk(2.0, 240.0, 2)]], "matroska", "pcm_s16le", 16000))
    assert facts.duration == pytest.approx(4.0, abs=0.1)
    assert facts.damaged_at is None


def test_a_track_of_another_kind_does_not_silence_the_first() -> None:
    """A phone's second track may be in a format that nothing here decodes."""
    data = file_of([[talk(3.0)], [talk(3.0, 240.0, 2)]], "matroska", "pcm_s16le", 16000)
    first, second = (at for at in range(len(data)) if data.startswith(b"A_PCM/INT/LIT", at))
    spoilt = data[:second] + b"A_UNKNOWN/XYZ" + data[second + 13 :]
    samples, facts = heard(spoilt)
    assert first < second
    assert facts.damaged_at is None
    assert likeness(samples, talk(3.0)) > 0.9


def test_microphones_of_two_channels_are_both_heard() -> None:
    """The short recording's two voices, one on each channel, at eight times different levels."""
    one, other = talk(6.0), talk(6.0, 240.0, 2)
    one[3 * RATE :] = 0
    other[: 3 * RATE] = 0
    samples, facts = heard(file_of([[one, other // 8]], "wav", "pcm_s16le", 44100))
    assert facts.channels == 2
    assert level(samples[3 * RATE :]) > level(samples[: 3 * RATE]) / 4


def test_opposite_channels_do_not_cancel() -> None:
    """A stereo cable wired the wrong way round leaves the talk as loud as it was."""
    sound = talk(3.0)
    samples, _ = heard(file_of([[sound, -sound]], "flac", "flac", 44100, "s16"))
    assert level(samples) > 0.9 * level(sound)
