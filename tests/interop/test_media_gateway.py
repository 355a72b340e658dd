"""Both ends of the gateway are real: aiortc's peer connection or Chromium, and an RTP endpoint."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from bridges.media.gateway import Profile
from bridges.media.in_process import InProcessMediaGateway
from bridges.media.settings import MediaSettings
from bridges.sdp.codecs import G722, PCMA, PCMU, Codec
from tests.support.audio import decode_g722, encode_g722, tone, tone_share
from tests.support.browser import Listener, listener
from tests.support.pacing import Pace
from tests.support.patience import PATIENCE
from tests.support.ports import free_block
from tests.support.rtp_phone import RtpPhone, target_of
from tests.support.webrtc_peer import WebRtcPeer

pytestmark = pytest.mark.asyncio(loop_scope="session")

RATE = 8000


@pytest_asyncio.fixture(loop_scope="session")
async def gateway() -> AsyncIterator[InProcessMediaGateway]:
    low = free_block(20)
    made = InProcessMediaGateway(MediaSettings(webrtc_port=0, rtp_port_min=low, rtp_port_max=low + 19))
    await made.start()
    yield made
    await made.close()


async def wait_hears(heard: Callable[[], Sequence[int]], hz: float, timeout: float = PATIENCE) -> None:
    """Waits until the latest half second of ``heard`` is a tone of ``hz``."""
    share = 0.0
    for _ in range(int(timeout / 0.1)):
        samples = heard()[-RATE // 2 :]
        share = tone_share(samples, RATE, hz) if len(samples) == RATE // 2 else 0.0
        if share > 0.9:
            return
        await asyncio.sleep(0.1)  # sound takes its time
    pytest.fail(f"{hz} Hz has only {share:.0%} of the energy")


async def wait_until(condition: Callable[[], bool], timeout: float = PATIENCE) -> None:
    """Waits for what arrives by itself."""
    for _ in range(int(timeout / 0.02)):
        if condition():
            return
        await asyncio.sleep(0.02)
    assert condition()


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
        report = gateway.snapshot("c")
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


SCRIPT = """
async () => {
  window.pc = new RTCPeerConnection();
  window.take = (type, sdp) => pc.setRemoteDescription({ type, sdp });
  window.speak = async (constraints) => {
    const stream = await navigator.mediaDevices.getUserMedia(constraints);
    for (const track of stream.getTracks()) pc.addTrack(track, stream);
  };
  window.offer = async (options) => {
    await pc.setLocalDescription(await pc.createOffer(options));
    return pc.localDescription.sdp;
  };
  window.answer = async () => {
    await pc.setLocalDescription(await pc.createAnswer());
    return pc.localDescription.sdp;
  };
  window.stats = async (type) => {
    for (const entry of (await pc.getStats()).values()) if (entry.type === type) return entry;
    return null;
  };
}
"""


class BrowserCall:
    """A page with one peer connection."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._do = page.evaluate

    async def start(self, **constraints: bool) -> None:
        page = self.page
        # Microphones need a secure context: a page of the loopback is one, and needs no server here.
        await page.route(
            "**/*", lambda route: route.fulfill(body="<!doctype html>", content_type="text/html")
        )
        await page.goto("http://localhost/")
        await self._do(SCRIPT)
        await self._do("constraints => speak(constraints)", {"audio": True, **constraints})

    async def offer(self, **options: bool) -> str:
        return str(await self._do("options => offer(options)", options))

    async def take_answer(self, sdp: str) -> None:
        await self._do("sdp => take('answer', sdp)", sdp)

    async def answer(self, sdp: str) -> str:
        await self._do("sdp => take('offer', sdp)", sdp)
        return str(await self._do("answer()"))

    async def turn(self, direction: str) -> None:
        await self._do("way => { pc.getTransceivers()[0].direction = way }", direction)

    async def press(self, keys: str) -> None:
        await self._do("keys => pc.getSenders()[0].dtmf.insertDTMF(keys, 100, 70)", keys)

    async def wait_stats(self, kind: str, condition: str, timeout: float = PATIENCE) -> None:
        """Waits until an entry of the statistics fulfils `condition`, an expression about `entry`."""
        script = f"async () => {{ const entry = await stats('{kind}'); return entry && ({condition}) }}"
        await self.page.wait_for_function(script, timeout=timeout * 1000, polling=200)


class Chromium(BrowserCall):
    """With a voice and ears, which `listener` gives it."""

    def __init__(self, person: Listener) -> None:
        super().__init__(person.page)
        self.person = person


@asynccontextmanager
async def a_browser(browser: Browser, tone_hz: int) -> AsyncIterator[Chromium]:
    async with listener(browser, tone_hz=tone_hz) as person:
        yield Chromium(person)


async def join_from_browser(gateway: InProcessMediaGateway, browser: BrowserCall, phone: RtpPhone) -> None:
    offer = await gateway.offer("c", "browser", "phone", await browser.offer(), Profile.WEBRTC, Profile.RTP)
    answer = await gateway.answer("c", "phone", "browser", phone.sdp())
    phone.talk_to(offer)
    await browser.take_answer(answer)


async def join_from_phone(gateway: InProcessMediaGateway, browser: BrowserCall, phone: RtpPhone) -> None:
    offer = await gateway.offer("c", "phone", "browser", phone.sdp(), Profile.RTP, Profile.WEBRTC)
    answer = await gateway.answer("c", "browser", "phone", await browser.answer(offer))
    phone.talk_to(answer)


