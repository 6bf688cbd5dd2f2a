"""The file ``inventory.json`` (format ``huisclos-inventory/1``, docs/reference/inventory.md).

Rules kept here:
- it holds ids, codes, counts, dates and classes, and from the policy the name of the controller; no name of a
  person, no text, no key, and of files that lie readable only how many and how large;
- it has one encoding (canonical JSON, ASCII, a newline at the end): what does not write back to the same bytes is
  refused, with the first key that is wrong and without its value.
"""

import json
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from vocabulary.choices import ExportKind, RecordClass, Role, SessionState
from vocabulary.errors import DamagedError
from vocabulary.ids import CODE_PATTERN, ID_PATTERN
from vocabulary.messages import N_

FILE = "inventory.json"
LARGEST = 16 << 20
"""Bytes that are read at most."""

Id = Annotated[str, StringConstraints(pattern=ID_PATTERN)]
Code = Annotated[str, StringConstraints(pattern=f"^{CODE_PATTERN}$")]
Time = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$")]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Short = Annotated[str, StringConstraints(max_length=200)]
Count = Annotated[int, Field(ge=0)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Files(_Part):
    """Files that lie readable: how many, and their bytes."""

    files: Count = 0
    bytes: Count = 0

    def __add__(self, other: "Files") -> "Files":
        return Files(files=self.files + other.files, bytes=self.bytes + other.bytes)


class Clear(_Part):
    """What lay readable outside the archive."""

    drop: Files = Files()
    claimed: Files = Files()
    outbox: Files = Files()


class Session(_Part):
    """A session. ``participants`` is the head count of its dossier (None if none came); ``holds`` the classes of
    which something is kept; ``given_back`` how often its recording was written, readable, into a folder."""

    number: Annotated[int, Field(ge=1, le=999)]
    id: Id
    state: str
    waits: str | None
    reason: str | None
    created_at: Time
    changed_at: Time
    participants: Count | None
    holds: tuple[str, ...]
    given_back: Count


class Records(_Part):
    """The records of one class: those kept (how many under a hold among them), those destroyed.

    ``bytes`` are those of the ciphertext kept; ``oldest`` and ``newest`` are dates of what is kept.
    """

    record_class: str
    kept: Count
    held: Count
    destroyed: Count
    bytes: Count
    oldest: Time | None
    newest: Time | None


class Spoken(_Part):
    """People spoken of, as the workshop's vault counts them; None where no draft said it."""

    youths: Count | None = None
    persons: Count | None = None


class Policy(_Part):
    """What the policy in force says of the processing; None for what the controller has still to write."""

    controller: Short | None
    joint_controllers: tuple[Short, ...]
    time_zone: str
    article_9: str | None
    offence_data: bool


class Holding(_Part):
    """What the log says of one workshop."""

    code: Code
    created_at: Time
    left_at: Time | None
    policy_digest: Digest
    policy_name: str
    policy_version: int
    sessions: tuple[Session, ...]
    records: tuple[Records, ...]
    spoken_of: Spoken


class Workshop(_Part):
    """One workshop: what the log says, its policy (None if it cannot be read), and what lay readable."""

    holding: Holding
    policy: Policy | None
    clear: Clear


class Machine(_Part):
    """The machine, as far as the system tells; None is "not known", never "sound"."""

    disk_encrypted: bool | None
    swap_in_clear: bool | None


class SlotPlace(_Part):
    """Where the slot secret lies; ``same_disk`` whether that is the disk of the archive.

    ``key`` is how the names of this home's keys in the key service begin.
    """

    kind: Literal["file", "transit"]
    same_disk: bool | None
    url: Short
    mount: Short
    key: Short


class Opener(_Part):
    """Who opens the keystore; the machine's own opener has neither role nor date.

    ``workshops`` is None for who has none of their own: ``reach`` says which they open.
    """

    id: Annotated[str, StringConstraints(pattern=rf"^machine$|{ID_PATTERN}")]
    role: str | None
    workshops: tuple[Code, ...] | None
    added_at: Time | None

    @property
    def reach(self) -> tuple[str, ...] | None:
        """The workshops they open, None for all of them; an auditor opens certificates alone."""
        return () if self.role == Role.AUDITOR.value else self.workshops


class Export(_Part):
    """Something that left the machine and may still hold what was on it."""

    id: Id
    kind: str
    made_at: Time
    generation: int
    holder: Id
    place: Short


class Recovery(_Part):
    """``recipients`` is None where it could not be read; ``copied_at`` is when the recovery place was last written."""

    recipients: Count | None
    copied_at: Time | None
    last_export: Time | None


class LogHead(_Part):
    """The log that lies beside the inventory: entries, root and time of the last."""

    entries: Count
    root: Digest
    last_at: Time | None


class Inventory(_Part):
    """What one home held at one moment."""

    format: Literal["huisclos-inventory/1"] = "huisclos-inventory/1"
    home: Id
    made_at: Time
    version: Short
    log: LogHead
    machine: Machine
    slot: SlotPlace
    generation: int
    openers: tuple[Opener, ...]
    recovery: Recovery
    exports: tuple[Export, ...]
    people: Count
    workshops: tuple[Workshop, ...]
    elsewhere: Clear

    def to_bytes(self) -> bytes:
        """The one encoding."""
        value = self.model_dump(mode="json")
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode() + b"\n"


def parse_inventory(data: bytes, place: str = FILE) -> Inventory:
    """Read an inventory; DamagedError names what is wrong and quotes nothing."""
    try:
        found = Inventory.model_validate_json(data)
    except ValidationError as error:
        known = {name for part in _Part.__subclasses__() for name in part.model_fields}
        key = ".".join(str(part) for part in error.errors()[0]["loc"] if isinstance(part, int) or part in known)
        raise _damaged(place, key or "-") from None
    if found.to_bytes() != data:
        raise _damaged(place, "-")
    for key, choices, values in (
        ("state", SessionState, [one.state for shop in found.workshops for one in shop.holding.sessions]),
        ("record_class", RecordClass, [one.record_class for shop in found.workshops for one in shop.holding.records]),
        ("role", Role, [one.role for one in found.openers if one.role is not None]),
        ("kind", ExportKind, [one.kind for one in found.exports]),
    ):
        if not set(values) <= {str(choice) for choice in choices}:
            raise _damaged(place, key)
    return found


def _damaged(place: str, key: str) -> DamagedError:
    message = N_("{file} is not an inventory of this version, or was changed ({key}). Take an earlier one, from the "
                 "folder beside it, or the copy of whoever keeps the folder.")  # fmt: skip
    return DamagedError(message, place=f"{place}:{key}", file=place, key=key)
