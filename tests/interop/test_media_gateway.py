"""Both ends of the gateway are real: aiortc's peer connection or Chromium, and an RTP endpoint."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

import pytest

from bridges.sip.media.gateway import Profile
from bridges.sip.media.in_process import InProcessMediaGateway, MediaSettings
from bridges.sip.sdp.codecs import PCMA, PCMU, Codec
from tests.support.audio import tone_share
from tests.support.ports import free_block
from tests.support.rtp_phone import RtpPhone
from tests.support.webrtc_peer import WebRtcPeer

RATE = 8000


@pytest.fixture
async def gateway() -> AsyncIterator[InProcessMediaGateway]:
    low = free_block(20)
    made = InProcessMediaGateway(MediaSettings(webrtc_port=0, rtp_port_min=low, rtp_port_max=low + 19))
    await made.start()
    yield made
    await made.close()


async def wait_hears(heard: Callable[[], Sequence[int]], hz: float, timeout: float = 10.0) -> None:
    """Waits until the latest half second of ``heard`` is a tone of ``hz``."""
    share = 0.0
    for _ in range(int(timeout / 0.1)):
        samples = heard()[-RATE // 2 :]
        share = tone_share(samples, RATE, hz) if len(samples) == RATE // 2 else 0.0
        if share > 0.9:
            return
        await asyncio.sleep(0.1)  # sound takes its time
    pytest.fail(f"{hz} Hz has only {share:.0%} of the energy")


@pytest.mark.parametrize("codec", [PCMU, PCMA])
async def test_a_browser_that_calls_and_a_phone_hear_each_other(
    gateway: InProcessMediaGateway, codec: Codec
) -> None:
    async with WebRtcPeer(tone_hz=1000) as browser, RtpPhone(tone_hz=440, codecs=(codec,)) as phone:
        offer = await gateway.offer(
            "c", "browser", "phone", await browser.offer(), Profile.WEBRTC, Profile.RTP
        )
        answer = await gateway.answer("c", "phone", "browser", phone.sdp())
        phone.talk_to(offer)
        await browser.take_answer(answer)
        await wait_hears(phone.heard, 1000)
        await wait_hears(lambda: browser.samples, 440)
        report = gateway.report("c")
        assert report and all(leg.audio_seen and leg.connected for leg in report.legs.values())
        assert {leg.codec for leg in report.legs.values()} == {codec.name}


@pytest.mark.parametrize("codec", [PCMU, PCMA])
async def test_a_phone_that_calls_a_browser_and_the_browser_hear_each_other(
    gateway: InProcessMediaGateway, codec: Codec
) -> None:
    async with WebRtcPeer(tone_hz=1000) as browser, RtpPhone(tone_hz=440, codecs=(codec,)) as phone:
        offer = await gateway.offer("c", "phone", "browser", phone.sdp(), Profile.RTP, Profile.WEBRTC)
        answer = await gateway.answer("c", "browser", "phone", await browser.answer(offer))
        phone.talk_to(answer)
        await wait_hears(phone.heard, 1000)
        await wait_hears(lambda: browser.samples, 440)
