"""CPU of a bridged call: a browser's DTLS-SRTP on one side, a phone's plain RTP on the other, PCMU."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from bridges.media.gateway import Profile
from bridges.sip.media.ng_gateway import NgMediaGateway
from tests.benchmarks.measure import cpu_seconds
from tests.support.audio import tone_share
from tests.support.media_servers import MediaServer
from tests.support.pacing import Pace
from tests.support.rtp_phone import RtpPhone, target_of
from tests.support.webrtc_peer import WebRtcPeer

CALLS = 6
_SECONDS = 6.0
_BROWSER_HZ, _PHONE_HZ = 1000, 440
_SOUND = bytes(range(100, 104)) * 40


@dataclass(frozen=True)
class MediaProcess:
    """A process that carries calls, and the bridge's client of it."""

    pid: int
    gateway: NgMediaGateway


@asynccontextmanager
async def carried_by(server: MediaServer) -> AsyncIterator[MediaProcess]:
    """The process, asked as the bridge asks it."""
    gateway = NgMediaGateway((server.address,))
    await gateway.start()
    try:
        yield MediaProcess(server.pid, gateway)
    finally:
        await gateway.close()


async def cpu_ms_a_call(process: MediaProcess) -> float:
    """CPU milliseconds that one second of one bridged call costs the gateway, averaged over some calls.

    :raises RuntimeError: when the tones did not come through: what does not work costs nothing.
    """
    async with AsyncExitStack() as stack:
        ends = [await _bridge(stack, process.gateway, f"call-{number}") for number in range(CALLS)]
        await asyncio.gather(*(phone.wait_packets(50, timeout=15) for _, phone in ends))
        before = cpu_seconds(process.pid)
        await asyncio.sleep(_SECONDS)
        cost = cpu_seconds(process.pid) - before
        for browser, phone in ends:
            _check(browser, phone)
        for number in range(CALLS):
            await process.gateway.delete(f"call-{number}")
    return cost * 1000 / (_SECONDS * CALLS)


class _Clocked(RtpPhone):
    """Notes when each packet came, by its number in the stream."""

    def __init__(self) -> None:
        super().__init__()
        self.arrivals: dict[int, float] = {}

    def datagram_received(self, data: bytes, addr: Any) -> None:
        first = self.packets[0] if self.packets else data
        number = (int.from_bytes(data[2:4]) - int.from_bytes(first[2:4])) & 0xFFFF
        self.arrivals[number] = time.monotonic()
        super().datagram_received(data, addr)


@dataclass(frozen=True, slots=True)
class Passage:
    """How packets come through: the 99th percentile of how much later they come out than they went in, in
    milliseconds, and the percentage that never did."""

    delay: float
    lost: float


async def passage(process: MediaProcess) -> Passage:
    """Of packets between phones, over some calls. What the measuring process adds is in it, for both gateways
    alike."""
    async with AsyncExitStack() as stack:
        ends: list[tuple[RtpPhone, tuple[str, int], _Clocked]] = []
        for number in range(CALLS):
            anna, bruno = (
                await stack.enter_async_context(RtpPhone()),
                await stack.enter_async_context(_Clocked()),
            )
            call = f"delay-{number}"
            await process.gateway.offer(call, "anna", "bruno", anna.sdp(), Profile.RTP, Profile.RTP)
            answer = await process.gateway.answer(call, "bruno", "anna", bruno.sdp())
            ends.append((anna, target_of(answer), bruno))
        found = await asyncio.gather(*(_delays(*end) for end in ends))
        for number in range(CALLS):
            await process.gateway.delete(f"delay-{number}")
    delays = [each for call in found for each in call]
    came = [delay for delay in delays if delay is not None]
    return Passage(statistics.quantiles(came, n=100)[98] * 1000, 100 * (1 - len(came) / len(delays)))


async def _delays(sender: RtpPhone, target: tuple[str, int], receiver: _Clocked) -> list[float | None]:
    """Of each packet after the first one that came; None for one that did not."""
    pace, sent = Pace(), list[float]()
    sender.send(target, 0, _SOUND)
    await receiver.wait_packets(1)
    for _ in range(int(_SECONDS / 0.02)):
        await pace.next()
        sent.append(time.monotonic())
        sender.send(target, 0, _SOUND)
    await asyncio.sleep(0.2)  # what is under way then is lost
    arrivals = receiver.arrivals
    return [arrivals[n] - at if n in arrivals else None for n, at in enumerate(sent, 1)]


async def _bridge(stack: AsyncExitStack, gateway: NgMediaGateway, call: str) -> tuple[WebRtcPeer, RtpPhone]:
    browser = await stack.enter_async_context(WebRtcPeer(tone_hz=_BROWSER_HZ))
    phone = await stack.enter_async_context(RtpPhone(tone_hz=_PHONE_HZ))
    offer = await gateway.offer(call, "browser", "phone", await browser.offer(), Profile.WEBRTC, Profile.RTP)
    phone.talk_to(offer)
    await browser.take_answer(await gateway.answer(call, "phone", "browser", phone.sdp()))
    return browser, phone


def _check(browser: WebRtcPeer, phone: RtpPhone) -> None:
    heard = {
        "the phone": tone_share(phone.heard()[-4000:], 8000, _BROWSER_HZ),
        "the browser": tone_share(browser.samples[-4000:], 8000, _PHONE_HZ),
    }
    for who, share in heard.items():
        if share < 0.5:
            raise RuntimeError(f"{who} does not hear the other end: the measurement is worthless")
