"""Which recordings are accepted, told by their first bytes, never by a file's name.

A demuxer is named only when the bytes say so, and the decoder opens that one and no other: lists of other
files (``ffconcat``, playlists), subtitles and pictures have no entry here, so nothing opens them.

Sources: RFC 3533 (Ogg), RFC 9639 (FLAC), RFC 8794 (EBML), RFC 2361 and EBU Tech 3306 (WAVE, RF64),
ISO/IEC 14496-12 (MP4), ISO/IEC 11172-3 (MP3), the ASF specification.
"""

RATE = 16000
"""Samples a second of what every recording is decoded to."""

HEAD = 64
"""How many first bytes ``sniff`` looks at."""

_ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")


def sniff(head: bytes) -> str | None:
    """The demuxer for a recording that begins with ``head``, or None if it is no accepted recording."""
    if head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE":
        return "wav"
    if head.startswith(b"OggS"):
        return "ogg"
    if head.startswith(b"fLaC"):
        return "flac"
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "matroska"
    if head.startswith(_ASF):
        return "asf"
    if head[4:8] in _BOXES:
        return "mov"
    if head.startswith(b"ID3") or _is_mpeg_audio(head):
        return "mp3"
    return None


def _is_mpeg_audio(head: bytes) -> bool:
    """Whether an MPEG audio frame header stands first: 11 bits of sync, no reserved value."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    bit_rate, rate = head[2] >> 4, head[2] >> 2 & 3
    return version != 1 and layer != 0 and bit_rate not in (0, 15) and rate != 3
