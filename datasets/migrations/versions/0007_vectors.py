"""Vectors of messages: encoded once, clustered every week."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "vectors",
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("encoder", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("message_id", "encoder", name="pk_vectors"),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name="fk_vectors_message_id_messages"
        ),
    )
