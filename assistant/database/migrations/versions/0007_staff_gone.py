"""Where in a thread people of the shop wrote what was deleted with its case."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Adds the column; what was deleted before is not known."""
    op.add_column("threads", sa.Column("staff_gone", sa.JSON))
