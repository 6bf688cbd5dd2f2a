"""A workshop in one file, sealed by age for one recipient: the form in which it goes to another home.

Format ``huisclos-workshop/1`` (docs/reference/archive.md), inside the age layer: a line with the format and the
size of the manifest, the manifest (storage/copies/manifest.py), then the sealed objects as they lie, one after another.

Rules kept here:
- a bundle is written and read as a stream: a recording is never in memory as a whole;
- no byte of it is in clear on a disk: what is unpacked are the objects, sealed still;
- a bundle that is cut short, changed or longer than its manifest says is damaged, and says no more than that;
- the name of the file is given once it is whole and durable.

Source: age-encryption.org/v1, X25519 recipients only.
"""

import hashlib
import io
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from storage.durable import create_file, disk_errors, make_folder, sync_folder, write_all
from vocabulary.errors import DamagedError, HuisclosError, KeysError, StateError, UsageError
from vocabulary.messages import N_

FORMAT = "huisclos-workshop/1"
LONGEST_MANIFEST = 1 << 28
PIECE = 1 << 16

_HEAD = re.compile(rb"(huisclos-workshop/)([0-9]{1,4}) ([0-9]{1,9})\n")
_LONGEST_HEAD = 64
_RECIPIENT = re.compile(r"age1[02-9ac-hj-np-z]{58}")
_IDENTITY = re.compile(r"AGE-SECRET-KEY-1[02-9AC-HJ-NP-Z]{58}")
_LARGEST_IDENTITY_FILE = 1 << 16
_AGE = b"age-encryption.org/v1\n"

Objects = Sequence[tuple[str, int]]
"""Digest (SHA-256 of the sealed file, hex) and size in bytes of each object, in the order they lie."""


@dataclass(frozen=True)
class Unpacked:
    """A bundle that was found whole. ``digest`` is the SHA-256 of the file, hex."""

    digest: str
    manifest: bytes

    def __repr__(self) -> str:
        return f"Unpacked({self.digest[:12]})"


def check_recipient(text: str) -> str:
    """Return ``text`` if a bundle can be sealed for it; UsageError otherwise."""
    from pyrage import RecipientError, x25519

    try:
        if _RECIPIENT.fullmatch(text) is not None:
            x25519.Recipient.from_str(text)
            return text
    except RecipientError:
        pass
    message = N_("This is no address a workshop can be sealed for. Whoever takes it over makes one with: huisclos "
                 "workshop address FILE. It begins with age1 and has 62 characters.")  # fmt: skip
    raise UsageError(message, place="--to")


def make_identity(target: Path) -> str:
    """Write a new age identity to ``target`` (0600, never over a file); return its recipient."""
    from pyrage import x25519

    identity = x25519.Identity.generate()
    recipient = str(identity.to_public())
    try:
        descriptor = _create(target)
    except OSError as error:
        raise _unwritable(target, error) from None
    try:
        with disk_errors():
            write_all(descriptor, f"# public key: {recipient}\n{identity}\n".encode())
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
    sync_folder(target.parent)
    return recipient


def read_identities(source: BinaryIO) -> list[str]:
    """The age identities of a file: one a line, comments begin with #. KeysError if there is none."""
    lines = source.read(_LARGEST_IDENTITY_FILE).decode("ascii", errors="replace").splitlines()
    found = [line.strip() for line in lines if _is_identity(line.strip())]
    if not found:
        message = N_("The file named by --identity holds no secret key of age (a line that begins with "
                     "AGE-SECRET-KEY-1). Name the file that `huisclos workshop address` made.")  # fmt: skip
        raise KeysError(message, place="--identity")
    return found


