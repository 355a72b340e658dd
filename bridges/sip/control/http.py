"""The bridge's HTTP listener: the homeserver's transactions, health, and what an operator may look at.

Matrix spec v1.16, application service API; the rest is ours, with a bearer secret. Errors of ours
are `{"error": {"code", "message", "field"}}`, the homeserver's are in its own words.
"""

from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from typing import Annotated, Any, Literal, Protocol
from urllib.parse import unquote

import msgspec
from sanic import HTTPResponse, Request, Sanic, json
from sanic.exceptions import SanicException

from bridges.sip.appservice.transactions import MalformedTransaction
from bridges.sip.metrics import CONTENT_TYPE
from logs import log
from wire import bearer
from wire.commands import (
    CallBackRequest,
    CommandAnswer,
    CommandRequest,
    ListenChange,
    ListenMode,
    ListenRequest,
    PickUpRequest,
    RingMeAnswer,
    RingMeRequest,
    RingNoMore,
)
from wire.meeting_recording import MeetingRecord, MeetingRecordAnswer
from wire.presence import PersonPresence, PresenceState
from wire.queue import SendOn
from wire.trace import CallTrace
from wire.voicemail import Waiting

_log = log.get(__name__)

Handler = Callable[..., Awaitable[HTTPResponse]]
Word = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
MAX_BODY = 50 * 1024 * 1024


class TakesTransactions(Protocol):
    """`Transactions`, seen from here."""

    async def take(self, transaction: str, body: Any) -> None: ...


class Inspection(Protocol):
    """What can be looked at."""

    def health(self) -> dict[str, dict[str, Any]]: ...

    def registrations(self) -> list[dict[str, Any]]: ...

    def calls(self) -> list[dict[str, Any]]: ...

    async def trace(self, call_id: str) -> CallTrace | None: ...

    def trunks(self) -> list[dict[str, Any]]: ...

    async def reload_trunks(self) -> list[dict[str, Any]]: ...

    async def try_trunk(self, name: str) -> dict[str, Any] | None: ...

    def forget_phone(self, username: str) -> None: ...

    def mailbox_changed(self, user_id: str, waiting: Waiting) -> None: ...

    def presence_changed(self, people: Mapping[str, PersonPresence]) -> None: ...

    async def metrics(self) -> bytes: ...


class MeetingCalls(Protocol):
    """Telephones of meetings, as the web steers them."""

    async def call_for_meeting(
        self, visitor_id: str, call_id: str, number: str, on_behalf_of: str
    ) -> None: ...

    def look_again(self, visitor_id: str) -> bool: ...

    async def record(self, meeting_id: str, asked: MeetingRecord) -> MeetingRecordAnswer: ...


class Queues(Protocol):
    """`bridges.sip.queue.hall.Hall`, seen from here."""

    async def send_on(self, call_id: str, to: Literal["agents", "elsewhere", "away"]) -> bool: ...


class Commands(Protocol):
    """`bridges.sip.call_control.commands.CallCommands`, seen from here."""

    async def command(self, call_id: str, request: CommandRequest) -> CommandAnswer: ...

    async def pick_up(self, request: PickUpRequest) -> CommandAnswer: ...

    async def call_back(self, request: CallBackRequest) -> CommandAnswer: ...

    def ring_no_more(self, request: RingNoMore) -> None: ...

    async def ring_me(self, request: RingMeRequest) -> RingMeAnswer: ...

    def rung(self, call_id: str) -> RingMeAnswer: ...

    async def listen(self, request: ListenRequest) -> CommandAnswer: ...

    def listen_otherwise(self, call_id: str, mode: ListenMode) -> CommandAnswer: ...


class DialBody(msgspec.Struct):
    """`number` as it was typed; `on_behalf_of` is the user id of the member who typed it."""

    visitor_id: Word
    number: Word
    on_behalf_of: Word
    call_id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    meeting_id: str = ""


