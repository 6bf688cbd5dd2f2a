"""The catalog's tables, mapped from the row types, and the three tables of its own.

``pending`` holds log entries that are committed and not yet in the log; ``log_position`` the number and the
time of the next one; ``due_dates`` what follows from the other tables and the policies in force
(storage/due_dates.py), so that a plan looks at what is due and not at what is stored. storage/migrations builds
the same tables step by step; a test compares the two.
"""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeEngine

from storage.rows.kinds import ROW_TYPES, Row
from storage.rows.retention import NoticeRow
from storage.rows.row import columns
from storage.rows.walk import RecordRow

SCHEMA = "0010"
"""The newest schema this version knows: the last revision of storage/migrations."""

_COLUMN_TYPES: dict[type, TypeEngine[str] | TypeEngine[int] | TypeEngine[bool]] = {
    str: Text(), int: Integer(), bool: Boolean(create_constraint=False),
}  # fmt: skip
_REFERENCES = {
    ("sessions", "workshop"): "workshops.code",
    ("records", "session_id"): "sessions.id",
    ("clearances", "session_id"): "sessions.id",
    ("clearances", "person"): "people.id",
    ("copies", "record_id"): "records.id",
    ("openers", "person"): "people.id",
    ("exports", "holder"): "people.id",
    ("former_policies", "workshop"): "workshops.code",
    ("events", "session_id"): "sessions.id",
    ("events", "person"): "people.id",
    ("holds", "workshop"): "workshops.code",
    ("holds", "session_id"): "sessions.id",
    ("holds", "record_id"): "records.id",
    ("holds", "person"): "people.id",
    ("extensions", "session_id"): "sessions.id",
    ("extensions", "person"): "people.id",
    ("visas", "workshop"): "workshops.code",
    ("visas", "session_id"): "sessions.id",
    ("visas", "person"): "people.id",
    ("decisions", "record_id"): "records.id",
    ("decisions", "person"): "people.id",
    ("notices", "record_id"): "records.id",
    ("requests", "person"): "people.id",
    ("requests", "record_id"): "records.id",
    ("recalls", "record_id"): "records.id",
}
_UNIQUE: dict[str, list[tuple[str, ...]]] = {"sessions": [("workshop", "number")], "records": [("object_id",)]}

metadata = MetaData()


def _column(table: str, name: str, kind: type, *, optional: bool, key: bool) -> Column[object]:
    target = _REFERENCES.get((table, name))
    references = [ForeignKey(target, deferrable=True, initially="DEFERRED")] if target else []
    return Column(name, _COLUMN_TYPES[kind], *references, primary_key=key, nullable=optional)


def _table(row_type: type[Row]) -> Table:
    name = row_type.TABLE
    fields = (
        _column(name, column, kind, optional=optional, key=column == row_type.KEY)
        for column, (kind, optional) in columns(row_type).items()
    )
    unique = (UniqueConstraint(*names, name=f"uq_{name}_{names[-1]}") for names in _UNIQUE.get(name, []))
    return Table(name, metadata, *fields, *unique)


TABLES: dict[type[Row], Table] = {row_type: _table(row_type) for row_type in ROW_TYPES}

pending = Table(
    "pending",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False, unique=True),
    Column("line", Text, nullable=False),
    Column("seal", Text, nullable=False),
)

log_position = Table(
    "log_position",
    metadata,
    Column("one", Integer, CheckConstraint("one = 1", name="ck_log_position_one"), primary_key=True),
    Column("next_seq", Integer, nullable=False),
    Column("last_at", Text, nullable=False),
)

Index("ix_notices_record_id", TABLES[NoticeRow].c.record_id)
Index("ix_records_session_id", TABLES[RecordRow].c.session_id)
Index("ix_records_workshop", TABLES[RecordRow].c.workshop)

due_dates = Table(
    "due_dates",
    metadata,
    Column("record_id", Text, primary_key=True, nullable=False),
    Column("workshop", Text, nullable=False),
    Column("disposal", Text, nullable=False),
    Column("due_on", Text, nullable=False),
    Index("ix_due_dates_due_on", "due_on"),
)
