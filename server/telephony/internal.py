"""`/internal/v1`: what the SIP bridge asks and tells, with the secret that both know."""

import hmac
from collections.abc import Callable
from typing import Annotated, Any, Protocol
from urllib.parse import unquote

import msgspec
from sanic import Blueprint, HTTPResponse, Request

from server.directory.service import SipAccount
from server.edge import ApiError, read_body
from server.telephony import records
from server.telephony.http import refuse_by_name
from server.telephony.on_the_phone import OnThePhone
from server.telephony.parties import Party
from server.telephony.records import AnsweredOn, CallRecord, CallRecords, Outcome
from server.telephony.service import RouteRequest, Telephony
from server.telephony.state import Snapshot

Word = Annotated[str, msgspec.Meta(max_length=255)]
#: Longest text of a SIP peer that is kept.
_TEXT_MAX = 200
Millis = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


def tidy(text: str) -> str:
    """What a SIP peer wrote, cut and printable: refusing it would lose the record of the call."""
    return "".join(c for c in text[:_TEXT_MAX] if c.isprintable())


class PartyBody(msgspec.Struct):
    user_id: Word | None = None
    name: str | None = None
    number: str | None = None

    def party(self) -> Party:
        number = tidy(self.number) if self.number else None
        return Party(self.user_id, tidy(self.name or "") or number or "", number)


class RouteBody(msgspec.Struct):
    dialled: str
    via: Annotated[str, msgspec.Meta(pattern=r"^(matrix|sip|meeting|trunk:.{1,64})$")]
    caller: PartyBody = msgspec.field(default_factory=PartyBody)
    call_id: Word = ""
    registered: list[Word] = []


class AudioBody(msgspec.Struct):
    caller_to_callee: bool | None = None
    callee_to_caller: bool | None = None


class RecordBody(msgspec.Struct):
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    revision: Millis
    via: Annotated[str, msgspec.Meta(max_length=64)]
    caller: PartyBody
    callee: PartyBody
    started_at: Millis
    outcome: Outcome
    dialled: str | None = None
    video: bool = False
    answered_at: Millis | None = None
    ended_at: Millis | None = None
    reason: str | None = None
    answered_on: AnsweredOn | None = None
    room_id: Word | None = None
    audio: AudioBody = msgspec.field(default_factory=AudioBody)

    def record(self) -> CallRecord:
        return CallRecord(
            id=self.id,
            revision=self.revision,
            via=self.via,
            dialled=tidy(self.dialled or ""),
            caller=self.caller.party(),
            callee=self.callee.party(),
            video=self.video,
            started_at=self.started_at,
            answered_at=self.answered_at,
            ended_at=self.ended_at,
            outcome=self.outcome,
            reason=tidy(self.reason) if self.reason else None,
            answered_on=self.answered_on,
            room_id=self.room_id,
            audio=records.Audio(self.audio.caller_to_callee, self.audio.callee_to_caller),
        )


class RoomBody(msgspec.Struct):
    user_ids: Annotated[list[Word], msgspec.Meta(min_length=2, max_length=2)]
    display_names: dict[str, str] = {}


class CallsOfUser(msgspec.Struct):
    calls: Annotated[int, msgspec.Meta(ge=0)]


class StateBody(msgspec.Struct):
    users: dict[str, CallsOfUser]
    registered: list[Word]


class SipAccounts(Protocol):
    async def sip_account(self, username: str) -> SipAccount | None: ...


def blueprint(
    secret: str,
    accounts: SipAccounts,
    telephony: Telephony,
    call_records: CallRecords,
    on_the_phone: OnThePhone,
    nudge: Callable[[], None],
) -> Blueprint:
    """`nudge` is called after a new telephony state: presence is to follow soon, but not in this request."""
    routes = Blueprint("internal", url_prefix="/internal/v1")
    bearer = f"Bearer {secret}".encode()

    async def only_the_bridge(request: Request) -> None:
        given = request.headers.get("authorization", "").encode()
        if not hmac.compare_digest(given, bearer):
            raise ApiError(401, "not_authorised", "the bearer token is wrong")

    async def sip_account(_request: Request, username: str) -> HTTPResponse:
        account = await accounts.sip_account(unquote(username))
        if account is None:
            raise ApiError(404, "unknown_account", "no desk phone has this user name")
        return _json(
            {
                "username": account.username,
                "user_id": account.person.user_id,
                "name": account.person.name,
                "ha1_md5": account.ha1_md5,
                "ha1_sha256": account.ha1_sha256,
            }
        )

    async def route(request: Request) -> HTTPResponse:
        body = read_body(request, RouteBody)
        asked = RouteRequest(
            body.caller.user_id, body.caller.number, tidy(body.dialled), body.via, tuple(body.registered)
        )
        return _json(await telephony.route(asked))

    async def direct_room(request: Request) -> HTTPResponse:
        first, second = read_body(request, RoomBody).user_ids
        return _json({"room_id": await telephony.direct_room_of(first, second)})

    async def put_record(request: Request, call_id: str) -> HTTPResponse:
        body = read_body(request, RecordBody)
        if body.id != unquote(call_id):
            raise ApiError(400, "invalid_field", "the id differs from the address", "id")
        await call_records.put(body.record())
        return HTTPResponse(None, 204)

    async def put_state(request: Request) -> HTTPResponse:
        body = read_body(request, StateBody)
        calls = {user_id: user.calls for user_id, user in body.users.items() if user.calls}
        await on_the_phone.update(Snapshot(calls, frozenset(body.registered)))
        nudge()
        return HTTPResponse(None, 204)

    routes.on_request(only_the_bridge)
    routes.add_route(sip_account, "/sip/accounts/<username:str>", methods=["GET"])
    routes.add_route(route, "/route", methods=["POST"])
    routes.add_route(direct_room, "/rooms/direct", methods=["POST"])
    routes.add_route(put_record, "/call-records/<call_id:str>", methods=["PUT"])
    routes.add_route(put_state, "/telephony-state", methods=["PUT"])
    refuse_by_name(routes)
    return routes


def _json(body: Any) -> HTTPResponse:
    return HTTPResponse(msgspec.json.encode(body), content_type="application/json")
