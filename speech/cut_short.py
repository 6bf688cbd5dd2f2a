"""Whether a recording announces more than it holds: one that a battery or a full card cut short.

Rules this module keeps:

* What is announced is read from the recording itself: the ``data`` chunk of a WAVE file, the last page of an Ogg file,
  the Xing or Info header of an MP3 file, the length that the other containers give.
* A recording that announces nothing is not accused.

Sources: RFC 3533 (Ogg), RFC 2361 (WAVE), ISO/IEC 11172-3 (MP3).
"""

import os
from typing import Protocol


class Readable(Protocol):
    """A recording: read and sought; ``tail`` gives its last bytes and stays where it was."""

    def read(self, count: int) -> bytes: ...

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int: ...

    def tail(self, count: int) -> bytes: ...


def ends_early(recording: Readable, demuxer: str, heard: float, announced: float, rate: int) -> bool:
    """Whether more is announced than was ``heard``; ``announced`` is the container's own length, both in seconds.

    ``rate`` is the sample rate of the recording.
    """
    if demuxer == "ogg":
        tail = recording.tail(1 << 17)
        page = tail.rfind(b"OggS")
        return page < 0 or len(tail) < page + 6 or not tail[page + 5] & 4 or not _whole(tail[page:])
    if demuxer == "wav":
        return _wave_is_cut(recording)
    if demuxer == "mp3":  # what the demuxer announces can be a guess from the bit rate
        announced = _announced_by_xing(recording) / rate
    return announced - heard > max(1.0, announced * 0.01)


def _whole(page: bytes) -> bool:
    """Whether an Ogg page has all its bytes (RFC 3533)."""
    if len(page) < 27 or len(page) < 27 + page[26]:
        return False
    return len(page) >= 27 + page[26] + sum(page[27 : 27 + page[26]])


def _wave_is_cut(recording: Readable) -> bool:
    """Whether the ``data`` chunk of a WAVE file announces more bytes than follow."""
    recording.seek(0)
    head = recording.read(1 << 16)
    at = 12
    while at + 8 <= len(head):
        name, length = head[at : at + 4], int.from_bytes(head[at + 4 : at + 8], "little")
        if name == b"data":
            left = recording.seek(0, os.SEEK_END) - at - 8
            return length not in (0, 0xFFFFFFFF) and left < length
        at += 8 + length + (length & 1)
    return False


def _announced_by_xing(recording: Readable) -> int:
    """Samples announced by the Xing or Info header of an MP3 file; 0 if there is none."""
    recording.seek(0)
    head = recording.read(1 << 20)
    at = max(head.find(b"Xing"), head.find(b"Info"))
    frame = head.rfind(b"\xff", 0, max(0, at))
    if at < 0 or frame < 0 or len(head) < at + 12 or not head[at + 7] & 1:
        return 0
    long_frames = head[frame + 1] >> 3 & 3 == 3  # MPEG-1
    return int.from_bytes(head[at + 8 : at + 12], "big") * (1152 if long_frames else 576)
