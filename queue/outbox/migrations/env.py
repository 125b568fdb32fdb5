"""Run by Alembic: apply the migrations on the connection that ``migrate`` hands over, in its transaction."""

from alembic import context

from outbox.migrations import VERSION_TABLE
from outbox.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
)
with context.begin_transaction():
    context.run_migrations()
