"""The turn that carries out what a thread offers, so that of several processes one does."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Adds the columns; no thread is claimed."""
    op.add_column("threads", sa.Column("claim", sa.String))
    op.add_column("threads", sa.Column("claimed", sa.DateTime(timezone=True)))
