"""Watches the telephone service while the web process lives, and keeps presence in step with it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import aiohttp

from logs import log
from server import background
from server.events.hub import Audience
from server.telephony.on_the_phone import SETTLED

_log = log.get(__name__)
#: Seconds between two looks.
_PAUSE = 3.0

#: Whether the bridge answers that it is ready. Does not raise.
Probe = Callable[[], Awaitable[bool]]


class BridgeProbe:
    """Asks `/health/ready` of the bridge's control address; None when there is no bridge."""

    def __init__(self, control_url: str | None) -> None:
        self._url = f"{control_url}/health/ready" if control_url else None
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2.0))

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def ready(self) -> bool:
        if self._url is None or self._session is None:
            return False
        try:
            async with self._session.get(self._url) as response:
                return response.status == 200
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False


class Watch:
    """Asks the bridge from time to time, tells everybody of changes, and does `chores` after each look.

    `nudge` makes it look in a moment.
    """

    def __init__(
        self,
        probe: Probe,
        audience: Audience,
        chores: Sequence[Callable[[], Awaitable[None]]] = (),
        pause: float = _PAUSE,
        moment: float = SETTLED,
    ) -> None:
        self.ready = False
        self._probe = probe
        self._audience = audience
        self._chores = tuple(chores)
        self._pause = pause
        self._moment = moment
        self._soon: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._nudged = asyncio.Event()

    def nudge(self) -> None:
        """There is something to do for the chores once it has settled; nudges until then are one look."""
        if self._soon is None:
            self._soon = asyncio.get_running_loop().call_later(self._moment, self._look_now)

    def _look_now(self) -> None:
        self._soon = None
        self._nudged.set()

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._soon is not None:
            self._soon.cancel()
        await background.end(self._task)

    async def look(self) -> None:
        """Ask once."""
        ready = await self._probe()
        if ready != self.ready:
            self.ready = ready
            self._audience.publish("telephony", {"ready": ready})

    async def _run(self) -> None:
        while True:
            try:
                await self.look()
                for chore in self._chores:
                    await chore()
            except Exception as error:
                # The next look may find a database or a homeserver that answers again.
                _log.error("telephony_watch_failed", exc_info=error)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pause):
                    await self._nudged.wait()
            self._nudged.clear()
