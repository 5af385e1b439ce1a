"""Accounts, orders, what is for sale, and the changes with their audit."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Makes the tables of the order desk."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "accounts",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("record", sa.JSON, nullable=False),
    )
    op.create_table(
        "orders",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("number", sa.String, nullable=False, unique=True),
        sa.Column("account_id", sa.String, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("placed", moment),
        sa.Column("record", sa.JSON, nullable=False),
    )
    op.create_index("orders_of_account", "orders", ["account_id", "placed"])
    op.create_table(
        "items",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("product_id", sa.String, nullable=False, index=True),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("record", sa.JSON, nullable=False),
    )
    op.create_table(
        "order_changes",
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("asker", sa.String, nullable=False),
        sa.Column("agreed", sa.String, nullable=False),
        sa.Column("outcome", sa.JSON, nullable=False),
        sa.Column("time", moment, nullable=False),
    )
    op.create_table(
        "order_audit",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String, nullable=False, unique=True),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("time", moment, nullable=False),
        sa.Column("asker", sa.String, nullable=False),
        sa.Column("subject", sa.String, nullable=False, index=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("offer", sa.JSON, nullable=False),
        sa.Column("before", sa.String, nullable=False),
        sa.Column("after", sa.String, nullable=False),
        sa.Column("quote", sa.String, nullable=False),
    )
