"""To whom an output that is called back was given, and what they answered."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    for name in ("recipient", "answer", "answered_on"):
        op.add_column("recalls", sa.Column(name, sa.Text(), nullable=True))
