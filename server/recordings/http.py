"""`/api/v1/recordings` for whoever may hear them, and for administrators; `/internal/v1` for the bridge.

GET    /recordings                     {recordings, next, may_record, may_hear}; `everybody` for who may
GET    /recordings/<id>/sound          audio/wav in parts, the caller left and the callee right; audited
GET    /recordings/<id>/file           the same as a file to keep; audited
DELETE /recordings/<id>
GET    /recording-rules                {rules, settings}
PUT    /recording-rules/settings       what is not named stays
PUT    /recording-announcements/<language>        {text}, spoken by the house
PUT    /recording-announcements/<language>/sound  a file of sound
GET    /recording-announcements/<id>/sound        audio/ogg
PUT    /recording-rules/<kind>/<subject>
DELETE /recording-rules/<kind>/<subject>
POST   /internal/v1/recording-terms            `wire.recording.TermsAsked` -> `wire.recording.Terms`
PUT    /internal/v1/recordings/<id>/parts/<n>  a piece of the sound
PUT    /internal/v1/recordings/<id>            `wire.recording.Note`
"""

from typing import Annotated, cast, get_args
from urllib.parse import unquote

import msgspec
from sanic import Blueprint, HTTPResponse, Request
from sanic.http import Http

from logs import log
from server.directory.access import ADMINISTRATOR, PERSON, Administrator
from server.directory.service import Person
from server.edge import ApiError, bearer, client_address, json_answer, read_body, read_query
from server.edge.operations import register
from server.edge.ranges import asked_range
from server.recordings import wave
from server.recordings.rules import (
    TEXT_MOST,
    Kind,
    Language,
    Mark,
    Recording,
    Rule,
    Settings,
    UnknownSubject,
    Why,
)
from server.recordings.service import Changes, Listed, Recordings
from server.sealing import BrokenSeal
from server.sounds.decoding import UPLOAD_MAX
from wire.record import Millis
from wire.recording import CHANNELS, PART, PARTS_MOST, Note, TermsAsked
from wire.route import Party

_log = log.get(__name__)
_WAV, _OGG = "audio/wav", "audio/ogg"
_NO_SOUND: dict[int, tuple[str, ...]] = {
    400: ("not_a_sound", "announcement_too_long"),
    404: ("unknown_subject",),
    503: ("busy",),
}
_UNKNOWN = {404: ("unknown_recording",)}
#: Bytes of one answer: two minutes. Players ask for the next themselves.
_AT_ONCE = 4_000_000
#: Bytes of sound that are read at once for a file: half a minute.
_PIECE = PART // 2


class Asked(msgspec.Struct):
    """`before`: what `next` said; `everybody`: not only those that I am in."""

    before: Millis | None = None
    everybody: bool = False


class RecordingRow(msgspec.Struct):
    """A recording of a call. `pauses`: where something is missing, and how much; `whole`: nothing is missing
    at its end. `by`: who wanted it; null for a rule. `others` were in a call of several, too."""

    id: str
    call_id: str
    caller: Party
    callee: Party
    why: Why
    by: str | None
    started_at: int
    duration_ms: int
    pauses: tuple[Mark, ...]
    whole: bool
    may_delete: bool
    others: tuple[Party, ...] = ()
    #: Of a meeting, whose id `call_id` is.
    title: str | None = None


class RecordingList(msgspec.Struct):
    """`may_record`: I may have my calls recorded; `may_hear`: I may hear what was recorded of them; `next` as
    in the call log."""

    recordings: list[RecordingRow]
    next: int | None
    may_record: bool
    may_hear: bool


class AnnouncementText(msgspec.Struct, forbid_unknown_fields=True):
    text: Annotated[str, msgspec.Meta(max_length=TEXT_MOST)]


class RuleRow(msgspec.Struct):
    """`name` of whom or what it is about; "" for what is gone."""

    kind: Kind
    subject: str
    name: str


class RuleList(msgspec.Struct):
    rules: list[RuleRow]
    settings: Settings