def pack(target: Path, recipient: str, manifest: bytes, objects: Objects, opened: Callable[[str], BinaryIO]) -> str:
    """Write a bundle to ``target``, a new file, durably but for its name; return its digest.

    ``opened`` gives the file of an object. DamagedError when one is not as its digest says: nothing is left then.
    """
    from pyrage import EncryptError, encrypt_io, x25519

    plain = _Plain(_pieces(manifest, objects, opened))
    try:
        descriptor = _create(target)
    except OSError as error:
        raise _unwritable(target, error) from None
    with os.fdopen(descriptor, "wb") as file:
        written = _Hashed(file)
        try:
            with disk_errors():
                try:
                    encrypt_io(plain, written, [x25519.Recipient.from_str(recipient)])
                except EncryptError:
                    raise plain.failed or written.failed or damaged() from None
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            target.unlink(missing_ok=True)
            raise
    return written.digest.hexdigest()


def unpack(
    source: BinaryIO, identities: Sequence[str], store: Path, objects_of: Callable[[bytes], Objects]
) -> Unpacked:
    """Read a whole bundle, and lay its objects into ``store``, sealed as they are.

    ``objects_of`` reads the manifest and says which objects follow. KeysError for another recipient's bundle,
    StateError for a newer format, DamagedError for anything that is not as it was packed.
    """
    from pyrage import DecryptError, decrypt_io, x25519

    keys = [x25519.Identity.from_str(identity) for identity in identities]
    read, writer = _Read(source), _Unpacking(store, objects_of)
    failed: HuisclosError | None = None
    try:
        with disk_errors():
            try:
                decrypt_io(read, writer, keys)
            except (DecryptError, OSError):
                if writer.failed is not None:
                    raise writer.failed from None
                raise
    except DecryptError as error:
        failed = _not_for_us() if "No matching keys" in str(error) and read.begins_with(_AGE) else damaged()
    except OSError as error:
        if error.errno is not None:
            raise
        failed = damaged()  # of age itself: a chunk that does not open, or that is missing
    finally:
        writer.close()
    if failed is not None:
        raise failed
    return Unpacked(read.finish(), writer.finish())


def digest_of(path: Path) -> str | None:
    """The SHA-256 of a file (hex); None if there is none."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return None


def damaged() -> DamagedError:
    """The error of a bundle that is not as it was made."""
    message = N_("The bundle is damaged or was cut short on its way: nothing was changed here. Have it copied again, "
                 "or made again.")  # fmt: skip
    return DamagedError(message, place="bundle")


def _pieces(manifest: bytes, objects: Objects, opened: Callable[[str], BinaryIO]) -> Iterator[bytes]:
    yield f"{FORMAT} {len(manifest)}\n".encode()
    yield manifest
    for digest, size in objects:
        found, count = hashlib.sha256(), 0
        with opened(digest) as file:
            while piece := file.read(PIECE):
                found.update(piece)
                count += len(piece)
                yield piece
        if (found.hexdigest(), count) != (digest, size):
            message = N_("Object {object} is damaged: its bytes are not those that were sealed. Restore it from a "
                         "backup, then export again.")  # fmt: skip
            raise DamagedError(message, place=f"objects/{digest}", object=digest)


class _Plain:
    """Pieces as a file that age reads from."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._rest = memoryview(b"")
        self.failed: Exception | None = None

    def read(self, size: int = -1) -> bytes:
        if size < 0:
            raise io.UnsupportedOperation("a bundle is read piece by piece")
        while not self._rest:
            try:
                piece = next(self._pieces, None)
            except Exception as error:
                self.failed = error  # age says only that there was one
                raise
            if piece is None:
                return b""
            self._rest = memoryview(piece)
        given, self._rest = self._rest[:size], self._rest[size:]
        return bytes(given)


class _Hashed:
    """A file that age writes to, and the digest of what it wrote."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.digest = hashlib.sha256()
        self.failed: Exception | None = None

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        try:
            return self._file.write(data)
        except OSError as error:
            self.failed = error
            raise

    def flush(self) -> None:
        self._file.flush()


class _Read:
    """A bundle as age reads it, and its digest."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self._head = b""

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self._digest.update(data)
        if len(self._head) < _LONGEST_HEAD:
            self._head += data[:_LONGEST_HEAD]
        return data

    def begins_with(self, magic: bytes) -> bool:
        return self._head.startswith(magic)

    def finish(self) -> str:
        while self.read(PIECE):
            pass
        return self._digest.hexdigest()


