"""What stewards decide of records at their end: kept longer, destroyed, handed over."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def _of(name: str, target: str) -> sa.Column[str]:
    return sa.Column(
        name, sa.Text(), sa.ForeignKey(target, deferrable=True, initially="DEFERRED"), nullable=False
    )  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "decisions",
        sa.Column("id", sa.Text(), primary_key=True, nullable=False),
        sa.Column("workshop", sa.Text(), nullable=False),
        _of("record_id", "records.id"),
        sa.Column("decision", sa.Text(), nullable=False),
        _of("person", "people.id"),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("until", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("recipient", sa.Text(), nullable=True),
        sa.Column("receipt_on", sa.Text(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=True),
    )
