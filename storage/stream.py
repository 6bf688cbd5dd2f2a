"""The STREAM construction: one object as a chain of chunks that can be neither cut, moved nor joined.

Rules kept here:
- the header (format line, 7 random bytes, chunk size) and what the object is bound to are associated data of
  every chunk; the nonce of a chunk is those 7 bytes, its number, and whether it is the last;
- the last chunk is opened before any other, so that a truncated object gives not one byte, also to someone
  who reads a range of it;
- there is one encoding: chunks of 1 MiB, the last of 1 byte to 1 MiB, or of none if the object is empty;
- the key is asked for again for every chunk: an object whose key is destroyed while it is read stops.

Source: Hoang, Reyhanitabar, Rogaway, Vizár, "Online Authenticated-Encryption and its Nonce-Reuse
Misuse-Resistance" (CRYPTO 2015), the variant with a nonce of prefix, counter and last-chunk flag.
"""

import io
import secrets
import struct
from collections.abc import Callable, Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from storage.keys.scope import BLOB_FORMAT
from vocabulary.errors import DamagedError
from vocabulary.messages import N_

CHUNK = 1 << 20
TAG = 16
PREFIX = 7
MAGIC = f"{BLOB_FORMAT}\n".encode("ascii")
HEADER = len(MAGIC) + PREFIX + 4
MOST_CHUNKS = 1 << 32

_SEALED_CHUNK = CHUNK + TAG


def header_bytes(prefix: bytes) -> bytes:
    """Format line, nonce prefix, chunk size as 4 bytes big-endian."""
    if len(prefix) != PREFIX:
        raise ValueError(f"a nonce prefix has {PREFIX} bytes")
    return MAGIC + prefix + struct.pack(">I", CHUNK)


def chunk_nonce(prefix: bytes, number: int, *, last: bool) -> bytes:
    """Prefix, chunk number as 4 bytes big-endian, 1 for the last chunk and else 0.

    ValueError past 2**32 chunks (4 PiB): the counter never wraps.
    """
    if not 0 <= number < MOST_CHUNKS:
        raise ValueError("an object has at most 2**32 chunks")
    return prefix + struct.pack(">IB", number, last)


def sealed_pieces(key: bytes, associated: bytes, source: BinaryIO, *, prefix: bytes | None = None) -> Iterator[bytes]:
    """Yield the sealed bytes of ``source``: header, then chunk after chunk.

    ``prefix`` is drawn anew unless a test vector gives it.
    """
    prefix = secrets.token_bytes(PREFIX) if prefix is None else prefix
    header = header_bytes(prefix)
    yield header
    cipher, associated = AESGCM(key), associated + header
    number, chunk = 0, _read_chunk(source)
    while True:
        following = _read_chunk(source) if len(chunk) == CHUNK else b""
        last = not following
        yield cipher.encrypt(chunk_nonce(prefix, number, last=last), chunk, associated)
        if last:
            return
        number, chunk = number + 1, following


def _read_chunk(source: BinaryIO) -> bytes:
    """A whole chunk; fewer bytes only at the end of the source."""
    chunk = source.read(CHUNK) or b""
    while 0 < len(chunk) < CHUNK and (more := source.read(CHUNK - len(chunk))):
        chunk += more
    return chunk


class StreamReader(io.RawIOBase):
    """A sealed object as a seekable file of its plain bytes, which stay in memory.

    Takes over ``file`` and closes it. ``key`` gives the object's key, and raises once it is destroyed.
    DamagedError, naming ``place``, for anything that is not as it was sealed.
    """

    def __init__(self, file: BinaryIO, key: Callable[[], bytes], associated: bytes, place: str) -> None:
        super().__init__()
        self._file, self._key, self._place = file, key, place
        self._position = 0
        self._chunk: tuple[int, bytes] = (-1, b"")
        try:
            self._read_header(associated)
        except BaseException:
            file.close()
            raise

    def _read_header(self, associated: bytes) -> None:
        header = self._file.read(HEADER)
        self._prefix = header[len(MAGIC) :][:PREFIX]
        if len(self._prefix) != PREFIX or header != header_bytes(self._prefix):
            raise damaged(self._place)
        self._associated = associated + header
        body = self._file.seek(0, io.SEEK_END) - HEADER
        self._last = max(0, -(-body // _SEALED_CHUNK) - 1)
        last_size = body - self._last * _SEALED_CHUNK - TAG
        if last_size < (self._last > 0) or self._last >= MOST_CHUNKS:
            raise damaged(self._place)
        self.size = self._last * CHUNK + last_size
        self._open_chunk(self._last)

    def _open_chunk(self, number: int) -> bytes:
        if self._chunk[0] == number:
            return self._chunk[1]
        last = number == self._last
        expected = self.size - number * CHUNK if last else CHUNK
        self._file.seek(HEADER + number * _SEALED_CHUNK)
        sealed = self._file.read(expected + TAG)
        plain: bytes | None = None
        if len(sealed) == expected + TAG:
            try:
                nonce = chunk_nonce(self._prefix, number, last=last)
                plain = AESGCM(self._key()).decrypt(nonce, sealed, self._associated)
            except InvalidTag:
                plain = None
        if plain is None:
            raise damaged(self._place)
        self._chunk = (number, plain)
        return plain

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed's buffer protocol is wider
        if self.closed:
            raise ValueError("read of a closed file")
        if self._position >= self.size or not len(buffer):
            return 0
        number, offset = divmod(self._position, CHUNK)
        piece = self._open_chunk(number)[offset : offset + len(buffer)]
        buffer[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)

    def readall(self) -> bytes:
        pieces = []
        while self._position < self.size:
            number, offset = divmod(self._position, CHUNK)
            pieces.append(self._open_chunk(number)[offset:])
            self._position += len(pieces[-1])
        return b"".join(pieces)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}[whence]
        if start + offset < 0:
            raise ValueError("a file has no bytes before its first")
        self._position = start + offset
        return self._position

    def tell(self) -> int:
        return self._position

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def close(self) -> None:
        if not self.closed:
            self._chunk = (-1, b"")
            self._file.close()
        super().close()


def damaged(place: str) -> DamagedError:
    """The error of an object that is not what was sealed, or not where it was sealed for."""
    message = N_("Object {object} does not open: its bytes, or what the catalog says of it, are not what was sealed. "
                 "Run `huisclos archive verify`, and restore it from a backup.")  # fmt: skip
    return DamagedError(message, place=place, object=place)
