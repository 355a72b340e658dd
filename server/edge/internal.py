"""`/internal/v1` on a listener of its own: people's port knows nothing of it, and it knows nothing of theirs.

The bridge and the media servers have secrets for it besides; a stranger does not even get to try.
"""

import asyncio
from functools import partial
from socket import socket

from sanic import Request
from sanic.exceptions import NotFound
from sanic.models.server_types import Signal

from server.edge.protocol import BoundedProtocol
from server.edge.sanic_types import App

_PREFIX = "/internal/"
#: The bridge asks whether its neighbour lives where it will ask for more.
_ON_BOTH = "/health/"


class InternalProtocol(BoundedProtocol):
    """A connection to the internal listener."""

    __slots__ = ()


class InternalListener:
    """Listens at `at`: a host and a port, or a socket. `open_to_all` is what may be asked for on people's
    port, too."""

    def __init__(
        self, app: App, at: tuple[str, int] | socket, *, open_to_all: frozenset[str] = frozenset()
    ) -> None:
        self._app, self._at = app, at
        self._open_to_all = open_to_all
        self._server: asyncio.Server | None = None
        self._connections: set[InternalProtocol] = set()
        app.register_middleware(self._check, "request", priority=95)

    async def start(self) -> None:
        """Raises `OSError` when the port cannot be had."""
        loop = asyncio.get_running_loop()
        connection = partial(
            InternalProtocol,
            loop=loop,
            app=self._app,
            signal=Signal(),
            connections=self._connections,
            state={},
        )
        if isinstance(self._at, socket):
            self._server = await loop.create_server(connection, sock=self._at)
        else:
            self._server = await loop.create_server(connection, *self._at)

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections):
            connection.close()

    async def _check(self, request: Request) -> None:
        """404 for what is not on this listener, as for anything else that is not there."""
        transport = request.transport
        came_inside = transport is not None and isinstance(transport.get_protocol(), InternalProtocol)
        if request.path.startswith(_ON_BOTH):
            return
        is_internal = request.path.startswith(_PREFIX)
        if came_inside != is_internal and not (is_internal and request.path in self._open_to_all):
            raise NotFound
