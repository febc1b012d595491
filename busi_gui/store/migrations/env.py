"""What Alembic runs for each command: the steps, in the transaction of whoever asked."""

from __future__ import annotations

from alembic import context

from busi_gui.store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
