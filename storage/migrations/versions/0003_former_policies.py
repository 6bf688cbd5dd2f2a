"""The policies that were replaced, and until when their longer periods count."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    workshop = sa.ForeignKey("workshops.code", deferrable=True, initially="DEFERRED")
    op.create_table(
        "former_policies",
        sa.Column("id", sa.Text(), primary_key=True, nullable=False),
        sa.Column("workshop", sa.Text(), workshop, nullable=False),
        sa.Column("policy_digest", sa.Text(), nullable=False),
        sa.Column("policy_name", sa.Text(), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("replaced_at", sa.Text(), nullable=False),
        sa.Column("counts_until", sa.Text(), nullable=True),
    )
