"""Alembic's environment: always on a connection that `Database` hands over."""

import importlib
from pathlib import Path

from alembic import context

import server
from server.storage.base import Base

# Every feature's tables must be known before a revision is compared with the database.
for store in sorted(Path(server.__file__).parent.glob("*/store.py")):
    importlib.import_module(f"server.{store.parent.name}.store")

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    # One transaction for all: a failing migration leaves the database as it was.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
