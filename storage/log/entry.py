"""Entries of the processing log: what a step wants logged, and what the log holds.

Format ``huisclos-log/1``, one canonical JSON object a line (docs/reference/log.md).

Rules kept here:
- an entry's kind is one of a closed list;
- an entry is an access or a decision; an access changes nothing, so it carries no rows;
- facts are ids, codes, counts, digests and versions: short plain values in printable ASCII, so that a
  sentence of talk or a name does not pass for one;
- a line has one encoding: what does not write back to the same bytes is refused.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType

from vocabulary.ids import is_id
from vocabulary.messages import N_

FORMAT = "huisclos-log/1"
LONGEST_FACT = 200
LARGEST_NUMBER = 2**53

Value = str | int | bool | None

KINDS: Mapping[str, str] = MappingProxyType({
    "home-created": N_("the home was created"),
    "workshop-added": N_("a workshop was added"),
    "policy-asked": N_("a person asked for a policy that loosens"),
    "policy-changed": N_("a workshop's policy was changed"),
    "received": N_("a recording was received and sealed"),
    "dossier-sealed": N_("a session dossier was sealed"),
    "withheld": N_("stretches of a recording were withheld"),
    "waiting": N_("a session waits"),
    "block-transcribed": N_("a block of a session was transcribed"),
    "blocks-outdated": N_("blocks of a transcription were given up, as what they depend on changed"),
    "transcribed": N_("a session was transcribed"),
    "drafted": N_("a draft was made"),
    "accessed": N_("text was shown to a person"),
    "presented": N_("a draft was opened to review"),
    "reviewed": N_("a review was accepted"),
    "cleared": N_("a person cleared a text"),
    "clearance-completed": N_("a clearance was completed"),
    "clearance-voided": N_("clearances were voided"),
    "withheld-by-guard": N_("the egress guard withheld a text"),
    "guard-passed": N_("a text passed the egress guard before its vault was destroyed"),
    "release-intended": N_("a release is about to be made"),
    "released": N_("a text was released"),
    "destruction-intended": N_("a destruction is about to be made"),
    "destroyed": N_("records were destroyed"),
    "certified": N_("a certificate of destruction was sealed"),
    "resealed": N_("a record was sealed anew under another key"),
    "quarantined": N_("a session was put in quarantine"),
    "retried": N_("a session left quarantine"),
    "discard-asked": N_("a person asked to discard a session"),
    "discarded": N_("a session was discarded"),
    "recovered": N_("a recording was given back"),
    "closed": N_("a session was closed"),
    "fault": N_("a fault was sealed"),
    "person-registered": N_("a person was registered"),
    "detached": N_("a part was detached from a session"),
    "removal-intended": N_("a copy in the outbox is about to be removed"),
    "removed": N_("a copy was removed from the outbox"),
    "checkpoint-exported": N_("a checkpoint left the machine"),
    "key-changed": N_("the key of the processing log was changed"),
    "checkpoint-witnessed": N_("a witness countersigned a checkpoint"),
    "witness-added": N_("a witness was added"),
    "witness-removed": N_("a witness was removed"),
    "segment-expired": N_("entries of the log came to the end of their life"),
    "opener-added": N_("a person was given a passphrase of their own"),
    "opener-changed": N_("what a person may open was changed"),
    "opener-removed": N_("a person's passphrase was withdrawn"),
    "passphrase-changed": N_("a passphrase was changed"),
    "keys-rotated": N_("the root of the keys was renewed"),
    "keys-renewed": N_("data keys were renewed, and what they sealed was sealed anew"),
    "recovery-changed": N_("the recipients of the recovery file were changed"),
    "recovery-used": N_("the recovery file was used"),
    "export-asked": N_("a person asked for a recovery export"),
    "exported": N_("something that opens later left the machine"),
    "export-ended": N_("a backup or an export was renewed or destroyed"),
    "restored": N_("the archive was restored from a backup"),
    "queried": N_("a query was run"),
    "collected": N_("objects of no record were removed"),
    "workshop-export-intended": N_("a workshop is about to be sealed for another home"),
    "workshop-exported": N_("a workshop was sealed for another home"),
    "workshop-imported": N_("a workshop was taken over from another home"),
    "workshop-leave-asked": N_("a person asked to destroy a workshop that another home has taken over"),
    "workshop-left": N_("a workshop left for another home"),
    "upgraded": N_("the archive was brought to this version"),
    "consent-narrowed": N_("a participant took an agreement back"),
    "voices-sealed": N_("who spoke when was sealed with the proof of consent"),
    "request-opened": N_("a request of a person was opened"),
    "request-checked": N_("identity or mandate was checked for a request"),
    "request-extended": N_("the time to answer a request was extended"),
    "request-searched": N_("a request was searched for"),
    "request-decided": N_("a request was decided"),
    "statement-kept": N_("a person's statement was sealed beside a session"),
    "request-answered": N_("a letter was written for a request"),
    "request-closed": N_("a request was closed"),
    "request-expired": N_("what a request held is about to be destroyed"),
    "withdrawal-asked": N_("a person asked to withdraw or erase what concerns somebody"),
    "withdrawn": N_("what concerns somebody was withdrawn or erased"),
    "recall-written": N_("a letter was written that calls outputs back"),
    "recall-ended": N_("an output that was called back came back, or was destroyed"),
    "recall-corrected": N_("what was noted of an output that was called back was corrected"),
    "recall-unanswered": N_("a recipient has not answered for an output that was called back"),
    "hold-placed": N_("a record was put on hold"),
    "hold-lifted": N_("a hold was lifted"),
    "restriction-placed": N_("the use of what a workshop holds was restricted"),
    "restriction-lifted": N_("a restriction of use was lifted"),
    "event-noted": N_("an event that starts periods was noted"),
    "event-corrected": N_("an event noted before was corrected"),
    "period-extended": N_("the period of a session's recordings was extended"),
    "visa-noted": N_("the visa of the archives service was noted"),
    "end-decided": N_("what becomes of a record at its end was decided"),
    "transfer-received": N_("the receipt of what was handed over was noted"),
    "destruction-announced": N_("destructions were announced"),
    "destruction-warned": N_("a destruction ahead of clearance was warned of"),
    "retention-checked": N_("what is due was looked through"),
    "retention-confirmed": N_("a person confirmed what retention had stopped at"),
})  # fmt: skip
"""Every kind of entry with the words people read for it."""

ACCESSES = frozenset({"accessed", "queried"})
"""Kinds that tell of an access to text: they have a short life of their own. All others are decisions."""

_FIELDS = ("format", "seq", "id", "at", "kind", "session", "actor", "authenticated", "facts", "rows")
_FACT_NAME = re.compile(r"^[a-z][a-z0-9_]{0,39}$")
_PRINTABLE = re.compile(r"^[\x20-\x7e]*$")
_TIME = re.compile(r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$")
_BEFORE_SEQ = f'{{"format":"{FORMAT}","seq":'.encode()
_SEQ_AT = len(_BEFORE_SEQ)


@dataclass(frozen=True)
class Entry:
    """What a step wants logged.

    ``session`` and ``actor`` are opaque ids. ValueError for an unknown kind, a fact that is not a short
    plain value, or an id that is not one.
    """

    kind: str
    session: str | None = None
    actor: str | None = None
    facts: Mapping[str, Value] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"{self.kind!r} is not a kind of log entry")
        for name, value in (("session", self.session), ("actor", self.actor)):
            if value is not None and not is_id(value):
                raise ValueError(f"the {name} of an entry is an opaque id or None")
        facts = {name: fact.value if isinstance(fact, Enum) else fact for name, fact in self.facts.items()}
        for name, fact in facts.items():
            if not isinstance(name, str) or _FACT_NAME.fullmatch(name) is None:
                raise ValueError("the name of a fact is a short lower-case identifier")
            check_value(name, fact)
        object.__setattr__(self, "facts", MappingProxyType(facts))


@dataclass(frozen=True)
class WrittenRow:
    """A catalog row as an entry records it; ``values`` is None when the row was removed."""

    table: str
    key: str
    values: Mapping[str, Value] | None


@dataclass(frozen=True)
class LoggedEntry:
    """One line of the log. ``authenticated`` is None when no person acted."""

    seq: int
    id: str
    at: str
    kind: str
    session: str | None
    actor: str | None
    authenticated: bool | None
    facts: Mapping[str, Value]
    rows: tuple[WrittenRow, ...]

    @classmethod
    def of(
        cls, entry: Entry, rows: tuple[WrittenRow, ...], *, seq: int, entry_id: str, at: str, opener: str | None = None
    ) -> "LoggedEntry":
        """The line an entry becomes. An actor is authenticated when it is the ``opener``: the passphrase was theirs.

        Under the passphrase of the machine a name is a declaration.
        """
        authenticated = None if entry.actor is None else entry.actor == opener
        facts = dict(entry.facts)
        _check_rows(entry.kind, rows)
        return cls(seq, entry_id, at, entry.kind, entry.session, entry.actor, authenticated, facts, rows)

    def line(self) -> bytes:
        """Canonical JSON, UTF-8, without a newline: fields in their order, inner names sorted."""
        value = {
            "format": FORMAT,
            "seq": self.seq,
            "id": self.id,
            "at": self.at,
            "kind": self.kind,
            "session": self.session,
            "actor": self.actor,
            "authenticated": self.authenticated,
            "facts": dict(sorted(self.facts.items())),
            "rows": [
                {
                    "table": row.table,
                    "key": row.key,
                    "values": None if row.values is None else dict(sorted(row.values.items())),
                }
                for row in self.rows
            ],
        }
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def seq_of(line: bytes) -> int:
    """The number a line states, without reading the rest of it; -1 if it does not begin as an entry does."""
    end = line.find(b",", _SEQ_AT, _SEQ_AT + 20)
    digits = line[_SEQ_AT:end]
    if end < 0 or not line.startswith(_BEFORE_SEQ) or not digits.isdigit():
        return -1
    return int(digits)


def parse_line(line: bytes) -> LoggedEntry:
    """Read one line (no newline); ValueError says what is wrong, without quoting it."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError("not a JSON object") from None
    if not isinstance(value, dict) or tuple(value) != _FIELDS:
        raise ValueError("not the fields of an entry, in their order")
    if value["format"] != FORMAT:
        raise ValueError("not of format " + FORMAT)
    try:
        rows = tuple(
            WrittenRow(row["table"], row["key"], None if row["values"] is None else dict(row["values"]))
            for row in value["rows"]
        )
        entry = LoggedEntry(
            value["seq"], value["id"], value["at"], value["kind"], value["session"], value["actor"],
            value["authenticated"], dict(value["facts"]), rows,
        )  # fmt: skip
        canonical = entry.line()
    except (TypeError, ValueError, KeyError, AttributeError):
        raise ValueError("a field has the wrong type") from None
    if canonical != line:
        raise ValueError("not in canonical form")
    if type(entry.seq) is not int or not is_id(entry.id) or not _is_time(entry.at):
        raise ValueError("its number, id or time is not one")
    _check_rows(entry.kind, entry.rows)
    return entry


def check_value(name: str, value: object) -> None:
    """Refuse (ValueError) what is not a short plain value: str, int, bool or None."""
    if isinstance(value, str):
        if len(value) > LONGEST_FACT or _PRINTABLE.fullmatch(value) is None:
            raise ValueError(f"{name} is longer than {LONGEST_FACT} characters, or not plain ASCII")
    elif value is not None and not isinstance(value, int):
        raise ValueError(f"{name} is a {type(value).__name__}, not a str, int, bool or None")
    elif isinstance(value, int) and abs(value) >= LARGEST_NUMBER:
        raise ValueError(f"{name} is too large a number")


def _check_rows(kind: str, rows: tuple[WrittenRow, ...]) -> None:
    if rows and kind in ACCESSES:
        raise ValueError(f"an entry of kind {kind} tells of an access: it changes no row")


def _is_time(value: object) -> bool:
    return isinstance(value, str) and _TIME.fullmatch(value) is not None
