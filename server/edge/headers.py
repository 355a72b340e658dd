"""Security headers of what we serve; the homeserver sets most of its own on what is proxied."""

import re

from sanic import Request
from sanic.response import BaseHTTPResponse

from server.edge.sanic_types import App

#: Wasm and blob workers are the crypto module, background effects and recordings; styles inline are React's.
#: Scripts are the client's own files alone: what people upload comes from our origin, too.
_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src {assets} 'wasm-unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' blob: data:",
        "media-src 'self' blob: data:",
        "font-src 'self' data:",
        "connect-src 'self' blob: data:",
        "worker-src {assets} blob:",
        "manifest-src 'self'",
        "frame-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), display-capture=(self), geolocation=()",
}
#: A year, in seconds (RFC 6797). Not for subdomains: they are not ours to speak for.
_STRICT_TRANSPORT = "max-age=31536000"
_HOST = re.compile(r"[A-Za-z0-9.:\[\]_-]+")
#: Of all cookies of ours (`accounts/cookies.py`, `meetings/guest_http.py`).
_OURS = ("unisono_", "__Secure-unisono_")


def install(app: App, *, https: bool = False) -> None:
    """`https`: people reach us under an https address, in the end."""
    app.register_middleware(_add, "response")
    if https:
        app.register_middleware(_only_host_cookies, "request", priority=80)
        app.register_middleware(_strict_transport, "response")


def policy(host: str) -> str:
    """Content-Security-Policy (Level 3) of a page that was asked for at `host`.

    A source without a scheme is of the page's own. A host that is none is answered with no scripts at all.
    """
    assets = f"{host}/assets/" if _HOST.fullmatch(host) else "'none'"
    return _POLICY.format(assets=assets)


async def _only_host_cookies(request: Request) -> None:
    """Sanic reads `__Host-NAME` as NAME, and others where there is none: a subdomain can set those."""
    for name in [name for name in request.cookies if name.startswith(_OURS)]:
        del request.cookies[name]


async def _strict_transport(_request: Request, response: BaseHTTPResponse) -> None:
    response.headers["Strict-Transport-Security"] = _STRICT_TRANSPORT


async def _add(request: Request, response: BaseHTTPResponse) -> None:
    if request.path.startswith(("/_matrix/", "/_synapse/")):
        # What people uploaded is what it says it is, or nothing.
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        return
    for name, value in _ALWAYS.items():
        response.headers.setdefault(name, value)
    if (response.content_type or "").startswith("text/html"):
        response.headers.setdefault("Content-Security-Policy", policy(request.host))
    elif request.path.startswith(("/api/", "/internal/", "/health/")):
        response.headers.setdefault("Cache-Control", "no-store")
