"""Witnesses: a second party countersigns checkpoints, by file exchange.

Formats: C2SP tlog-cosignature, the Ed25519 kind (0x04): eight bytes of time (POSIX, big-endian) and a signature
of two lines, ``cosignature/v1`` and ``time SECONDS``, followed by the text of the checkpoint; C2SP signed-note for
keys (docs/reference/log.md).

Rules kept here:
- a witness signs only a checkpoint that the log's key signed, and that continues the last one it signed: never a
  shorter one, never another past;
- a cosignature counts only under a key that was registered in the home; others are left alone;
- what was countersigned must be the past of this log: otherwise the log forked, and that is an error.
"""

import hashlib
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from storage.durable import make_folder, sync_folder, write_new
from storage.log.checkpoint import Checkpoint, LogKey, Note, decode, encode, open_checkpoint
from storage.log.key_change import successors
from storage.log.log import Log
from storage.log.proof import FORMAT, Covered, check_past, kept_note
from storage.log.tree import verify_consistency
from vocabulary.errors import LogForkedError, LogRolledBackError, LogTamperedError, UsageError
from vocabulary.messages import N_

ED25519_COSIGNATURE = b"\x04"
WITNESSED = "witnessed"
_PRIVATE = "PRIVATE+KEY+"
_TIME_SIZE, _SIGNATURE_SIZE = 8, 64


@dataclass(frozen=True)
class WitnessKey:
    """The public half of a witness's key, with the name it signs under."""

    name: str
    public: bytes

    @property
    def key_id(self) -> bytes:
        """Four bytes that tell keys apart: SHA-256(name, newline, 0x04, key), cut."""
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519_COSIGNATURE + self.public).digest()[:4]

    def text(self) -> str:
        """The key as C2SP writes it, ``NAME+KEYID+BASE64``, one line."""
        return f"{self.name}+{self.key_id.hex()}+{encode(ED25519_COSIGNATURE + self.public)}\n"

    @classmethod
    def parse(cls, text: str, place: str = "witness key") -> "WitnessKey":
        """Read what ``text`` wrote; UsageError for anything else."""
        parts = text.strip().split("+", 2)
        data = decode(parts[2]) if len(parts) == 3 else None
        if data is not None and len(data) == 33:
            key = cls(parts[0], data[1:])
            if key.text().strip() == text.strip():
                return key
        message = N_("{file} is not the public key of a witness. It is one line, NAME+ID+KEY; huisclos witness keygen "
                     "makes it.")  # fmt: skip
        raise UsageError(message, place=place, file=place)

    def time_signed(self, note: Note) -> datetime | None:
        """When this witness countersigned ``note``; None if it did not.

        LogTamperedError when a signature has its name and is not its own.
        """
        for name, key_id, data in note.signatures:
            if (name, key_id) == (self.name, self.key_id):
                if len(data) == _TIME_SIZE + _SIGNATURE_SIZE:
                    (seconds,) = struct.unpack(">Q", data[:_TIME_SIZE])
                    if self._is_signed(note.checkpoint, seconds, data[_TIME_SIZE:]):
                        return datetime.fromtimestamp(seconds, UTC)
                message = N_("The signature of the witness {witness} is not its own: checkpoint or signature were "
                             "changed.")  # fmt: skip
                raise LogTamperedError(message, place=f"witness {self.name}", witness=self.name)
        return None

    def _is_signed(self, checkpoint: Checkpoint, seconds: int, signature: bytes) -> bool:
        if seconds > _LATEST:
            return False
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, _message(checkpoint, seconds))
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class WitnessSigner:
    """The private half, which the second party keeps. It does not show itself."""

    name: str
    private: Ed25519PrivateKey

    @classmethod
    def generate(cls, name: str) -> "WitnessSigner":
        return cls(name, Ed25519PrivateKey.generate())

    @property
    def key(self) -> WitnessKey:
        return WitnessKey(self.name, self.private.public_key().public_bytes_raw())

    def text(self) -> str:
        """The private key as one line, ``PRIVATE+KEY+NAME+KEYID+BASE64``."""
        data = encode(ED25519_COSIGNATURE + self.private.private_bytes_raw())
        return f"{_PRIVATE}{self.name}+{self.key.key_id.hex()}+{data}\n"

    @classmethod
    def parse(cls, text: str, place: str = "private key") -> "WitnessSigner":
        """Read what ``text`` wrote; UsageError for anything else, which it does not quote."""
        parts = text.strip().removeprefix(_PRIVATE).split("+", 2)
        data = decode(parts[2]) if len(parts) == 3 and text.startswith(_PRIVATE) else None
        if data is not None and len(data) == 33:
            signer = cls(parts[0], Ed25519PrivateKey.from_private_bytes(data[1:]))
            if signer.text().strip() == text.strip():
                return signer
        message = N_("{file} is not the private key of a witness. huisclos witness keygen makes one.")
        raise UsageError(message, place=place, file=place)

    def cosign(self, text: str, at: datetime) -> str:
        """The checkpoint ``text`` with this witness's signature of ``at``, which replaces an earlier one of its own."""
        seconds = int(at.timestamp())
        checkpoint = kept_note(text).checkpoint
        signature = self.private.sign(_message(checkpoint, seconds))
        data = encode(self.key.key_id + struct.pack(">Q", seconds) + signature)
        own = f"— {self.name} "
        kept = [line for line in text.split("\n")[:-1] if not (line.startswith(own) and self._is_own(line))]
        return "\n".join([*kept, own + data]) + "\n"

    def _is_own(self, line: str) -> bool:
        return (decode(line.rsplit(" ", 1)[1]) or b"")[:4] == self.key.key_id


