"""Questions to the policies that staff have seen to."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "desk_answered",
        sa.Column("term", sa.String, primary_key=True),
        sa.Column("staff", sa.String, nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
    )
