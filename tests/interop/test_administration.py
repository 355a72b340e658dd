"""What administrators change counts at once, in every process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
import requests

from bridges.sip.transport.api import EndpointConfig, TrunkConfig, TrunkStatus
from bridges.sip.transport.endpoint import SipEndpoint
from tests.support.patience import PATIENCE
from tests.support.stack import Stack, wait_until

ADMIN, PASSWORD = "ada@unisono.example", "correct horse battery"
BRUNO = ("bruno@unisono.example", "bruno-demo")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    extra = '\n[accounts]\nsecond_factor = "optional"\n'
    with Stack.start(tmp_path_factory.mktemp("administration"), demo=True, extra=extra) as stack:
        stack.wait_ready()
        added = stack.cli(
            "people", "add", "--email", ADMIN, "--name", "Ada Neri", "--role", "administrator",
            "--password", PASSWORD,
        )  # fmt: skip
        assert added.returncode == 0, added.stderr
        yield stack


class Person:
    """A signed-in browser."""

    def __init__(self, stack: Stack, email: str, password: str) -> None:
        self._base, self._http = stack.url, requests.Session()
        self._http.headers["X-Unisono"] = "1"
        body = {"email": email, "password": password, "layout": "desktop"}
        self.matrix = self.ask("POST", "/api/v1/session", body)["matrix"]

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._http.request(method, self._base + path, json=body, timeout=60)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    def matrix_status(self) -> int:
        bearer = {"Authorization": f"Bearer {self.matrix['access_token']}"}
        url = f"{self._base}/_matrix/client/v3/account/whoami"
        return requests.get(url, headers=bearer, timeout=60).status_code


@pytest.fixture(scope="module")
def ada(stack: Stack) -> Person:
    """The administrator."""
    return Person(stack, ADMIN, PASSWORD)


class Phone:
    """A desk phone; `status` is what became of its last registration."""

    def __init__(self, stack: Stack, extension: str, password: str) -> None:
        line = TrunkConfig(
            name="line", host="127.0.0.1", port=stack.ports.sip, kind="register", username=extension,
            password=password,
        )  # fmt: skip
        self.endpoint = SipEndpoint(
            EndpointConfig(
                domain="localhost",
                realm="localhost",
                udp_port=0,
                tcp_port=None,
                trunks=(line,),
                registrar=False,
            )
        )
        self.statuses: asyncio.Queue[TrunkStatus] = asyncio.Queue()
        self.endpoint.on_trunk_change = self.statuses.put_nowait

    async def until(self, wanted: Callable[[TrunkStatus], bool]) -> TrunkStatus:
        async with asyncio.timeout(PATIENCE):
            while not wanted(status := await self.statuses.get()):
                pass
        return status


@asynccontextmanager
async def phone(stack: Stack, extension: str, password: str) -> AsyncIterator[Phone]:
    one = Phone(stack, extension, password)
    await one.endpoint.start()
    try:
        yield one
    finally:
        await one.endpoint.stop()


class AnswersOptions(asyncio.DatagramProtocol):
    """A provider's machine, as far as a trunk watches it."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # The loop's own class derives from DatagramTransport only in later versions of Python.
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        kept = [line for line in data.decode().split("\r\n") if line.split(":")[0] in self.KEPT]
        reply = "\r\n".join(["SIP/2.0 200 OK", *kept, "Content-Length: 0", "", ""])
        self._transport.sendto(reply.encode(), address)

    KEPT = frozenset({"Via", "From", "To", "Call-ID", "CSeq"})


async def test_a_trunk_is_watched_from_the_moment_it_is_added(ada: Person) -> None:
    loop = asyncio.get_running_loop()
    provider, _ = await loop.create_datagram_endpoint(AnswersOptions, local_addr=("127.0.0.1", 0))
    port = provider.get_extra_info("sockname")[1]
    body = {"name": "second", "kind": "peer", "host": "127.0.0.1", "port": port}
    await asyncio.to_thread(ada.ask, "POST", "/api/v1/admin/trunks", body)

    def up(name: str) -> bool | None:
        trunks = ada.ask("GET", "/api/v1/admin/trunks")["trunks"]
        return next((trunk["up"] for trunk in trunks if trunk["name"] == name), None)

    await asyncio.to_thread(wait_until, lambda: up("second") is True, PATIENCE)
    await asyncio.to_thread(wait_until, lambda: up("carrier") is True, PATIENCE)
    await asyncio.to_thread(ada.ask, "DELETE", "/api/v1/admin/trunks/second")
    assert await asyncio.to_thread(up, "second") is None
    provider.close()


async def test_a_disabled_person_is_out_of_chat_web_and_telephone(stack: Stack, ada: Person) -> None:
    bruno = await asyncio.to_thread(Person, stack, *BRUNO)
    assert await asyncio.to_thread(bruno.matrix_status) == 200
    people = await asyncio.to_thread(ada.ask, "GET", "/api/v1/admin/people?q=bruno")
    path = f"/api/v1/admin/people/{people['people'][0]['id']}"
    async with phone(stack, "202", "bruno-phone") as registered:
        await registered.until(lambda status: status.up is True)
        found = await asyncio.to_thread(ada.ask, "GET", "/api/v1/admin/registrations")
        assert [one["extension"] for one in found["registrations"]] == ["202"]
        await asyncio.to_thread(ada.ask, "POST", f"{path}/disable")
        found = await asyncio.to_thread(ada.ask, "GET", "/api/v1/admin/registrations")
        assert found["registrations"] == []
    assert await asyncio.to_thread(bruno.matrix_status) == 401
    async with phone(stack, "202", "bruno-phone") as refused:
        status = await refused.until(lambda status: status.why not in {None, "not registered yet"})
        assert not status.up and (status.why or "")[:2] == "40", status
    await asyncio.to_thread(ada.ask, "POST", f"{path}/enable")
    device = await asyncio.to_thread(ada.ask, "POST", "/api/v1/admin/extensions/202/password")
    async with phone(stack, "202", device["sip_password"]) as again:
        await again.until(lambda status: status.up is True)
