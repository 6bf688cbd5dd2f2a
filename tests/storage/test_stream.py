"""The STREAM construction: everything that is not as it was sealed is found, on ranges too."""

import io
import os
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.stream import CHUNK, HEADER, MAGIC, TAG, StreamReader, chunk_nonce, sealed_pieces
from tests.storage.keystores import flipped
from vocabulary.errors import DamagedError

KEY, BOUND = bytes(range(32)), b"bound to this"
PLAIN = os.urandom(3 * CHUNK + 12345)
SEALED = b"".join(sealed_pieces(KEY, BOUND, io.BytesIO(PLAIN)))
_STEP = CHUNK + TAG
_PARTS = [SEALED[HEADER:][at : at + _STEP] for at in range(0, len(SEALED) - HEADER, _STEP)]


def _seal(plain: bytes) -> bytes:
    return b"".join(sealed_pieces(KEY, BOUND, io.BytesIO(plain)))


def _reader(sealed: bytes, *, key: bytes = KEY, bound: bytes = BOUND) -> StreamReader:
    return StreamReader(io.BytesIO(sealed), lambda: key, bound, "o-test")


def _joined(*parts: bytes) -> bytes:
    return SEALED[:HEADER] + b"".join(parts)


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 1])
def test_opens_what_was_sealed(size: int) -> None:
    """Sizes around whole chunks; the empty object is an object too."""
    sealed = _seal(PLAIN[:size])
    reader = _reader(sealed)
    assert reader.readall() == PLAIN[:size]
    assert len(sealed) == HEADER + size + TAG * max(1, -(-size // CHUNK))


def test_sources_that_give_little_at_a_time() -> None:
    """Chunks are filled whatever a read returns."""

    class Slow(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 0, 70_001))

    assert _reader(b"".join(sealed_pieces(KEY, BOUND, Slow(PLAIN)))).readall() == PLAIN


@settings(max_examples=40, deadline=None)
@given(st.integers(0, len(PLAIN) + 10), st.integers(0, 2 * CHUNK))
def test_any_range_reads_as_the_plain_bytes_do(start: int, length: int) -> None:
    """Seeking and reading agree with a file of the plain bytes."""
    reader = io.BufferedReader(_reader(SEALED), CHUNK)
    reader.seek(start)
    assert reader.read(length) == PLAIN[start : start + length]


def test_seeks_from_the_end_and_from_here() -> None:
    """All three origins of a seek, and what lies before the beginning."""
    reader = io.BufferedReader(_reader(SEALED))
    reader.seek(-5, io.SEEK_END)
    assert reader.read() == PLAIN[-5:]
    reader.seek(10)
    reader.seek(5, io.SEEK_CUR)
    assert reader.read(3) == PLAIN[15:18]
    with pytest.raises(ValueError, match="before its first"):
        _reader(SEALED).seek(-1)


TAMPERED = {
    "cut at a chunk": _joined(*_PARTS[:3]),
    "cut to the first chunk": _joined(_PARTS[0]),
    "cut inside a chunk": SEALED[: HEADER + 2 * _STEP + 100],
    "cut by one byte": SEALED[:-1],
    "cut to the header": SEALED[:HEADER],
    "cut inside the header": SEALED[: HEADER - 3],
    "nothing": b"",
    "two chunks swapped": _joined(_PARTS[1], _PARTS[0], *_PARTS[2:]),
    "a chunk dropped": _joined(_PARTS[0], *_PARTS[2:]),
    "a chunk doubled": _joined(_PARTS[0], _PARTS[0], *_PARTS[1:]),
    "the last chunk doubled": _joined(*_PARTS, _PARTS[3]),
    "the last chunk first": _joined(_PARTS[3]),
    "bytes added": SEALED + b"\0",
    "a bit of the first chunk": flipped(SEALED, HEADER + 5),
    "a bit of a middle chunk": flipped(SEALED, HEADER + _STEP + 500),
    "a bit of the last chunk": flipped(SEALED, len(SEALED) - 40),
    "a bit of a tag": flipped(SEALED, HEADER + _STEP - 1),
    "another chunk size": SEALED[: HEADER - 4] + struct.pack(">I", CHUNK // 2) + SEALED[HEADER:],
    "another nonce prefix": flipped(SEALED, len(MAGIC)),
    "another format": flipped(SEALED, len(MAGIC) - 2),
}


@pytest.mark.parametrize("tampered", TAMPERED.values(), ids=TAMPERED.keys())
def test_tampering_is_found_on_a_whole_reading(tampered: bytes) -> None:
    """Cut, swapped, dropped, doubled, flipped: the object is named as damaged."""
    with pytest.raises(DamagedError) as caught:
        _reader(tampered).readall()
    assert caught.value.place == "o-test"


@pytest.mark.parametrize(
    "tampered", [data for name, data in TAMPERED.items() if "first" not in name and "swap" not in name and name not in
                 {"a chunk dropped", "a bit of a middle chunk", "a bit of a tag"}],
)  # fmt: skip
def test_a_truncated_or_extended_object_gives_not_one_byte(tampered: bytes) -> None:
    """The last chunk is authenticated before any range is read."""
    with pytest.raises(DamagedError):
        _reader(tampered)


def test_a_dropped_or_swapped_chunk_is_found_on_a_range_of_it() -> None:
    """A range that touches the wrong chunk is refused, wherever it lies."""
    for name in ("two chunks swapped", "a bit of a middle chunk"):
        reader = _reader(TAMPERED[name])
        reader.seek(CHUNK + 10)
        with pytest.raises(DamagedError):
            reader.read(1)


def test_every_flipped_byte_of_a_small_object_is_found() -> None:
    """Header, ciphertext and tag."""
    sealed = _seal(b"une phrase de la seance")
    for at in range(len(sealed)):
        with pytest.raises(DamagedError):
            _reader(flipped(sealed, at)).readall()


@pytest.mark.parametrize("change", [{"key": bytes(32)}, {"bound": b"bound to that"}, {"bound": BOUND + MAGIC}])
def test_another_key_or_place_opens_nothing(change: dict[str, bytes]) -> None:
    """Key and associated data must be those of the sealing."""
    with pytest.raises(DamagedError):
        _reader(SEALED, **change)


def test_an_empty_last_chunk_is_not_a_second_encoding() -> None:
    """An object of whole chunks ends with a full chunk; one with an empty chunk after it is refused."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    prefix, header = SEALED[len(MAGIC) :][:7], SEALED[:HEADER]
    cipher = AESGCM(KEY)
    first = cipher.encrypt(chunk_nonce(prefix, 0, last=False), PLAIN[:CHUNK], BOUND + header)
    empty = cipher.encrypt(chunk_nonce(prefix, 1, last=True), b"", BOUND + header)
    with pytest.raises(DamagedError):
        _reader(header + first + empty)


def test_the_counter_never_wraps() -> None:
    """Chunk 2**32 is refused, not counted as chunk 0."""
    assert chunk_nonce(bytes(7), 2**32 - 1, last=True) == bytes(7) + b"\xff\xff\xff\xff\x01"
    for number in (2**32, -1):
        with pytest.raises(ValueError, match="2\\*\\*32"):
            chunk_nonce(bytes(7), number, last=False)


def test_nonces_differ_by_chunk_and_by_last() -> None:
    """No two chunks of one object share a nonce."""
    nonces = {chunk_nonce(bytes(7), number, last=last) for number in range(300) for last in (True, False)}
    assert len(nonces) == 600


def test_the_prefix_is_drawn_anew() -> None:
    """The same bytes under the same key do not seal to the same object."""
    assert _seal(b"x") != _seal(b"x")


def test_a_key_destroyed_while_reading_stops_the_reader() -> None:
    """The key is asked for at every chunk."""
    keys = iter([KEY, KEY])
    reader = StreamReader(io.BytesIO(SEALED), lambda: next(keys), BOUND, "o-test")
    reader.read(10)
    reader.seek(CHUNK)
    with pytest.raises(StopIteration):
        reader.read(10)


def test_a_closed_reader_forgets_and_closes_its_file() -> None:
    """No plain chunk outlives the reader."""
    file = io.BytesIO(SEALED)
    reader = StreamReader(file, lambda: KEY, BOUND, "o-test")
    reader.read(10)
    reader.close()
    assert file.closed
    assert vars(reader)["_chunk"] == (-1, b"")
    with pytest.raises(ValueError, match="closed"):
        reader.read(1)
