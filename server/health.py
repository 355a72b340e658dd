"""`/health/live` (this process serves) and `/health/ready` (every part does its work, or why not)."""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import msgspec
from sanic import Blueprint, HTTPResponse, Request

from server.config import Config
from server.config.reach import is_loopback
from server.config.sections import Sfu
from server.edge.sanic_types import client_address
from server.storage import Database

#: A part that takes longer than this to answer is not ready. Seconds.
PATIENCE = 2.0
#: How long an answer serves for all who ask; that something is not ready yet, for a shorter while. Seconds.
READY_FOR, NOT_READY_FOR = 1.0, 0.1


@dataclass(frozen=True)
class PartHealth:
    ready: bool
    why: str | None = None


#: Asks one part; returns None when it is ready, or why it is not. May raise what I/O raises.
Check = Callable[[], Awaitable[str | None]]


async def examine(checks: Mapping[str, Check]) -> dict[str, PartHealth]:
    """Ask all parts at once."""
    results = await asyncio.gather(*(_one(check) for check in checks.values()))
    return dict(zip(checks, results, strict=True))


async def _one(check: Check) -> PartHealth:
    try:
        async with asyncio.timeout(PATIENCE):
            why = await check()
    except TimeoutError:
        why = f"no answer within {PATIENCE:g} s"
    except (aiohttp.ClientConnectionError, ConnectionError):
        why = "not reachable"
    except Exception as error:
        # Whatever a driver raises, the part is not ready.
        why = type(error).__name__
    return PartHealth(why is None, why)


class Health:
    """The checks of the parts that `config` asks for."""

    def __init__(
        self, config: Config, database: Database, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._asking = asyncio.Lock()
        self._known: dict[str, PartHealth] = {}
        self._good_until = float("-inf")
        self._database = database
        self._session: aiohttp.ClientSession | None = None
        self.checks: dict[str, Check] = {
            "web": self._web,
            "homeserver": lambda: self._http(f"{config.homeserver.url}/health"),
        }
        if config.sip.enabled:
            self.checks["sip"] = lambda: self._http(f"{config.sip.control_url}/health/ready")
        if config.sfu.enabled:
            self.checks["sfu"] = lambda: self._sfu(config.sfu)
        if config.demo.enabled and config.sip.enabled:
            self.checks["carrier"] = lambda: self._http(f"{config.demo.carrier.control_url}/health/ready")

    async def examine(self, *, anew: bool = False) -> dict[str, PartHealth]:
        """What was found a moment ago, or is found now: strangers may ask as often as they like."""
        async with self._asking:
            if anew or self._clock() >= self._good_until:
                self._known = await examine(self.checks)
                ready = all(part.ready for part in self._known.values())
                self._good_until = self._clock() + (READY_FOR if ready else NOT_READY_FOR)
            return self._known

    async def start(self) -> None:
        self._session = aiohttp.ClientSession()

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _web(self) -> str | None:
        await self._database.ping()
        return None

    async def _sfu(self, section: Sfu) -> str | None:
        """All of its processes; a LiveKit server says at its root that it is well."""
        path = "/health/ready" if section.own else "/"
        found = await asyncio.gather(*(self._http(f"{url}{path}") for url in section.urls))
        return "; ".join(why for why in found if why) or None

    async def _http(self, url: str) -> str | None:
        if self._session is None:
            return "not started"
        async with self._session.get(url) as response:
            if response.status == 200 and response.content_type != "application/json":
                return None
            return _reason(response.status, await response.read())


def _reason(status: int, body: bytes) -> str | None:
    """Our own processes say which of their parts is not ready; others only by status."""
    try:
        report: dict[str, Any] = msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.DecodeError:
        report = {}
    if report.get("ready", status == 200):
        return None
    parts = report.get("parts")
    broken = [
        f"{name}: {part.get('why') or 'not ready'}"
        for name, part in (parts.items() if isinstance(parts, dict) else ())
        if isinstance(part, dict) and not part.get("ready")
    ]
    return "; ".join(broken) or f"answered {status}"


def blueprint(health: Health) -> Blueprint:
    routes = Blueprint("health", url_prefix="/health")
    # Who connects while a process is followed by another waits, and would not know that it was.
    alive = msgspec.json.encode({"live": True, "instance": secrets.token_hex(8)})

    async def live(_request: Request) -> HTTPResponse:
        return HTTPResponse(alive, content_type="application/json")

    async def ready(request: Request) -> HTTPResponse:
        # The supervisor and whoever watches from this machine are told what is, not what was.
        here = is_loopback(client_address(request)) and "x-forwarded-for" not in request.headers
        parts = await health.examine(anew=here)
        everything = all(part.ready for part in parts.values())
        body = msgspec.json.encode({"ready": everything, "parts": parts})
        return HTTPResponse(body, 200 if everything else 503, content_type="application/json")

    routes.add_route(live, "/live", methods=["GET", "HEAD"])
    routes.add_route(ready, "/ready", methods=["GET", "HEAD"])
    return routes
