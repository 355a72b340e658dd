"""The demo organisation as the tests of calls use it: people, their phones and call lists, the carrier."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import aiohttp

from server.homeserver.client import HomeserverClient
from server.homeserver.errors import MatrixRefusal
from tests.support.baresip import Baresip, Line
from tests.support.linphone import Linphone
from tests.support.patience import PATIENCE
from tests.support.stack import Stack, homeserver_client

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Colleague:
    """One of the people of ``config/demo.toml``."""

    name: str
    email: str
    password: str
    extension: str
    sip_password: str
    number: str

    @property
    def user_id(self) -> str:
        return f"@{self.email.partition('@')[0]}:localhost"


def _colleague(first: str, last: str, extension: str) -> Colleague:
    low = first.lower()
    return Colleague(
        f"{first} {last}",
        f"{low}@unisono.example",
        f"{low}-demo",
        extension,
        f"{low}-phone",
        f"+390612345{extension}",
    )


ANNA = _colleague("Anna", "Rossi", "201")
BRUNO = _colleague("Bruno", "Bianchi", "202")
CHIARA = _colleague("Chiara", "Conti", "203")
OUTSIDE = "+390698765432"  # somebody outside, as caller
DIAL_IN_NUMBER = "+390698765499"  # by which meetings are reached from outside, where they are


class Api:
    """The people-facing API as one signed-in person.

    :cvar since: milliseconds since 1970; calls that began before are another test's, and not seen.
    """

    since: ClassVar[int] = 0

    def __init__(self, http: aiohttp.ClientSession, base: str) -> None:
        self._http = http
        self._base = base

    async def ask(self, method: str, path: str, body: object = None) -> tuple[int, Json]:
        """Status and JSON body (empty for none) of one request under ``/api/v1``."""
        async with self._http.request(method, f"{self._base}/api/v1{path}", json=body) as answer:
            return answer.status, await answer.json() if answer.content_type == "application/json" else {}

    async def send(self, method: str, path: str, content: bytes, content_type: str) -> tuple[int, Json]:
        """The same with a file as the body."""
        headers = {"Content-Type": content_type}
        url = f"{self._base}/api/v1{path}"
        async with self._http.request(method, url, data=content, headers=headers) as answer:
            return answer.status, await answer.json() if answer.content_type == "application/json" else {}

    async def file(self, path: str) -> bytes:
        """The content of a file."""
        async with self._http.get(f"{self._base}/api/v1{path}") as answer:
            assert answer.status == 200, await answer.text()
            return await answer.read()

    async def calls(self) -> list[Json]:
        """The newest calls, newest first."""
        _, body = await self.ask("GET", "/calls?limit=20")
        return [call for call in body["calls"] if call["started_at"] >= self.since]

    async def latest_call(self, holds: Callable[[Json], bool], timeout: float = PATIENCE) -> Json:
        """The newest call once ``holds`` is true of it.

        :raises TimeoutError: with the call list.
        """
        calls: list[Json] = []
        for _ in range(int(timeout * 10)):
            calls = await self.calls()
            if calls and holds(calls[0]):
                return calls[0]
            await asyncio.sleep(0.1)  # a record comes when the bridge has delivered it
        raise TimeoutError(f"the newest of these calls is not as expected: {calls[:2]}")

    async def ended_call(self, timeout: float = PATIENCE) -> Json:
        """The newest call, once it is over."""
        return await self.latest_call(lambda call: call["ended_at"] is not None, timeout)


class CarrierControl:
    """The simulated carrier's control."""

    def __init__(self, http: aiohttp.ClientSession, base: str) -> None:
        self._http = http
        self._base = base

    async def call_in(self, to: str, caller: str = OUTSIDE, tone_hz: int | None = None) -> str:
        """Call one of the organisation's numbers from outside; the carrier's id of the call."""
        body: Json = {"to": to, "from": caller}
        if tone_hz is not None:
            body["tone_hz"] = tone_hz
        async with self._http.post(f"{self._base}/v1/call-in", json=body) as answer:
            assert answer.status == 200, await answer.text()
            return str((await answer.json())["call_id"])

    async def press(self, call_id: str, digits: str) -> None:
        """Press keys in one of its calls."""
        async with self._http.post(
            f"{self._base}/v1/calls/{call_id}/digits", json={"digits": digits}
        ) as answer:
            assert answer.status == 204, await answer.text()

    async def hang_up(self, call_id: str) -> None:
        async with self._http.delete(f"{self._base}/v1/calls/{call_id}") as answer:
            assert answer.status == 204, await answer.text()

    async def calls(self) -> list[Json]:
        """All its calls, newest last."""
        async with self._http.get(f"{self._base}/v1/calls") as answer:
            calls: list[Json] = (await answer.json())["calls"]
            return calls

    async def wait_call(self, holds: Callable[[Json], bool], timeout: float = PATIENCE) -> Json:
        """The newest call of which ``holds`` is true, once there is one.

        :raises TimeoutError: with its calls.
        """
        calls: list[Json] = []
        for _ in range(int(timeout * 10)):
            calls = await self.calls()
            if found := [call for call in calls if holds(call)]:
                return found[-1]
            await asyncio.sleep(0.1)  # the control has no events
        raise TimeoutError(f"no such call: {calls[-2:]}")

    async def wait_hears(self, call_id: str, hz: int, timeout: float = PATIENCE) -> None:
        """Wait until the carrier hears this tone in its call."""

        def heard(call: Json) -> bool:
            tone = call["heard"]["tone_hz"]
            return call["id"] == call_id and tone is not None and abs(tone - hz) <= 5

        await self.wait_call(heard, timeout)