def make_app(
    name: str,
    *,
    hs_token: str,
    internal_secret: str,
    metrics_token: str | None,
    transactions: TakesTransactions,
    ensure_ghost: Callable[[str], Awaitable[bool]],
    inspection: Inspection,
    meetings: MeetingCalls,
    commands: Commands,
    queues: Queues,
) -> "Sanic[Any, Any]":
    """The Sanic application. `ensure_ghost(user_id)` says whether that is a ghost, and creates it."""
    app: Sanic[Any, Any] = Sanic(name, configure_logging=False)
    app.config.REQUEST_MAX_SIZE = MAX_BODY
    app.config.FALLBACK_ERROR_FORMAT = "json"
    app.config.ACCESS_LOG = False
    app.config.MOTD = False
    # sanic-ext would add CORS and documentation pages: nobody's browser comes here.
    app.config.AUTO_EXTEND = False
    # It rewrites Sanic's own methods at start, which works for the first application of a process only.
    app.config.TOUCHUP = False
    _add_appservice(app, hs_token, transactions, ensure_ghost)
    _add_inspection(app, internal_secret, inspection)
    _add_control(app, internal_secret, inspection)
    _add_meetings(app, internal_secret, meetings)
    _add_commands(app, internal_secret, commands)
    _add_listening(app, internal_secret, commands)
    _add_queues(app, internal_secret, queues)
    _add_metrics(app, metrics_token, inspection)
    app.exception(Exception)(_failure)
    return app


def _add_appservice(
    app: "Sanic[Any, Any]",
    hs_token: str,
    transactions: TakesTransactions,
    ensure_ghost: Callable[[str], Awaitable[bool]],
) -> None:
    def refused(request: Request) -> HTTPResponse | None:
        if not bearer.token_of(_authorization(request)):
            return json({"errcode": "M_UNAUTHORIZED"}, 401)
        return None if _holds(request, hs_token) else json({"errcode": "M_FORBIDDEN"}, 403)

    @app.put("/_matrix/app/v1/transactions/<txn:str>")
    async def transaction(request: Request, txn: str) -> HTTPResponse:
        if refusal := refused(request):
            return refusal
        try:
            await transactions.take(txn, request.json)
        except MalformedTransaction as error:
            _log.warning("transaction_malformed", field=str(error))
            return json({"errcode": "M_BAD_JSON", "error": str(error)}, 400)
        return json({})

    @app.get("/_matrix/app/v1/users/<user_id:str>")
    async def user(request: Request, user_id: str) -> HTTPResponse:
        if refusal := refused(request):
            return refusal
        return json({}) if await ensure_ghost(unquote(user_id)) else json({"errcode": "M_NOT_FOUND"}, 404)

    @app.get("/_matrix/app/v1/rooms/<alias:str>")
    async def room(request: Request, alias: str) -> HTTPResponse:
        return refused(request) or json({"errcode": "M_NOT_FOUND", "error": unquote(alias)}, 404)

    @app.post("/_matrix/app/v1/ping")
    async def ping(request: Request) -> HTTPResponse:
        return refused(request) or json({})


def _add_inspection(app: "Sanic[Any, Any]", secret: str, inspection: Inspection) -> None:
    only = _for_who_holds(secret)

    @app.get("/health/live")
    async def live(_request: Request) -> HTTPResponse:
        return json({"live": True})

    @app.get("/health/ready")
    async def ready(_request: Request) -> HTTPResponse:
        parts = inspection.health()
        # A trunk is somebody else's: while it is down all calls inside work, so it is shown and not counted.
        healthy = all(part["ready"] for name, part in parts.items() if not name.startswith("trunk:"))
        return json({"ready": healthy, "parts": parts}, 200 if healthy else 503)

    @app.get("/v1/registrations")
    @only
    async def registrations(_request: Request) -> HTTPResponse:
        return json({"registrations": inspection.registrations()})

    @app.get("/v1/calls")
    @only
    async def calls(_request: Request) -> HTTPResponse:
        return json({"calls": inspection.calls()})

    @app.get("/v1/calls/<call_id:str>/messages")
    @only
    async def messages(_request: Request, call_id: str) -> HTTPResponse:
        trace = await inspection.trace(unquote(call_id))
        if trace is None:
            return _error(404, "unknown_call", "There is no such call at the moment.")
        return _encoded(trace)


