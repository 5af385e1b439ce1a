"""The language of a thread, and what it carries of the talk about orders."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Adds the columns; talks that were begun before have none."""
    op.add_column("threads", sa.Column("language", sa.String))
    op.add_column("threads", sa.Column("ordering", sa.JSON))