async def test_chromium_calls_a_phone_and_presses_keys(
    gateway: InProcessMediaGateway, browser: Browser
) -> None:
    async with a_browser(browser, 1000) as caller, RtpPhone(tone_hz=440) as phone:
        await caller.start()
        await join_from_browser(gateway, caller, phone)
        await wait_hears(phone.heard, 1000)
        await caller.person.wait_hears(440)
        await caller.press("15#")
        await wait_until(lambda: phone.keys() == [1, 5, 11])
        # Reports: BrowserCall learns of its own loss and delay, and when our clock was what.
        await caller.wait_stats("remote-inbound-rtp", "entry.roundTripTime < 1 && entry.packetsLost === 0")
        await caller.wait_stats("remote-outbound-rtp", "entry.packetsSent > 10 && entry.reportsSent > 0")
        await caller.wait_stats("inbound-rtp", "entry.packetsLost === 0 && entry.packetsReceived > 50")


@pytest.mark.parametrize("codec", [PCMU, PCMA])
async def test_a_phone_calls_chromium(gateway: InProcessMediaGateway, browser: Browser, codec: Codec) -> None:
    async with a_browser(browser, 1000) as caller, RtpPhone(tone_hz=440, codecs=(codec,)) as phone:
        await caller.start()
        await join_from_phone(gateway, caller, phone)
        await wait_hears(phone.heard, 1000)
        await caller.person.wait_hears(440)
        await caller.press("9")
        await wait_until(lambda: phone.keys() == [9])
        report = gateway.snapshot("c")
        assert report and all(leg.audio_seen for leg in report.legs.values())


async def test_chromium_offers_video_and_gets_audio(gateway: InProcessMediaGateway, browser: Browser) -> None:
    async with a_browser(browser, 1000) as caller, RtpPhone(tone_hz=440) as phone:
        await caller.start(video=True)
        await caller.page.evaluate("pc.createDataChannel('chat') && null")
        await join_from_browser(gateway, caller, phone)
        await wait_hears(phone.heard, 1000)
        await caller.person.wait_hears(440)


@pytest.mark.parametrize("join", [join_from_browser, join_from_phone])
async def test_chromium_holds_and_resumes(
    gateway: InProcessMediaGateway,
    browser: Browser,
    join: Callable[[InProcessMediaGateway, BrowserCall, RtpPhone], Awaitable[None]],
) -> None:
    async with a_browser(browser, 1000) as caller, RtpPhone(tone_hz=440) as phone:
        await caller.start()
        await join(gateway, caller, phone)
        await wait_hears(phone.heard, 1000)

        async def renegotiate(ours: str, theirs: str, **options: bool) -> str:
            await caller.turn(ours)
            sdp = await caller.offer(**options)
            offer = await gateway.offer("c", "browser", "phone", sdp, Profile.WEBRTC, Profile.RTP)
            await caller.take_answer(await gateway.answer("c", "phone", "browser", phone.sdp(theirs)))
            return offer

        assert "a=inactive" in await renegotiate("inactive", "inactive")
        phone.packets.clear()
        assert "a=sendrecv" in await renegotiate("sendrecv", "sendrecv")
        await wait_hears(phone.heard, 1000)
        await caller.person.wait_hears(440)
        # A changed network: new ICE credentials, the same keys.
        await renegotiate("sendrecv", "sendrecv", iceRestart=True)
        phone.packets.clear()
        await wait_hears(phone.heard, 1000)


async def test_a_phone_holds_chromium_and_resumes(gateway: InProcessMediaGateway, browser: Browser) -> None:
    async with a_browser(browser, 1000) as caller, RtpPhone(tone_hz=440) as phone:
        await caller.start()
        await join_from_browser(gateway, caller, phone)
        await caller.person.wait_hears(440)
        for theirs, expected in (("sendonly", "a=recvonly"), ("sendrecv", "a=sendrecv")):
            offer = await gateway.offer(
                "c", "phone", "browser", phone.sdp(theirs), Profile.RTP, Profile.WEBRTC
            )
            answer = await gateway.answer("c", "browser", "phone", await caller.answer(offer))
            assert expected in answer
        phone.packets.clear()
        await wait_hears(phone.heard, 1000)
        await caller.person.wait_hears(440)


async def test_wideband_passes_between_chromium_and_a_phone(
    gateway: InProcessMediaGateway, browser: Browser
) -> None:
    async with a_browser(browser, 1000) as caller, RtpPhone(codecs=(G722, PCMU)) as phone:
        await caller.start()
        offer = await gateway.offer("c", "phone", "browser", phone.sdp(), Profile.RTP, Profile.WEBRTC)
        answer = await gateway.answer("c", "browser", "phone", await caller.answer(offer))
        talking = asyncio.create_task(talk_wideband(phone, answer, 440))
        await caller.person.wait_hears(440)

        def heard() -> float:
            payloads = [packet[12:] for packet in phone.packets if packet[1] & 0x7F == G722.payload_type]
            return tone_share(decode_g722(b"".join(payloads))[-8000:], 16000, 1000)

        await wait_until(lambda: len(phone.packets) > 100 and heard() > 0.9)
        talking.cancel()
        report = gateway.snapshot("c")
        assert report and all(leg.audio_seen and leg.codec == "G722" for leg in report.legs.values())


async def talk_wideband(phone: RtpPhone, sdp: str, hz: float) -> None:
    payloads = encode_g722(tone(hz, 1.0, 16000))
    pace = Pace()
    while True:
        for payload in payloads:
            await pace.next()
            phone.send(target_of(sdp), G722.payload_type, payload)
