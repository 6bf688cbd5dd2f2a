"""What a bundle says of its workshop: keys, rows, people, policy, and the log entries that prove them.

Format ``huisclos-workshop/1``, one canonical JSON object, only ever inside the age layer (storage/copies/bundle.py): it
holds data keys and names.

Rules kept here:
- whatever does not write back to the same bytes is damage;
- every row is what the last carried entry that wrote it says, and every carried entry is proved to stand in the
  source's log under its last signed checkpoint;
- every record that is not destroyed has its key and its object;
- nothing of a manifest shows itself by accident: its repr holds ids and counts.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from storage.copies.bundle import FORMAT, damaged
from storage.keys.keystore_file import hkdf
from storage.keys.scope import Scope
from storage.log.checkpoint import Checkpoint, LogKey, decode, encode, open_checkpoint
from storage.log.entry import LoggedEntry, parse_line
from storage.log.tree import leaf_hash, verify_inclusion
from storage.replay import replay
from storage.rows.kinds import Row
from storage.rows.retention import DecisionRow, EventRow, ExtensionRow, HoldRow, VisaRow
from storage.rows.row import key_of, values_of
from storage.rows.walk import ClearanceRow, RecordRow, SessionRow, WorkshopRow
from vocabulary.choices import RecordLife
from vocabulary.errors import HuisclosError, KeyGoneError
from vocabulary.ids import is_id
from vocabulary.messages import N_

Ordered = EventRow | HoldRow | ExtensionRow | VisaRow | DecisionRow
ORDERED: tuple[type[Ordered], ...] = (EventRow, HoldRow, ExtensionRow, VisaRow, DecisionRow)
"""What people noted and ordered of a workshop: its clocks go on from there, and its holds stand in the other home."""

Carried = WorkshopRow | SessionRow | RecordRow | ClearanceRow | Ordered
CARRIED: tuple[type[Carried], ...] = (WorkshopRow, SessionRow, RecordRow, ClearanceRow, *ORDERED)
"""The tables whose rows go along; copies in the outbox, and what was announced, stay where they are."""

ORIGIN = "origin"
"""The format of the record, of class certificate, that keeps the source's log entries with their proofs."""

_BY_TABLE = {row_type.TABLE: row_type for row_type in CARRIED}
_FIELDS = ("format", "home", "workshop", "answer", "policy", "log_key", "checkpoint", "expired", "keys", "epochs",
           "people", "rows", "entries")  # fmt: skip


@dataclass(frozen=True)
class Proved:
    """A log entry of the source: its line, its number, and its inclusion proof (RFC 9162, 2.1.3), base64."""

    seq: int
    line: str
    proof: tuple[str, ...]

    def entry(self) -> LoggedEntry:
        return parse_line(self.line.encode())


