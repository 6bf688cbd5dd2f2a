"""The rows of custody: who is known here, who opens the keystore, what left the machine, who countersigns the log."""

from dataclasses import dataclass

from storage.rows.row import CheckedRow


@dataclass(frozen=True)
class PersonRow(CheckedRow):
    """A registered person; the name is in the sealed register."""

    TABLE = "people"
    KEY = "id"

    id: str
    registered_at: str


@dataclass(frozen=True)
class OpenerRow(CheckedRow):
    """A person who opens the keystore with a passphrase of their own.

    ``workshops`` holds codes with a space between them; None means every workshop.
    """

    TABLE = "openers"
    KEY = "person"

    person: str
    role: str
    workshops: str | None
    added_at: str
    removed_at: str | None = None


@dataclass(frozen=True)
class ExportRow(CheckedRow):
    """Something that left the machine and may still hold what is destroyed here later.

    ``generation`` is that of the keystore and ``log_size`` the entries of the log when it was made; ``place`` is
    the label its holder knows it by. ``ended_at`` is set when it was renewed or destroyed.
    """

    TABLE = "exports"
    KEY = "id"

    id: str
    export_kind: str
    made_at: str
    generation: int
    log_size: int
    holder: str
    place: str
    ended_at: str | None = None


@dataclass(frozen=True)
class WitnessRow(CheckedRow):
    """A second party that countersigns checkpoints: the name it signs under and its public key (C2SP text form)."""

    TABLE = "witnesses"
    KEY = "witness"

    witness: str
    public_key: str
    added_at: str
    removed_at: str | None = None
