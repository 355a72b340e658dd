"""The application's database: SQLAlchemy's async engine, and the migrations run at start."""

from server.storage.database import Database, DatabaseAway, database_url
from server.storage.locking import one_at_a_time
from server.storage.metadata import metadata

__all__ = ["Database", "DatabaseAway", "database_url", "metadata", "one_at_a_time"]
