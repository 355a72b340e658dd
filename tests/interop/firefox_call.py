"""Firefox and the media gateway on a host of their own; run by `test_firefox_call.py`, not collected here."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from playwright.async_api import Page

from bridges.media.addresses import outward_address
from bridges.media.in_process import InProcessMediaGateway
from bridges.media.settings import MediaSettings
from tests.interop.test_media_gateway import (
    BrowserCall,
    join_from_browser,
    join_from_phone,
    wait_hears,
    wait_until,
)
from tests.support.browser import firefox
from tests.support.ports import free_block
from tests.support.rtp_phone import RtpPhone


@pytest.fixture
async def firefox_page() -> AsyncIterator[Page]:
    """A page whose microphone is Firefox's own fake one, a tone of 1000 Hz.

    Without a sound card Firefox keeps every AudioContext suspended, so the oscillator and the ears of
    `listener` do not work there.
    """
    preferences: dict[str, str | float | bool] = {
        "media.autoplay.default": 0,
        "media.navigator.audio.fake_frequency": 1000,
        "media.navigator.permission.disabled": True,
        "media.navigator.streams.fake": True,
    }
    async with firefox(preferences) as browser:
        yield await browser.new_page()


@pytest.mark.parametrize("join", [join_from_browser, join_from_phone])
async def test_firefox_and_a_phone_are_joined(
    firefox_page: Page,
    join: Callable[[InProcessMediaGateway, BrowserCall, RtpPhone], Awaitable[None]],
) -> None:
    address = outward_address()
    assert address, "this host has no address of its own"
    low = free_block(20)
    gateway = InProcessMediaGateway(
        MediaSettings(webrtc_host=address, webrtc_port=0, rtp_port_min=low, rtp_port_max=low + 19)
    )
    await gateway.start()
    async with RtpPhone(tone_hz=440) as phone:
        browser = BrowserCall(firefox_page)
        await browser.start(video=True)
        await join(gateway, browser, phone)
        await wait_hears(phone.heard, 1000)
        await browser.press("7")
        await wait_until(lambda: phone.keys() == [7])
        # Its ears are deaf here; but what it decodes has the energy of a tone, not of silence.
        await browser.wait_stats("inbound-rtp", "entry.totalAudioEnergy > 0.001 && entry.packetsLost === 0")
    await gateway.close()
