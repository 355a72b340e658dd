"""The one `MetaData` that every feature's tables hang on, so that Alembic sees them all.

Constraint names follow a pattern because SQLite's batch migrations must be able to name what they drop.
"""

from sqlalchemy import MetaData

#: Key of `Table.info`: routes are made of what stands there (`storage.version`).
VERSIONED = "versioned"

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
