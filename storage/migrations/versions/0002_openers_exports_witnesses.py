"""Openers, exports, witnesses; when a workshop left for another home."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _person(name: str, *, primary_key: bool = False) -> sa.Column[str]:
    reference = sa.ForeignKey("people.id", deferrable=True, initially="DEFERRED")
    return sa.Column(name, sa.Text(), reference, primary_key=primary_key, nullable=False)


def upgrade() -> None:
    op.add_column("workshops", _text("left_at", nullable=True))
    op.create_table(
        "openers",
        _person("person", primary_key=True),
        _text("role"),
        _text("workshops", nullable=True),
        _text("added_at"),
        _text("removed_at", nullable=True),
    )
    op.create_table(
        "exports",
        sa.Column("id", sa.Text(), primary_key=True, nullable=False),
        _text("export_kind"),
        _text("made_at"),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("log_size", sa.Integer(), nullable=False),
        _person("holder"),
        _text("place"),
        _text("ended_at", nullable=True),
    )
    op.create_table(
        "witnesses",
        sa.Column("witness", sa.Text(), primary_key=True, nullable=False),
        _text("public_key"),
        _text("added_at"),
        _text("removed_at", nullable=True),
    )
