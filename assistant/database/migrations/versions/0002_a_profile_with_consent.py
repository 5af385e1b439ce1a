"""Consent, facts with all their evidence, events and the audit.

What the first schema kept was kept without anybody's consent, so that it goes.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Empties what was kept, and makes the tables of a profile."""
    moment = sa.DateTime(timezone=True)
    op.execute("DELETE FROM turns")
    op.execute("DELETE FROM threads")
    op.drop_table("facts")
    if op.get_bind().dialect.name == "sqlite":
        # The files are to be rewritten without it: see assistant.database.erasing.
        op.execute("PRAGMA user_version = 1")
    op.add_column(
        "threads", sa.Column("for_other", sa.Boolean, nullable=False, server_default=sa.false())
    )
    op.create_table(
        "shoppers",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("consent_id", sa.String, nullable=False),
        sa.Column("consented", moment, nullable=False),
        sa.Column("notice", sa.String, nullable=False),
        sa.Column("learning", sa.Boolean, nullable=False),
        sa.Column("pseudonym", sa.String, nullable=False),
    )
    op.create_table(
        "facts",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("shopper_id", sa.String, nullable=False, index=True),
        sa.Column("field", sa.String, nullable=False),
        sa.Column("op", sa.String, nullable=False),
        sa.Column("value", sa.String, nullable=False),
        sa.Column("strength", sa.String, nullable=False),
        sa.Column("origin", sa.String, nullable=False),
        sa.Column("confidence", sa.Double, nullable=False),
        sa.Column("pinned", sa.Boolean, nullable=False),
        sa.Column("evidence", sa.JSON, nullable=False),
        sa.Column("first_seen", moment, nullable=False),
        sa.Column("last_seen", moment, nullable=False),
        sa.Column("ended", moment),
        sa.Column("ended_by", sa.String),
    )
    op.create_table(
        "events",
        sa.Column("shopper_id", sa.String, primary_key=True),
        sa.Column("event_id", sa.String, primary_key=True),
        sa.Column("catalog", sa.String, nullable=False),
        sa.Column("type", sa.String, nullable=False),
        sa.Column("time", sa.Double, nullable=False),
        sa.Column("session_id", sa.String),
        sa.Column("product_id", sa.String),
        sa.Column("query", sa.String),
        sa.Column("value", sa.Double),
        sqlite_with_rowid=False,
    )
    op.create_index("events_by_time", "events", ["shopper_id", "catalog", "time"])
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("time", moment, nullable=False),
        sa.Column("pseudonym", sa.String, nullable=False),
        sa.Column("action", sa.String, nullable=False),
    )