class _Unpacking:
    """What age writes the plain bytes to: the head, the manifest, then one object after another."""

    def __init__(self, store: Path, objects_of: Callable[[bytes], Objects]) -> None:
        self._store, self._objects_of = store, objects_of
        self._waiting = bytearray()
        self._due: int | None = None
        self._manifest: bytes | None = None
        self._objects: list[tuple[str, int]] = []
        self._file: int | None = None
        self._left, self._found = 0, hashlib.sha256()
        self.failed: Exception | None = None

    def write(self, data: bytes) -> int:
        try:
            return self._write(data)
        except Exception as error:
            self.failed = error
            raise

    def _write(self, data: bytes) -> int:
        rest = memoryview(data)
        if self._manifest is None:
            self._waiting += rest
            rest = memoryview(self._take_manifest())
        while rest:
            rest = self._take_object(rest)
        return len(data)

    def flush(self) -> None:
        """Nothing is kept back."""

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def finish(self) -> bytes:
        """The manifest, once everything has come."""
        self._take_empty()
        if self._manifest is None or self._objects or self._file is not None:
            raise damaged()
        return self._manifest

    def _take_manifest(self) -> bytes:
        """What follows the manifest, once it is whole; nothing before that."""
        if self._due is None:
            match = _HEAD.match(self._waiting)
            if match is None:
                if len(self._waiting) < _LONGEST_HEAD:
                    return b""
                raise damaged()
            if match[1] + match[2] != FORMAT.encode():
                message = N_("This bundle has format {found}; this version takes over {expected}. Install a newer "
                             "version, then import it again.")  # fmt: skip
                raise StateError(message, place="bundle", found=(match[1] + match[2]).decode(), expected=FORMAT)
            self._due = int(match[3])
            if self._due > LONGEST_MANIFEST:
                raise damaged()
            del self._waiting[: match.end()]
        if len(self._waiting) < self._due:
            return b""
        self._manifest = bytes(self._waiting[: self._due])
        rest = bytes(self._waiting[self._due :])
        self._waiting.clear()
        self._objects = list(reversed(self._objects_of(self._manifest)))
        return rest

    def _take_object(self, rest: memoryview) -> memoryview:
        if self._file is None:
            self._begin()
        assert self._file is not None
        piece, rest = rest[: self._left], rest[self._left :]
        write_all(self._file, bytes(piece))
        self._found.update(piece)
        self._left -= len(piece)
        if not self._left:
            self._end()
        return rest

    def _take_empty(self) -> None:
        """Objects of no byte at the very end, which no write announces."""
        while self._manifest is not None and self._file is None and self._objects and self._objects[-1][1] == 0:
            self._begin()
            self._end()

    def _begin(self) -> None:
        if not self._objects:
            raise damaged()
        digest, self._left = self._objects[-1]
        self._found = hashlib.sha256()
        make_folder(self._store / digest[:2])
        try:
            self._file = create_file(self._store / digest[:2] / digest)
        except FileExistsError:
            raise damaged() from None

    def _end(self) -> None:
        self.close()
        digest, _ = self._objects.pop()
        if self._found.hexdigest() != digest:
            raise damaged()


def _is_identity(line: str) -> bool:
    from pyrage import IdentityError, x25519

    try:
        return _IDENTITY.fullmatch(line) is not None and x25519.Identity.from_str(line) is not None
    except IdentityError:
        return False


def _create(path: Path) -> int:
    """A new file for its owner alone, on any disk: a stick may know no rights."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def _unwritable(path: Path, error: OSError) -> UsageError:
    message = N_("{file} cannot be made ({problem}). Name a file that does not exist yet, in a folder of yours.")
    return UsageError(message, place=path.name, file=path.name, problem=error.strerror)


def _not_for_us() -> KeysError:
    message = N_("This bundle was sealed for another recipient: the identity given does not open it. Nothing was "
                 "changed here.")  # fmt: skip
    return KeysError(message, place="--identity")
