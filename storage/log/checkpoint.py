"""Checkpoints: the size and root of the processing log, signed.

Formats: C2SP tlog-checkpoint for the text, C2SP signed-note with Ed25519 (type 0x01) for the signature and
for the public key's text form (docs/reference/log.md).

Rules kept here:
- a note, a key and a checkpoint have exactly one encoding; whatever does not write back to the same bytes
  is refused, with the line that is wrong;
- a checkpoint is only ever read through its signature.
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from storage.log.tree import HASH_SIZE
from vocabulary.errors import LogTamperedError
from vocabulary.messages import N_

ED25519 = b"\x01"
_NAME = re.compile(r"^[^\s+]+$")
_SIGNATURE = re.compile(r"^— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$")
_SIZE = re.compile(r"^(0|[1-9][0-9]*)$")
_MOST_SIGNATURES = 16


@dataclass(frozen=True)
class LogKey:
    """The public half of a log's key, with the name it signs under (``huisclos/HOME-ID``)."""

    name: str
    public: bytes

    @property
    def key_id(self) -> bytes:
        """Four bytes that tell keys apart: SHA-256(name, newline, type, key), cut."""
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:4]

    def text(self) -> str:
        """The key as C2SP writes it, ``NAME+KEYID+BASE64``, one line."""
        return f"{self.name}+{self.key_id.hex()}+{encode(ED25519 + self.public)}\n"

    @classmethod
    def parse(cls, text: str, place: str = "key.pub") -> "LogKey":
        """Read what ``text`` wrote; LogTamperedError for anything else."""
        parts = text.rstrip("\n").split("+", 2)
        data = decode(parts[2]) if len(parts) == 3 else None
        if data is not None and len(data) == 33 and _NAME.fullmatch(parts[0]):
            key = cls(parts[0], data[1:])
            if key.text() == text:
                return key
        raise LogTamperedError(
            N_("{file} is not the public key of a processing log. Compare it with the key given out at init, "
               "and restore it."),
            place=place, file=place,
        )  # fmt: skip

    @classmethod
    def of(cls, origin: str, key: Ed25519PrivateKey) -> "LogKey":
        return cls(origin, key.public_key().public_bytes_raw())


@dataclass(frozen=True)
class Checkpoint:
    """How long the log of ``origin`` was, and the root of its tree."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{encode(self.root)}\n"

    def sign(self, key: Ed25519PrivateKey) -> str:
        """The checkpoint as a signed note; the signer's name is the origin."""
        text = self.text()
        return f"{text}\n{signature_line(self.origin, key, text)}"


@dataclass(frozen=True)
class Note:
    """A signed note taken apart: its checkpoint, and who signed (name, key id, signature)."""

    checkpoint: Checkpoint
    signatures: tuple[tuple[str, bytes, bytes], ...]


def parse_note(text: str, place: str = "checkpoint") -> Note:
    """Take a signed checkpoint apart without trusting it; LogTamperedError names the line."""
    lines = text.split("\n")
    if len(lines) < 6 or lines[-1] != "" or len(lines) - 5 > _MOST_SIGNATURES:
        raise _malformed(place, len(lines), N_("{file} is cut short or too long: a checkpoint has five lines."))
    origin, size, root_text, blank, *signature_lines = lines[:-1]
    if not _NAME.fullmatch(origin):
        raise _malformed(place, 1, N_("{file}: the name of the log is missing."))
    if not _SIZE.fullmatch(size):
        raise _malformed(place, 2, N_("{file}: the number of entries is not a number."))
    root = decode(root_text)
    if root is None or len(root) != HASH_SIZE:
        raise _malformed(place, 3, N_("{file}: the root is not 32 bytes in base64."))
    if blank:
        raise _malformed(place, 4, N_("{file}: an empty line is expected before the signature."))
    signatures = []
    for number, line in enumerate(signature_lines, start=5):
        signature = signature_of(line)
        if signature is None:
            raise _malformed(place, number, N_("{file}: this is not a signature line."))
        signatures.append(signature)
    return Note(Checkpoint(origin, int(size), root), tuple(signatures))


def open_checkpoint(text: str, key: LogKey, place: str = "checkpoint") -> Checkpoint:
    """Read a checkpoint that ``key`` signed; LogTamperedError for any other.

    Further signatures (of witnesses) are left to those who know their keys.
    """
    note = parse_note(text, place)
    if note.checkpoint.origin != key.name:
        raise _malformed(place, 1, N_("{file} belongs to another log than the public key."))
    for name, key_id, signature in note.signatures:
        if (name, key_id) == (key.name, key.key_id):
            if not is_signature(key, note.checkpoint.text(), signature):
                break
            return note.checkpoint
    raise _malformed(place, 5, N_("{file}: the signature is not one of this log's key."))


def signature_line(name: str, key: Ed25519PrivateKey, text: str) -> str:
    """The line of a signed note by which ``key`` signs ``text`` under ``name``."""
    return f"— {name} {encode(LogKey.of(name, key).key_id + key.sign(text.encode()))}\n"


def signature_of(line: str) -> tuple[str, bytes, bytes] | None:
    """A signature line (no newline) as name, key id and signature; None for anything else."""
    match = _SIGNATURE.fullmatch(line)
    data = decode(match[2]) if match else None
    return None if match is None or data is None or len(data) < 5 else (match[1], data[:4], data[4:])


def is_signature(key: LogKey, text: str, signature: bytes) -> bool:
    """Whether ``signature`` is that of ``key`` over ``text``."""
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, text.encode())
    except InvalidSignature:
        return False
    return True


def _malformed(place: str, line: int, message: str) -> LogTamperedError:
    return LogTamperedError(message, place=f"{place}:{line}", file=place)


def encode(data: bytes) -> str:
    """Base64 as all texts of the log write it."""
    return base64.b64encode(data).decode()


def decode(text: str) -> bytes | None:
    """Base64 in its one canonical spelling, or None."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if encode(data) == text else None
