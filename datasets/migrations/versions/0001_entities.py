"""Every entity of the store: messages and what is said about them, problems and passports."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "imports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("path_name", sa.Text(), nullable=False),
        sa.Column("preset", sa.Text(), nullable=False),
        sa.Column("file_hash", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("counts", sa.JSON()),
        sa.Column("salt_proof", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_imports"),
    )
    op.create_table(
        "problems",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("mechanism", sa.Text(), nullable=False),
        sa.Column("place_key", sa.Text()),
        sa.Column("recipient", sa.Text()),
        sa.PrimaryKeyConstraint("number", name="pk_problems"),
    )
    op.create_table(
        "rubricators",
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("tree", sa.JSON(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("version", "fingerprint", name="pk_rubricators"),
    )
    op.create_table(
        "messages",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True)),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.Text()),
        sa.Column("reply_to", sa.Text()),
        sa.Column("place_given", sa.JSON()),
        sa.Column("region", sa.Text()),
        sa.Column("municipality", sa.Text()),
        sa.Column("settlement", sa.Text()),
        sa.Column("district", sa.Text()),
        sa.Column("street", sa.Text()),
        sa.Column("street_key", sa.Text()),
        sa.Column("house", sa.Text()),
        sa.Column("asset", sa.Text()),
        sa.Column("latitude", sa.Float()),
        sa.Column("longitude", sa.Float()),
        sa.Column("mask_spans", sa.JSON()),
        sa.Column("raw", sa.JSON()),
        sa.Column("text_key", sa.BigInteger()),
        sa.Column("source_hash", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("duplicate_of", sa.Integer()),
        sa.ForeignKeyConstraint(
            ["duplicate_of"], ["messages.id"], name="fk_messages_duplicate_of_messages"
        ),
        sa.ForeignKeyConstraint(["run_id"], ["imports.id"], name="fk_messages_run_id_imports"),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sa.UniqueConstraint("source", "external_id", name="uq_messages_source_external_id"),
    )
    op.create_index("ix_messages_dated_at", "messages", ["dated_at"])
    op.create_index("ix_messages_text_key", "messages", ["text_key"])
    op.create_table(
        "passports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sentences", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["number"], ["problems.number"], name="fk_passports_number_problems"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_passports"),
    )
    op.create_index("ix_passports_number", "passports", ["number"])
    op.create_table(
        "problem_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message_ids", sa.JSON(), nullable=False),
        sa.Column("other", sa.Integer()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["number"], ["problems.number"], name="fk_problem_events_number_problems"
        ),
        sa.ForeignKeyConstraint(
            ["other"], ["problems.number"], name="fk_problem_events_other_problems"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_problem_events"),
    )
    op.create_index("ix_problem_events_number", "problem_events", ["number"])
    op.create_table(
        "answers",
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True)),
        sa.Column("recipient", sa.Text()),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name="fk_answers_message_id_messages"
        ),
        sa.ForeignKeyConstraint(["run_id"], ["imports.id"], name="fk_answers_run_id_imports"),
        sa.PrimaryKeyConstraint("message_id", "fingerprint", name="pk_answers"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "labels",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("axis", sa.Text(), nullable=False),
        sa.Column("old", sa.Text()),
        sa.Column("new", sa.Text(), nullable=False),
        sa.Column("rubricator", sa.Text()),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("labelled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name="fk_labels_message_id_messages"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_labels"),
    )
    op.create_index("ix_labels_message_id_axis", "labels", ["message_id", "axis"])
    op.create_table(
        "message_versions",
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True)),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.Text()),
        sa.Column("reply_to", sa.Text()),
        sa.Column("place_given", sa.JSON()),
        sa.Column("region", sa.Text()),
        sa.Column("municipality", sa.Text()),
        sa.Column("settlement", sa.Text()),
        sa.Column("district", sa.Text()),
        sa.Column("street", sa.Text()),
        sa.Column("street_key", sa.Text()),
        sa.Column("house", sa.Text()),
        sa.Column("asset", sa.Text()),
        sa.Column("latitude", sa.Float()),
        sa.Column("longitude", sa.Float()),
        sa.Column("mask_spans", sa.JSON()),
        sa.Column("raw", sa.JSON()),
        sa.Column("text_key", sa.BigInteger()),
        sa.Column("source_hash", sa.Text(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name="fk_message_versions_message_id_messages"
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["imports.id"], name="fk_message_versions_run_id_imports"
        ),
        sa.PrimaryKeyConstraint("message_id", "version", name="pk_message_versions"),
    )
    op.create_table(
        "originals",
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name="fk_originals_message_id_messages"
        ),
        sa.PrimaryKeyConstraint("message_id", "version", name="pk_originals"),
    )
    op.create_table(
        "predictions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("rubricator", sa.Text(), nullable=False),
        sa.Column("heads", sa.JSON(), nullable=False),
        sa.Column("prediction_set", sa.JSON(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("latency_ms", sa.Float(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name="fk_predictions_message_id_messages"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_predictions"),
    )
    op.create_index("ix_predictions_message_id", "predictions", ["message_id"])
    op.create_table(
        "source_labels",
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("axis", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rubricator", sa.Text()),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name="fk_source_labels_message_id_messages"
        ),
        sa.ForeignKeyConstraint(["run_id"], ["imports.id"], name="fk_source_labels_run_id_imports"),
        sa.PrimaryKeyConstraint("message_id", "fingerprint", name="pk_source_labels"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "statuses",
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name="fk_statuses_message_id_messages"
        ),
        sa.ForeignKeyConstraint(["run_id"], ["imports.id"], name="fk_statuses_run_id_imports"),
        sa.PrimaryKeyConstraint("message_id", "fingerprint", name="pk_statuses"),
        sqlite_with_rowid=False,
    )
