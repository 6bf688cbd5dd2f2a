"""The first tables: workshops, sessions, records, clearances, people, copies; pending and log_position."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _key(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), primary_key=True, nullable=False)


def _reference(name: str, target: str, *, nullable: bool = False) -> sa.Column[str]:
    reference = sa.ForeignKey(target, deferrable=True, initially="DEFERRED")
    return sa.Column(name, sa.Text(), reference, nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "workshops",
        _key("code"),
        _text("created_at"),
        _text("policy_digest"),
        _text("policy_name"),
        _number("policy_version"),
    )
    op.create_table(
        "sessions",
        _key("id"),
        _reference("workshop", "workshops.code"),
        _number("number"),
        _text("state"),
        _text("previous", nullable=True),
        _text("reason", nullable=True),
        _text("fault", nullable=True),
        _text("waits", nullable=True),
        _number("parts", nullable=True),
        _number("parts_expected"),
        _text("language"),
        _text("created_at"),
        _text("changed_at"),
        _text("reviewed_at", nullable=True),
        _text("cleared_at", nullable=True),
        _text("released_at", nullable=True),
        sa.UniqueConstraint("workshop", "number", name="uq_sessions_number"),
    )
    op.create_table(
        "records",
        _key("id"),
        _text("workshop"),
        _reference("session_id", "sessions.id", nullable=True),
        _text("record_class"),
        _text("life"),
        _text("object_id"),
        _text("digest"),
        _number("size"),
        _text("kind"),
        _number("epoch"),
        _number("version"),
        _number("part", nullable=True),
        _text("audience", nullable=True),
        _text("format", nullable=True),
        _text("created_at"),
        _text("destroy_intended_at", nullable=True),
        _text("destroyed_at", nullable=True),
        _text("fingerprint", nullable=True),
        _number("length_ms", nullable=True),
        sa.UniqueConstraint("object_id", name="uq_records_object_id"),
    )
    op.create_table("people", _key("id"), _text("registered_at"))
    op.create_table(
        "clearances",
        _key("id"),
        _reference("session_id", "sessions.id"),
        _text("audience"),
        _text("content_digest"),
        _reference("person", "people.id"),
        _text("at"),
        sa.Column("void", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "copies",
        _key("id"),
        _reference("record_id", "records.id"),
        _text("path"),
        _text("issued_at"),
        _text("removed_at", nullable=True),
    )
    op.create_table(
        "pending",
        sa.Column("seq", sa.Integer(), primary_key=True, autoincrement=False, nullable=False),
        sa.Column("id", sa.Text(), nullable=False, unique=True),
        _text("line"),
        _text("seal"),
    )
    position = op.create_table(
        "log_position",
        sa.Column("one", sa.Integer(), sa.CheckConstraint("one = 1", name="ck_log_position_one"), primary_key=True),
        _number("next_seq"),
        _text("last_at"),
    )
    op.bulk_insert(position, [{"one": 1, "next_seq": 0, "last_at": ""}])
