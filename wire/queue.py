"""Calls that wait in queues: `GET /internal/v1/queues/calls/<id>` of the web, and with `/call-back` a `POST`
(the caller wants to hang up and keep their place; 204: they are called back, a refusal: they are not); and
`POST /v1/queues/calls/<id>` of the bridge.
"""

from typing import Annotated, Literal

import msgspec


class Place(msgspec.Struct, frozen=True):
    """The place of a caller, the first is 1; `seconds` that they will wait, None: nobody can tell."""

    position: Annotated[int, msgspec.Meta(ge=1)]
    seconds: Annotated[int, msgspec.Meta(ge=0)] | None = None


class SendOn(msgspec.Struct, frozen=True):
    """A caller leaves the queue: for its members who take the call now, for where its calls go that nobody
    takes, or for good."""

    to: Literal["agents", "elsewhere", "away"]
