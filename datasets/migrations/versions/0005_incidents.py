"""Mass incidents with their messages, the rates they stand out from, and planned works."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the tables."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "incidents",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("family", sa.Text(), nullable=False),
        sa.Column("first_at", moment, nullable=False),
        sa.Column("last_at", moment, nullable=False),
        sa.Column("closes_at", moment, nullable=False),
        sa.Column("flagged_at", moment),
        sa.Column("n_messages", sa.Integer(), nullable=False),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.Column("touched_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_incidents"),
        sa.ForeignKeyConstraint(["number"], ["messages.id"], name="fk_incidents_number_messages"),
    )
    op.create_index("ix_incidents_family_closes_at", "incidents", ["family", "closes_at"])
    op.create_index("ix_incidents_flagged_at_touched_at", "incidents", ["flagged_at", "touched_at"])
    op.create_table(
        "incident_members",
        sa.Column("message_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("gain", sa.Float(), nullable=False),
        sa.Column("independent", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("message_id", name="pk_incident_members"),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name="fk_incident_members_message_id_messages"
        ),
        sa.ForeignKeyConstraint(
            ["number"], ["incidents.number"], name="fk_incident_members_number_incidents"
        ),
    )
    op.create_index("ix_incident_members_number", "incident_members", ["number"])
    op.create_table(
        "incident_rates",
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("since", moment, nullable=False),
        sa.PrimaryKeyConstraint("topic", name="pk_incident_rates"),
    )
    op.create_table(
        "planned_works",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text()),
        sa.Column("asset", sa.Text()),
        sa.Column("district", sa.Text()),
        sa.Column("streets", sa.JSON(), nullable=False),
        sa.Column("starts", moment, nullable=False),
        sa.Column("ends", moment, nullable=False),
        sa.Column("notice", sa.Text(), nullable=False),
        sa.Column("stored_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_planned_works"),
    )
    op.create_index("ix_planned_works_starts", "planned_works", ["starts"])
