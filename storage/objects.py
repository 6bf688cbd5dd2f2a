"""Sealed objects: files of ciphertext, named by their own digest.

Rules kept here:
- an object id is drawn anew for every sealing and never used again; it gives the object its key;
- a sealed object is durable, content and name, before anyone is told of it; until then it has a name
  nobody looks for, and what a crash leaves there is removed by the next archive that opens;
- no plain byte is ever written; on any failure nothing is left;
- whatever is not as it was sealed is a DamagedError that names the object.
"""

import contextlib
import fcntl
import hashlib
import io
import os
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from storage.durable import ABSENT, create_file, disk_errors, make_folder, sync_folder, write_all
from storage.keys.scope import BLOB_FORMAT, TABLE_FORMAT, Scope, associated_data, object_label
from storage.stream import CHUNK, StreamReader, damaged, sealed_pieces
from vocabulary.errors import DamagedError, KeysError
from vocabulary.ids import is_id, new_id
from vocabulary.messages import N_
from vocabulary.transcript import Transcript, TreatedTranscript

if TYPE_CHECKING:
    from storage.tables import ArrowTable

BLOB, TABLE = "blob", "table"
UNFINISHED = "unfinished"
"""Folder beside the objects: what is being sealed, before it has its name."""

_DIGEST = re.compile(r"[0-9a-f]{64}")
_FOLDER = re.compile(r"[0-9a-f]{2}")
_FORMATS = {BLOB: BLOB_FORMAT, TABLE: TABLE_FORMAT}


@dataclass(frozen=True)
class Sealed:
    """A durable sealed object. ``digest`` (SHA-256, hex) and ``size`` (bytes) are those of its file."""

    object_id: str
    digest: str
    size: int
    kind: str

    def __post_init__(self) -> None:
        if not is_id(self.object_id) or self.kind not in _FORMATS or self.size < 0:
            raise ValueError("a sealed object has an opaque id, a size, and is a blob or a table")
        _check_is_digest(self.digest)


class DataKeys(Protocol):
    """What opens the objects of one home: its keystore, or the keys of a bundle (storage/copies/manifest.py)."""

    @property
    def home_id(self) -> str: ...
    def data_key(self, scope: Scope) -> bytes: ...
    def derive(self, scope: Scope, label: bytes) -> bytes: ...


