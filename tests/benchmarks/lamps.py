"""1,000 lamps that show one colleague: how soon each is told of a change, and what a change costs the bridge.

The bridge's endpoint is a process of its own, with its machines of subscriptions; the phones are here, and
answer each NOTIFY at once. All lamps show the same colleague, which is the worst that can happen.
"""

from __future__ import annotations

import asyncio
import re
import statistics
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, cast

from bridges.sip.auth.client import DigestClient
from bridges.sip.auth.digest import ha1
from bridges.sip.subscription import Lamp, LampState, MessageSummary, Presentity
from bridges.sip.transport.api import Account, EndpointConfig
from bridges.sip.transport.endpoint import SipEndpoint
from logs import log
from tests.benchmarks.measure import cpu_seconds

LAMPS, PHONES, CHANGES = 1_000, 20, 20
_REALM, _WATCHED, _PATIENCE = "example.org", "200", 60.0
#: Seconds between two changes: calls do not come all at once.
_APART = 0.5
#: What an answer repeats of a request.
_KEPT = re.compile("(via|from|to|call-id|cseq):", re.IGNORECASE)


async def told_ms() -> tuple[float, float, float]:
    """(median, 95th percentile) milliseconds from a change to a NOTIFY, and CPU milliseconds of a change for
    all the lamps together, with the phones' answers."""
    async with _bridge() as (process, port):
        phones = await _subscribed(port)
        delays, cpu = list[float](), cpu_seconds(process.pid)
        assert process.stdin is not None and process.stdout is not None
        for _ in range(CHANGES):
            phones.begin()
            process.stdin.write(b"change\n")
            changed_at = float(await process.stdout.readline())
            async with asyncio.timeout(_PATIENCE):
                await phones.all_told.wait()
            delays += [at - changed_at for at in phones.told]
            await asyncio.sleep(_APART)
        cpu = (cpu_seconds(process.pid) - cpu) / CHANGES
    return statistics.median(delays) * 1000, statistics.quantiles(delays, n=20)[-1] * 1000, cpu * 1000


class _Told:
    """When lamps were told of the last change."""

    def __init__(self) -> None:
        self.told: list[float] = []
        self.all_told = asyncio.Event()

    def begin(self) -> None:
        self.told.clear()
        self.all_told.clear()

    def add(self) -> None:
        self.told.append(time.monotonic())
        if len(self.told) == LAMPS:
            self.all_told.set()


class _Phone(asyncio.DatagramProtocol):
    """One phone with many lamps."""

    def __init__(self, told: _Told) -> None:
        self._told = told
        self.responses: asyncio.Queue[str] = asyncio.Queue()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)
        self.port: int = transport.get_extra_info("sockname")[1]

    def send(self, text: str, port: int) -> None:
        self._transport.sendto(text.encode(), ("127.0.0.1", port))

    def datagram_received(self, data: bytes, addr: Any) -> None:
        head = data.partition(b"\r\n\r\n")[0].decode()
        if head.startswith("SIP/2.0"):
            self.responses.put_nowait(head)
            return
        kept = [line for line in head.split("\r\n") if _KEPT.match(line)]
        answer = "\r\n".join(["SIP/2.0 200 OK", *kept, "Content-Length: 0", "", ""])
        self._transport.sendto(answer.encode(), addr)
        self._told.add()


async def _subscribed(port: int) -> _Told:
    told, loop, phones = _Told(), asyncio.get_running_loop(), list[_Phone]()
    for _ in range(PHONES):
        _, phone = await loop.create_datagram_endpoint(partial(_Phone, told), local_addr=("127.0.0.1", 0))
        phones.append(phone)
    for number in range(LAMPS):
        await _subscribe(phones[number % PHONES], port, number)
    async with asyncio.timeout(_PATIENCE):
        await told.all_told.wait()
    return told


async def _subscribe(phones: _Phone, port: int, number: int) -> None:
    username = str(300 + number % PHONES)
    digest, uri = DigestClient(username, username), f"sip:{_WATCHED}@{_REALM}"
    authorization = ""
    for cseq in (1, 2):
        lines = [
            f"SUBSCRIBE {uri} SIP/2.0",
            f"Via: SIP/2.0/UDP 127.0.0.1:{phones.port};branch=z9hG4bK{number}x{cseq};rport",
            "Max-Forwards: 70",
            f"From: <sip:{username}@{_REALM}>;tag=p{number}",
            f"To: <{uri}>",
            f"Call-ID: lamp-{number}",
            f"CSeq: {cseq} SUBSCRIBE",
            f"Contact: <sip:{username}@127.0.0.1:{phones.port}>",
            "Event: dialog",
            "Expires: 3600",
            *([f"Authorization: {authorization}"] if authorization else []),
            "Content-Length: 0",
        ]
        phones.send("\r\n".join([*lines, "", ""]), port)
        async with asyncio.timeout(_PATIENCE):
            answer = await phones.responses.get()
        if answer.startswith("SIP/2.0 401"):
            digest.take(re.findall(r"(?im)^www-authenticate: (.*?)\r?$", answer))
            authorization = digest.authorization("SUBSCRIBE", uri, "c0ffee") or ""
    if not answer.startswith("SIP/2.0 200"):
        raise RuntimeError(answer)


@asynccontextmanager
async def _bridge() -> AsyncIterator[tuple[asyncio.subprocess.Process, int]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.benchmarks.lamps",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdout is not None
    try:
        yield process, int(await process.stdout.readline())
    finally:
        process.kill()
        await process.wait()


class _Panel:
    """One colleague, who takes a call and ends it with each change."""

    lit = False

    async def resource(self, watched: str, _user_id: str = "") -> str | None:
        return watched

    def lamp(self, _resource: str) -> Lamp:
        return Lamp(LampState.CONFIRMED, True) if self.lit else Lamp()

    def presentity(self, _resource: str) -> Presentity:
        return Presentity("on_the_phone" if self.lit else "available")

    def summary(self, _resource: str) -> MessageSummary | None:
        return None


async def _account(username: str) -> Account:
    md5, sha256 = (ha1(kind, username, _REALM, username) for kind in ("MD5", "SHA-256"))
    return Account(username, md5, sha256, f"@{username}:{_REALM}")


async def _serve() -> None:
    log.configure("lamps", "warning", sys.stderr)
    panel = _Panel()
    endpoint = SipEndpoint(EndpointConfig(domain=_REALM, realm=_REALM, udp_port=0, tcp_port=None), _account)
    watchers = endpoint.let_watch(panel, panel)
    await endpoint.start()
    _say(endpoint.udp_port)
    while await asyncio.to_thread(sys.stdin.readline):
        panel.lit = not panel.lit
        _say(time.monotonic())
        watchers.changed([_WATCHED])


def _say(value: float | None) -> None:
    sys.stdout.write(f"{value}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_serve())
