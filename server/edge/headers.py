"""Security headers of what we serve ourselves; the homeserver sets its own on what is proxied."""

from sanic import Request
from sanic.response import BaseHTTPResponse

from server.edge.sanic_types import App

#: Wasm and blob workers are the crypto module, background effects and recordings; styles inline are React's.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' blob: data:",
        "media-src 'self' blob: data:",
        "font-src 'self' data:",
        "connect-src 'self' blob: data:",
        "worker-src 'self' blob:",
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


def install(app: App) -> None:
    app.register_middleware(_add, "response")


async def _add(request: Request, response: BaseHTTPResponse) -> None:
    if request.path.startswith(("/_matrix/", "/_synapse/")):
        return
    for name, value in _ALWAYS.items():
        response.headers.setdefault(name, value)
    if (response.content_type or "").startswith("text/html"):
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    elif request.path.startswith(("/api/", "/internal/", "/health/")):
        response.headers.setdefault("Cache-Control", "no-store")
