"""The house of the soak: people with desk phones that sipp plays, and people with a Matrix client."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from tests.soak.client import CallingClient
from tests.soak.hold import Hold
from tests.support.matrix_client import Refused
from tests.support.office import CarrierControl
from tests.support.patience import PATIENCE
from tests.support.ports import free_port
from tests.support.sipp import Sipp
from tests.support.stack import Stack, homeserver_client


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the house; `plays` is the sipp scenario of the desk phone, "" for none."""

    name: str
    extension: str
    plays: str = ""

    @property
    def email(self) -> str:
        return f"{self.name}@unisono.example"

    @property
    def password(self) -> str:
        return f"{self.name}-password"

    @property
    def sip_password(self) -> str:
        return f"{self.name}-phone"

    @property
    def number(self) -> str:
        return f"+390612345{self.extension}"

    @property
    def user_id(self) -> str:
        return f"@{self.name}:localhost"


STAYS = Person("stella", "211", "carrier_answers")
LEAVES = Person("lia", "212", "phone_answers_and_leaves")
BUSY = Person("bice", "213", "carrier_busy")
RINGS = Person("rina", "214", "carrier_never_answers")
DIALS = Person("dario", "215")
#: Who has a Matrix client and nothing else: one answers, one answers and hangs up, one declines.
ANSWERS, ENDS, DECLINES = Person("mara", "220"), Person("nora", "221"), Person("dora", "222")
CLIENTS = (ANSWERS, ENDS, DECLINES)
PHONES = (STAYS, LEAVES, BUSY, RINGS)
#: Seconds that a registration of theirs holds (`phone_registers.xml`).
REGISTERED = 3600.0
Keys = dict[str, str | int]


#: Nothing is refused because it is the hundredth call of the same few people.
LIMITS = """
[telephony]
calls_at_once = 0
calls_at_once_a_trunk = 0
calls_at_once_in_all = 0
minutes_a_day = 0
"""


def configuration() -> str:
    """TOML of these people and of what they may do."""
    return LIMITS + "".join(account_of(person) for person in (*PHONES, DIALS, *CLIENTS))


def account_of(person: Person) -> str:
    """TOML of one of them."""
    return f"""
[[demo.people]]
email = "{person.email}"
password = "{person.password}"
name = "{person.name.title()}"
extension = "{person.extension}"
sip_password = "{person.sip_password}"
number = "{person.number}"
"""


@dataclass
class House:
    """All that a scenario needs; `hold` is how long a call stands."""

    stack: Stack
    folder: Path
    carrier: CarrierControl
    clients: dict[str, CallingClient]
    rooms: dict[str, str]
    secret: str
    hold: Hold
    runs: int = 0

    @property
    def bridge(self) -> str:
        return f"127.0.0.1:{self.stack.ports.sip}"

    def next_folder(self) -> Path:
        self.runs += 1
        return self.folder / f"run-{self.runs}"

    async def calls(self, *, answered: bool = False) -> int:
        """How many calls the bridge knows of at this moment, or has answered."""
        port, headers = self.stack.ports.control, {"Authorization": f"Bearer {self.secret}"}
        async with (
            aiohttp.ClientSession() as http,
            http.get(f"http://127.0.0.1:{port}/v1/calls", headers=headers) as answer,
        ):
            calls = (await answer.json())["calls"]
        return sum(not answered or call["answered_at"] is not None for call in calls)


@asynccontextmanager
async def house(stack: Stack, folder: Path, secret: str, hold: Hold) -> AsyncIterator[House]:
    """Everybody there, every phone registered."""
    async with AsyncExitStack() as ends:
        for person in PHONES:
            await ends.enter_async_context(phone_of(stack, folder, person, hold))
        clients = {}
        for person in CLIENTS:
            clients[person.name] = await ends.enter_async_context(_client(stack.url, person))
        async with _session() as http:
            await _signed_in(http, stack.url, ANSWERS, "phone")
            rooms = {other.name: await _room(http, stack.url, other) for other in (STAYS, LEAVES)}
        for person in CLIENTS:
            await _wait_online(stack, person)
        http = await ends.enter_async_context(aiohttp.ClientSession())
        carrier = CarrierControl(http, f"http://127.0.0.1:{stack.ports.carrier_control}")
        yield House(stack, folder, carrier, clients, rooms, secret, hold)


@asynccontextmanager
async def _client(url: str, person: Person) -> AsyncIterator[CallingClient]:
    async with _session() as http:
        client = CallingClient(url, *await _signed_in(http, url, person, "desktop"))
        await client.start()
        try:
            yield client
        finally:
            await client.stop()


async def _wait_online(stack: Stack, person: Person) -> None:
    """Until the homeserver has seen the client: only then does it ring."""
    async with homeserver_client(stack) as homeserver:
        for _ in range(int(PATIENCE * 10)):
            if (await homeserver.presence(person.user_id)).state != "offline":
                return
            await asyncio.sleep(0.1)  # presence has no other way to be waited for from outside
    raise TimeoutError(f"the Matrix client of {person.name} did not come online")


def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))  # cookies of an IP address


@asynccontextmanager
async def phone_of(stack: Stack, folder: Path, person: Person, hold: Hold) -> AsyncIterator[None]:
    """Their desk phone, registered, for as long as the block lasts."""
    bridge = f"127.0.0.1:{stack.ports.sip}"
    keys: Keys = {"rtp_port": free_port(), "caller": person.extension}
    async with Sipp(
        folder / person.name,
        person.plays,
        bridge,
        calls=10**8,
        timeout=10**6,
        trace=False,
        keys=keys,
    ) as phone:
        keys["contact_port"] = phone.port
        await _register(folder, person, bridge, keys, 0)
        again = asyncio.create_task(_register_again(folder, person, bridge, keys))
        try:
            async with hold.ends_calls_of(phone):
                yield
        finally:
            again.cancel()
            await asyncio.gather(again, return_exceptions=True)


async def _register(folder: Path, person: Person, bridge: str, keys: Keys, time: int) -> None:
    account = (person.extension, person.sip_password)
    where = folder / f"{person.name}-registers-{time}"
    async with Sipp(where, "phone_registers", bridge, keys=keys, account=account) as register:
        await register.wait()


async def _register_again(folder: Path, person: Person, bridge: str, keys: Keys) -> None:
    """As telephones do, long before it ends: a soak is longer than a registration."""
    for time in itertools.count(1):
        await asyncio.sleep(REGISTERED / 3)
        await _register(folder, person, bridge, keys, time)


async def _signed_in(
    http: aiohttp.ClientSession, url: str, person: Person, layout: str
) -> tuple[str, str, str]:
    body = {"email": person.email, "password": person.password, "layout": layout}
    async with http.post(f"{url}/api/v1/session", json=body, headers={"X-Unisono": "1"}) as answer:
        if answer.status != 200:
            raise Refused(f"{answer.status} {await answer.text()}")
        matrix = (await answer.json())["matrix"]
    return matrix["user_id"], matrix["device_id"], matrix["access_token"]


async def _room(http: aiohttp.ClientSession, url: str, other: Person) -> str:
    body, headers = {"user_id": other.user_id}, {"X-Unisono": "1"}
    async with http.post(f"{url}/api/v1/rooms/direct", json=body, headers=headers) as answer:
        if answer.status != 200:
            raise Refused(f"{answer.status} {await answer.text()}")
        return str((await answer.json())["room_id"])
