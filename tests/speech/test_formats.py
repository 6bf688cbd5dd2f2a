"""A recording is known by its first bytes."""

import pytest

from speech.formats import sniff


@pytest.mark.parametrize(
    ("head", "demuxer"),
    [
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "wav"),
        (b"RF64\xff\xff\xff\xffWAVEds64", "wav"),
        (b"OggS\x00\x02", "ogg"),
        (b"fLaC\x00\x00\x00\x22", "flac"),
        (b"\x1a\x45\xdf\xa3\x9fB\x86", "matroska"),
        (bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"), "asf"),
        (b"\x00\x00\x00\x1cftypM4A ", "mov"),
        (b"\x00\x00\x00\x08wide", "mov"),
        (b"ID3\x04\x00", "mp3"),
        (b"\xff\xfb\x90\x64", "mp3"),
    ],
)
def test_an_accepted_format_is_named(head: bytes, demuxer: str) -> None:
    """Each accepted format has one demuxer."""
    assert sniff(head) == demuxer


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"Bonjour, ceci est un texte.",
        b"ffconcat version 1.0\nfile other.wav\n",
        b"#EXTM3U\n#EXTINF:10,\nother.mp3\n",
        b"WEBVTT\n\n00:00.000 --> 00:01.000\n",
        b"1\n00:00:00,000 --> 00:00:01,000\n",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff\xe0\x00\x10JFIF",
        b"RIFF\x24\x00\x00\x00AVI LIST",
        b"\xff\xf1\x50\x80",
        b"\xff\xff\xff\xff",
        b"<?xml version='1.0'?><MPD/>",
        b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\n",
    ],
)
def test_anything_else_is_not(head: bytes) -> None:
    """Lists of other files, subtitles, pictures and texts have no demuxer."""
    assert sniff(head) is None
