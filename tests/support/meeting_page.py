"""Our web client in a meeting, as people use it, and what they see and hear there."""

from __future__ import annotations

import base64
import io
from urllib.parse import quote

import av
from playwright.async_api import Page, expect

from tests.support.audio import tone_share

#: Whether pictures of others have shown so many frames more since `window.unisonoFrames` was made.
_SEES = """
([people, frames]) => {
  const shown = [...document.querySelectorAll('[data-testid=camera-picture]:not([data-mirrored])')];
  const counts = (window.unisonoFrames ??= new Map());
  for (const video of shown) {
    if (counts.has(video)) continue;
    counts.set(video, 0);
    const count = () => {
      counts.set(video, counts.get(video) + 1);
      video.requestVideoFrameCallback(count);
    };
    video.requestVideoFrameCallback(count);
  }
  return shown.filter((video) => counts.get(video) >= frames).length >= people;
}
"""
#: To be run before the page: its camera is a small one, so that many pages fit onto one machine, and it is
#: counted how often it is opened.
SMALL_CAMERA = """
(() => {
  const devices = navigator.mediaDevices;
  const open = devices.getUserMedia.bind(devices);
  window.unisonoCameras = 0;
  devices.getUserMedia = (asked) => {
    if (!asked.video) return open(asked);
    window.unisonoCameras += 1;
    return open({ ...asked, video: { width: 320, height: 180, frameRate: 10 } });
  };
})();
"""
#: Records what plays of others, one after the other: the files in base64.
_RECORD = """
async (milliseconds) => {
  const files = [];
  for (const { srcObject } of document.querySelectorAll('audio')) {
    if (!srcObject?.getAudioTracks().length) continue;
    const recorder = new MediaRecorder(new MediaStream(srcObject.getAudioTracks()));
    const parts = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    const stopped = new Promise((done) => { recorder.onstop = done; });
    recorder.start();
    await new Promise((done) => setTimeout(done, milliseconds));
    recorder.stop();
    await stopped;
    const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
    files.push(btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), '')));
  }
  return files;
}
"""
_RATE = 48_000


class MeetingPage:
    """Somebody who is signed in on this page, in English."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def enter(self, room_id: str) -> None:
        """Through the page before the meeting of a room, camera and microphone on."""
        address = f"/meetings/room/{quote(room_id, safe='')}"
        await self.page.evaluate("(address) => { location.hash = address; }", address)
        join = self.page.get_by_test_id("prejoin").get_by_role("button", name="Join now")
        await expect(join).to_be_enabled()
        await join.click()
        await self.wait_inside()

    async def wait_inside(self) -> None:
        await expect(self.page.get_by_role("button", name="Leave meeting", exact=True)).to_be_visible()

    async def wait_well(self) -> None:
        """Wait until the connection with the meeting stands."""
        await expect(self.page.get_by_text("Connection lost. Trying again…")).to_have_count(0)

    async def wait_sees(self, people: int, frames: int = 10) -> None:
        """Wait until the pictures of so many others have moved by some frames since the last time.

        :raises AssertionError: with whom it shows, and how many frames there were of each.
        """
        await self.page.evaluate("() => { window.unisonoFrames = undefined; }")
        try:
            await self.page.wait_for_function(_SEES, arg=[people, frames], polling=100)
        except Exception as error:
            names = await self.page.get_by_test_id("camera-tile").all_inner_texts()
            counts = await self.page.evaluate("[...(window.unisonoFrames?.values() ?? [])]")
            raise AssertionError(f"not {people} moving pictures: {names}, {counts}") from error

    async def cameras(self) -> int:
        """How often this page has opened its camera, on a page with a small one."""
        return int(await self.page.evaluate("() => window.unisonoCameras"))

    async def recorded_tones(self, candidates: tuple[int, ...], seconds: float = 1.0) -> set[int]:
        """Which of these frequencies plays here, by recording each of the others; for deaf browsers."""
        files = await self.page.evaluate(_RECORD, seconds * 1000)
        heard = set()
        for file in files:
            samples = _decoded(base64.b64decode(file))[-_RATE // 2 :]
            heard |= {hz for hz in candidates if tone_share(samples, _RATE, hz) > 0.5}
        return heard


def _decoded(file: bytes) -> list[int]:
    """The samples of a recording, 48000 a second; none where nothing was recorded."""
    samples: list[int] = []
    if not file:
        return samples
    with av.open(io.BytesIO(file), "r") as container:
        resampler = av.AudioResampler("s16", "mono", _RATE)
        for frame in container.decode(audio=0):
            for part in resampler.resample(frame):
                samples += part.to_ndarray()[0].tolist()
    return samples
