"""`/api/v1/voicemail` for each person's own mailbox; `/internal/v1` for the bridge.

GET    /voicemail                     -> {on, messages, unseen, most, days, mail}
PUT    /voicemail/settings            {on, mail}; what is not named stays
PUT    /voicemail/pin                 {pin}
DELETE /voicemail/pin
GET    /voicemail/<id>/sound          audio/wav, in parts where they are asked for (RFC 9110, Section 14)
PUT    /voicemail/<id>/seen           {seen}
DELETE /voicemail/<id>
POST   /voicemail/<id>/restore        within an hour
PUT    /internal/v1/voicemail/<id>    `wire.voicemail.VoiceMessage`, from the bridge alone
GET    /internal/v1/mailboxes/<user id>  -> `wire.voicemail.Waiting`, for its lamps
POST   /internal/v1/mailbox-access  `wire.voicemail.AccessGiven` -> `wire.voicemail.Opened`
POST   /internal/v1/mailboxes/<user id>/open  `wire.voicemail.PinGiven`; 204 where it is right
GET, PUT, DELETE /internal/v1/mailboxes/<user id>/messages…  for its owner at a telephone
"""

from typing import Annotated, cast
from urllib.parse import unquote

import msgspec
from sanic import Blueprint, HTTPResponse, Request
from sanic.http import Http

from logs import log
from server.directory.access import PERSON
from server.directory.service import Person
from server.edge import ApiError, bearer, json_answer, read_body
from server.edge.operations import register
from server.edge.ranges import asked_range
from server.sealing import BrokenSeal
from server.sounds.wave import wave
from server.voicemail.pins import Pins
from server.voicemail.rules import MailKind, Message
from server.voicemail.service import MailboxView, Voicemail
from wire.voicemail import BODY_MAX, AccessGiven, Opened, PinGiven, VoiceMessage

_log = log.get(__name__)
_UNKNOWN = {404: ("unknown_message",)}
_WAV = "audio/wav"


class Chosen(msgspec.Struct, forbid_unknown_fields=True):
    on: bool | None = None
    mail: MailKind | None = None


class ChosenPin(msgspec.Struct, forbid_unknown_fields=True):
    pin: Annotated[str, msgspec.Meta(max_length=20)]


class Marked(msgspec.Struct, forbid_unknown_fields=True):
    seen: bool


def blueprint(voicemail: Voicemail, pins: Pins) -> Blueprint:
    routes = Blueprint("voicemail", url_prefix="/api/v1/voicemail")

    @PERSON.operation("My mailbox and the messages in it, the newest first", answer=MailboxView)
    async def mailbox(me: Person, request: Request) -> HTTPResponse:
        return json_answer(await voicemail.of(me))

    @PERSON.operation(
        "Whether calls that I do not take go to my mailbox, and what I am told by mail",
        body=Chosen,
        answer=MailboxView,
    )
    async def settings(me: Person, request: Request) -> HTTPResponse:
        chosen = read_body(request, Chosen)
        return json_answer(await voicemail.choose(me, on=chosen.on, mail=chosen.mail))

    @PERSON.operation(
        "Choose the PIN with which I hear my messages from any telephone",
        body=ChosenPin,
        answer=MailboxView,
        refusals={400: ("unusable_pin",), 503: ("busy",)},
    )
    async def choose_pin(me: Person, request: Request) -> HTTPResponse:
        await pins.choose(me, read_body(request, ChosenPin).pin)
        return json_answer(await voicemail.changed(me))

    @PERSON.operation("Have no PIN any more", answer=MailboxView)
    async def remove_pin(me: Person, request: Request) -> HTTPResponse:
        await pins.remove(me)
        return json_answer(await voicemail.changed(me))

    @PERSON.operation("Hear a message", files=(_WAV,), refusals=_UNKNOWN | {416: ("no_such_part",)})
    async def sound(me: Person, request: Request, message_id: str) -> HTTPResponse:
        try:
            message, content = await voicemail.sound(me, message_id)
        except (OSError, BrokenSeal) as error:
            _log.error("voice_message_not_read", id=message_id, why=repr(error))
            raise ApiError(404, "unknown_message", "the message cannot be read any more") from error
        return _part(request, wave(content), message)

    @PERSON.operation("Say whether I have heard a message", body=Marked, status=204, refusals=_UNKNOWN)
    async def seen(me: Person, request: Request, message_id: str) -> HTTPResponse:
        await voicemail.mark(me, message_id, seen=read_body(request, Marked).seen)
        return HTTPResponse(None, 204)

    @PERSON.operation("Delete a message", status=204, refusals=_UNKNOWN)
    async def delete(me: Person, request: Request, message_id: str) -> HTTPResponse:
        await voicemail.delete(me, message_id)
        return HTTPResponse(None, 204)

    @PERSON.operation("Bring a message back that I have just deleted", status=204, refusals=_UNKNOWN)
    async def restore(me: Person, request: Request, message_id: str) -> HTTPResponse:
        await voicemail.restore(me, message_id)
        return HTTPResponse(None, 204)

    register(routes, mailbox, "", "GET")
    register(routes, settings, "/settings", "PUT")
    register(routes, choose_pin, "/pin", "PUT")
    register(routes, remove_pin, "/pin", "DELETE")
    register(routes, sound, "/<message_id:str>/sound", "GET")
    register(routes, seen, "/<message_id:str>/seen", "PUT")
    register(routes, delete, "/<message_id:str>", "DELETE")
    register(routes, restore, "/<message_id:str>/restore", "POST")
    return routes


