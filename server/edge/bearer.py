"""Routes for machines that know a secret: the bridge, and whoever watches."""

from collections.abc import Awaitable, Callable

from sanic import Request

from server.edge.errors import ApiError
from wire.bearer import holds


def only_for(secret: str) -> Callable[[Request], Awaitable[None]]:
    """To be run before a blueprint's handlers (`on_request`): 401 `not_authorised` without the secret."""

    async def check(request: Request) -> None:
        if not holds(request.headers.get("authorization", ""), secret):
            raise ApiError(401, "not_authorised", "the bearer token is wrong")

    return check
