"""`/api/v1/greetings` for each person's own mailbox; `/internal/v1` for the bridge.

GET    /greetings                    -> {greetings, longest}
PUT    /greetings/<occasion>         a file of sound -> the same; "always", "no_answer", "busy", "away"
GET    /greetings/<occasion>/sound   audio/wav
DELETE /greetings/<occasion>         -> the same
GET    /internal/v1/mailboxes/<user id>/greetings/<id>  -> `wire.voicemail.KeptSound`
PUT    /internal/v1/mailboxes/<user id>/greetings/<occasion>  the same, as its owner said it. MessagePack.
"""

from typing import cast, get_args
from urllib.parse import unquote

import msgspec
from sanic import Blueprint, HTTPResponse, Request

from logs import log
from server.directory.access import PERSON
from server.directory.service import Person
from server.edge import ApiError, bearer, json_answer, read_file
from server.edge.operations import register
from server.sealing import BrokenSeal
from server.sounds.decoding import UPLOAD_MAX
from server.sounds.wave import wave
from server.voicemail.greetings import Greetings, GreetingsView, UnknownGreeting
from wire.voicemail import GREETING_MOST, RATE, KeptSound, Occasion

_log = log.get(__name__)
_OCCASIONS: frozenset[str] = frozenset(get_args(Occasion))
_UNKNOWN = {404: ("unknown_greeting",)}
_WAV = "audio/wav"


def blueprint(greetings: Greetings) -> Blueprint:
    routes = Blueprint("greetings", url_prefix="/api/v1/greetings")

    @PERSON.operation("My greetings, and how long one may be in seconds", answer=GreetingsView)
    async def mine(me: Person, request: Request) -> HTTPResponse:
        return json_answer(await greetings.of(me))

    @PERSON.operation(
        "Greet callers for an occasion with what a file holds",
        answer=GreetingsView,
        takes_files=("audio/*", "video/*"),
        refusals=_UNKNOWN | {400: ("not_a_sound", "greeting_too_long"), 413: ("too_large",), 503: ("busy",)},
    )
    async def upload(me: Person, request: Request, occasion: str) -> HTTPResponse:
        named = _occasion(occasion)
        return json_answer(
            await greetings.upload(me, named, await read_file(request, UPLOAD_MAX, "greeting"))
        )

    @PERSON.operation("Hear a greeting of mine", files=(_WAV,), refusals=_UNKNOWN)
    async def sound(me: Person, request: Request, occasion: str) -> HTTPResponse:
        try:
            greeting, content = await greetings.sound(me, _occasion(occasion))
        except (OSError, BrokenSeal) as error:
            raise _unreadable(occasion, error) from error
        headers = {"Cache-Control": "private, no-store", "ETag": f'"{greeting.id}"'}
        return HTTPResponse(wave(content), 200, headers=headers, content_type=_WAV)

    @PERSON.operation("Take a greeting away", answer=GreetingsView, refusals=_UNKNOWN)
    async def remove(me: Person, request: Request, occasion: str) -> HTTPResponse:
        return json_answer(await greetings.remove(me, _occasion(occasion)))

    register(routes, mine, "", "GET")
    register(routes, upload, "/<occasion:str>", "PUT", streams=True)
    register(routes, sound, "/<occasion:str>/sound", "GET")
    register(routes, remove, "/<occasion:str>", "DELETE")
    return routes


def internal_blueprint(greetings: Greetings, secret: str) -> Blueprint:
    routes = Blueprint("greetings_internal", url_prefix="/internal/v1")

    async def played(_request: Request, user_id: str, greeting_id: str) -> HTTPResponse:
        try:
            return json_answer(await greetings.played(unquote(user_id), greeting_id))
        except (OSError, BrokenSeal) as error:
            raise _unreadable(greeting_id, error) from error

    async def record(request: Request, user_id: str, greeting_id: str) -> HTTPResponse:
        try:
            given = msgspec.msgpack.decode(await read_file(request, UPLOAD_MAX, "greeting"), type=KeptSound)
        except msgspec.DecodeError as error:
            raise ApiError(400, "invalid_field", str(error)) from error
        if not 0 < len(given.sound) <= GREETING_MOST * RATE:
            raise ApiError(400, "invalid_field", "a greeting has at most one minute", "sound")
        await greetings.record(unquote(user_id), _occasion(greeting_id), given.sound)
        return HTTPResponse(None, 204)

    routes.on_request(bearer.only_for(secret))
    routes.add_route(played, "/mailboxes/<user_id:str>/greetings/<greeting_id:str>", methods=["GET"])
    routes.add_route(
        record, "/mailboxes/<user_id:str>/greetings/<greeting_id:str>", methods=["PUT"], stream=True
    )
    return routes


def _occasion(named: str) -> Occasion:
    if named not in _OCCASIONS:
        raise UnknownGreeting
    return cast(Occasion, named)


def _unreadable(named: str, error: Exception) -> ApiError:
    _log.error("greeting_not_read", greeting=named, why=repr(error))
    return ApiError(404, "unknown_greeting", "the greeting cannot be read any more")
