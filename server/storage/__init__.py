"""The application's database: SQLAlchemy's async engine, sessions, and the migrations run at start."""

from server.storage.base import Base
from server.storage.database import Database, database_url

__all__ = ["Base", "Database", "database_url"]
