"""All migrations, from an empty database up and back to it."""

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect

from server.storage import Database, metadata
from server.storage.upgrade import alembic_config

#: Alembic does not read the `ddl_if` that says so.
SQLITE_ONLY = "ix_contacts_search"


def differences(connection: Connection) -> object:
    def is_wanted(_item: object, name: str | None, *_: object) -> bool:
        return connection.dialect.name == "sqlite" or name != SQLITE_ONLY

    context = MigrationContext.configure(connection, opts={"include_object": is_wanted})
    return compare_metadata(context, metadata)


def downgrade(connection: Connection) -> None:
    config = alembic_config()
    config.attributes["connection"] = connection
    command.downgrade(config, "base")


def tables(connection: Connection) -> list[str]:
    return inspect(connection).get_table_names()


async def test_the_migrations_make_exactly_the_tables_that_the_code_knows(empty_database: Database) -> None:
    await empty_database.upgrade()
    await empty_database.upgrade()
    await empty_database.ping()
    async with empty_database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_the_migrations_lead_back_to_nothing(empty_database: Database) -> None:
    await empty_database.upgrade()
    async with empty_database.engine.begin() as connection:
        await connection.run_sync(downgrade)
        assert await connection.run_sync(tables) == ["alembic_version"]
    await empty_database.upgrade()
    async with empty_database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []
