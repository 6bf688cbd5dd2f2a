"""Outputs to be called back after a withdrawal."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "recalls",
        sa.Column("id", sa.Text(), primary_key=True, nullable=False),
        sa.Column(
            "record_id",
            sa.Text(),
            sa.ForeignKey("records.id", deferrable=True, initially="DEFERRED"),
            nullable=False,
        ),
        sa.Column("asked_at", sa.Text(), nullable=False),
        sa.Column("returned_at", sa.Text(), nullable=True),
    )
