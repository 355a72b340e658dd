"""Where search is put together."""

from collections.abc import Sequence
from time import monotonic

from sqlalchemy.exc import DBAPIError

from logs import log
from server.composition.context import AppContext
from server.config import Config, DataDir
from server.directory.service import Directory
from server.homeserver.errors import HomeserverError
from server.homeserver.rendering import SEARCH
from server.search import http
from server.search.history import History
from server.search.service import Feed, Search
from server.search.store import SqlSearch
from server.sfu.forwarding.bucket import Buckets
from server.storage import Database, database_url

_log = log.get(__name__)
#: Questions of one person: a second, and at once. Who types asks with each letter.
ASKED_A_SECOND, ASKED_AT_ONCE = 5.0, 30.0


def search_database(config: Config, data: DataDir) -> Database:
    """Of its own where it is a file, so that nothing else waits while it is written."""
    return Database(database_url(config.database.url, data.search / "search.db"))


def serve_search(context: AppContext, directory: Directory) -> None:
    """Construct it, and register its blueprints."""
    database = search_database(context.config, context.data)
    store, rooms = SqlSearch(database), context.homeserver.rooms_of_meetings
    pace = Buckets(ASKED_A_SECOND, ASKED_AT_ONCE)

    async def people() -> Sequence[str]:
        return [person.user_id for person in await directory.everyone()]

    async def prepare() -> None:
        try:
            await store.prepare()
        except DBAPIError as error:
            # PostgreSQL without `pg_trgm`: everything else works, and `unisono doctor` says what to mend.
            _log.error("search_unavailable", why=str(error.orig))

    async def wake() -> None:
        await context.homeserver.ping(SEARCH, context.secrets.search_as_token)

    history = History(store, rooms, people, wake, HomeserverError)
    context.app.blueprint(
        http.blueprint(
            Search(store, rooms),
            lambda user_id: pace.take(user_id, monotonic()),
            context.config.organisation.domain,
        )
    )
    context.app.blueprint(http.internal_blueprint(Feed(store, rooms), context.secrets.search_hs_token))
    context.on_start += [prepare, history.start]
    context.on_stop += [database.close, history.stop]