def blueprint(recordings: Recordings) -> Blueprint:
    routes = Blueprint("recordings", url_prefix="/api/v1")

    @PERSON.operation(
        "Recordings of calls, the newest first",
        query=Asked,
        answer=RecordingList,
        refusals={403: ("may_not_hear",)},
    )
    async def all_(me: Person, request: Request) -> HTTPResponse:
        asked = read_query(request, Asked)
        found, following = await recordings.page(me, everybody=asked.everybody, before=asked.before)
        may_record, may_hear = await recordings.may(me)
        return json_answer(RecordingList([_row(one) for one in found], following, may_record, may_hear))

    @PERSON.operation("Hear a recording", files=(_WAV,), refusals=_UNKNOWN | {416: ("no_such_part",)})
    async def sound(me: Person, request: Request, recording_id: str) -> HTTPResponse:
        recording = await recordings.hear(me, recording_id, client_address(request))
        size = wave.length(recording.size)
        start, end = asked_range(request, size) or (0, size)
        end = min(end, start + _AT_ONCE)
        content = await _cut(recordings, recording, start, end)
        headers = {
            "Accept-Ranges": "bytes",
            "Cache-Control": "private, no-store",
            "Content-Range": f"bytes {start}-{end - 1}/{size}",
            "ETag": f'"{recording.id}"',
        }
        return HTTPResponse(content, 206, headers=headers, content_type=_WAV)

    @PERSON.operation("Keep a recording as a file", files=(_WAV,), refusals=_UNKNOWN)
    async def file(me: Person, request: Request, recording_id: str) -> None:
        recording = await recordings.download(me, recording_id, client_address(request))
        first = await _cut(recordings, recording, 0, min(wave.length(recording.size), 2 * _PIECE))
        headers = {
            "Content-Disposition": f'attachment; filename="{recording.id}.wav"',
            "Content-Length": str(wave.length(recording.size)),
            "Cache-Control": "private, no-store",
        }
        response = await request.respond(content_type=_WAV, headers=headers)
        sent, whole = 0, wave.length(recording.size)
        while first:
            await response.send(first)
            sent += len(first)
            first = await _cut(recordings, recording, sent, min(sent + 2 * _PIECE, whole))
        await response.eof()

    @PERSON.operation("Delete a recording", status=204, refusals=_UNKNOWN | {403: ("may_not_delete",)})
    async def delete(me: Person, request: Request, recording_id: str) -> HTTPResponse:
        await recordings.delete(me, recording_id, client_address(request))
        return HTTPResponse(None, 204)

    register(routes, all_, "/recordings", "GET", name="recordings")
    register(routes, sound, "/recordings/<recording_id:str>/sound", "GET")
    register(routes, file, "/recordings/<recording_id:str>/file", "GET")
    register(routes, delete, "/recordings/<recording_id:str>", "DELETE")
    _add_rules(routes, recordings)
    return routes


def _add_rules(routes: Blueprint, recordings: Recordings) -> None:
    refused = {404: ("unknown_subject",)}

    @ADMINISTRATOR.operation("Which calls are recorded, and what holds for recordings", answer=RuleList)
    async def ruled(admin: Administrator, request: Request) -> HTTPResponse:
        return json_answer(await _ruled(recordings))

    @ADMINISTRATOR.operation(
        "Choose who may have calls recorded, hear and delete recordings, and for how long they are kept",
        body=Changes,
        answer=RuleList,
    )
    async def choose(admin: Administrator, request: Request) -> HTTPResponse:
        await recordings.choose(admin, read_body(request, Changes))
        return json_answer(await _ruled(recordings))

    @ADMINISTRATOR.operation(
        "Have all calls of somebody, of a ring group or of a line recorded",
        answer=RuleList,
        refusals=refused | {409: ("too_many_rules",)},
    )
    async def add(admin: Administrator, request: Request, kind: str, subject: str) -> HTTPResponse:
        await recordings.add_rule(admin, _rule(kind, subject))
        return json_answer(await _ruled(recordings))

    @ADMINISTRATOR.operation("Record them no more", answer=RuleList, refusals=refused)
    async def remove(admin: Administrator, request: Request, kind: str, subject: str) -> HTTPResponse:
        await recordings.remove_rule(admin, _rule(kind, subject))
        return json_answer(await _ruled(recordings))

    @ADMINISTRATOR.operation(
        "Have words of one's own said before recordings in a language; none: ours again",
        body=AnnouncementText,
        answer=RuleList,
        refusals=_NO_SOUND | {409: ("no_voice",), 503: ("busy", "voice_failed")},
    )
    async def announce(admin: Administrator, request: Request, language: str) -> HTTPResponse:
        await recordings.announce(admin, _language(language), read_body(request, AnnouncementText).text)
        return json_answer(await _ruled(recordings))

    @ADMINISTRATOR.operation(
        "Have what a file holds played before recordings in a language",
        answer=RuleList,
        takes_files=("audio/*", "video/*"),
        refusals=_NO_SOUND | {413: ("too_large",)},
    )
    async def upload(admin: Administrator, request: Request, language: str) -> HTTPResponse:
        await recordings.announce_by(admin, _language(language), await _body(request, UPLOAD_MAX))
        return json_answer(await _ruled(recordings))

    @ADMINISTRATOR.operation("Hear an announcement", files=(_OGG,), refusals=_UNKNOWN)
    async def spoken(admin: Administrator, request: Request, sound_id: str) -> HTTPResponse:
        return await _spoken(recordings, sound_id)

    said = "/recording-announcements/<language:str>"
    register(routes, announce, said, "PUT", name="recording_announce")
    register(routes, upload, f"{said}/sound", "PUT", name="recording_announce_by", streams=True)
    register(routes, spoken, "/recording-announcements/<sound_id:str>/sound", "GET", name="recording_spoken")
    one = "/recording-rules/<kind:str>/<subject:str>"
    register(routes, ruled, "/recording-rules", "GET", name="recording_rules")
    register(routes, choose, "/recording-rules/settings", "PUT", name="recording_settings")
    register(routes, add, one, "PUT", name="recording_rule_add")
    register(routes, remove, one, "DELETE", name="recording_rule_remove")


