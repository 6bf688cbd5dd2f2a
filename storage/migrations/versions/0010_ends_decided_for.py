"""The end that a decision was made for. Due dates follow from other rules too: the upgrade computes them anew."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("decisions", sa.Column("due_on", sa.Text(), nullable=True))
