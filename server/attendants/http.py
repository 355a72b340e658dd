"""`/api/v1/attendants`: automatic attendants, for administrators; `/internal/v1` for the bridge.

GET /internal/v1/attendants/sounds/<id>          -> `wire.voicemail.KeptSound`
GET /internal/v1/attendants/<id>/names/<digits>  -> a list of `wire.attendant.Named`
"""

from collections.abc import Awaitable, Callable
from typing import Annotated

import msgspec
from sanic import Blueprint, HTTPResponse, Request

from server.attendants import rules
from server.attendants.rules import Action, Attendant, Language
from server.attendants.service import Attendants
from server.directory.access import ADMINISTRATOR, Administrator
from server.edge import ApiError, bearer, json_answer, read_body, read_file
from server.edge.operations import register
from server.hours.rules import State
from server.numbers.numbers import TYPED_MAX, display
from server.sealing import BrokenSeal
from server.sounds.decoding import UPLOAD_MAX
from server.sounds.wave import wave
from wire.attendant import SoundId

_WAV = "audio/wav"
_WRONG: dict[int, tuple[str, ...]] = {
    400: (
        "invalid_name",
        "invalid_extension",
        "extension_reserved",
        "invalid_number",
        "nothing_said",
        "too_many_menus",
        "nowhere_to_go_back",
    ),
    404: ("unknown_attendant", "unknown_target", "unknown_hours", "unknown_sound"),
    409: ("extension_taken", "number_taken", "not_a_target", "loop", "too_many_attendants"),
    503: ("no_voice", "voice_failed", "busy"),
}


class AttendantBody(msgspec.Struct, forbid_unknown_fields=True):
    """The whole of an attendant. `hours`: the id of opening hours; `closed` and `holiday` say what it does by
    them, null: what it does otherwise."""

    name: Annotated[str, msgspec.Meta(max_length=4 * rules.NAME_MAX)]
    extension: Annotated[str, msgspec.Meta(max_length=20)]
    open: Action
    numbers: Annotated[
        list[Annotated[str, msgspec.Meta(max_length=TYPED_MAX)]],
        msgspec.Meta(max_length=rules.NUMBERS_MAX),
    ] = []
    language: Language = "it"
    hours: Annotated[str, msgspec.Meta(max_length=32)] | None = None
    closed: Action | None = None
    holiday: Action | None = None

    def attendant(self, attendant_id: str) -> Attendant:
        return Attendant(
            id=attendant_id,
            name=self.name,
            extension=self.extension,
            numbers=tuple(self.numbers),
            language=self.language,
            hours=self.hours,
            open=self.open,
            closed=self.closed,
            holiday=self.holiday,
        )


class NumberShown(msgspec.Struct):
    """E.164, and as people write it."""

    number: str
    display: str


class AttendantRow(msgspec.Struct):
    """`now`: what holds at the moment by its opening hours."""

    id: str
    name: str
    extension: str
    numbers: list[NumberShown]
    language: Language
    hours: str | None
    open: Action
    closed: Action | None
    holiday: Action | None
    now: State


class AttendantList(msgspec.Struct):
    attendants: list[AttendantRow]


class OneAttendant(msgspec.Struct):
    attendant: AttendantRow


class SpeechBody(msgspec.Struct, forbid_unknown_fields=True):
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=rules.TEXT_MAX)]
    language: Language


class SoundKept(msgspec.Struct):
    """The id by which a menu's prompt names it; it is forgotten in an hour if none does."""

    sound: SoundId
    seconds: float


