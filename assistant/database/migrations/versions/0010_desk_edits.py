"""Changes of the shop's files at the desk."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "desk_edits",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("file", sa.String, nullable=False, index=True),
        sa.Column("before", sa.String, nullable=False),
        sa.Column("after", sa.String, nullable=False),
        sa.Column("staff", sa.String, nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
    )
