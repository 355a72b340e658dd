"""The composition root of the web process: what stands between the socket and the features."""

from socket import socket

from sanic import Sanic

from server import health
from server.composition.context import AppContext
from server.composition.features import compose
from server.config import Config, DataDir
from server.demo import here
from server.demo.seed import Seed
from server.edge import errors, headers, internal, requests, static
from server.edge.sanic_types import App
from server.homeserver import proxy, wellknown
from server.homeserver.client import HomeserverClient
from server.secrets import Secrets
from server.storage import Database, database_url

#: Most that an API request may carry; uploads go through the proxy, which has its own limit. Bytes.
MAX_API_BODY = 1_000_000


def create_app(
    config: Config, data: DataDir, secrets: Secrets, *, name: str = "unisono", inside: socket | None = None
) -> App:
    """The web process's application, ready to be served; nothing is opened before it starts. `inside` is what
    the internal listener listens on, if that is there already."""
    app = _sanic(config, name)
    database = Database(database_url(config.database.url, data.database))
    homeserver = HomeserverClient(
        config.homeserver.url,
        config.organisation.domain,
        secrets.sessions_as_token,
        secrets.telephone_as_token,
    )
    context = AppContext(app, config, data, secrets, database, homeserver)
    _edge(context)
    features = compose(context)
    if config.demo.enabled:
        demo = Seed(config.demo.people, features.directory, features.accounts, homeserver)
        context.on_start.append(demo.start)
        context.on_stop.append(demo.stop)
    # Last, because it answers whatever nobody else does.
    app.blueprint(static.blueprint(static.WebClient(config.client_dir or static.default_folder())))
    at = config.web.internal_host, config.web.internal_port
    listener = internal.InternalListener(app, inside or at, open_to_all=_webhooks(config))
    context.on_start.append(listener.start)
    context.on_stop.append(listener.stop)
    _hooks(context)
    return app


def _sanic(config: Config, name: str) -> App:
    app: App = Sanic(name, configure_logging=False)
    app.config.update(
        ACCESS_LOG=False,
        AUTO_EXTEND=False,
        MOTD=False,
        PROXIES_COUNT=config.web.proxies or None,
        REQUEST_MAX_SIZE=MAX_API_BODY,
        # Matrix clients put filters and tokens into the address.
        REQUEST_MAX_HEADER_SIZE=16_384,
        # A long poll says nothing for as long as its client chose.
        RESPONSE_TIMEOUT=900,
        KEEP_ALIVE_TIMEOUT=75,
        # What is asked in one go is answered by then; a stream or a long poll would last for ever.
        GRACEFUL_SHUTDOWN_TIMEOUT=0.5,
        GRACEFUL_TCP_CLOSE_TIMEOUT=0.3,
    )
    return app


def _webhooks(config: Config) -> frozenset[str]:
    """A LiveKit server may be anywhere; what it sends is signed."""
    return frozenset({"/internal/v1/sfu/webhook"} if config.sfu.kind == "livekit" else ())


def _edge(context: AppContext) -> None:
    """What every request meets, and the routes that are no feature's."""
    app, config = context.app, context.config
    requests.install(app)
    errors.install(app)
    headers.install(app, https=config.web.https)
    if config.demo.enabled:
        here.install(app)
    matrix = proxy.MatrixProxy(config.homeserver.url, config.web.max_upload_mb * 1_000_000)
    state = health.Health(config, context.database)
    app.blueprint(proxy.blueprint(matrix))
    app.blueprint(wellknown.blueprint(config.web.origin, meetings=config.sfu.enabled))
    app.blueprint(health.blueprint(state))
    context.on_start += [context.database.upgrade, context.homeserver.start, matrix.start, state.start]
    context.on_stop += [context.database.close, context.homeserver.close, matrix.close, state.close]


def _hooks(context: AppContext) -> None:
    async def start(_app: App) -> None:
        for hook in context.on_start:
            await hook()

    async def stop(_app: App) -> None:
        for hook in reversed(context.on_stop):
            await hook()

    context.app.register_listener(start, "before_server_start")
    context.app.register_listener(stop, "after_server_stop")