class ObjectStore:
    """The objects folder of one home. Without a keystore it can only be checked."""

    def __init__(self, root: Path, keystore: DataKeys | None = None) -> None:
        """With a keystore, this also removes what interrupted sealings left."""
        self.root = root
        self._unfinished = root.parent / UNFINISHED
        self._opened_keystore = keystore
        if keystore is not None:
            self._remove_abandoned()

    # Blobs

    def seal(self, scope: Scope, source: bytes | BinaryIO) -> Sealed:
        """Seal bytes, or a file from where it stands to its end; durable on return.

        KeyGoneError without the scope's key, ResourceError when the disk is full.
        """
        object_id = new_id("o")
        plain = io.BytesIO(source) if isinstance(source, bytes) else source
        pieces = sealed_pieces(self._key(scope, BLOB, object_id), self._bound_to(scope, BLOB, object_id), plain)
        return self._publish(scope, BLOB, object_id, pieces)

    def unseal(self, scope: Scope, sealed: Sealed) -> bytes:
        """All plain bytes of a blob. KeyGoneError if its key was destroyed."""
        with self.reader(scope, sealed) as reader:
            return reader.read()

    def reader(self, scope: Scope, sealed: Sealed) -> BinaryIO:
        """A blob as a seekable file; what is read is decrypted chunk by chunk in memory.

        It stops with KeyGoneError when the key is destroyed meanwhile.
        """
        self._check_kind(sealed, BLOB)
        associated = self._bound_to(scope, BLOB, sealed.object_id)
        raw = StreamReader(
            self._file(sealed), lambda: self._key(scope, BLOB, sealed.object_id), associated, sealed.object_id
        )
        return io.BufferedReader(raw, CHUNK)

    # Tables

    def seal_transcript(self, scope: Scope, transcript: Transcript) -> Sealed:
        """Seal a transcript as an encrypted Parquet table; errors as for ``seal``."""
        from storage.tables import transcript_table

        return self._seal_table(scope, transcript_table(transcript))

    def unseal_transcript(self, scope: Scope, sealed: Sealed) -> Transcript:
        from storage.tables import transcript_of

        return transcript_of(self._table(scope, sealed), sealed.object_id)

    def seal_treated(self, scope: Scope, treated: TreatedTranscript, salt: str) -> Sealed:
        """Seal a treated transcript with the salt of its content digest, which dies with it."""
        from storage.tables import treated_table

        return self._seal_table(scope, treated_table(treated, salt))

    def unseal_treated(self, scope: Scope, sealed: Sealed) -> tuple[TreatedTranscript, str]:
        """The treated transcript and its salt."""
        from storage.tables import treated_of

        return treated_of(self._table(scope, sealed), sealed.object_id)

    def query_transcripts(self, items: Mapping[str, tuple[Scope, Sealed]], sql: str) -> list[tuple[Any, ...]]:
        """Run one SELECT over sealed tables, each under its name; see storage.query.engine.query."""
        from storage.query.engine import query

        return query({name: self._table(scope, sealed) for name, (scope, sealed) in items.items()}, sql)

    def turns(self, scope: Scope, sealed: Sealed, columns: Sequence[str]) -> "tuple[ArrowTable, str | None]":
        """The turns of a sealed transcript as a query sees them (storage/tables.py), and the audience of a treated one.

        Only what ``columns`` need is decrypted.
        """
        from storage.tables import needed_for, turns_of

        return turns_of(self._table(scope, sealed, needed_for(columns)), columns, sealed.object_id)

    # Any kind

    def reseal(self, scope: Scope, sealed: Sealed, target: Scope, source: "ObjectStore | None" = None) -> Sealed:
        """Seal the same content anew under another scope; the old object stays until it is discarded.

        ``source`` is the store it lies in, where that is another home's.
        """
        held = source or self
        if sealed.kind == TABLE:
            return self._seal_table(target, held._table(scope, sealed))
        with held.reader(scope, sealed) as reader:
            return self.seal(target, reader)

    def check_opens(self, scope: Scope, sealed: Sealed) -> None:
        """Open an object wholly; DamagedError or KeyGoneError if it does not."""
        if sealed.kind == TABLE:
            self._table(scope, sealed)
            return
        with self.reader(scope, sealed) as reader:
            while reader.read(CHUNK):
                pass
        if not self.check_digest(sealed.digest):
            raise damaged(sealed.object_id)

    def discard(self, digest: str) -> None:
        """Remove an object's file, durably. Safe to repeat."""
        path = self._path(digest)
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
            sync_folder(path.parent)

    def digests(self) -> Iterator[str]:
        """The digests of all objects, in order, as their files are named."""
        if not self.root.is_dir():
            return
        for folder in sorted(path for path in self.root.iterdir() if _FOLDER.fullmatch(path.name)):
            names = (path.name for path in folder.iterdir())
            yield from sorted(name for name in names if _DIGEST.fullmatch(name) and name[:2] == folder.name)

    def raw(self, digest: str) -> BinaryIO:
        """The file of an object as it lies, sealed; DamagedError if it is not there."""
        try:
            return self._opened(digest)
        except FileNotFoundError:
            raise _missing(digest) from None

    def check_digest(self, digest: str) -> bool:
        """Whether the object is there and its bytes have this digest (fixity check); needs no key."""
        try:
            with self._opened(digest) as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == digest
        except FileNotFoundError:
            return False

    # Sealing and opening

    @property
    def _keystore(self) -> DataKeys:
        if self._opened_keystore is None:
            raise KeysError(N_("The archive is locked. Give its passphrase."))
        return self._opened_keystore

    def _key(self, scope: Scope, kind: str, object_id: str) -> bytes:
        return self._keystore.derive(scope, object_label(_FORMATS[kind], object_id))

    @cached_property
    def _home_id(self) -> str:
        return self._keystore.home_id

    def _bound_to(self, scope: Scope, kind: str, object_id: str) -> bytes:
        return associated_data(_FORMATS[kind], self._home_id, scope, object_id)

    def _seal_table(self, scope: Scope, table: "ArrowTable") -> Sealed:
        from storage.tables import encrypt

        object_id = new_id("o")
        data = encrypt(table, self._key(scope, TABLE, object_id), self._bound_to(scope, TABLE, object_id))
        return self._publish(scope, TABLE, object_id, [data])

    def _table(self, scope: Scope, sealed: Sealed, columns: Sequence[str] | None = None) -> "ArrowTable":
        from storage.tables import decrypt

        self._check_kind(sealed, TABLE)
        key, associated = self._key(scope, TABLE, sealed.object_id), self._bound_to(scope, TABLE, sealed.object_id)
        with self._file(sealed) as file:
            data = file.read()
        # Parquet authenticates its parts; that nothing lies between them, only the digest says. Both must hold
        # before anything is returned; a large table is digested while it is opened.
        with ThreadPoolExecutor(1) if len(data) > CHUNK else contextlib.nullcontext() as beside:
            found = None if beside is None else beside.submit(hashlib.sha256, data)
            if found is None and hashlib.sha256(data).hexdigest() != sealed.digest:
                raise damaged(sealed.object_id)
            table = decrypt(data, key, associated, sealed.object_id, columns)
            if found is not None and found.result().hexdigest() != sealed.digest:
                raise damaged(sealed.object_id)
        return table

    def _check_kind(self, sealed: Sealed, kind: str) -> None:
        if sealed.kind != kind:
            raise damaged(sealed.object_id)

    def _file(self, sealed: Sealed) -> io.BufferedReader:
        """An object's file, of the size it was sealed with."""
        try:
            file = self._opened(sealed.digest)
        except FileNotFoundError:
            raise _missing(sealed.object_id) from None
        if os.fstat(file.fileno()).st_size != sealed.size:
            file.close()
            raise damaged(sealed.object_id)
        return file

    def _opened(self, digest: str) -> io.BufferedReader:
        """FileNotFoundError for what is not a file of its own, links included."""
        try:
            descriptor = os.open(self._path(digest), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError as error:
            if error.errno not in ABSENT:
                raise
            raise FileNotFoundError(digest) from None
        return os.fdopen(descriptor, "rb")

    def _path(self, digest: str) -> Path:
        return self.root / _check_is_digest(digest)[:2] / digest

    def _publish(self, scope: Scope, kind: str, object_id: str, pieces: Iterable[bytes]) -> Sealed:
        """Write pieces under a provisional name, sync, rename to their digest, sync the folders."""
        descriptor, provisional = self._begin()
        written: list[Path] = [provisional]
        digest, size = hashlib.sha256(), 0
        try:
            for piece in pieces:
                with disk_errors():
                    write_all(descriptor, piece)
                digest.update(piece)
                size += len(piece)
            with disk_errors():
                os.fsync(descriptor)
                self._keystore.data_key(scope)  # destroyed meanwhile: this object must not appear
                target = self._path(digest.hexdigest())
                make_folder(target.parent)
                provisional.rename(target)
                written.append(target)
                sync_folder(target.parent)
                sync_folder(self.root)
        except BaseException:
            for path in written:
                path.unlink(missing_ok=True)
            raise
        finally:
            os.close(descriptor)
        return Sealed(object_id, digest.hexdigest(), size, kind)

    def _begin(self) -> tuple[int, Path]:
        """A provisional file, locked as long as it is being written."""
        make_folder(self.root)
        make_folder(self._unfinished)
        while True:
            path = self._unfinished / secrets.token_hex(16)
            with disk_errors():
                descriptor = create_file(path)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if path.exists():
                return descriptor, path
            os.close(descriptor)  # another process took it for abandoned before it was locked

    def _remove_abandoned(self) -> None:
        """Remove provisional files nobody is writing any more."""
        if not self._unfinished.is_dir():
            return
        for path in self._unfinished.iterdir():
            with contextlib.suppress(FileNotFoundError, BlockingIOError), path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()


def _missing(place: str) -> DamagedError:
    message = N_("Object {object} is missing. Run `huisclos archive verify`, and restore it from a backup.")
    return DamagedError(message, place=place, object=place)


def _check_is_digest(digest: str) -> str:
    if _DIGEST.fullmatch(digest) is None:
        raise ValueError("an object is named by 64 hex digits")
    return digest