class Office:
    """A running demo organisation."""

    def __init__(self, stack: Stack, http: aiohttp.ClientSession) -> None:
        self.stack = stack
        self._http = http
        self.carrier = CarrierControl(http, f"http://127.0.0.1:{stack.ports.carrier_control}")

    @property
    def registrar(self) -> str:
        return f"127.0.0.1:{self.stack.ports.sip}"

    def line(self, who: Colleague, **more: Any) -> Line:
        """What ``who`` types into a desk phone."""
        return Line(who.extension, who.sip_password, self.registrar, **more)

    @asynccontextmanager
    async def desk_phone(
        self, who: Colleague, folder: Path, *, tone_hz: int, **more: Any
    ) -> AsyncIterator[Baresip]:
        """A registered desk phone of ``who``."""
        async with Baresip(
            folder / f"phone-{who.extension}", self.line(who, **more), tone_hz=tone_hz
        ) as phone:
            await phone.wait_registered()
            yield phone

    @asynccontextmanager
    async def linphone(
        self, who: Colleague, folder: Path, *, tone_hz: int, **more: Any
    ) -> AsyncIterator[Linphone]:
        """The same of another make."""
        async with Linphone(
            folder / f"linphone-{who.extension}", self.line(who, **more), tone_hz=tone_hz
        ) as phone:
            await phone.wait_registered()
            yield phone

    @asynccontextmanager
    async def api(self, who: Colleague, layout: str = "phone") -> AsyncIterator[Api]:
        """``who`` signed in, without a Matrix client: nobody rings there.

        It takes the session of the phone layout, so that a browser may have the desktop's.
        """
        jar = aiohttp.CookieJar(unsafe=True)  # cookies of an IP address
        async with aiohttp.ClientSession(cookie_jar=jar, headers={"X-Unisono": "1"}) as http:
            api = Api(http, self.stack.url)
            body = {"email": who.email, "password": who.password, "layout": layout}
            status, answer = await api.ask("POST", "/session", body)
            assert status == 200, answer
            yield api

    async def wait_online(self, who: Colleague, timeout: float = PATIENCE) -> None:
        """Wait until the homeserver has seen a Matrix client of ``who``: only then does it ring.

        :raises TimeoutError: when none came.
        """
        if not await self._wait_presence(who, timeout, online=True):
            raise TimeoutError(f"no Matrix client of {who.name} came online in {timeout} s")

    async def wait_offline(self, who: Colleague, timeout: float = PATIENCE) -> None:
        """Wait until the homeserver has forgotten the last Matrix client of ``who``: nothing rings then.

        :raises TimeoutError: when one is left.
        """
        if not await self._wait_presence(who, timeout, online=False):
            raise TimeoutError(f"a Matrix client of {who.name} is still online after {timeout} s")

    async def _wait_presence(self, who: Colleague, timeout: float, *, online: bool) -> bool:
        async with homeserver_client(self.stack) as homeserver:
            for _ in range(int(timeout * 10)):
                if (await _is_online(homeserver, who)) is online:
                    return True
                await asyncio.sleep(0.1)  # presence has no other way to be waited for from outside
        return False

    async def wait_unregistered(self, *people: Colleague, api: Api | None = None) -> None:
        """Wait until none of these has a desk phone: one that was unplugged may be known a moment longer.

        :param api: whoever is signed in already; none: Chiara signs in.
        :raises TimeoutError: when one is left.
        """
        if api is None:
            async with self.api(CHIARA) as chiara:
                return await self.wait_unregistered(*people, api=chiara)
        left: set[str] = set()
        for _ in range(int(PATIENCE * 10)):
            _, body = await api.ask("GET", "/telephony")
            left = {who.extension for who in people} & set(body["desk_phones"])
            if not left:
                return None
            await asyncio.sleep(0.1)
        raise TimeoutError(f"desk phones are still registered after {PATIENCE} s: {left}")


async def _is_online(homeserver: HomeserverClient, who: Colleague) -> bool:
    """Whether a Matrix client of theirs is: the house says so of a desk phone, too."""
    try:
        state = (await homeserver.presence(who.user_id)).state
        return state != "offline" and bool(await homeserver.devices(who.user_id))
    except MatrixRefusal:
        return False  # who never signed in is not known to it yet


@asynccontextmanager
async def office_of(stack: Stack) -> AsyncIterator[Office]:
    """The office that ``stack`` runs."""
    async with aiohttp.ClientSession() as http:
        yield Office(stack, http)
