"""`/api/v1/admin/trunks` for administrators, `/internal/v1/trunks` for the bridge.

GET    /admin/trunks          -> {trunks}: those of the configuration file first; no password is ever given
POST   /admin/trunks          a new line -> 201 {trunk}
PUT    /admin/trunks/<name>   replace; a password of null leaves the one there is, "" removes it -> {trunk}
DELETE /admin/trunks/<name>   -> 204
GET    /internal/v1/trunks    -> {trunks} with passwords, for the bridge alone
"""

from typing import Annotated, Literal

import msgspec
from sanic import Blueprint, HTTPResponse, Request

from server.directory.access import ADMINISTRATOR, Administrator
from server.edge import bearer, json_answer, read_body
from server.edge.operations import register
from server.trunks.rules import Kind, Line, Transport
from server.trunks.service import KnownLine, NewLine, Trunks
from server.trunks.settings import Settings

Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]
Text = Annotated[str, msgspec.Meta(max_length=300)]
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
        "invalid_answer_time",
        "invalid_tls_name",
        "invalid_tls_ca",
        "invalid_tls_fingerprint",
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


def blueprint(trunks: Trunks) -> Blueprint:
    routes = Blueprint("trunks", url_prefix="/api/v1/admin")

    @ADMINISTRATOR.operation("Lines to the outside", answer=TrunkList)
    async def known(admin: Administrator, request: Request) -> HTTPResponse:
        return json_answer(TrunkList([_view(line) for line in await trunks.known()]))

    @ADMINISTRATOR.operation(
        "Add a line",
        body=NewTrunk,
        answer=OneTrunk,
        status=201,
        refusals={**_WRONG, 409: ("trunk_taken",)},
    )
    async def add(admin: Administrator, request: Request) -> HTTPResponse:
        body = read_body(request, NewTrunk)
        return json_answer(OneTrunk(_view(await trunks.add(admin, body.line(body.name)))), 201)

    @ADMINISTRATOR.operation(
        "Replace a line",
        body=TrunkBody,
        answer=OneTrunk,
        refusals={**_WRONG, 404: ("unknown_trunk",), 409: ("trunk_of_the_file",)},
    )
    async def replace(admin: Administrator, request: Request, name: str) -> HTTPResponse:
        body = read_body(request, TrunkBody)
        return json_answer(OneTrunk(_view(await trunks.replace(admin, body.line(name)))))

    @ADMINISTRATOR.operation(
        "Remove a line",
        status=204,
        refusals={404: ("unknown_trunk",), 409: ("trunk_of_the_file",)},
    )
    async def remove(admin: Administrator, request: Request, name: str) -> HTTPResponse:
        await trunks.remove(admin, name)
        return HTTPResponse(None, 204)

    register(routes, known, "/trunks", "GET")
    register(routes, add, "/trunks", "POST")
    register(routes, replace, "/trunks/<name:str>", "PUT")
    register(routes, remove, "/trunks/<name:str>", "DELETE")
    return routes


def internal_blueprint(trunks: Trunks, secret: str) -> Blueprint:
    routes = Blueprint("trunks_internal", url_prefix="/internal/v1")

    async def for_the_bridge(_request: Request) -> HTTPResponse:
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
        return json_answer({"trunks": found})

    routes.on_request(bearer.only_for(secret))
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
