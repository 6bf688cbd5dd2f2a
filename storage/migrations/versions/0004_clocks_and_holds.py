"""Events, holds and restrictions, extensions, visas, notices; when each record comes due."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _id() -> sa.Column[str]:
    return sa.Column("id", sa.Text(), primary_key=True, nullable=False)


def _of(name: str, target: str, *, nullable: bool = False) -> sa.Column[str]:
    reference = sa.ForeignKey(target, deferrable=True, initially="DEFERRED")
    return sa.Column(name, sa.Text(), reference, nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "events",
        _id(),
        _text("event"),
        _text("workshop"),
        _of("session_id", "sessions.id", nullable=True),
        _text("day", nullable=True),
        _of("person", "people.id"),
        _text("at"),
        _text("corrects", nullable=True),
    )
    op.create_table(
        "holds",
        _id(),
        _text("suspends"),
        _of("workshop", "workshops.code"),
        _of("session_id", "sessions.id", nullable=True),
        _of("record_id", "records.id", nullable=True),
        _text("ground"),
        _text("review_on"),
        _text("note", nullable=True),
        _of("person", "people.id"),
        _text("at"),
        _text("lifted_by", nullable=True),
        _text("lifted_at", nullable=True),
    )
    op.create_table(
        "extensions",
        _id(),
        _text("workshop"),
        _of("session_id", "sessions.id"),
        _text("record_class"),
        _text("note"),
        _of("person", "people.id"),
        _text("at"),
    )
    op.create_table(
        "visas",
        _id(),
        _of("workshop", "workshops.code"),
        _of("session_id", "sessions.id", nullable=True),
        _text("until"),
        _text("reference"),
        _of("person", "people.id"),
        _text("at"),
    )
    op.create_table(
        "notices",
        _id(),
        _text("workshop"),
        _of("record_id", "records.id"),
        _text("notice"),
        _text("due_on"),
        _text("at"),
    )
    op.create_table(
        "due_dates",
        sa.Column("record_id", sa.Text(), primary_key=True, nullable=False),
        _text("workshop"),
        _text("disposal"),
        _text("due_on"),
    )
    op.create_index("ix_due_dates_due_on", "due_dates", ["due_on"])
    op.create_index("ix_notices_record_id", "notices", ["record_id"])
    op.create_index("ix_records_session_id", "records", ["session_id"])
    op.create_index("ix_records_workshop", "records", ["workshop"])
