"""What Matrix clients say of their people, followed as one of them would: by synchronising."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from logs import log
from server import background
from server.homeserver.client import Presence
from server.homeserver.errors import HomeserverError

_log = log.get(__name__)
#: Seconds between two attempts while the homeserver is away, at first and at most.
_FIRST, _LONGEST = 0.5, 10.0


class PresenceStream(Protocol):
    async def presence_changes(self, since: str | None) -> tuple[str, dict[str, Presence]]:
        """Where to go on, and those who changed since; everybody who is not offline where that is None. Waits
        for a while. Raises `HomeserverError`."""


#: Told of those who changed; `whole` means that all others are offline.
Changed = Callable[[Mapping[str, Presence], bool], Awaitable[None]]


class Follower:
    """Started and stopped with the web process. After any failure it begins anew, with everybody."""

    def __init__(self, stream: PresenceStream, changed: Changed) -> None:
        self._stream, self._changed = stream, changed
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        await background.end(self._task)

    async def _run(self) -> None:
        since: str | None = None
        pause = _FIRST
        while True:
            try:
                following, found = await self._stream.presence_changes(since)
                await self._changed(found, since is None)
                since, pause = following, _FIRST
            except Exception as error:
                known = isinstance(error, HomeserverError | OSError)
                _log.info("presence_not_followed", why=str(error), exc_info=None if known else error)
                since = None
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST)
