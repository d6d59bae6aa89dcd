"""What waits for a person, who holds it, and what went out without one."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_NO_DAY = 2**31 - 1


def upgrade() -> None:
    """Make the tables, and queue what waits already."""
    op.create_table(
        "review_queue",
        sa.Column("message_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True)),
        sa.Column("due_day", sa.Integer(), nullable=False),
        sa.Column("sureness", sa.Integer(), nullable=False),
        sa.Column("claim", sa.Text()),
        sa.Column("holder", sa.Text()),
        sa.Column("holder_name", sa.Text()),
        sa.Column("asked", sa.Text()),
        sa.Column("held_until", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("message_id", name="pk_review_queue"),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name="fk_review_queue_message_id_messages"
        ),
        sa.UniqueConstraint("claim", name="uq_review_queue_claim"),
    )
    op.create_index(
        "ix_review_queue_purpose_due_day_sureness_message_id",
        "review_queue",
        ["purpose", "due_day", "sureness", "message_id"],
    )
    op.create_table(
        "automatic_decisions",
        sa.Column("message_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("rubricator", sa.Text(), nullable=False),
        sa.Column("axis", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("message_id", name="pk_automatic_decisions"),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name="fk_automatic_decisions_message_id_messages"
        ),
    )
    op.create_index(
        "ix_automatic_decisions_model_version_made_at",
        "automatic_decisions",
        ["model_version", "made_at"],
    )
    _queue_what_waits()


def _queue_what_waits() -> None:
    head = "replace(p.rubricator, '-', '_')"
    if op.get_bind().dialect.name == "sqlite":
        top = f"json_extract(p.heads, '$.\"' || {head} || '\"[0][1]')"
    else:
        top = f"(p.heads -> {head} -> 0 ->> 1)::double precision"
    op.execute(
        "INSERT INTO review_queue (message_id, purpose, due_day, sureness) "  # nosec B608
        f"SELECT p.message_id, 'review', {_NO_DAY}, "
        f"CAST(coalesce({top}, 0) * 1000000 AS INTEGER) FROM predictions p "
        "WHERE p.id IN (SELECT max(id) FROM predictions GROUP BY message_id) "
        "AND p.decision = 'review' AND NOT EXISTS "
        "(SELECT 1 FROM labels l "
        "WHERE l.message_id = p.message_id AND l.axis IN ('topic', 'group'))"
    )