@dataclass(frozen=True, repr=False)
class Manifest:
    """One workshop, as its home gives it out.

    ``answer`` is 32 random bytes (hex) that only who opened the bundle can give back; ``keys`` are data keys (hex)
    by scope; ``epochs`` the last epoch ever opened of each series; ``people`` names by opaque id; ``checkpoint``
    the source's last one, signed with ``log_key``; ``expired`` says that entries of its log had come to their end.
    """

    home: str
    workshop: str
    answer: str
    policy: str
    log_key: str
    checkpoint: str
    expired: bool
    keys: Mapping[str, str]
    epochs: Mapping[str, int]
    people: Mapping[str, str]
    rows: tuple[Carried, ...]
    entries: tuple[Proved, ...]

    def __repr__(self) -> str:
        return f"Manifest({self.workshop}, {len(self.rows)} rows)"

    def of(self, row_type: type[Row]) -> list[Any]:
        """The rows of one table."""
        return [row for row in self.rows if type(row) is row_type]

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The number of each session, by its id."""
        return {row.id: row.number for row in self.of(SessionRow)}

    def scope_of(self, record: RecordRow) -> Scope:
        """What a carried record was sealed under in the source."""
        return record.scope(self.numbers[record.session_id] if record.session_id else 0)

    def kept(self) -> list[RecordRow]:
        """The records that are not destroyed: those whose objects go along, in their order."""
        return [row for row in self.of(RecordRow) if row.life != RecordLife.DESTROYED]

    def objects(self) -> list[tuple[str, int]]:
        """Digest and size of every object of the bundle."""
        return [(record.digest, record.size) for record in self.kept()]

    def source_keys(self) -> "SourceKeys":
        return SourceKeys(self.home, {name: bytes.fromhex(key) for name, key in self.keys.items()})

    def head(self) -> Checkpoint:
        """The source's last checkpoint, its signature checked."""
        return open_checkpoint(self.checkpoint, LogKey.parse(self.log_key))

    def to_bytes(self) -> bytes:
        value = {
            "format": FORMAT,
            "home": self.home,
            "workshop": self.workshop,
            "answer": self.answer,
            "policy": self.policy,
            "log_key": self.log_key,
            "checkpoint": self.checkpoint,
            "expired": self.expired,
            "keys": dict(sorted(self.keys.items())),
            "epochs": dict(sorted(self.epochs.items())),
            "people": dict(sorted(self.people.items())),
            "rows": [{"table": row.TABLE, "values": values_of(row)} for row in self.rows],
            "entries": [{"seq": one.seq, "line": one.line, "proof": list(one.proof)} for one in self.entries],
        }
        return _canonical(value)

    def proofs(self) -> bytes:
        """What of it names nobody and opens nothing: the source's entries with their proofs, to be kept."""
        kept = ("format", "home", "workshop", "log_key", "checkpoint", "expired", "entries")
        value = json.loads(self.to_bytes())
        return _canonical({name: value[name] for name in kept})

    @classmethod
    def from_bytes(cls, data: bytes) -> "Manifest":
        """Read what ``to_bytes`` wrote and find everything in it that belongs together; DamagedError otherwise."""
        try:
            manifest = cls._parse(json.loads(data))
            sound = manifest.to_bytes() == data and _is_whole(manifest)
        except (HuisclosError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise damaged() from None
        if not sound:
            raise damaged()
        return manifest

    @classmethod
    def _parse(cls, value: Any) -> "Manifest":
        if tuple(value) != _FIELDS:
            raise ValueError("not the fields of a manifest, in their order")
        rows = tuple(_BY_TABLE[row["table"]](**row["values"]) for row in value["rows"])
        entries = tuple(Proved(one["seq"], one["line"], tuple(one["proof"])) for one in value["entries"])
        plain = {name: value[name] for name in _FIELDS if name not in ("format", "rows", "entries")}
        return cls(**plain, rows=rows, entries=entries)


class SourceKeys:
    """The data keys of a bundle, in the place of a keystore: what opens the source's objects, for as long as needed."""

    def __init__(self, home_id: str, keys: Mapping[str, bytes]) -> None:
        self.home_id = home_id
        self._keys = keys

    def data_key(self, scope: Scope) -> bytes:
        """The 32-byte data key of a scope; KeyGoneError if the bundle does not hold it."""
        key = self._keys.get(scope.key_id())
        if key is None:
            message = N_("The bundle does not hold the key of {scope}.")
            raise KeyGoneError(message, place=scope.key_id(), scope=scope.key_id())
        return key

    def derive(self, scope: Scope, label: bytes) -> bytes:
        """A 32-byte key for one purpose (storage/keys/keystore.py)."""
        return hkdf(self.data_key(scope), label)


def proved(entries: Iterable[LoggedEntry], prove: Callable[[int], list[bytes]]) -> tuple[Proved, ...]:
    """Log entries as a bundle carries them; ``prove`` gives the inclusion proof of an entry's number."""
    return tuple(
        Proved(entry.seq, entry.line().decode(), tuple(encode(node) for node in prove(entry.seq))) for entry in entries
    )


def concerning(workshop: str, rows: Iterable[Row], entries: Sequence[LoggedEntry]) -> list[LoggedEntry]:
    """The entries about a workshop: by their session, their facts, or a row they wrote or removed.

    ``rows`` are those that are there; a row that was there once and was removed (storage/copies/restore.py) counts,
    so that the entry that removed it goes along.
    """
    keys = {(row.TABLE, key_of(row)) for row in rows}
    sessions = {key for table, key in keys if table == SessionRow.TABLE}
    keys |= {
        (row.table, row.key)
        for entry in entries
        for row in entry.rows
        if row.table in _BY_TABLE and row.values is not None and _belongs(workshop, sessions, row.table, row.values)
    }
    return [
        entry
        for entry in entries
        if entry.session in sessions
        or entry.facts.get("workshop") == workshop
        or any((row.table, row.key) in keys for row in entry.rows)
    ]


def _is_whole(manifest: Manifest) -> bool:
    """Whether ids, keys, rows and entries are those of one workshop, and prove each other."""
    workshops, numbers = manifest.of(WorkshopRow), manifest.numbers
    sound = is_id(manifest.home) and [row.code for row in workshops] == [manifest.workshop]
    sound = sound and len(bytes.fromhex(manifest.answer)) == 32 and type(manifest.expired) is bool
    sound = sound and hashlib.sha256(manifest.policy.encode()).hexdigest() == workshops[0].policy_digest
    sound = sound and all(row.workshop == manifest.workshop for row in manifest.of(SessionRow))
    sound = sound and all(
        row.workshop == manifest.workshop and (row.session_id is None or row.session_id in numbers)
        for row in manifest.of(RecordRow)
    )
    sound = sound and all(row.session_id in numbers for row in manifest.of(ClearanceRow))
    sound = sound and all(row.person in manifest.people for row in manifest.of(ClearanceRow))
    records = {row.id for row in manifest.of(RecordRow)}
    sound = sound and all(
        row.workshop == manifest.workshop
        and row.person in manifest.people
        and (row.record_id in records if isinstance(row, DecisionRow) else row.session_id in (None, *numbers))
        for row_type in ORDERED
        for row in manifest.of(row_type)
    )
    sound = sound and len({(row.TABLE, key_of(row)) for row in manifest.rows}) == len(manifest.rows)
    if not sound:
        return False
    needed = {manifest.scope_of(record).key_id() for record in manifest.kept()}
    sound = needed == set(manifest.keys) and all(len(bytes.fromhex(key)) == 32 for key in manifest.keys.values())
    epochs = [(manifest.scope_of(record).series(), record.epoch) for record in manifest.of(RecordRow)]
    sound = sound and all(epoch <= manifest.epochs[series] for series, epoch in epochs)
    return sound and _is_proved(manifest)


def _is_proved(manifest: Manifest) -> bool:
    head = manifest.head()
    if head.origin != f"huisclos/{manifest.home}":
        return False
    entries, last = [], -1
    for one in manifest.entries:
        entry, proof = one.entry(), [decode(node) or b"" for node in one.proof]
        included = verify_inclusion(one.seq, head.size, leaf_hash(one.line.encode()), proof, head.root)
        if not included or entry.seq != one.seq or entry.seq <= last:
            return False
        entries.append(entry)
        last = entry.seq
    tables = replay(entries)
    carried = {(row.TABLE, key_of(row)): values_of(row) for row in manifest.rows}
    for (table, key), values in carried.items():
        written = tables[table].get(key)
        if not (manifest.expired if written is None else _is_told(values, written)):
            return False
    return all(
        (table, key) in carried or not _belongs(manifest.workshop, manifest.numbers, table, values)
        for table in _BY_TABLE
        for key, values in tables[table].items()
    )


def _is_told(values: Mapping[str, object], written: Mapping[str, object]) -> bool:
    """Whether a row is what its entry wrote; a column that an older entry does not know is empty."""
    return written.keys() <= values.keys() and all(written.get(column) == value for column, value in values.items())


def _belongs(workshop: str, sessions: Collection[str], table: str, values: Mapping[str, object]) -> bool:
    if table == ClearanceRow.TABLE:
        return values["session_id"] in sessions
    return values["code" if table == WorkshopRow.TABLE else "workshop"] == workshop


def _canonical(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
