"""The features on a real listener, with a homeserver that only remembers what it was asked."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp
import argon2
from sanic import Sanic
from sqlalchemy.ext.asyncio import AsyncEngine

from server import config as configuration
from server.accounts.hashing import Argon2Hasher
from server.composition.context import AppContext
from server.composition.features import Features, compose
from server.config import Config, DataDir
from server.directory.service import NewPerson, Role
from server.edge import errors, headers, protocol, requests
from server.edge.connections import Limits
from server.edge.sanic_types import App
from server.homeserver.client import (
    HomeserverClient,
    MatrixSession,
    Presence,
    PresenceState,
    RefreshableTokens,
)
from server.homeserver.errors import HomeserverUnreachable, MatrixRefusal
from server.secrets import Secrets
from server.storage import Database
from tests.support.matrix_rooms import FakeRooms
from tests.support.served import forget

#: Of the people that `Web.enrol` adds.
PASSWORD = "correct horse"
#: The real parameters would take most of the time of these tests.
CHEAP = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
_EMPTY: list[bytes] = []


class FakeHomeserver(HomeserverClient):
    """Keeps devices, rooms and presence in memory; `away` makes it unreachable."""

    def __init__(self, domain: str) -> None:
        super().__init__("http://127.0.0.1:1", domain, "", "")
        self.away = False
        self.users: dict[str, str] = {}
        self.open_devices: dict[str, set[str]] = {}
        #: Refreshable tokens and their devices in the order they were made; which came of which, were used.
        self.pairs: list[tuple[RefreshableTokens, tuple[str, str]]] = []
        self.came_of: dict[int, int] = {}
        self.used: set[int] = set()
        #: Cross-signing keys by user id.
        self.signing_keys: dict[str, dict[str, Any]] = {}
        self.rooms: dict[frozenset[str], str] = {}
        self.logouts: list[str] = []
        #: Files with who brought them and their types; messages with their rooms and who said them.
        self.uploads: list[tuple[str, str, bytes]] = []
        self.said: asyncio.Queue[tuple[str, str, dict[str, Any]]] = asyncio.Queue()
        self.avatars: dict[str, bytes | None] = {}
        self.presences: dict[str, Presence] = {}
        #: Whether calls ring at somebody's clients, in the order in which that was told.
        self.rings: asyncio.Queue[tuple[str, bool]] = asyncio.Queue()
        #: Who has a pusher, by user id.
        self.pushed: set[str] = set()
        self.meetings = self.rooms_of_meetings = FakeRooms(self._answer, self.users)
        self.presence_puts: asyncio.Queue[tuple[str, str, str | None, str | None]] = asyncio.Queue()

    async def start(self) -> None:
        pass

    async def close(self) -> None:
        pass

    def _answer(self) -> None:
        if self.away:
            raise HomeserverUnreachable("away")

    async def ensure_user(self, localpart: str, display_name: str) -> str:
        self._answer()
        self.users[self.user_id(localpart)] = display_name
        return self.user_id(localpart)

    async def ensure_ghost(self, number: str | None, display_name: str) -> str:
        self._answer()
        self.users[self.ghost_id(number)] = display_name
        return self.ghost_id(number)

    async def ensure_visitor(self, user_id: str, display_name: str) -> str:
        self._answer()
        self.users[user_id] = display_name
        return user_id

    async def login(self, user: str, device_id: str, display_name: str) -> MatrixSession:
        self._answer()
        assert user in self.users
        self.open_devices.setdefault(user, set()).add(device_id)
        return MatrixSession(user, device_id, f"token-of-{device_id}")

    async def login_refreshable(self, user: str, device_id: str, display_name: str) -> RefreshableTokens:
        await self.login(user, device_id, display_name)
        return self._tokens(user, device_id)

    def _tokens(self, user: str, device_id: str) -> RefreshableTokens:
        pair = RefreshableTokens(f"syt_{len(self.pairs)}", f"syr:{len(self.pairs)}", 300_000)
        self.pairs.append((pair, (user, device_id)))
        return pair

    async def refresh(self, refresh_token: str) -> RefreshableTokens:
        """As Synapse: again, until what came of it was used."""
        self._answer()
        for number, (pair, device) in enumerate(self.pairs):
            if pair.refresh_token == refresh_token and device[1] in self.open_devices[device[0]]:
                if self.came_of.get(number) in self.used:
                    raise MatrixRefusal(403, "M_FORBIDDEN", "refresh token isn't valid anymore")
                self.used.add(number)
                self.came_of[number] = len(self.pairs)
                return self._tokens(*device)
        raise MatrixRefusal(401, "M_UNKNOWN_TOKEN", "refresh token does not exist")

    async def whose(self, access_token: str) -> tuple[str, str] | None:
        self._answer()
        for number, (pair, device) in enumerate(self.pairs):
            if pair.access_token == access_token and device[1] in self.open_devices[device[0]]:
                self.used.add(number)
                return device
        return None

    async def upload_signing_keys(self, access_token: str, keys: dict[str, Any]) -> None:
        device = await self.whose(access_token)
        if device is None:
            raise MatrixRefusal(401, "M_UNKNOWN_TOKEN", "unknown token")
        if self.signing_keys.setdefault(device[0], keys) != keys:
            raise MatrixRefusal(401, "M_UNKNOWN", "")

    async def replace_signing_keys(self, user_id: str, keys: dict[str, Any]) -> None:
        self._answer()
        self.signing_keys[user_id] = keys

    async def let_ring(self, user_id: str, *, on: bool) -> None:
        self._answer()
        self.rings.put_nowait((user_id, on))

    async def delete_device(self, user_id: str, device_id: str) -> None:
        self._answer()
        self.open_devices.get(user_id, set()).discard(device_id)

    async def devices(self, user_id: str) -> list[str]:
        self._answer()
        # Who is said to be there without a sign-in has a client all the same.
        client = {"CLIENT"} if user_id in self.presences else set[str]()
        return sorted(self.open_devices.get(user_id, client))

    async def is_woken_by_push(self, user_id: str) -> bool:
        self._answer()
        return user_id in self.pushed

    async def openid_user(self, token: str) -> str | None:
        """`openid-<user id>` is good."""
        self._answer()
        return token.removeprefix("openid-") if token.startswith("openid-") else None

    async def is_member(self, room_id: str, user_id: str) -> bool:
        return bool(await self.meetings.members(room_id, user_id))

    async def end_sso_session(self, logout_token: str) -> None:
        self._answer()
        self.logouts.append(logout_token)

    async def set_avatar(self, user_id: str, content: bytes | None, content_type: str) -> None:
        self._answer()
        self.avatars[user_id] = content

    async def upload(self, as_user: str, content: bytes, content_type: str) -> str:
        self._answer()
        self.uploads.append((as_user, content_type, content))
        return f"mxc://localhost/{len(self.uploads)}"

    async def send(self, room_id: str, as_user: str, content: dict[str, Any], transaction: str) -> None:
        self._answer()
        self.said.put_nowait((room_id, as_user, content))

    async def presence(self, user_id: str) -> Presence:
        self._answer()
        return self.presences.get(user_id, Presence("offline", None, False))

    async def presence_changes(self, since: str | None) -> tuple[str, dict[str, Presence]]:
        self._answer()
        if since is not None:
            await asyncio.Event().wait()
        return "1", dict(self.presences)

    async def set_presence(
        self, user_id: str, state: PresenceState, status: str | None = None, device_id: str | None = None
    ) -> None:
        self._answer()
        self.presence_puts.put_nowait((user_id, state, status, device_id))
        self.presences[user_id] = Presence(state, status, False)

    async def direct_room(self, first: str, second: str) -> str:
        self._answer()
        assert first in self.users and second in self.users
        return self.rooms.setdefault(frozenset((first, second)), f"!room{len(self.rooms)}:localhost")

    async def known_direct_room(self, me: str, other: str) -> str | None:
        self._answer()
        return self.rooms.get(frozenset((me, other)))


class Clock:
    """A wall clock that stands still until it is moved. Milliseconds since the epoch."""

    def __init__(self) -> None:
        self.now = 1_800_000_000_000

    def __call__(self) -> int:
        return self.now


async def migrated(path: Path) -> Database:
    """An empty SQLite database at `path` with all migrations run, which is done once a process."""
    if not _EMPTY:
        template = Database(f"sqlite+aiosqlite:///{path}")
        await template.upgrade()
        await template.close()
        # Closing the last connection has moved the write-ahead log into the file.
        _EMPTY.append(await asyncio.to_thread(path.read_bytes))
    await asyncio.to_thread(path.write_bytes, _EMPTY[0])
    return Database(f"sqlite+aiosqlite:///{path}")


@dataclass
class Answer:
    status: int
    body: Any
    headers: dict[str, str]

    @property
    def code(self) -> str:
        return str(self.body["error"]["code"])


@dataclass
class Browser:
    """One cookie jar."""

    base: str
    http: aiohttp.ClientSession

    async def ask(
        self, method: str, path: str, json: Any = None, *, headers: dict[str, str] | None = None, **more: Any
    ) -> Answer:
        ours = {"X-Unisono": "1"} if headers is None else headers
        async with self.http.request(method, self.base + path, json=json, headers=ours, **more) as response:
            raw = await response.read()
            body = await response.json() if raw and "json" in response.content_type else raw
            return Answer(response.status, body, dict(response.headers))

    async def get(self, path: str) -> Answer:
        return await self.ask("GET", path)

    async def sign_in(self, email: str, password: str = PASSWORD, layout: str = "desktop") -> Answer:
        body = {"email": email, "password": password, "layout": layout}
        return await self.ask("POST", "/api/v1/session", body)


@dataclass
class Web:
    """The running features. `with web.browser() as b` would share nothing with another browser."""

    base: str
    features: Features
    homeserver: FakeHomeserver
    secrets: Secrets
    config: Config
    clock: Clock
    app: App
    engine: AsyncEngine
    _sessions: list[aiohttp.ClientSession] = field(default_factory=list)

    def browser(self) -> Browser:
        http = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        self._sessions.append(http)
        return Browser(self.base, http)

    async def internal(self, method: str, path: str, json: Any = None) -> Answer:
        """As the bridge asks."""
        bearer = {"Authorization": f"Bearer {self.secrets.internal_secret}"}
        return await self.browser().ask(method, "/internal/v1" + path, json, headers=bearer)

    async def enrol(
        self,
        name: str,
        extension: str | None = None,
        number: str | None = None,
        role: Role = "member",
    ) -> str:
        """Add a person who signs in with `PASSWORD`; the e-mail address."""
        email = f"{name.split(maxsplit=1)[0].lower()}@unisono.example"
        extensions = [(extension, "sip-password")] if extension else []
        new = NewPerson(email, name, role, extensions, [number] if number else [])
        await self.features.accounts.enrol(new, PASSWORD)
        return email

    async def signed_in(self, name: str, extension: str | None = None, number: str | None = None) -> Browser:
        browser = self.browser()
        answer = await browser.sign_in(await self.enrol(name, extension, number))
        assert answer.status == 200, answer
        return browser

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for session in self._sessions:
            await session.close()


def demo_config(**organisation: Any) -> Config:
    """The demo's configuration, so that there is a trunk; the newest sign-in wins without being asked.

    The bridge is nowhere: a demo that runs on this machine is not to be taken for it.
    """
    config = configuration.load(configuration.shipped("demo.toml"))
    return replace(
        config,
        sip=replace(config.sip, control_port=1),
        organisation=replace(config.organisation, **organisation),
        accounts=replace(config.accounts, second_browser="replace"),
    )


@asynccontextmanager
async def running(
    folder: Path, config: Config | None = None, database: Database | None = None
) -> AsyncIterator[Web]:
    """The features over `database`, or SQLite in `folder`, listening on a port of 127.0.0.1."""
    config = config or demo_config()
    database = database or await migrated(folder / "unisono.db")
    homeserver = FakeHomeserver(config.organisation.domain)
    app: App = Sanic(f"features-{folder.name}".replace("_", "-"), configure_logging=False)
    app.config.update(ACCESS_LOG=False, AUTO_EXTEND=False, MOTD=False, GRACEFUL_SHUTDOWN_TIMEOUT=0.1)
    # Sanic rewrites its own methods at start, and only once a process.
    app.config.TOUCHUP = False
    protocol.install(app, Limits())
    requests.install(app)
    errors.install(app)
    headers.install(app, https=config.web.https)
    context = AppContext(app, config, DataDir(folder), Secrets(), database, homeserver)
    clock = Clock()
    features = compose(context, Argon2Hasher(CHEAP), clock)
    for hook in context.on_start:
        await hook()
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server: Any = await app.create_server(
        sock=listener, return_asyncio_server=True, protocol=protocol.BoundedProtocol
    )
    await server.startup()
    await server.start_serving()
    base = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        async with Web(
            base, features, homeserver, context.secrets, config, clock, app, database.engine
        ) as web:
            yield web
    finally:
        await server.before_stop()
        for hook in reversed(context.on_stop):
            await hook()
        server.close()
        await server.wait_closed()
        await database.close()
        forget(app)
