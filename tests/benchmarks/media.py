"""CPU of a bridged call: a browser's DTLS-SRTP on one side, a phone's plain RTP on the other, PCMU."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Protocol

from bridges.sip.media.gateway import Profile
from tests.benchmarks.measure import cpu_seconds
from tests.support.audio import tone_share
from tests.support.rtp_phone import RtpPhone
from tests.support.webrtc_peer import WebRtcPeer

CALLS = 6
_SECONDS = 6.0
_BROWSER_HZ, _PHONE_HZ = 1000, 440


class Gateway(Protocol):
    """What both gateways are asked to do."""

    pid: int

    async def offer(
        self, call_id: str, from_leg: str, to_leg: str, sdp: str, from_profile: Profile, to_profile: Profile
    ) -> str: ...

    async def answer(self, call_id: str, from_leg: str, to_leg: str, sdp: str) -> str: ...

    async def delete(self, call_id: str) -> None: ...


async def cpu_ms_a_call(gateway: Gateway) -> float:
    """CPU milliseconds that one second of one bridged call costs the gateway, averaged over some calls.

    :raises RuntimeError: when the tones did not come through: what does not work costs nothing.
    """
    async with AsyncExitStack() as stack:
        ends = [await _bridge(stack, gateway, f"call-{number}") for number in range(CALLS)]
        await asyncio.gather(*(phone.wait_packets(50, timeout=15) for _, phone in ends))
        before = cpu_seconds(gateway.pid)
        await asyncio.sleep(_SECONDS)
        cost = cpu_seconds(gateway.pid) - before
        for browser, phone in ends:
            _check(browser, phone)
        for number in range(CALLS):
            await gateway.delete(f"call-{number}")
    return cost * 1000 / (_SECONDS * CALLS)


async def _bridge(stack: AsyncExitStack, gateway: Gateway, call: str) -> tuple[WebRtcPeer, RtpPhone]:
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