def internal_blueprint(voicemail: Voicemail, pins: Pins, secret: str) -> Blueprint:
    routes = Blueprint("voicemail_internal", url_prefix="/internal/v1")

    async def take(request: Request, message_id: str) -> HTTPResponse:
        try:
            message = msgspec.msgpack.decode(await _body(request), type=VoiceMessage)
        except msgspec.DecodeError as error:
            raise ApiError(400, "invalid_field", str(error)) from error
        if message.note.id != message_id:
            raise ApiError(400, "invalid_field", "the address names another message", "id")
        await voicemail.take(message)
        return HTTPResponse(None, 204)

    async def open_by_pin(request: Request, user_id: str) -> HTTPResponse:
        given = read_body(request, PinGiven)
        await pins.open(unquote(user_id), given.pin, given.caller)
        return HTTPResponse(None, 204)

    async def enter(request: Request) -> HTTPResponse:
        given = read_body(request, AccessGiven)
        owner = await pins.enter(given.number, given.pin, given.caller)
        return json_answer(Opened(owner.user_id))

    async def waiting(_request: Request, user_id: str) -> HTTPResponse:
        return json_answer(await voicemail.waiting(unquote(user_id)))

    async def messages(_request: Request, user_id: str) -> HTTPResponse:
        return json_answer(await voicemail.messages_of(unquote(user_id)))

    async def sound(_request: Request, user_id: str, message_id: str) -> HTTPResponse:
        try:
            return json_answer(await voicemail.sound_of(unquote(user_id), message_id))
        except (OSError, BrokenSeal) as error:
            _log.error("voice_message_not_read", id=message_id, why=repr(error))
            raise ApiError(404, "unknown_message", "the message cannot be read any more") from error

    async def seen(_request: Request, user_id: str, message_id: str) -> HTTPResponse:
        await voicemail.heard_by(unquote(user_id), message_id)
        return HTTPResponse(None, 204)

    async def delete(_request: Request, user_id: str, message_id: str) -> HTTPResponse:
        await voicemail.deleted_by(unquote(user_id), message_id)
        return HTTPResponse(None, 204)

    routes.on_request(bearer.only_for(secret))
    routes.add_route(take, "/voicemail/<message_id:str>", methods=["PUT"], stream=True)
    routes.add_route(open_by_pin, "/mailboxes/<user_id:str>/open", methods=["POST"])
    routes.add_route(enter, "/mailbox-access", methods=["POST"])
    routes.add_route(waiting, "/mailboxes/<user_id:str>", methods=["GET"])
    one = "/mailboxes/<user_id:str>/messages/<message_id:str>"
    routes.add_route(messages, "/mailboxes/<user_id:str>/messages", methods=["GET"])
    routes.add_route(sound, one, methods=["GET"])
    routes.add_route(seen, f"{one}/seen", methods=["PUT"])
    routes.add_route(delete, one, methods=["DELETE"])
    return routes


async def _body(request: Request) -> bytes:
    """Minutes of sound are larger than what other requests may be."""
    stream = cast(Http, request.stream)
    stream.request_max_size = BODY_MAX + 1
    body = bytearray()
    while (chunk := await stream.read()) is not None:
        body += chunk
        if len(body) > BODY_MAX:
            raise ApiError(413, "too_large", "the message is too long")
    return bytes(body)


def _part(request: Request, content: bytes, message: Message) -> HTTPResponse:
    """What of the file was asked for: the whole, or one range of bytes."""
    headers = {"Accept-Ranges": "bytes", "Cache-Control": "private, no-store", "ETag": f'"{message.id}"'}
    asked = asked_range(request, len(content))
    if asked is None:
        return HTTPResponse(content, 200, headers=headers, content_type=_WAV)
    start, end = asked
    headers["Content-Range"] = f"bytes {start}-{end - 1}/{len(content)}"
    return HTTPResponse(content[start:end], 206, headers=headers, content_type=_WAV)
