"""Requests of people: what was asked and how far it is, without who they are."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _reference(name: str, target: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), sa.ForeignKey(target, deferrable=True, initially="DEFERRED"), nullable=False)


def upgrade() -> None:
    op.create_table(
        "requests",
        sa.Column("id", sa.Text(), primary_key=True, nullable=False),
        _text("request_kind"),
        _text("request_state"),
        _text("received_on"),
        _text("due_on"),
        _text("opened_at"),
        _reference("person", "people.id"),
        _reference("record_id", "records.id"),
        sa.Column("mandate", sa.Boolean(), nullable=False),
        _text("identity_on", nullable=True),
        _text("extended_on", nullable=True),
        _text("searched_on", nullable=True),
        _text("decided_on", nullable=True),
        _text("ruling", nullable=True),
        _text("article", nullable=True),
        _text("answered_on", nullable=True),
        _text("closed_on", nullable=True),
        _text("keep_until", nullable=True),
    )
