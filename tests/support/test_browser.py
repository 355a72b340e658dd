"""The browser's voice and ears by themselves: a page that calls itself."""

import pytest
from playwright.async_api import Route

from tests.support.browser import chromium, listener

_CALL_MYSELF = """
async () => {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  const [one, other] = [new RTCPeerConnection(), new RTCPeerConnection()];
  one.onicecandidate = ({ candidate }) => other.addIceCandidate(candidate);
  other.onicecandidate = ({ candidate }) => one.addIceCandidate(candidate);
  one.addTrack(stream.getAudioTracks()[0], stream);
  await one.setLocalDescription();
  await other.setRemoteDescription(one.localDescription);
  await other.setLocalDescription();
  await one.setRemoteDescription(other.localDescription);
  window.keep = [one, other];
}
"""


async def _empty_page(route: Route) -> None:
    await route.fulfill(body="<!doctype html><title>empty</title>", content_type="text/html")


async def test_a_page_hears_the_tone_that_it_sends_and_no_other() -> None:
    async with chromium() as browser, listener(browser, tone_hz=700) as anna:
        await anna.page.route("**/*", _empty_page)
        await anna.page.goto("http://localhost:9/")
        await anna.page.evaluate(_CALL_MYSELF)
        await anna.wait_hears(700)
        assert not await anna.hears(900)
        with pytest.raises(TimeoutError, match="900 Hz but 700 Hz"):
            await anna.wait_hears(900, timeout=0.3)
