"""The written assessment that a clearance rests on."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("clearances", sa.Column("assessment", sa.Text(), nullable=True))
