"""A Sanic app on a listener of 127.0.0.1, inside the test's own loop."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sanic import Sanic
from sanic.router import Router

from server.edge import protocol
from server.edge.connections import Limits
from server.edge.sanic_types import App


def bare_app(name: str) -> App:
    """An app without anything of ours; names must differ within one test."""
    app: App = Sanic(name, configure_logging=False)
    app.config.update(ACCESS_LOG=False, AUTO_EXTEND=False, MOTD=False)
    protocol.install(app, Limits())
    return app


def forget(app: App) -> None:
    """Let an app that has stopped go.

    Sanic's cache of routes is one for all apps of a process, and keeps each app that it ever answered for:
    some thousand objects that every collection of garbage would look at again.
    """
    Sanic.unregister_app(app)
    Router.get.cache_clear()


@asynccontextmanager
async def served(app: App) -> AsyncIterator[str]:
    """Start the app with its listeners; gives its URL."""
    # Sanic rewrites its own methods at start, and only once a process.
    app.config.TOUCHUP = False
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server: Any = await app.create_server(
        sock=listener, return_asyncio_server=True, protocol=protocol.BoundedProtocol
    )
    await server.startup()
    await server.before_start()
    await server.start_serving()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.close()
        await server.wait_closed()
        await server.after_stop()
        forget(app)
