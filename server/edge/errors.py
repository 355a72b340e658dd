"""One shape for every refusal: `{"error": {"code", "message", "field"}}`.

Codes are stable words that clients may compare; messages are for people who read logs or consoles.
"""

import math
from typing import Any

import msgspec
from sanic import HTTPResponse, Request
from sanic.exceptions import SanicException
from sanic.mixins.routes import RouteMixin

from logs import log
from server.edge.refusals import Refusal
from server.edge.sanic_types import App, client_address

_log = log.get(__name__)

#: Codes for what Sanic itself refuses.
_CODES = {
    400: "bad_request",
    401: "not_signed_in",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    408: "timeout",
    413: "too_large",
    417: "expectation_failed",
    429: "too_many_attempts",
    431: "headers_too_large",
    503: "unavailable",
}


class ApiError(Exception):
    """A refusal to answer with: HTTP `status`, stable `code`, words, the `field` of the body at fault."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        field: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.field = field
        self.headers = headers or {}


def error_response(
    status: int,
    code: str,
    message: str,
    field: str | None = None,
    headers: dict[str, str] | None = None,
) -> HTTPResponse:
    body = {"error": {"code": code, "message": message, "field": field}}
    return HTTPResponse(
        msgspec.json.encode(body),
        status,
        headers={"Cache-Control": "no-store", **(headers or {})},
        content_type="application/json",
    )


def _no_format(_routes: RouteMixin, handler: Any) -> str:
    return ""


# Sanic reads and parses the source of each handler when its route is added, to guess in which format its
# errors are reported. All of ours have the one shape above, and guessing was a quarter of starting an app.
RouteMixin._determine_error_format = _no_format  # type: ignore[method-assign, assignment]


def install(app: App) -> None:
    app.exception(ApiError)(_refused)
    app.exception(Refusal)(_refused_by_name)
    app.exception(SanicException)(_refused_by_sanic)
    app.exception(Exception)(_failed)


async def _refused(_request: Request, error: ApiError) -> HTTPResponse:
    return error_response(error.status, error.code, error.message, error.field, error.headers)


async def _refused_by_name(request: Request, error: Refusal) -> HTTPResponse:
    if error.logged is not None:
        _log.warning(error.logged, address=client_address(request))
    wait = error.retry_after
    headers = {} if wait is None else {"Retry-After": str(math.ceil(wait))}
    return error_response(error.status, error.code, str(error), error.field, headers)


async def _refused_by_sanic(request: Request, error: SanicException) -> HTTPResponse:
    status = error.status_code or 500
    if status >= 500 and status not in _CODES:
        return await _failed(request, error)
    headers = {str(name): str(value) for name, value in (error.headers or {}).items()}
    # Sanic names the path in its own words; ours must not repeat what a person typed.
    code = _CODES.get(status, "bad_request")
    return error_response(status, code, code.replace("_", " "), headers=headers)


async def _failed(request: Request, error: Exception) -> HTTPResponse:
    _log.error("request_failed", method=request.method, path=request.path, exc_info=error)
    return error_response(500, "internal_error", "the server failed; its log has the request id")
