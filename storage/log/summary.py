"""What expired entries leave behind, beside their leaves: one signed summary, ``summary``.

Format ``huisclos-log-summary/1``: one line of canonical JSON, in a C2SP signed note with an Ed25519 signature of the
log's key (docs/reference/log.md).

Rules kept here:
- it says which segments expired and which entries were in them, what the decisions among them had made of the
  catalog (every row in force), and keeps whole the entries by which the log's key was changed;
- a summary counts only under a signature of the log, and only if the newest ``segment-expired`` entry holds its
  digest;
- it has one encoding: what does not write back to the same bytes is refused.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from storage.log.checkpoint import LogKey, decode, encode, is_signature, signature_line, signature_of
from storage.log.entry import Value, parse_line
from storage.log.runs import Runs
from storage.log.segments import Segment
from storage.log.tree import EMPTY_ROOT, HASH_SIZE
from vocabulary.errors import LogTamperedError
from vocabulary.messages import N_

FORMAT = "huisclos-log-summary/1"
SUMMARY, NEXT = "summary", "summary.next"

Tables = dict[str, dict[str, dict[str, Value]]]
"""Table -> key -> column -> value."""

_FIELDS = {"format", "log", "size", "root", "tables", "segments", "entries", "key_changes"}


@dataclass(frozen=True)
class Summary:
    """What expired, and what it left.

    ``tables`` is what the first ``size`` entries made of the catalog, ``root`` that of their tree; 0 while no
    decision expired. ``segments`` expired, ``expired`` are their entries; ``key_changes`` are whole lines.
    """

    log: str
    size: int = 0
    root: bytes = EMPTY_ROOT
    tables: Tables = field(default_factory=dict)
    segments: tuple[Segment, ...] = ()
    expired: Runs = field(default_factory=Runs)
    key_changes: tuple[bytes, ...] = ()

    def text(self) -> str:
        """What is signed: one line of JSON, names in order, without spaces between tokens."""
        value = {
            "format": FORMAT,
            "log": self.log,
            "size": self.size,
            "root": encode(self.root),
            "tables": self.tables,
            "segments": [segment.name for segment in self.segments],
            "entries": str(self.expired),
            "key_changes": [line.decode() for line in self.key_changes],
        }
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"

    def sign(self, key: Ed25519PrivateKey) -> bytes:
        """The summary as a signed note."""
        text = self.text()
        return f"{text}\n{signature_line(self.log, key, text)}".encode()


def open_summary(data: bytes, keys: Iterable[LogKey]) -> Summary:
    """Read a summary that one of ``keys`` signed; LogTamperedError for anything else."""
    try:
        text, _, rest = data.decode().partition("\n\n")
        text += "\n"
        signature = signature_of(rest.removesuffix("\n"))
        if signature is None or not rest.endswith("\n") or not _is_signed(text, signature, keys):
            raise forged()
        summary = _parse(json.loads(text))
        if summary.text() != text:
            raise forged()
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise forged() from None
    return summary


def digest_of(data: bytes) -> str:
    """The digest of a signed summary, as an entry holds it (hex)."""
    return hashlib.sha256(data).hexdigest()


def forged() -> LogTamperedError:
    message = N_("The summary of the expired entries is not one that this log signed and noted. Repair nothing yet: "
                 "keep everything as it is, and tell the auditor and a data steward. Only then restore the log from a "
                 "backup and compare it with a checkpoint kept elsewhere.")  # fmt: skip
    return LogTamperedError(message, place=SUMMARY)


def _is_signed(text: str, signature: tuple[str, bytes, bytes], keys: Iterable[LogKey]) -> bool:
    name, key_id, signed = signature
    return any(is_signature(key, text, signed) for key in keys if (key.name, key.key_id) == (name, key_id))


def _parse(value: Mapping[str, Any]) -> Summary:
    root = decode(value["root"])
    if set(value) != _FIELDS or value["format"] != FORMAT or root is None or len(root) != HASH_SIZE:
        raise ValueError("not the fields of a summary")
    if type(value["size"]) is not int or value["size"] < 0 or type(value["log"]) is not str:
        raise ValueError("not the size or the log of a summary")
    columns = [column for rows in value["tables"].values() for row in rows.values() for column in row.values()]
    if not all(column is None or isinstance(column, str | int) for column in columns):
        raise ValueError("not the values of rows")
    lines = tuple(line.encode() for line in value["key_changes"])
    if any(parse_line(line).kind != "key-changed" for line in lines):
        raise ValueError("not a change of the key")
    return Summary(
        log=value["log"],
        size=value["size"],
        root=root,
        tables=value["tables"],
        segments=tuple(Segment.parse(name) for name in value["segments"]),
        expired=Runs.parse(value["entries"]),
        key_changes=lines,
    )
