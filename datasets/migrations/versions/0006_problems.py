"""Problems: who entered a change in which week and with what facts; the state; the weeks done."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add columns to the ledger, make the tables of the state."""
    op.add_column("problem_events", sa.Column("week", sa.Text()))
    op.add_column("problem_events", sa.Column("role", sa.Text()))
    op.add_column("problem_events", sa.Column("details", sa.JSON()))
    op.create_table(
        "problem_states",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("n_messages", sa.Integer(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["number"], ["problems.number"], name="fk_problem_states_number_problems"
        ),
        sa.PrimaryKeyConstraint("number", name="pk_problem_states"),
    )
    op.create_table(
        "problem_members",
        sa.Column("message_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name="fk_problem_members_message_id_messages"
        ),
        sa.ForeignKeyConstraint(
            ["number"], ["problems.number"], name="fk_problem_members_number_problems"
        ),
        sa.PrimaryKeyConstraint("message_id", name="pk_problem_members"),
    )
    op.create_index("ix_problem_members_number", "problem_members", ["number"])
    op.create_table(
        "problem_weeks",
        sa.Column("week", sa.Text(), nullable=False),
        sa.Column("n_messages", sa.Integer(), nullable=False),
        sa.Column("n_entries", sa.Integer(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("week", name="pk_problem_weeks"),
    )
