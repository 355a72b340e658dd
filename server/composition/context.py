"""What the features stand on."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from server.config import Config, DataDir
from server.edge.sanic_types import App
from server.homeserver.client import HomeserverClient
from server.secrets import Secrets
from server.storage import Database

Hook = Callable[[], Awaitable[None]]


@dataclass
class AppContext:
    """What every feature may use. Hooks run in the order they were added, `on_stop` backwards.

    When a feature's `on_start` runs, the database has its tables and `homeserver` can be called (Synapse
    itself may still be starting).
    """

    app: App
    config: Config
    data: DataDir
    secrets: Secrets
    database: Database
    homeserver: HomeserverClient
    on_start: list[Hook] = field(default_factory=list)
    on_stop: list[Hook] = field(default_factory=list)
