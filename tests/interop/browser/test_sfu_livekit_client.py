"""`livekit-client` as npm has it, not our client, in two pages of Chromium."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import web
from playwright.async_api import Page

from server.meetings import rules
from server.secrets import load_or_create
from server.sfu.signal.token import mint
from tests.support.browser import chromium
from tests.support.patience import PATIENCE_MS
from tests.support.ports import free_port
from tests.support.sfu import SfuProcess, sfu_process, token
from tests.support.stack import Stack

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
  // As every client shows it; Chromium's invented camera may stand still when it is opened again unseen.
  const self = [...room.localParticipant.videoTrackPublications.values()][0].track.attach();
  self.id = 'self';
  document.body.prepend(self);
}
const video = () => [...document.querySelectorAll('video:not(#self)')].at(-1);
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


@dataclass(frozen=True)
class Front:
    """The web process before the SFU."""

    url: str


@contextlib.asynccontextmanager
async def pages(
    sfu: SfuProcess | Front,
    room: str,
    *,
    encrypted: bool = False,
    single: tuple[bool, bool] = (True, True),
    jwt: Callable[[str, str], str] = token,
    apart: bool = False,
) -> AsyncIterator[list[Page]]:
    """Anna and Bruno; `single`: who of them uses one peer connection, which is the client's default.

    `apart`: each has a browser. Chromium's simulated camera gives no pictures any more once two pages have
    given it back and asked for it again at the same moment.
    """

    async def page(_request: web.Request) -> web.Response:
        return web.Response(text=PAGE, content_type="text/html")

    app = web.Application()
    app.add_routes([web.get("/", page), web.static("/", DIST)])
    runner, port = web.AppRunner(app), free_port()
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        async with chromium() as hers, contextlib.AsyncExitStack() as browsers:
            opened = []
            his = await browsers.enter_async_context(chromium()) if apart else hers
            for name, one_connection, browser in zip(("anna", "bruno"), single, (hers, his), strict=True):
                one = await (await browser.new_context()).new_page()
                one.set_default_timeout(PATIENCE_MS)
                await one.goto(f"http://localhost:{port}/")
                await one.evaluate(
                    "([url, jwt, options]) => join(url, jwt, options)",
                    [sfu.url, jwt(name, room), {"encrypted": encrypted, "single": one_connection}],
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


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    with Stack.start(tmp_path, sip=False, sfu=True) as running:
        running.wait_ready()
        yield running


async def test_when_the_unit_was_killed_all_come_back_by_themselves(stack: Stack) -> None:
    secret = load_or_create(stack.data / "secrets").sfu_secret

    def jwt(name: str, room: str) -> str:
        return mint(rules.ISSUER, secret, rules.claims(name, room, int(time.time())))

    front = Front(f"ws://127.0.0.1:{stack.ports.web}/livekit")
    async with pages(front, "killed", jwt=jwt, apart=True) as both:
        for page in both:
            await more_frames(page)
            await page.evaluate("said.length = 0")
        os.kill(stack.children()["sfu"], signal.SIGKILL)
        for page in both:
            await page.wait_for_function("said.includes('reconnected')")
        for page in both:
            await more_frames(page)
