"""Threads, their turns, and facts of a profile: the first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Makes the tables."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "threads",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("shopper_id", sa.String, nullable=False, index=True),
        sa.Column("catalog", sa.String, nullable=False),
        sa.Column("turns", sa.Integer, nullable=False),
        sa.Column("need", sa.JSON, nullable=False),
        sa.Column("shown", sa.JSON, nullable=False),
        sa.Column("pick", sa.String),
        sa.Column("updated", moment, nullable=False),
    )
    op.create_table(
        "turns",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column(
            "thread_id",
            sa.String,
            sa.ForeignKey("threads.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("message", sa.String, nullable=False),
        sa.Column("reply", sa.JSON, nullable=False),
        sa.Column("time", moment, nullable=False),
        sa.UniqueConstraint("thread_id", "number"),
    )
    op.create_table(
        "facts",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("shopper_id", sa.String, nullable=False, index=True),
        sa.Column("field", sa.String, nullable=False),
        sa.Column("op", sa.String, nullable=False),
        sa.Column("value", sa.String, nullable=False),
        sa.Column("quote", sa.String, nullable=False),
        sa.Column("thread_id", sa.String, nullable=False),
        sa.Column("turn_id", sa.String, nullable=False),
        sa.Column("confidence", sa.Double, nullable=False),
        sa.Column("first_seen", moment, nullable=False),
        sa.Column("last_seen", moment, nullable=False),
    )