def _add_control(app: "Sanic[Any, Any]", secret: str, inspection: Inspection) -> None:
    only = _for_who_holds(secret)

    @app.get("/v1/trunks")
    @only
    async def trunks(_request: Request) -> HTTPResponse:
        return json({"trunks": inspection.trunks()})

    @app.post("/v1/trunks/reload")
    @only
    async def reload(_request: Request) -> HTTPResponse:
        return json({"trunks": await inspection.reload_trunks()})

    @app.post("/v1/trunks/<name:str>/test")
    @only
    async def test(_request: Request, name: str) -> HTTPResponse:
        trial = await inspection.try_trunk(unquote(name))
        if trial is None:
            return _error(404, "unknown_trunk", "There is no such trunk.")
        return json(trial)

    @app.delete("/v1/registrations/<username:str>")
    @only
    async def forget(_request: Request, username: str) -> HTTPResponse:
        inspection.forget_phone(unquote(username))
        return json({})

    @app.put("/v1/mailboxes/<user_id:str>")
    @only
    async def mailbox(request: Request, user_id: str) -> HTTPResponse:
        inspection.mailbox_changed(unquote(user_id), msgspec.json.decode(request.body, type=Waiting))
        return json({})

    @app.put("/v1/presence")
    @only
    async def presence(request: Request) -> HTTPResponse:
        inspection.presence_changed(msgspec.json.decode(request.body, type=PresenceState).people)
        return json({"told": True})


def _add_meetings(app: "Sanic[Any, Any]", secret: str, meetings: MeetingCalls) -> None:
    only = _for_who_holds(secret)

    @app.post("/v1/meetings/dial")
    @only
    async def dial(request: Request) -> HTTPResponse:
        body = msgspec.json.decode(request.body, type=DialBody)
        await meetings.call_for_meeting(body.visitor_id, body.call_id, body.number, body.on_behalf_of)
        return json({"call_id": body.call_id}, 202)

    @app.post("/v1/meetings/<meeting_id:str>/recording")
    @only
    async def record(request: Request, meeting_id: str) -> HTTPResponse:
        asked = msgspec.json.decode(request.body, type=MeetingRecord)
        return _encoded(await meetings.record(unquote(meeting_id), asked))

    @app.delete("/v1/meetings/visitors/<visitor_id:str>")
    @only
    async def decided(_request: Request, visitor_id: str) -> HTTPResponse:
        if not meetings.look_again(unquote(visitor_id)):
            return _error(404, "unknown_visitor", "No telephone of ours is this visitor.")
        return HTTPResponse(None, 204)


def _add_commands(app: "Sanic[Any, Any]", secret: str, commands: Commands) -> None:
    only = _for_who_holds(secret)

    @app.post("/v1/calls/<call_id:str>/commands")
    @only
    async def command(request: Request, call_id: str) -> HTTPResponse:
        body = msgspec.json.decode(request.body, type=CommandRequest)
        return _encoded(await commands.command(unquote(call_id), body))

    @app.post("/v1/calls/pick-up")
    @only
    async def pick_up(request: Request) -> HTTPResponse:
        return _encoded(await commands.pick_up(msgspec.json.decode(request.body, type=PickUpRequest)))

    @app.post("/v1/calls/ring-no-more")
    @only
    async def ring_no_more(request: Request) -> HTTPResponse:
        commands.ring_no_more(msgspec.json.decode(request.body, type=RingNoMore))
        return HTTPResponse(None, 204)

    @app.post("/v1/call-backs")
    @only
    async def call_back(request: Request) -> HTTPResponse:
        return _encoded(await commands.call_back(msgspec.json.decode(request.body, type=CallBackRequest)))

    @app.post("/v1/ring-me")
    @only
    async def ring_me(request: Request) -> HTTPResponse:
        return _encoded(await commands.ring_me(msgspec.json.decode(request.body, type=RingMeRequest)))

    @app.get("/v1/ring-me/<call_id:str>")
    @only
    async def rung(_request: Request, call_id: str) -> HTTPResponse:
        return _encoded(commands.rung(unquote(call_id)))


