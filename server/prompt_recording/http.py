"""`/api/v1/prompt-recordings`: prompts for callers, said into a telephone; `/internal/v1` for the bridge.

PUT /internal/v1/prompt-recordings/<id>   `wire.prompt.RecordedPrompt`, MessagePack
"""

import re
from urllib.parse import unquote

import msgspec
from sanic import Blueprint, HTTPResponse, Request

from server.directory.access import ADMINISTRATOR, Administrator
from server.edge import ApiError, bearer, json_answer, read_file
from server.edge.operations import register
from server.prompt_recording.service import PromptRecordings
from server.sounds.decoding import UPLOAD_MAX
from wire.attendant import SoundId
from wire.commands import RungDevice
from wire.prompt import RecordedPrompt, Step

_ID = re.compile(r"[0-9a-f]{32}")


class PromptRecording(msgspec.Struct):
    """Which devices ring, and how far it is (`step`, null: nothing is known of the call any more); `over`:
    the call has ended. `sound`: the id by which a prompt names it, once it is kept; it is forgotten in an
    hour if none does."""

    id: str
    devices: tuple[RungDevice, ...] = ()
    over: bool = False
    step: Step | None = None
    sound: SoundId | None = None
    seconds: float | None = None


def blueprint(recordings: PromptRecordings) -> Blueprint:
    routes = Blueprint("prompt_recordings", url_prefix="/api/v1/prompt-recordings")

    @ADMINISTRATOR.operation(
        "Say a prompt into one of my telephones, which ring",
        answer=PromptRecording,
        status=201,
        refusals={409: ("not_possible_now",), 429: ("too_many_attempts",)},
    )
    async def begin(admin: Administrator, request: Request) -> HTTPResponse:
        begun = await recordings.begin(admin.name)
        return json_answer(PromptRecording(begun.call_id, begun.devices, begun.over, begun.step), 201)

    @ADMINISTRATOR.operation(
        "How far the recording of a prompt is",
        answer=PromptRecording,
        refusals={404: ("call_not_found",), 409: ("not_possible_now",)},
    )
    async def look(admin: Administrator, request: Request, recording_id: str) -> HTTPResponse:
        found, seconds = await recordings.look(unquote(recording_id))
        sound = found.call_id if seconds is not None else None
        return json_answer(
            PromptRecording(found.call_id, found.devices, found.over, found.step, sound, seconds)
        )

    register(routes, begin, "", "POST")
    register(routes, look, "/<recording_id:str>", "GET")
    return routes


def internal_blueprint(recordings: PromptRecordings, secret: str) -> Blueprint:
    routes = Blueprint("prompt_recordings_internal", url_prefix="/internal/v1")

    async def keep(request: Request, recording_id: str) -> HTTPResponse:
        if _ID.fullmatch(recording_id) is None:
            raise ApiError(400, "invalid_field", "this is no id of a recording", "recording_id")
        try:
            content = await read_file(request, UPLOAD_MAX, "prompt")
            given = msgspec.msgpack.decode(content, type=RecordedPrompt)
        except msgspec.DecodeError as error:
            raise ApiError(400, "invalid_field", str(error)) from error
        await recordings.keep(recording_id, given.sound)
        return HTTPResponse(None, 204)

    routes.on_request(bearer.only_for(secret))
    routes.add_route(keep, "/prompt-recordings/<recording_id:str>", methods=["PUT"], stream=True)
    return routes
