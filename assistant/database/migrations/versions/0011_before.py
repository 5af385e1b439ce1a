"""What a thread was before its last message, so that the message can be taken back."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Adds the column; the last messages of threads from before cannot be taken back."""
    op.add_column("threads", sa.Column("before", sa.JSON))
