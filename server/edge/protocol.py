"""Sanic's connections with bounds: how many, how long for a head, how slow a body (`connections.py`)."""

import asyncio
from typing import Any

from sanic.exceptions import PayloadTooLarge, RequestTimeout, SanicException
from sanic.http import Http, Stage
from sanic.server.protocols.websocket_protocol import WebSocketProtocol

from logs import log
from server.addresses import origin_of
from server.edge.connections import Connections, Limits, Phase
from server.edge.sanic_types import App

_log = log.get(__name__)
#: Between two lines of the log that say that connections are turned away. Seconds.
_QUIET = 60.0
#: For a refusal to reach a client that still sends. Seconds.
_LINGER = 1.0


def install(app: App, limits: Limits) -> None:
    """Before the app is served with `protocol=BoundedProtocol`."""
    app.ctx.connections = Connections(limits)
    app.ctx.connections_said = float("-inf")


class HeadTooLarge(SanicException):
    """Request Header Fields Too Large (RFC 6585, Section 5)."""

    status_code = 431
    quiet = True


class _BoundedHttp(Http):
    """Tells the protocol where the head of each request begins and ends."""

    __slots__ = ()

    async def http1_request_header(self) -> None:
        protocol: Any = self.protocol
        protocol.head_begins()
        try:
            await super().http1_request_header()  # type: ignore[no-untyped-call]
        except PayloadTooLarge as error:
            if self.request_body is None and self.request is None:
                raise HeadTooLarge from error
            raise
        protocol.head_ended(body=bool(self.request_body))

    def create_empty_request(self) -> None:
        """For a refusal: an address that could not be read could not be read here, either."""
        self.url = None
        super().create_empty_request()


class BoundedProtocol(WebSocketProtocol):
    """`connections.Connection`; who is too slow to ask gets 408, who said nothing gets nothing."""

    HTTP_CLASS = _BoundedHttp
    # Sanic's metaclass gives none to whoever names none.
    __slots__ = ("_body_due", "_book", "_head_due", "_mark", "_received", "_write_due", "address")

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.address = ""
        self._book: Connections = self.app.ctx.connections
        self._head_due: asyncio.TimerHandle | None = None
        self._body_due: asyncio.TimerHandle | None = None
        self._write_due: asyncio.TimerHandle | None = None
        self._received = 0
        #: What had been received when the present span of a body began.
        self._mark = 0

    @property
    def phase(self) -> Phase:
        if self._head_due is not None:
            limits = self._book.limits
            old = self._head_due.when() - limits.head_seconds + limits.young_seconds <= self.loop.time()
            return Phase.HEAD if old else Phase.BUSY
        busy = self._http is None or self._http.stage is not Stage.IDLE
        return Phase.BUSY if busy else Phase.IDLE

    def connection_made(self, transport: Any) -> None:
        peer = transport.get_extra_info("peername")
        self.address = origin_of(str(peer[0])) if isinstance(peer, tuple) else ""
        super().connection_made(transport)  # type: ignore[no-untyped-call]
        self.head_begins()
        goes = self._book.admit(self)
        if isinstance(goes, BoundedProtocol):
            goes.turn_away()

    def connection_lost(self, exc: Exception | None) -> None:
        self._book.forget(self)
        for timer in (self._head_due, self._body_due, self._write_due):
            if timer is not None:
                timer.cancel()
        self._head_due = self._body_due = self._write_due = None
        super().connection_lost(exc)  # type: ignore[no-untyped-call]

    def data_received(self, data: bytes) -> None:
        self._received += len(data)
        super().data_received(data)  # type: ignore[no-untyped-call]

    def pause_writing(self) -> None:
        """The client does not take what waits for it: not for ever."""
        super().pause_writing()  # type: ignore[no-untyped-call]
        if self.transport is not None and self._write_due is None:
            self._write_due = self.loop.call_later(self._book.limits.write_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        if self._write_due is not None:
            self._write_due.cancel()
            self._write_due = None
        super().resume_writing()  # type: ignore[no-untyped-call]

    def turn_away(self) -> None:
        """Close at once, so that the socket is free for somebody else."""
        now = self.loop.time()
        if now - self.app.ctx.connections_said >= _QUIET:
            self.app.ctx.connections_said = now
            _log.warning("connections_turned_away", open=len(self._book), address=self.address)
        if self.transport is not None:
            self.transport.abort()

    def head_begins(self) -> None:
        """Bytes of a request have come, or the connection is new."""
        if self._head_due is None:
            self._head_due = self.loop.call_later(self._book.limits.head_seconds, self._give_up)

    def head_ended(self, *, body: bool) -> None:
        if self._head_due is not None:
            self._head_due.cancel()
            self._head_due = None
        if body:
            self._look_again()

    def _look_again(self) -> None:
        if self._body_due is not None:
            self._body_due.cancel()
        self._mark = self._received
        self._body_due = self.loop.call_later(self._book.limits.body_seconds, self._look_at_body)

    def _look_at_body(self) -> None:
        """Whether the body comes too slowly. When bytes of it lie here unread, it is us who are slow."""
        self._body_due = None
        if self._http is None or not self._http.request_body:
            return
        limits = self._book.limits
        brought = self._received - self._mark
        if self.recv_buffer or brought >= limits.body_rate * limits.body_seconds:
            self._look_again()
        else:
            self._give_up()
            # Sanic answers, and would then read the rest of the body for as long as it takes.
            if self.transport is not None:
                self._body_due = self.loop.call_later(_LINGER, self.transport.abort)

    def _give_up(self) -> None:
        self._head_due = None
        if self._http is not None:
            self._http.exception = RequestTimeout("Request Timeout")
        if self._task is not None:
            self._task.cancel()
