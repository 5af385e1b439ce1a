"""The desk: staff, cases, what was said in them, webhooks, and messages of Chatwoot's."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Makes the desk's tables."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "desk_staff",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("password", sa.String, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("created", moment, nullable=False),
    )
    op.create_table(
        "desk_cases",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("thread_id", sa.String, nullable=False),
        sa.Column("shopper_id", sa.String, nullable=False, index=True),
        sa.Column("catalog", sa.String, nullable=False),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("trigger", sa.String, nullable=False),
        sa.Column("urgency", sa.String, nullable=False),
        sa.Column("sentiment", sa.String, nullable=False),
        sa.Column("wishes", sa.JSON, nullable=False),
        sa.Column("tried", sa.JSON, nullable=False),
        sa.Column("orders", sa.JSON, nullable=False),
        sa.Column("staff", sa.String),
        sa.Column("remembered", sa.Boolean, nullable=False),
        sa.Column("after_hours", sa.Boolean, nullable=False),
        sa.Column("turns", sa.Integer, nullable=False),
        sa.Column("opened", moment, nullable=False),
        sa.Column("waiting_since", moment, nullable=False),
        sa.Column("updated", moment, nullable=False),
        sa.Column("closed", moment),
    )
    op.create_index("desk_cases_by_thread", "desk_cases", ["thread_id"])
    op.create_index(
        "desk_one_open_case",
        "desk_cases",
        ["thread_id"],
        unique=True,
        sqlite_where=sa.text("closed IS NULL"),
        postgresql_where=sa.text("closed IS NULL"),
    )
    op.create_table(
        "desk_messages",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column(
            "case_id",
            sa.String,
            sa.ForeignKey("desk_cases.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("speaker", sa.String, nullable=False),
        sa.Column("name", sa.String),
        sa.Column("text", sa.String, nullable=False),
        sa.Column("after_turn", sa.Integer, nullable=False),
        sa.Column("time", moment, nullable=False),
        sa.UniqueConstraint("case_id", "number"),
    )
    op.create_table(
        "desk_webhooks",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("case_id", sa.String, nullable=False, index=True),
        sa.Column("event", sa.String, nullable=False),
        sa.Column("body", sa.String, nullable=False),
        sa.Column("created", moment, nullable=False),
        sa.Column("next_try", moment, index=True),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("delivered", moment),
        sa.Column("error", sa.String),
    )
    op.create_table(
        "chatwoot_messages",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("time", moment, nullable=False, index=True),
    )
