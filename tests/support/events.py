"""What an outside program reports, kept in order, so that a test can wait for it by name."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from tests.support.patience import PATIENCE

Event = dict[str, Any]


class EventLog:
    """A growing list of events; each is handed to one waiter of its type, in order of arrival.

    Waiting for one type never swallows events of another, and an event that arrived before the wait began
    counts: a test cannot miss one by asking late.
    """

    def __init__(self, owner: str) -> None:
        self._owner = owner
        self._pending: list[Event] = []
        self._history: list[Event] = []
        self._arrived = asyncio.Condition()

    async def add(self, event: Event) -> None:
        """Append an event (a mapping with at least ``type``)."""
        async with self._arrived:
            self._pending.append(event)
            self._history.append(event)
            self._arrived.notify_all()

    def seen(self, kind: str) -> list[Event]:
        """All events of that type so far, waited for or not."""
        return [event for event in self._history if event["type"] == kind]

    def forget(self) -> None:
        """Drop what nobody waited for, so that the next wait speaks of what happens from now on."""
        self._pending.clear()

    async def wait(
        self, *kinds: str, timeout: float = PATIENCE, where: Callable[[Event], bool] | None = None
    ) -> Event:
        """The next event of one of these types (and for which ``where`` holds).

        :raises TimeoutError: after ``timeout`` seconds, naming what did arrive.
        """
        found: Event | None = None

        def look() -> bool:
            nonlocal found
            found = next(
                (e for e in self._pending if e["type"] in kinds and (where is None or where(e))), None
            )
            return found is not None

        async with self._arrived:
            try:
                await asyncio.wait_for(self._arrived.wait_for(look), timeout)
            except TimeoutError:
                names = [event["type"] for event in self._history]
                raise TimeoutError(
                    f"{self._owner}: no {' or '.join(kinds)} in {timeout} s; saw {names}"
                ) from None
            assert found is not None
            self._pending.remove(found)
            return found