def internal_blueprint(recordings: Recordings, secret: str) -> Blueprint:
    routes = Blueprint("recordings_internal", url_prefix="/internal/v1")

    async def terms(request: Request) -> HTTPResponse:
        return json_answer(await recordings.terms(read_body(request, TermsAsked)))

    async def part(request: Request, recording_id: str, number: str) -> HTTPResponse:
        body, at = await _body(request), int(number) if number.isdecimal() and len(number) < 6 else -1
        if not 0 <= at < PARTS_MOST or not body or len(body) % CHANNELS:
            raise ApiError(400, "invalid_field", "this is no piece of a recording", "number")
        await recordings.take_part(_id(recording_id), at, body)
        return HTTPResponse(None, 204)

    async def whole(request: Request, recording_id: str) -> HTTPResponse:
        note = read_body(request, Note)
        if note.id != recording_id:
            raise ApiError(400, "invalid_field", "the address names another recording", "id")
        await recordings.take(note)
        return HTTPResponse(None, 204)

    async def announcement(_request: Request, sound_id: str) -> HTTPResponse:
        return await _spoken(recordings, sound_id)

    routes.on_request(bearer.only_for(secret))
    routes.add_route(announcement, "/recording-announcements/<sound_id:str>", methods=["GET"])
    routes.add_route(terms, "/recording-terms", methods=["POST"])
    one = "/recordings/<recording_id:str>"
    routes.add_route(part, f"{one}/parts/<number:str>", methods=["PUT"], stream=True)
    routes.add_route(whole, one, methods=["PUT"])
    return routes


async def _spoken(recordings: Recordings, sound_id: str) -> HTTPResponse:
    try:
        sound = await recordings.announcement(sound_id)
    except (OSError, BrokenSeal) as error:
        _log.error("announcement_not_read", id=sound_id, why=repr(error))
        raise ApiError(404, "unknown_recording", "the announcement cannot be read any more") from error
    return HTTPResponse(sound, 200, headers={"Cache-Control": "private, no-store"}, content_type=_OGG)


def _language(named: str) -> Language:
    """Raises `UnknownSubject`."""
    if named not in get_args(Language):
        raise UnknownSubject
    return cast(Language, named)


async def _ruled(recordings: Recordings) -> RuleList:
    found = [RuleRow(rule.kind, rule.subject, name) for rule, name in await recordings.rules()]
    return RuleList(found, await recordings.settings())


def _rule(kind: str, subject: str) -> Rule:
    """Raises `UnknownSubject`."""
    if kind not in get_args(Kind) or len(subject) > 3 * 255:
        raise UnknownSubject
    return Rule(cast(Kind, kind), unquote(subject))


def _row(listed: Listed) -> RecordingRow:
    one = listed.recording
    return RecordingRow(
        id=one.id,
        call_id=one.call_id,
        caller=one.caller,
        callee=one.callee,
        why=one.why,
        by=one.by,
        started_at=one.started_at,
        duration_ms=one.duration_ms,
        pauses=one.pauses,
        whole=one.whole,
        may_delete=listed.may_delete,
        others=one.others,
        title=one.title,
    )


async def _cut(recordings: Recordings, recording: Recording, start: int, end: int) -> bytes:
    """Bytes of the file. Raises ApiError where it cannot be read any more."""
    try:
        sound = await recordings.sound(recording, *wave.needed(start, end))
    except (OSError, BrokenSeal) as error:
        _log.error("recording_not_read", id=recording.id, why=repr(error))
        raise ApiError(404, "unknown_recording", "the recording cannot be read any more") from error
    return wave.cut(recording.size, sound, start, end)


def _id(recording_id: str) -> str:
    if len(recording_id) != 32 or not set(recording_id) <= set("0123456789abcdef"):
        raise ApiError(400, "invalid_field", "this is no id of a recording", "id")
    return recording_id


async def _body(request: Request, most: int = PART) -> bytes:
    """Sound is larger than what other requests may be."""
    stream = cast(Http, request.stream)
    stream.request_max_size = most + 1
    body = bytearray()
    while (chunk := await stream.read()) is not None:
        body += chunk
        if len(body) > most:
            raise ApiError(413, "too_large", "the piece is too long")
    return bytes(body)
