"""Who is in the data, asked before anything is started."""

from server.config import Config, DataDir
from server.demo.guard import RealData
from server.directory.store import SqlPeople
from server.storage import Database, DatabaseAway, database_url


async def emails(config: Config, data: DataDir) -> set[str]:
    """Of everybody, disabled ones too, casefolded; empty where there is no database yet.

    Raises `RealData` when the database cannot say.
    """
    if not config.database.url and not data.database.exists():
        return set()
    database = Database(database_url(config.database.url, data.database))
    try:
        await database.upgrade()
        people = await SqlPeople(database.engine, config.organisation.domain).everyone(disabled=True)
    except DatabaseAway as error:
        raise RealData(str(error)) from error
    finally:
        await database.close()
    return {person.email.casefold() for person in people}
