"""What was said before the index was told of it: read from the homeserver, once, behind everything else."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic
from typing import Any, Protocol

from logs import log
from server import background
from server.search.reading import Change, Restricted, Said, changes

_log = log.get(__name__)
#: Events that are read at once.
_PAGE = 500
#: Seconds after which it goes on where the homeserver did not answer.
_AGAIN = 5.0


class HistoryStore(Protocol):
    async def is_complete(self) -> bool: ...

    async def completed(self) -> None: ...

    async def rooms_walked(self) -> set[str]: ...

    async def walked(self, room_id: str) -> None: ...

    async def apply(self, changes: Sequence[Change]) -> object: ...


class Histories(Protocol):
    """The homeserver, as far as it tells what was."""

    async def joined(self, user_id: str) -> set[str]: ...

    async def history(
        self, room_id: str, as_user: str, start: str | None, limit: int
    ) -> tuple[list[dict[str, Any]], str | None]:
        """Events from the newest back, and where it goes on; None: nowhere."""


class History:
    """Started and stopped with the web process; what a stop interrupts goes on after the next start.

    `people` gives the user ids of all who work here; `wake` has the homeserver send at once what it has kept
    while we were away; `failures` are what the homeserver's client raises.
    """

    def __init__(
        self,
        store: HistoryStore,
        rooms: Histories,
        people: Callable[[], Awaitable[Sequence[str]]],
        wake: Callable[[], Awaitable[None]],
        failures: type[Exception],
    ) -> None:
        self._store, self._rooms, self._people = store, rooms, people
        self._wake, self._failures = wake, failures
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._follow())

    async def stop(self) -> None:
        await background.end(self._task)

    async def _follow(self) -> None:
        while True:
            try:
                await self._wake()
                if not await self._store.is_complete():
                    await self.read()
            except self._failures as error:
                _log.info("history_waits", why=str(error))
            except Exception as error:
                # A database that is away comes back; without this loop old messages would never be found.
                _log.error("history_not_read", exc_info=error)
            else:
                return
            await asyncio.sleep(_AGAIN)

    async def read(self) -> int:
        """All rooms that are not read yet; how many there were. Raises what homeserver and store raise."""
        done = await self._store.rooms_walked()
        rooms = 0
        for user_id in await self._people():
            for room_id in sorted(await self._rooms.joined(user_id) - done):
                await self._walk(room_id, user_id)
                done.add(room_id)
                rooms += 1
        await self._store.completed()
        _log.info("history_read", rooms=rooms)
        return rooms

    async def _walk(self, room_id: str, as_user: str) -> None:
        start: str | None = None
        while True:
            began = monotonic()
            events, start = await self._rooms.history(room_id, as_user, start, _PAGE)
            found = [change for event in events for change in changes(event)]
            # Edits and deletions are in what they change, by now.
            kept = [change for change in found if isinstance(change, Said | Restricted)]
            await self._store.apply(kept)
            if start is None:
                break
            # As long again for everybody else.
            await asyncio.sleep(monotonic() - began)
        await self._store.walked(room_id)
