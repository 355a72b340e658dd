"""`livekit-client` as npm has it, not our client, in two pages of Chromium."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from aiohttp import web
from playwright.async_api import Page

from tests.support.browser import chromium
from tests.support.patience import PATIENCE_MS
from tests.support.ports import free_port
from tests.support.sfu import SfuProcess, sfu_process, token

DIST = Path(__file__).parents[3] / "clients" / "web" / "node_modules" / "livekit-client" / "dist"
PAGE = """<!doctype html><body><script src="/livekit-client.umd.js"></script><script>
window.said = [];
async function join(url, jwt, { encrypted, single }) {
  const options = { adaptiveStream: true, singlePeerConnection: single };
  if (encrypted) {
    const keyProvider = new LivekitClient.ExternalE2EEKeyProvider();
    options.e2ee = { keyProvider, worker: new Worker('/livekit-client.e2ee.worker.js') };
    await keyProvider.setKey('a secret of all');
  }
  const room = (window.room = new LivekitClient.Room(options));
  const on = LivekitClient.RoomEvent;
  room.on(on.TrackSubscribed, (track) => {
    const element = track.attach();
    // In view, whatever else is: pictures that nobody looks at are paused.
    element.style = 'position: fixed; top: 0; width: 1280px; height: 720px';
    document.body.append(element);
  });
  room.on(on.DataReceived, (data, from) => said.push(`${from?.identity}: ${new TextDecoder().decode(data)}`));
  room.on(on.TrackMuted, (_, who) => said.push(`${who.identity} muted`));
  room.on(on.Reconnected, () => said.push('reconnected'));
  await room.connect(url, jwt);
  if (encrypted) await room.setE2EEEnabled(true);
  await room.localParticipant.enableCameraAndMicrophone();
}
const video = () => [...document.querySelectorAll('video')].at(-1);
const frames = () => video()?.getVideoPlaybackQuality().totalVideoFrames ?? 0;
const width = () => video()?.videoWidth ?? 0;
async function heard() {
  for (const who of room.remoteParticipants.values())
    for (const { track, kind } of who.trackPublications.values())
      if (kind === 'audio' && track)
        for (const report of (await track.getRTCStatsReport()).values())
          if (report.type === 'inbound-rtp') return report.totalAudioEnergy;
  return 0;
}
</script></body>"""


@pytest.fixture(scope="module")
def sfu(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SfuProcess]:
    with sfu_process(tmp_path_factory.mktemp("client")) as running:
        yield running


@pytest.fixture
def sfu_without_udp(tmp_path: Path) -> Iterator[SfuProcess]:
    """All UDP goes to a port where nobody answers."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        media = {"port": 0, "tcp_port": 0, "advertised_port": silent.getsockname()[1]}
        with sfu_process(tmp_path, media=media) as running:
            yield running


@contextlib.asynccontextmanager
async def pages(
    sfu: SfuProcess, room: str, *, encrypted: bool = False, single: tuple[bool, bool] = (True, True)
) -> AsyncIterator[list[Page]]:
    """Anna and Bruno; `single`: who of them uses one peer connection, which is the client's default."""

    async def page(_request: web.Request) -> web.Response:
        return web.Response(text=PAGE, content_type="text/html")

    app = web.Application()
    app.add_routes([web.get("/", page), web.static("/", DIST)])
    runner, port = web.AppRunner(app), free_port()
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        async with chromium() as browser:
            opened = []
            for name, one_connection in zip(("anna", "bruno"), single, strict=True):
                one = await (await browser.new_context()).new_page()
                one.set_default_timeout(PATIENCE_MS)
                await one.goto(f"http://localhost:{port}/")
                await one.evaluate(
                    "([url, jwt, options]) => join(url, jwt, options)",
                    [sfu.url, token(name, room), {"encrypted": encrypted, "single": one_connection}],
                )
                mode = await one.evaluate("room.engine.pcManager.mode")
                assert (mode == "publisher-only") is one_connection
                opened.append(one)
            yield opened
    finally:
        await runner.cleanup()


async def more_frames(page: Page, count: int = 10) -> None:
    seen = await page.evaluate("frames()")
    await page.wait_for_function(f"frames() > {seen + count}")


@pytest.mark.parametrize("encrypted", [False, True], ids=["clear", "end to end"])
@pytest.mark.parametrize("single", [(True, True), (False, True)], ids=["one connection", "two meet one"])
async def test_two_pages_see_and_hear_each_other(
    sfu: SfuProcess, single: tuple[bool, bool], *, encrypted: bool
) -> None:
    async with pages(sfu, f"meet-{encrypted}-{single}", encrypted=encrypted, single=single) as both:
        for page in both:
            await more_frames(page)
            await page.wait_for_function("heard().then((energy) => energy > 0.05)")
            await page.wait_for_function("width() === 1280")


@pytest.mark.parametrize("single", [True, False], ids=["one connection", "two connections"])
async def test_data_mute_and_both_ways_back(sfu: SfuProcess, *, single: bool) -> None:
    async with pages(sfu, f"story-{single}", single=(single, single)) as (anna, bruno):
        await more_frames(bruno)
        await anna.evaluate(
            "room.localParticipant.publishData(new TextEncoder().encode('hello'), { reliable: true })"
        )
        await bruno.wait_for_function("said.includes('anna: hello')")
        await anna.evaluate("room.localParticipant.setMicrophoneEnabled(false)")
        await bruno.wait_for_function("said.includes('anna muted')")
        for scenario in ("signal-reconnect", "full-reconnect"):
            await anna.evaluate("said.length = 0")
            await anna.evaluate(f"room.simulateScenario('{scenario}')")
            await anna.wait_for_function("said.includes('reconnected')")
            await more_frames(anna)
            await more_frames(bruno)


async def test_where_udp_is_blocked_pages_meet_over_tcp(sfu_without_udp: SfuProcess) -> None:
    async with pages(sfu_without_udp, "tcp") as both:
        for page in both:
            await more_frames(page)
            await page.wait_for_function("heard().then((energy) => energy > 0.05)")
