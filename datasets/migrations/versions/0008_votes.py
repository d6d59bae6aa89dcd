"""Polls and the votes in them: results come back to where the question was ranked."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "polls",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_polls"),
    )
    op.create_table(
        "poll_votes",
        sa.Column("poll", sa.Text(), nullable=False),
        sa.Column("participant", sa.Text(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("vote", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("poll", "participant", "statement", name="pk_poll_votes"),
        sa.ForeignKeyConstraint(["poll"], ["polls.name"], name="fk_poll_votes_poll_polls"),
    )
