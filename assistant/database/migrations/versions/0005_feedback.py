"""Feedback on turns."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "feedback",
        sa.Column(
            "turn_id",
            sa.String,
            sa.ForeignKey("turns.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("thumb", sa.String, nullable=False),
        sa.Column("reason", sa.String),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
    )
