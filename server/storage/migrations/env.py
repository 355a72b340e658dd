"""Alembic's environment: always on a connection that `Database` hands over."""

import importlib
from pathlib import Path

from alembic import context

import server
from server.storage.metadata import metadata

# Every feature's tables must be known before a revision is compared with the database.
for tables in sorted(Path(server.__file__).parent.glob("*/tables.py")):
    importlib.import_module(f"server.{tables.parent.name}.tables")

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    # One transaction for all: a failing migration leaves the database as it was.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
