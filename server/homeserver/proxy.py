"""Reverse proxy of `/_matrix` (and `/_synapse/client`): bytes stream both ways, nothing is kept.

`/_synapse/admin` is not reachable from outside. When a client goes away its request to the homeserver is
cancelled, because Sanic cancels the handler.
"""

from collections.abc import AsyncIterator
from typing import cast
from urllib.parse import unquote

import aiohttp
import msgspec
from sanic import Blueprint, HTTPResponse, Request
from sanic.compat import Header
from sanic.exceptions import NotFound, SanicException
from sanic.http import Http
from yarl import URL

from logs import log
from server.edge.requests import request_id
from server.edge.sanic_types import client_address

_log = log.get(__name__)

#: RFC 9110, Section 7.6.1, with the names that once were standard.
HOP_BY_HOP = frozenset(
    {
        "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te",
        "trailer", "transfer-encoding", "upgrade",
    }
)  # fmt: skip
#: Set anew on the way to the homeserver: what a stranger wrote there must not be believed.
_REPLACED = frozenset(
    {"host", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-request-id", "expect"}
)
_METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"]
#: Our session cookie is no business of the homeserver's: it gets its own of single sign-on alone.
_PRIVATE = frozenset({"cookie"})
_SSO_COOKIES = ("oidc_session", "username_mapping_session")


class MatrixProxy:
    """Forwards to the homeserver at `url`; a request body may have `max_body` bytes."""

    def __init__(self, url: str, max_body: int) -> None:
        self._url = url
        self._max_body = max_body
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=30),
            # A long poll lasts as long as the client asks; only the connecting is quick or has failed.
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=5),
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def forward(self, request: Request) -> HTTPResponse | None:
        """Answer `request` with what the homeserver answers, or 502 in Matrix's shape."""
        target = target_url(self._url, request.raw_url)
        if request.stream is not None:
            request.stream.request_max_size = self._max_body
        try:
            upstream = await self._ask(request, target)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            # Sanic refused the rest of the body while aiohttp was sending it: no fault of the homeserver's.
            if isinstance(error.__cause__, SanicException):
                raise error.__cause__ from None
            _log.warning("homeserver_unreachable", path=request.path, reason=type(error).__name__)
            return unreachable()
        async with upstream:
            return await _stream_back(request, upstream)

    async def _ask(self, request: Request, target: URL) -> aiohttp.ClientResponse:
        if self._session is None:
            raise RuntimeError("the proxy was not started")
        return await self._session.request(
            request.method,
            target,
            headers=request_headers(request),
            data=_body(request) if has_body(request) else None,
            allow_redirects=False,
        )


def target_url(base: str, raw: bytes) -> URL:
    """The same path and query at the homeserver, byte for byte.

    Raises `NotFound` for a path that climbs: whoever normalises it would leave `/_matrix`.
    """
    path = raw.decode("ascii").partition("?")[0]
    if any(unquote(part) in {".", ".."} for part in path.split("/")):
        raise NotFound
    try:
        return URL(base + raw.decode("ascii"), encoded=True)
    except ValueError as error:
        raise NotFound from error


def has_body(request: Request) -> bool:
    return "content-length" in request.headers or "transfer-encoding" in request.headers


def request_headers(request: Request) -> list[tuple[str, str]]:
    named = {name.strip().lower() for name in request.headers.get("connection", "").split(",")}
    dropped = HOP_BY_HOP | _REPLACED | _PRIVATE | named
    kept = [(name, value) for name, value in request.headers.items() if name.lower() not in dropped]
    return [
        *kept,
        ("Host", request.host),
        ("X-Forwarded-For", client_address(request)),
        ("X-Forwarded-Proto", request.scheme),
        ("X-Request-Id", request_id(request)),
        *_sso_cookies(request),
    ]


def _sso_cookies(request: Request) -> list[tuple[str, str]]:
    given = request.headers.get("cookie", "").split(";")
    kept = [cookie.strip() for cookie in given if cookie.strip().startswith(_SSO_COOKIES)]
    return [("Cookie", "; ".join(kept))] if kept else []


async def _body(request: Request) -> AsyncIterator[bytes]:
    stream = cast(Http, request.stream)
    while (chunk := await stream.read()) is not None:
        yield chunk


async def _stream_back(request: Request, upstream: aiohttp.ClientResponse) -> HTTPResponse | None:
    headers = Header()
    for name, value in upstream.headers.items():
        if name.lower() not in HOP_BY_HOP and name.lower() not in {"server", "date"}:
            # Single sign-on sets more than one cookie.
            headers.add(name, value)
    content_type = headers.pop("Content-Type", None)
    if request.method == "HEAD" or upstream.status in {204, 304}:
        return HTTPResponse(None, upstream.status, headers=headers, content_type=content_type)
    response = await request.respond(status=upstream.status, headers=headers, content_type=content_type)
    if response is None:
        return None
    async for chunk in upstream.content.iter_any():
        await response.send(chunk)
    await response.eof()
    return None


def unreachable() -> HTTPResponse:
    """502 as a Matrix client understands it: it tries again later. CORS, because a browser asks."""
    body = {"errcode": "M_UNKNOWN", "error": "The homeserver is not reachable at the moment"}
    headers = {"Access-Control-Allow-Origin": "*", "Retry-After": "2"}
    return HTTPResponse(msgspec.json.encode(body), 502, headers=headers, content_type="application/json")


def blueprint(proxy: MatrixProxy) -> Blueprint:
    """The proxied paths, and the well-known that tells other Matrix clients where to go."""
    routes = Blueprint("matrix")
    for name, path in (("matrix", "/_matrix/<path:path>"), ("synapse", "/_synapse/client/<path:path>")):

        async def forward(request: Request, path: str) -> HTTPResponse | None:
            return await proxy.forward(request)

        routes.add_route(forward, path, methods=_METHODS, stream=True, name=name)
    return routes