class Api:
    """`state` is what holds by opening hours (an id; None: it is always open)."""

    def __init__(
        self, attendants: Attendants, state: Callable[[str | None], Awaitable[State]], region: str
    ) -> None:
        self._attendants, self._state, self._region = attendants, state, region

    def blueprint(self) -> Blueprint:
        routes, one = Blueprint("attendants", url_prefix="/api/v1"), "/attendants/<attendant_id:str>"
        register(routes, self.list_, "/attendants", "GET", name="list")
        register(routes, self.add, "/attendants", "POST")
        register(routes, self.change, one, "PUT")
        register(routes, self.remove, one, "DELETE")
        register(routes, self.speak, "/attendants/speech", "POST")
        register(routes, self.record, "/attendants/sounds", "POST", streams=True)
        register(routes, self.hear, "/attendants/sounds/<sound_id:str>", "GET")
        return routes

    @ADMINISTRATOR.operation("Automatic attendants", answer=AttendantList)
    async def list_(self, admin: Administrator, request: Request) -> HTTPResponse:
        return json_answer(AttendantList([await self._row(one) for one in await self._attendants.all()]))

    @ADMINISTRATOR.operation(
        "Make an attendant", body=AttendantBody, answer=OneAttendant, status=201, refusals=_WRONG
    )
    async def add(self, admin: Administrator, request: Request) -> HTTPResponse:
        made = await self._attendants.add(admin, read_body(request, AttendantBody).attendant(""))
        return json_answer(OneAttendant(await self._row(made)), 201)

    @ADMINISTRATOR.operation("Replace an attendant", body=AttendantBody, answer=OneAttendant, refusals=_WRONG)
    async def change(self, admin: Administrator, request: Request, attendant_id: str) -> HTTPResponse:
        made = await self._attendants.change(admin, read_body(request, AttendantBody).attendant(attendant_id))
        return json_answer(OneAttendant(await self._row(made)))

    @ADMINISTRATOR.operation("Remove an attendant", status=204, refusals={404: ("unknown_attendant",)})
    async def remove(self, admin: Administrator, request: Request, attendant_id: str) -> HTTPResponse:
        await self._attendants.remove(admin, attendant_id)
        return HTTPResponse(None, 204)

    @ADMINISTRATOR.operation(
        "Have a text spoken, to hear how it sounds",
        body=SpeechBody,
        answer=SoundKept,
        status=201,
        refusals={400: ("nothing_said",), 503: ("no_voice", "voice_failed", "busy")},
    )
    async def speak(self, admin: Administrator, request: Request) -> HTTPResponse:
        asked = read_body(request, SpeechBody)
        return json_answer(SoundKept(*await self._attendants.speech(asked.text, asked.language)), 201)

    @ADMINISTRATOR.operation(
        "Keep a recording that an attendant is to play",
        answer=SoundKept,
        status=201,
        takes_files=("audio/*", "video/*"),
        refusals={400: ("not_a_sound", "greeting_too_long"), 413: ("too_large",), 503: ("busy",)},
    )
    async def record(self, admin: Administrator, request: Request) -> HTTPResponse:
        content = await read_file(request, UPLOAD_MAX, "recording")
        return json_answer(SoundKept(*await self._attendants.recorded(content)), 201)

    @ADMINISTRATOR.operation(
        "Hear what an attendant plays", files=(_WAV,), refusals={404: ("unknown_sound",)}
    )
    async def hear(self, admin: Administrator, request: Request, sound_id: str) -> HTTPResponse:
        try:
            return _wav((await self._attendants.sound(sound_id)).sound)
        except BrokenSeal as error:
            raise rules.UnknownSound from error

    async def _row(self, attendant: Attendant) -> AttendantRow:
        return AttendantRow(
            id=attendant.id,
            name=attendant.name,
            extension=attendant.extension,
            numbers=[NumberShown(number, display(number, self._region)) for number in attendant.numbers],
            language=attendant.language,
            hours=attendant.hours,
            open=attendant.open,
            closed=attendant.closed,
            holiday=attendant.holiday,
            now=await self._state(attendant.hours),
        )


def internal_blueprint(attendants: Attendants, secret: str) -> Blueprint:
    routes = Blueprint("attendants_internal", url_prefix="/internal/v1")

    async def sound(_request: Request, sound_id: str) -> HTTPResponse:
        try:
            return json_answer(await attendants.sound(sound_id))
        except BrokenSeal as error:
            raise rules.UnknownSound from error

    async def names(_request: Request, attendant_id: str, digits: str) -> HTTPResponse:
        if not digits.isascii() or not digits.isdecimal() or len(digits) > rules.NAME_MAX:
            raise ApiError(400, "invalid_field", "a name is spelled with digits", "digits")
        return json_answer(await attendants.named(attendant_id, digits))

    routes.on_request(bearer.only_for(secret))
    routes.add_route(sound, "/attendants/sounds/<sound_id:str>", methods=["GET"])
    routes.add_route(names, "/attendants/<attendant_id:str>/names/<digits:str>", methods=["GET"])
    return routes


def _wav(sound: bytes) -> HTTPResponse:
    headers = {"Cache-Control": "private, no-store"}
    return HTTPResponse(wave(sound), 200, headers=headers, content_type=_WAV)
