"""What can go wrong between us and the homeserver, and what people are told then."""

from sanic import HTTPResponse, Request

from logs import log
from server.edge.errors import error_response
from server.edge.sanic_types import App

_log = log.get(__name__)
#: Seconds after which a client may ask again.
_BACK = "2"


class HomeserverError(Exception):
    """Base of this package's errors."""


class HomeserverUnreachable(HomeserverError):
    """No answer: it is starting, stopped or overloaded. Asking again later is right."""


class MatrixRefusal(HomeserverError):
    """The homeserver said no: HTTP `status` and Matrix `errcode` (Matrix spec, "Standard error response")."""

    def __init__(self, status: int, errcode: str, message: str) -> None:
        super().__init__(f"{status} {errcode}: {message}")
        self.status = status
        self.errcode = errcode


def install(app: App) -> None:
    """Whatever feature needed it, one answer: 503 `homeserver_unavailable`."""
    app.exception(HomeserverError)(_away)


async def _away(_request: Request, error: HomeserverError) -> HTTPResponse:
    _log.error("homeserver_failed", why=str(error))
    words = "the chat server does not answer"
    return error_response(503, "homeserver_unavailable", words, headers={"Retry-After": _BACK})
