"""A homeserver and a web process in miniature, over real HTTP, for a whole bridge in a test."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from hashlib import md5, sha256
from typing import Any, Self
from urllib.parse import unquote

from aiohttp import ClientSession, web

from tests.support.patience import PATIENCE
from tests.support.ports import free_block

SECRET, AS_TOKEN, HS_TOKEN = "internal-secret", "as-token", "hs-token"
REALM = "localhost"
PEOPLE = {"201": ("@anna:localhost", "Anna Rossi"), "202": ("@bruno:localhost", "Bruno Bianchi")}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Surroundings:
    """``async with Surroundings() as around:``; `plan` is what `/route` answers, `more` are other routes."""

    def __init__(self, more: Sequence[web.RouteDef] = ()) -> None:
        self.port = 0
        self._more = more
        self.plan: dict[str, Any] = {"outcome": "refuse", "cause": "not_found"}
        self.away = False
        #: The members of every room.
        self.members = [user_id for user_id, _ in PEOPLE.values()]
        #: What the homeserver answers to the next events instead of taking them: (status, body).
        self.refusals: list[tuple[int, dict[str, Any]]] = []
        self.records: dict[str, dict[str, Any]] = {}
        #: Which web process this is.
        self.instance = "first"
        self.states: list[dict[str, Any]] = []
        self.traces: dict[str, dict[str, Any]] = {}
        #: What administrators have configured; None for a web process that does not know the question.
        self.trunks: list[dict[str, Any]] | None = None
        self.sent: list[dict[str, Any]] = []
        self.registered: list[str] = []
        self.pings = 0
        self.requests: list[web.Request] = []
        #: What routes were asked with.
        self.routes: list[dict[str, Any]] = []
        self._changed = asyncio.Condition()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application(middlewares=[self._watch])
        app.add_routes(
            [
                web.get("/health/live", self._live),
                web.get("/internal/v1/sip/accounts/{username}", self._account),
                web.post("/internal/v1/route", self._route),
                web.post("/internal/v1/call-records", self._record),
                web.put("/internal/v1/telephony-state", self._state),
                web.get("/internal/v1/presence", self._presence),
                web.post("/internal/v1/call-traces", self._traced),
                web.get("/internal/v1/trunks", self._trunks),
                web.get("/_matrix/client/versions", self._nothing),
                web.post("/_matrix/client/v1/appservice/{id}/ping", self._ping),
                web.post("/_matrix/client/v3/register", self._register),
                web.get("/_matrix/client/v3/rooms/{room}/joined_members", self._members),
                web.put("/_matrix/client/v3/rooms/{room}/send/{type}/{txn}", self._send),
                *self._more,
            ]
        )
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        self.port = free_block(1)
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        return self

    async def __aexit__(self, *_exc: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def until(self, condition: Callable[[], Any], what: str) -> Any:
        """Wait until something that was told to us makes `condition` true."""
        try:
            async with asyncio.timeout(PATIENCE), self._changed:
                await self._changed.wait_for(lambda: bool(condition()))
        except TimeoutError:
            raise AssertionError(f"never: {what}") from None
        return condition()

    async def event(self, event_type: str) -> dict[str, Any]:
        """The last Matrix event of a type that the bridge sent; waits for one."""
        found: dict[str, Any] = await self.until(
            lambda: next((sent for sent in reversed(self.sent) if sent["type"] == event_type), None),
            event_type,
        )
        return found

    async def record(self) -> dict[str, Any]:
        """The last record, once it is closed."""
        last: dict[str, Any] = await self.until(
            lambda: next((r for r in reversed(self.records.values()) if r["ended_at"]), None),
            "a closed record",
        )
        return last

    async def push(self, control: str, transaction: str, *events: dict[str, Any]) -> int:
        """Send the bridge a transaction, as the homeserver does; the status of its answer."""
        url = f"{control}/_matrix/app/v1/transactions/{transaction}"
        headers = {"Authorization": f"Bearer {HS_TOKEN}"}
        async with (
            ClientSession() as session,
            session.put(url, json={"events": list(events)}, headers=headers) as response,
        ):
            return response.status

    # --- what the bridge asks ---

    @web.middleware
    async def _watch(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        internal = request.path.startswith("/internal/")
        expected = SECRET if internal else AS_TOKEN
        if not request.path.endswith(("/versions", "/live")):
            assert request.headers["Authorization"] == f"Bearer {expected}"
        if self.away:
            return web.json_response({"errcode": "M_UNKNOWN"}, status=502)
        self.requests.append(request)
        response = await handler(request)
        async with self._changed:
            self._changed.notify_all()
        return response

    async def _trunks(self, _request: web.Request) -> web.Response:
        if self.trunks is None:
            return web.json_response({"error": {"code": "not_found"}}, status=404)
        return web.json_response({"trunks": self.trunks})

    async def _traced(self, request: web.Request) -> web.Response:
        self.traces |= {trace["id"]: trace for trace in (await request.json())["traces"]}
        return web.Response(status=204)

    async def _live(self, _request: web.Request) -> web.Response:
        return web.json_response({"live": True, "instance": self.instance})

    async def _nothing(self, _request: web.Request) -> web.Response:
        return web.json_response({})

    async def _account(self, request: web.Request) -> web.Response:
        username = request.match_info["username"]
        if username not in PEOPLE:
            return web.json_response({"error": {"code": "unknown_account"}}, status=404)
        user_id, name = PEOPLE[username]
        ha1 = f"{username}:{REALM}:phone-{username}".encode()
        return web.json_response(
            {
                "username": username,
                "user_id": user_id,
                "name": name,
                "ha1_md5": md5(ha1, usedforsecurity=False).hexdigest(),
                "ha1_sha256": sha256(ha1).hexdigest(),
            }
        )

    async def _route(self, request: web.Request) -> web.Response:
        self.routes.append(await request.json())
        assert self.routes[-1]["call_id"] == request.headers["X-Call-Id"]
        return web.json_response(self.plan)

    async def _record(self, request: web.Request) -> web.Response:
        bodies = (await request.json())["records"]
        if any(body["revision"] is None for body in bodies):
            return web.json_response({"error": {"code": "invalid_field"}}, status=400)
        for body in bodies:
            if body["revision"] > self.records.get(body["id"], {"revision": 0})["revision"]:
                self.records[body["id"]] = body
        return web.Response(status=204)

    async def _state(self, request: web.Request) -> web.Response:
        self.states.append(await request.json())
        return web.Response(status=204)

    async def _presence(self, _request: web.Request) -> web.Response:
        return web.json_response({"people": {}})

    async def _ping(self, _request: web.Request) -> web.Response:
        self.pings += 1
        return web.json_response({"duration_ms": 1})

    async def _register(self, request: web.Request) -> web.Response:
        username = (await request.json())["username"]
        if username in self.registered:
            return web.json_response({"errcode": "M_USER_IN_USE"}, status=400)
        self.registered.append(username)
        return web.json_response({"user_id": f"@{username}:localhost"})

    async def _members(self, request: web.Request) -> web.Response:
        assert request.query["user_id"].startswith("@")
        joined = {user_id: {"display_name": None, "avatar_url": None} for user_id in self.members}
        return web.json_response({"joined": joined})

    async def _send(self, request: web.Request) -> web.Response:
        if self.refusals:
            status, body = self.refusals.pop(0)
            return web.json_response(body, status=status)
        self.sent.append(
            {
                "event_id": f"$bridge{len(self.sent)}",
                "type": request.match_info["type"],
                "room_id": unquote(request.match_info["room"]),
                "sender": request.query["user_id"],
                "content": await request.json(),
                "origin_server_ts": 0,
            }
        )
        return web.json_response({"event_id": self.sent[-1]["event_id"]})
