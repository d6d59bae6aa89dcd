"""Alembic's entry: runs the migrations on the connection that `otklik.datasets.migrate` gives."""

from alembic import context

from otklik.datasets.schema import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()
