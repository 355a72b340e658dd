"""Delivers what happens in the rooms to whoever is configured, in order, beside the media."""

import asyncio
import contextlib
import secrets
import time
from collections.abc import Callable

import aiohttp
from livekit.protocol.webhook import WebhookEvent

from logs.plain import Log
from server import background
from server.sfu.signal import webhook
from server.sfu.signal.webhook import Happening, Outbox

_WAITING, _PATIENCE = 2000, 120.0
#: For one attempt, and for what still waits when the process ends. Seconds.
_TIMEOUT, _LAST_WORDS = 10.0, 2.0
#: Answers that may be other ones a moment later.
_LATER = (408, 425, 429)

log = Log(__name__)


class Webhooks:
    """Args: url: where to; key, secret: who signs; now: seconds, monotonic."""

    def __init__(self, url: str, key: str, secret: str, now: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._key = key
        self._secret = secret
        self._now = now
        self._outbox = Outbox(_WAITING, _PATIENCE)
        self._more = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._task: asyncio.Task[None] | None = None

    def tell(self, happening: Happening) -> None:
        """Queues it; returns at once."""
        self._outbox.put(happening.message(f"EV_{secrets.token_hex(6)}", int(time.time())))
        self._idle.clear()
        self._more.set()

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Gives what waits a last, short chance."""
        if self._task is None:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LAST_WORDS):
                await self._idle.wait()
        await background.end(self._task)
        self._task = None

    async def _run(self) -> None:
        timeout = aiohttp.ClientTimeout(total=_TIMEOUT)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while True:
                self._more.clear()
                await self._empty(session)
                self._idle.set()
                await self._more.wait()

    async def _empty(self, session: aiohttp.ClientSession) -> None:
        event = self._outbox.head()
        while event is not None:
            await asyncio.sleep(await self._deliver(session, event))
            event = self._outbox.head()

    async def _deliver(self, session: aiohttp.ClientSession, event: WebhookEvent) -> float:
        """One attempt; how long to wait before the next."""
        content = webhook.body(event)
        token = webhook.authorization(content, self._key, self._secret, int(time.time()))
        headers = {"Authorization": token, "Content-Type": webhook.CONTENT_TYPE}
        try:
            async with session.post(self._url, data=content, headers=headers) as answer:
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            log.info("webhook_failed", event_name=event.event, why=type(error).__name__)
            return self._outbox.failed(event, self._now())
        if status < 300:
            self._outbox.delivered(event)
        elif status >= 500 or status in _LATER:
            log.info("webhook_failed", event_name=event.event, status=status)
            return self._outbox.failed(event, self._now())
        else:
            log.warning("webhook_refused", event_name=event.event, status=status)
            self._outbox.refused(event)
        return 0.0
