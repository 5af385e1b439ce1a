"""Insight: weekly counts without identity, their releases with noise, and the machine's work."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "insight_weeks",
        sa.Column("week", sa.String, primary_key=True),
        sa.Column("tallies", sa.Integer, nullable=False),
    )
    op.create_table(
        "insight_counts",
        sa.Column("week", sa.String, primary_key=True),
        sa.Column("kind", sa.String, primary_key=True),
        sa.Column("term", sa.String, primary_key=True),
        sa.Column("wording", sa.String, nullable=False),
        sa.Column("shoppers", sa.Integer, nullable=False),
    )
    op.create_table(
        "insight_releases",
        sa.Column("week", sa.String, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("final", sa.Boolean, nullable=False),
        sa.Column("epsilon", sa.Double, nullable=False),
        sa.Column("delta", sa.Double, nullable=False),
        sa.Column("scale", sa.Double, nullable=False),
        sa.Column("threshold", sa.Integer, nullable=False),
        sa.Column("tallies", sa.Integer, nullable=False),
        sa.Column("figures", sa.JSON, nullable=False),
    )
    op.create_table(
        "insight_machine",
        sa.Column("day", sa.String, primary_key=True),
        sa.Column("figure", sa.String, primary_key=True),
        sa.Column("step", sa.Integer, primary_key=True),
        sa.Column("amount", sa.Integer, nullable=False),
    )
