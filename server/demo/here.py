"""The demo answers under the names of its own machine only.

A page of anywhere can have its own name lead to 127.0.0.1 (DNS rebinding) and would then read the demo's
mails and codes as its own.
"""

from urllib.parse import urlsplit

from sanic import Request

from server.config.reach import is_loopback
from server.edge.errors import ApiError
from server.edge.sanic_types import App


def install(app: App) -> None:
    """Answer 421 to whoever asks for somebody else (RFC 9110, Section 15.5.20)."""
    app.register_middleware(_only_here, "request", priority=90)


async def _only_here(request: Request) -> None:
    # Of a request that was refused before its head was read nothing is known, and nothing is told.
    if request.head and not is_loopback(_host(request.headers.get("host", ""))):
        raise ApiError(421, "misdirected", "the demo answers at the addresses of its own machine only")


def _host(given: str) -> str:
    try:
        return urlsplit(f"//{given}").hostname or ""
    except ValueError:
        return ""