_LATEST = 253402300799
"""The last second of the year 9999: no later time is one."""


def _message(checkpoint: Checkpoint, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{checkpoint.text()}".encode()


def sign_checkpoint(
    text: str,
    signer: WitnessSigner,
    log_key: LogKey,
    at: datetime,
    last: str | None = None,
    proof: Mapping[str, Any] | None = None,
) -> str:
    """Countersign the checkpoint ``text`` once it is found to continue ``last``, the one signed before.

    ``log_key`` is the log's public key as the witness keeps it; ``proof`` is a huisclos-proof/1 that holds the
    consistency of the two, and the changes of the key since then. LogTamperedError when the log did not sign,
    LogRolledBackError when ``text`` is shorter than ``last``, LogForkedError when it is another past, UsageError
    when something needed is missing or unreadable.
    """
    checkpoint = kept_note(text).checkpoint
    _check_signed(text, log_key, () if proof is None else proof.get("key_changes", ()))
    if last is not None:
        note = kept_note(last)
        if signer.key.time_signed(note) is None:
            message = N_("The last checkpoint given is not one that {witness} signed. Give the last one you signed.")
            raise UsageError(message, place="--last", witness=signer.name)
        _check_continues(note.checkpoint, checkpoint, proof)
    return signer.cosign(text, at)


def _check_signed(text: str, log_key: LogKey, changes: Iterable[str]) -> None:
    keys = [log_key, *successors(log_key, (line.encode() for line in changes))]
    for key in keys[::-1]:
        if key.key_id in {key_id for _, key_id, _ in kept_note(text).signatures}:
            open_checkpoint(text, key)
            return
    open_checkpoint(text, log_key)


def _check_continues(last: Checkpoint, new: Checkpoint, proof: Mapping[str, Any] | None) -> None:
    if last.origin != new.origin:
        message = N_("The checkpoint is that of {found}; the last one you signed is that of {expected}.")
        raise UsageError(message, place="--last", found=new.origin, expected=last.origin)
    if new.size < last.size:
        message = N_("This checkpoint covers {size} entries, the last one you signed covers {kept}: the log was rolled "
                     "back. Nothing was signed.")  # fmt: skip
        raise LogRolledBackError(message, place=f"entry {new.size}", size=new.size, kept=last.size)
    nodes: list[bytes] | None = [] if new.size == last.size else _consistency_of(proof, last, new)
    if nodes is None or not verify_consistency(last.size, new.size, nodes, last.root, new.root):
        message = N_("This checkpoint does not continue the last one you signed, which covers {kept} entries: the log "
                     "forked. Nothing was signed.")  # fmt: skip
        raise LogForkedError(message, place=f"entries 0 to {last.size - 1}", kept=last.size)


def _consistency_of(proof: Mapping[str, Any] | None, last: Checkpoint, new: Checkpoint) -> list[bytes] | None:
    """The nodes of the proof, which must be about just these two sizes; None for nodes that are none."""
    part = None if proof is None or proof.get("format") != FORMAT else proof.get("consistency")
    if not isinstance(part, Mapping) or (part.get("old_size"), part.get("new_size")) != (last.size, new.size):
        message = N_("A proof is needed that the log of {size} entries continues that of {kept}. Ask for it: huisclos "
                     "log prove --since LAST --out FILE, and sign that file.")  # fmt: skip
        raise UsageError(message, place="CHECKPOINT", size=new.size, kept=last.size)
    nodes = [decode(node) if isinstance(node, str) else None for node in part.get("proof", ())]
    return [node for node in nodes if node is not None] if None not in nodes else None


@dataclass(frozen=True)
class Witnessed:
    """A checkpoint that a witness countersigned, as the home keeps it. ``at`` is UTC, to the second."""

    size: int
    witness: str
    at: datetime


def keep(log: Log, text: str) -> Path:
    """Keep a countersigned checkpoint beside the log; return its file. Keeping it again changes nothing."""
    folder = log.directory / WITNESSED
    make_folder(folder)
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    path = folder / f"{kept_note(text).checkpoint.size:09}-{digest}.txt"
    if not path.exists():
        write_new(path, text.encode())
        sync_folder(folder)
    return path


def kept_files(log: Log) -> list[Path]:
    """The countersigned checkpoints the home keeps, the shortest first."""
    return sorted((log.directory / WITNESSED).glob("*.txt"))


def check_countersigned(covered: Covered, text: str, keys: Iterable[WitnessKey]) -> list[Witnessed]:
    """Who of ``keys`` countersigned the checkpoint ``text``, found to be the past of this log.

    LogTamperedError for a signature under a known name that is not its own, LogForkedError and
    LogRolledBackError for another past.
    """
    note = kept_note(text)
    found = [(key, key.time_signed(note)) for key in keys]
    signed = [Witnessed(note.checkpoint.size, key.name, at) for key, at in found if at is not None]
    if signed:
        check_past(covered, note.checkpoint)
    return signed


def witnessed(log: Log, keys: Iterable[WitnessKey]) -> list[Witnessed]:
    """Every countersigned checkpoint the home keeps, checked against the log; the shortest first."""
    files, known = kept_files(log), list(keys)
    if not files:
        return []
    covered = Covered.of(log)
    found: list[Witnessed] = []
    for path in files:
        found += check_countersigned(covered, path.read_text(encoding="utf-8", errors="replace"), known)
    return found
