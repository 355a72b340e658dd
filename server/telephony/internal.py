"""`/internal/v1`: what the SIP bridge asks and tells, with the secret that both know."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Protocol
from urllib.parse import unquote
from uuid import uuid4

import msgspec
from sanic import Blueprint, HTTPResponse, Request

from server.directory.service import SipAccount
from server.edge import ApiError, bearer, json_answer, read_body
from server.numbers.http import refuse_no_numbers
from server.telephony.on_the_phone import OnThePhone
from server.telephony.records import CallRecords
from server.telephony.service import Telephony
from server.telephony.state import Snapshot
from wire.queue import Place
from wire.record import CallRecord, CallRecordBatch, Transfer
from wire.route import Forwarded, Party, RouteRequest, Word
from wire.state import TelephonyState

#: Longest text of a SIP peer that is kept.
_TEXT_MAX = 200


def tidy(text: str) -> str:
    """What a SIP peer wrote, cut and printable: refusing it would lose the record of the call."""
    return "".join(c for c in text[:_TEXT_MAX] if c.isprintable())


def tidied(record: CallRecord) -> CallRecord:
    """`record` with what its SIP peers wrote made tidy; a party without a name is called by its number."""
    return msgspec.structs.replace(
        record,
        dialled=tidy(record.dialled),
        caller=_tidied(record.caller),
        callee=_tidied(record.callee),
        reason=tidy(record.reason) if record.reason else None,
        transfer=_tidied_transfer(record.transfer),
        picked_up_from=_tidied(record.picked_up_from) if record.picked_up_from else None,
        forwarded=tuple(Forwarded(_tidied(one.by), one.why) for one in record.forwarded),
    )


def _tidied_transfer(transfer: Transfer) -> Transfer:
    by, to = (_tidied(party) if party else None for party in (transfer.by, transfer.to))
    return msgspec.structs.replace(transfer, by=by, to=to)


def _tidied(party: Party) -> Party:
    number = tidy(party.number) if party.number else None
    return Party(party.user_id, tidy(party.name) or number or "", number)


class RoomBody(msgspec.Struct):
    user_ids: Annotated[list[Word], msgspec.Meta(min_length=2, max_length=2)]
    display_names: dict[str, str] = {}


class SipAccounts(Protocol):
    async def sip_account(self, username: str) -> SipAccount | None: ...


class Queues(Protocol):
    """`queues.service.Queues`, as the bridge asks and tells it."""

    async def follow(self, records: Sequence[CallRecord]) -> None: ...

    async def place(self, call_id: str) -> Place: ...

    async def call_back(self, call_id: str) -> None: ...

    def look(self) -> None: ...


def blueprint(
    secret: str,
    accounts: SipAccounts,
    telephony: Telephony,
    call_records: CallRecords,
    on_the_phone: OnThePhone,
    nudge: Callable[[], None],
    learn: Callable[[CallRecord], Awaitable[None]],
    queues: Queues,
    supervise: Callable[[], None],
) -> Blueprint:
    """`nudge` and `supervise` are called after a new telephony state: presence is to follow soon, but not in
    this request.
    `learn` hears of each record before that is acknowledged."""
    routes = Blueprint("internal", url_prefix="/internal/v1")

    async def sip_account(_request: Request, username: str) -> HTTPResponse:
        account = await accounts.sip_account(unquote(username))
        if account is None:
            raise ApiError(404, "unknown_account", "no desk phone has this user name")
        return json_answer(
            {
                "username": account.username,
                "user_id": account.person.user_id,
                "name": account.person.name,
                "ha1_md5": account.ha1_md5,
                "ha1_sha256": account.ha1_sha256,
            }
        )

    async def route(request: Request) -> HTTPResponse:
        asked = read_body(request, RouteRequest)
        call_id = asked.call_id or uuid4().hex
        forwarded = tuple(Forwarded(_tidied(one.by), one.why) for one in asked.forwarded)
        tidy_one = msgspec.structs.replace(
            asked, dialled=tidy(asked.dialled), call_id=call_id, forwarded=forwarded
        )
        return json_answer(await telephony.route(tidy_one))

    async def direct_room(request: Request) -> HTTPResponse:
        first, second = read_body(request, RoomBody).user_ids
        return json_answer({"room_id": await telephony.direct_room_of(first, second)})

    async def post_records(request: Request) -> HTTPResponse:
        records = [tidied(record) for record in read_body(request, CallRecordBatch).records]
        await call_records.put(*records)
        for record in records:
            await telephony.goes_on(record)
            await learn(record)
        await queues.follow(records)
        return HTTPResponse(None, 204)

    async def put_state(request: Request) -> HTTPResponse:
        state = read_body(request, TelephonyState)
        calls = {user_id: user.calls for user_id, user in state.users.items() if user.calls}
        await on_the_phone.update(Snapshot(calls, frozenset(state.registered), state.live))
        nudge()
        queues.look()
        supervise()
        return HTTPResponse(None, 204)

    async def place(_request: Request, call_id: str) -> HTTPResponse:
        return json_answer(await queues.place(unquote(call_id)))

    async def call_back(_request: Request, call_id: str) -> HTTPResponse:
        await queues.call_back(unquote(call_id))
        return HTTPResponse(None, 204)

    routes.on_request(bearer.only_for(secret))
    routes.add_route(sip_account, "/sip/accounts/<username:str>", methods=["GET"])
    routes.add_route(route, "/route", methods=["POST"])
    routes.add_route(direct_room, "/rooms/direct", methods=["POST"])
    routes.add_route(post_records, "/call-records", methods=["POST"])
    routes.add_route(place, "/queues/calls/<call_id:str>", methods=["GET"])
    routes.add_route(call_back, "/queues/calls/<call_id:str>/call-back", methods=["POST"])
    routes.add_route(put_state, "/telephony-state", methods=["PUT"])
    refuse_no_numbers(routes)
    return routes
