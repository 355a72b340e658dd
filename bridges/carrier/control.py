"""The carrier's control over HTTP, on loopback: call in, list, press keys, hang up, health."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta

from bridges.carrier.calls import Carrier
from bridges.carrier.media import NoFreePort
from bridges.carrier.numbers import NotANumber

_MOST_BYTES = 4096


class CallIn(msgspec.Struct, forbid_unknown_fields=True, rename={"from_": "from"}):
    """The body of ``POST /v1/call-in``."""

    to: str
    from_: str
    tone_hz: Annotated[int, Meta(ge=50, le=3900)] | None = None


class Digits(msgspec.Struct, forbid_unknown_fields=True):
    """The body of ``POST /v1/calls/<id>/digits``."""

    digits: Annotated[str, Meta(min_length=1, max_length=32, pattern="^[0-9*#A-D]*$")]


def _error(status: HTTPStatus, code: str, message: str, field: str | None = None) -> web.Response:
    body = {"error": {"code": code, "message": message, "field": field}}
    return web.json_response(body, status=status.value)


def _field(error: msgspec.ValidationError) -> str | None:
    """The key that msgspec complains about: "… - at `$.tone_hz`"."""
    _, found, path = str(error).rpartition("`$.")
    return path.rstrip("`") if found else None


class Control:
    """The handlers; ``app()`` is the application to serve."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    def app(self) -> web.Application:
        app = web.Application(client_max_size=_MOST_BYTES)
        app.add_routes(
            [
                web.post("/v1/call-in", self.call_in),
                web.get("/v1/calls", self.calls),
                web.delete("/v1/calls/{id}", self.hang_up),
                web.post("/v1/calls/{id}/digits", self.press),
                web.get("/health/ready", self.ready),
            ]
        )
        return app

    async def call_in(self, request: web.Request) -> web.Response:
        """Make a call to a number of the organisation: 200 with ``call_id``."""
        # A page in a browser on this machine can post forms and text here, but not this type.
        if request.content_type != "application/json":
            return _error(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "not_json", "the body must be application/json")
        try:
            wanted = msgspec.json.decode(await request.read(), type=CallIn)
            call_id = await self._carrier.call_in(wanted.to, wanted.from_, wanted.tone_hz)
        except msgspec.ValidationError as error:
            return _error(HTTPStatus.BAD_REQUEST, "invalid", str(error), _field(error))
        except msgspec.DecodeError as error:
            return _error(HTTPStatus.BAD_REQUEST, "not_json", str(error))
        except NotANumber as error:
            return _error(HTTPStatus.BAD_REQUEST, "not_a_number", str(error))
        except NoFreePort:
            return _error(HTTPStatus.SERVICE_UNAVAILABLE, "no_free_port", "all RTP ports are in use")
        return web.json_response({"call_id": call_id})

    async def calls(self, _request: web.Request) -> web.Response:
        """All calls, with what the carrier hears in each."""
        return web.json_response({"calls": self._carrier.calls()})

    async def hang_up(self, request: web.Request) -> web.Response:
        """End a call."""
        if not self._carrier.hang_up(request.match_info["id"]):
            return _error(HTTPStatus.NOT_FOUND, "unknown_call", "no live call of that id")
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def press(self, request: web.Request) -> web.Response:
        """Press keys in a call, as its caller would."""
        if request.content_type != "application/json":
            return _error(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "not_json", "the body must be application/json")
        try:
            wanted = msgspec.json.decode(await request.read(), type=Digits)
            pressed = self._carrier.press(request.match_info["id"], wanted.digits)
        except msgspec.ValidationError as error:
            return _error(HTTPStatus.BAD_REQUEST, "invalid", str(error), _field(error))
        except msgspec.DecodeError as error:
            return _error(HTTPStatus.BAD_REQUEST, "not_json", str(error))
        except ValueError as error:
            return _error(HTTPStatus.CONFLICT, "no_telephone_events", str(error))
        if not pressed:
            return _error(HTTPStatus.NOT_FOUND, "unknown_call", "no live call of that id")
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def ready(self, _request: web.Request) -> web.Response:
        """It is ready as soon as it listens."""
        return web.json_response({"ready": True, "parts": {"sip": {"ready": True, "why": None}}})
