"""What is to be told outward, until it was."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the table."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "webhook_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("made_at", moment, nullable=False),
        sa.Column("due_at", moment, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("most_attempts", sa.Integer(), nullable=False),
        sa.Column("lease", sa.Text()),
        sa.Column("leased_until", moment),
        sa.Column("trouble", sa.Text()),
        sa.Column("ended_at", moment),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_events"),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name="fk_webhook_events_message_id_messages"
        ),
        sa.UniqueConstraint("event", name="uq_webhook_events_event"),
    )
    op.create_index("ix_webhook_events_state_due_at", "webhook_events", ["state", "due_at"])
    op.create_index("ix_webhook_events_message_id", "webhook_events", ["message_id"])
