"""Every request is well formed, has an id, is logged once, and says from where it came."""

import re
import secrets
import time

import structlog
from sanic import Request
from sanic.response import BaseHTTPResponse

from logs import log
from server.edge import nul
from server.edge.errors import ApiError
from server.edge.sanic_types import App

_log = log.get(__name__)
#: What nginx logs for a client that left before its answer.
_CLIENT_CLOSED_REQUEST = 499
_ACCEPTABLE = re.compile(r"[A-Za-z0-9_-]{8,64}")
#: A request's target is a path: whole addresses are for proxies that go anywhere (RFC 9112, Section 3.2.2).
#: After it come fields (RFC 9110, Section 5.5): no line feed on its own, nor other controls but tabs. Whoever
#: reads such a head next may see two requests in it.
_HEAD = re.compile(
    rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+ /[^\x00-\x20\x7f]* HTTP/1\.[01]"
    rb"(?:\r\n[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\x00-\x08\x0a-\x1f\x7f]*)*"
)


def install(app: App) -> None:
    app.register_middleware(_begin, "request", priority=100)
    app.register_middleware(_end, "response", priority=-100)


def request_id(request: Request) -> str:
    return str(request.ctx.request_id)


async def _begin(request: Request) -> None:
    given = request.headers.get("x-request-id", "")
    request.ctx.request_id = given if _ACCEPTABLE.fullmatch(given) else secrets.token_hex(10)
    request.ctx.began = time.perf_counter()
    # A kept connection serves many requests in one task: what the last one bound must go.
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request.ctx.request_id)
    call_id = request.headers.get("x-call-id", "")
    if _ACCEPTABLE.fullmatch(call_id):
        structlog.contextvars.bind_contextvars(call_id=call_id)
    _check_head(request)
    nul.refuse(request)


def _check_head(request: Request) -> None:
    head: bytes = request.head
    # None of a request that Sanic has refused already.
    if head and not _HEAD.fullmatch(head):
        raise ApiError(400, "bad_request", "the head of the request is not well formed")
    if not head.isascii():
        # Bytes that are no UTF-8 would break whatever writes them down, or passes them on.
        for name, value in list(request.headers.items()):
            if not value.isascii():
                request.headers[name] = value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


async def _end(request: Request, response: BaseHTTPResponse) -> None:
    if not hasattr(request.ctx, "began"):
        return
    response.headers.setdefault("X-Request-Id", request.ctx.request_id)
    if request.path.startswith("/health/"):
        return
    milliseconds = round((time.perf_counter() - request.ctx.began) * 1000, 1)
    gone = request.conn_info is not None and request.conn_info.lost
    status = _CLIENT_CLOSED_REQUEST if gone else response.status
    # The bridge asks at every call: what went well is for whoever looks into it.
    tell = _log.debug if request.path.startswith("/internal/") and status < 400 else _log.info
    # Never the query string: older Matrix clients put their access token there.
    tell("request", method=request.method, path=request.path, status=status, ms=milliseconds)
