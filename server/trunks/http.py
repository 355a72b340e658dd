"""`/api/v1/admin/trunks` for administrators, `/internal/v1/trunks` for the bridge.

GET    /admin/trunks          -> {trunks}: those of the configuration file first; no password is ever given
POST   /admin/trunks          a new line -> 201 {trunk}
PUT    /admin/trunks/<name>   replace; a password of null leaves the one there is, "" removes it -> {trunk}
DELETE /admin/trunks/<name>   -> 204
GET    /internal/v1/trunks    -> {trunks} with passwords, for the bridge alone
"""

import hmac
from typing import Annotated, Literal

import msgspec
from sanic import Blueprint, HTTPResponse, Request

from server.administration.http import AdministratorGate
from server.edge import ApiError, read_body
from server.edge.errors import error_response
from server.edge.operations import operation
from server.trunks import rules
from server.trunks.rules import Kind, Line, Transport
from server.trunks.service import KnownLine, NewLine, Trunks
from server.trunks.settings import Settings

Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]
Text = Annotated[str, msgspec.Meta(max_length=300)]
_STATUS: dict[type[rules.TrunkError], int] = {
    rules.UnknownTrunk: 404,
    rules.TrunkTaken: 409,
    rules.TrunkOfTheFile: 409,
}
_WRONG = {
    400: (
        "invalid_name",
        "invalid_host",
        "invalid_username",
        "invalid_number",
        "invalid_password",
        "credentials_missing",
        "invalid_address",
        "invalid_from",
        "invalid_proxy",
        "invalid_prefix",
    )
}


class TrunkBody(msgspec.Struct, forbid_unknown_fields=True):
    """`kind`: "peer" for a fixed address, "register" with user name and password. `settings` of null leaves
    those there are."""

    kind: Kind
    host: Text
    port: Port | None = None
    transport: Transport = "udp"
    username: Text | None = None
    password: Text | None = None
    caller_id: Text | None = None
    enabled: bool = True
    settings: Settings | None = None

    def line(self, name: str) -> NewLine:
        line = Line(
            name,
            self.kind,
            self.host,
            self.port,
            self.transport,
            self.username,
            self.caller_id,
            self.enabled,
            self.settings or Settings(),
        )
        return NewLine(line, self.password, keep_settings=self.settings is None)


class NewTrunk(TrunkBody, forbid_unknown_fields=True, kw_only=True):
    name: Text


class TrunkView(msgspec.Struct):
    """`source`: where it can be changed. `up` and `why` are None while the bridge does not say."""

    name: str
    kind: Kind
    host: str
    port: int | None
    transport: Transport
    username: str | None
    caller_id: str | None
    enabled: bool
    settings: Settings
    source: Literal["file", "database"]
    has_password: bool
    up: bool | None
    why: str | None


class TrunkList(msgspec.Struct):
    trunks: list[TrunkView]


class OneTrunk(msgspec.Struct):
    trunk: TrunkView


def blueprint(trunks: Trunks, gate: AdministratorGate) -> Blueprint:
    routes = Blueprint("trunks", url_prefix="/api/v1/admin")

    @operation("Lines to the outside", access="administrator", answer=TrunkList)
    async def known(request: Request) -> HTTPResponse:
        await gate.administrator(request)
        return _json(TrunkList([_view(line) for line in await trunks.known()]))

    @operation(
        "Add a line",
        access="administrator",
        body=NewTrunk,
        answer=OneTrunk,
        status=201,
        refusals={**_WRONG, 409: ("trunk_taken",)},
    )
    async def add(request: Request) -> HTTPResponse:
        actor = await gate.administrator(request)
        body = read_body(request, NewTrunk)
        return _json(OneTrunk(_view(await trunks.add(actor, body.line(body.name)))), 201)

    @operation(
        "Replace a line",
        access="administrator",
        body=TrunkBody,
        answer=OneTrunk,
        refusals={**_WRONG, 404: ("unknown_trunk",), 409: ("trunk_of_the_file",)},
    )
    async def replace(request: Request, name: str) -> HTTPResponse:
        actor = await gate.administrator(request)
        body = read_body(request, TrunkBody)
        return _json(OneTrunk(_view(await trunks.replace(actor, body.line(name)))))

    @operation(
        "Remove a line",
        access="administrator",
        status=204,
        refusals={404: ("unknown_trunk",), 409: ("trunk_of_the_file",)},
    )
    async def remove(request: Request, name: str) -> HTTPResponse:
        actor = await gate.administrator(request)
        await trunks.remove(actor, name)
        return HTTPResponse(None, 204)

    routes.add_route(known, "/trunks", methods=["GET"])
    routes.add_route(add, "/trunks", methods=["POST"])
    routes.add_route(replace, "/trunks/<name:str>", methods=["PUT"])
    routes.add_route(remove, "/trunks/<name:str>", methods=["DELETE"])
    routes.exception(rules.TrunkError)(_refused)
    return routes


def internal_blueprint(trunks: Trunks, secret: str) -> Blueprint:
    routes = Blueprint("trunks_internal", url_prefix="/internal/v1")
    bearer = f"Bearer {secret}".encode()

    async def for_the_bridge(request: Request) -> HTTPResponse:
        if not hmac.compare_digest(request.headers.get("authorization", "").encode(), bearer):
            raise ApiError(401, "not_authorised", "the bearer token is wrong")
        found = [
            {
                "name": one.line.name,
                "kind": one.line.kind,
                "host": one.line.host,
                "port": one.line.port,
                "transport": one.line.transport,
                "username": one.line.username,
                "password": one.password,
                "caller_id": one.line.caller_id,
                **one.line.settings.for_the_bridge(),
            }
            for one in await trunks.for_the_bridge()
        ]
        return _json({"trunks": found})

    routes.add_route(for_the_bridge, "/trunks", methods=["GET"])
    return routes


def _view(known: KnownLine) -> TrunkView:
    line, state = known.line, known.state
    return TrunkView(
        name=line.name,
        kind=line.kind,
        host=line.host,
        port=line.port,
        transport=line.transport,
        username=line.username,
        caller_id=line.caller_id,
        enabled=line.enabled,
        settings=line.settings,
        source=known.source,
        has_password=known.has_password,
        up=state.up if state else None,
        why=state.why if state else None,
    )


async def _refused(_request: Request, error: rules.TrunkError) -> HTTPResponse:
    return error_response(_STATUS.get(type(error), 400), error.code, str(error), error.field)


def _json(body: object, status: int = 200) -> HTTPResponse:
    return HTTPResponse(msgspec.json.encode(body), status, content_type="application/json")