def _add_listening(app: "Sanic[Any, Any]", secret: str, commands: Commands) -> None:
    only = _for_who_holds(secret)

    @app.post("/v1/listenings")
    @only
    async def listen(request: Request) -> HTTPResponse:
        return _encoded(await commands.listen(msgspec.json.decode(request.body, type=ListenRequest)))

    @app.put("/v1/listenings/<call_id:str>")
    @only
    async def listen_otherwise(request: Request, call_id: str) -> HTTPResponse:
        mode = msgspec.json.decode(request.body, type=ListenChange).mode
        return _encoded(commands.listen_otherwise(unquote(call_id), mode))


def _add_queues(app: "Sanic[Any, Any]", secret: str, queues: Queues) -> None:
    only = _for_who_holds(secret)

    @app.post("/v1/queues/calls/<call_id:str>")
    @only
    async def send_on(request: Request, call_id: str) -> HTTPResponse:
        to = msgspec.json.decode(request.body, type=SendOn).to
        if not await queues.send_on(unquote(call_id), to):
            return _error(404, "unknown_call", "No such call waits.")
        return json({"sent": True})


def _add_metrics(app: "Sanic[Any, Any]", token: str | None, inspection: Inspection) -> None:
    """With a token of its own, so that whoever watches can do nothing else."""

    @app.get("/metrics")
    async def metrics(request: Request) -> HTTPResponse:
        if not token or not _holds(request, token):
            return _error(401, "not_authorised", "The metrics token is needed.")
        return HTTPResponse(await inspection.metrics(), content_type=CONTENT_TYPE)


def _for_who_holds(secret: str) -> Callable[[Handler], Handler]:
    """Handlers that are decorated with the answer run for who holds the secret; others get 401."""

    def decorate(handler: Handler) -> Handler:
        @wraps(handler)
        async def guarded(request: Request, *arguments: Any, **named: Any) -> HTTPResponse:
            if not _holds(request, secret):
                return _error(401, "not_authorised", "The internal secret is needed.")
            return await handler(request, *arguments, **named)

        return guarded

    return decorate


def _authorization(request: Request) -> str:
    return str(request.headers.get("authorization", ""))


def _holds(request: Request, secret: str) -> bool:
    return bearer.holds(_authorization(request), secret)


def _encoded(answer: msgspec.Struct) -> HTTPResponse:
    return HTTPResponse(msgspec.json.encode(answer), content_type="application/json")


def _error(status: int, code: str, message: str) -> HTTPResponse:
    return json({"error": {"code": code, "message": message, "field": None}}, status)


async def _failure(request: Request, error: Exception) -> HTTPResponse:
    """Every error that no handler named."""
    if isinstance(error, msgspec.DecodeError):
        return _error(400, "bad_request", str(error))
    if isinstance(error, SanicException):
        if request.path.startswith("/_matrix/"):
            errcode = "M_NOT_JSON" if error.status_code == 400 else "M_UNRECOGNIZED"
            return json({"errcode": errcode, "error": str(error)}, error.status_code)
        return _error(
            error.status_code, "not_found" if error.status_code == 404 else "bad_request", str(error)
        )
    _log.error("request_failed", path=request.path, exc_info=error)
    return _error(500, "internal", "Something went wrong here.")
