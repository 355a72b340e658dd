"""Wakes whoever waits for something to change in a meeting."""

import asyncio


class ChangeNotifier:
    """Take the event with `listen` before looking at what may change, then wait for it."""

    def __init__(self) -> None:
        self._events: dict[str, asyncio.Event] = {}

    def listen(self, meeting_id: str) -> asyncio.Event:
        return self._events.setdefault(meeting_id, asyncio.Event())

    def notify(self, meeting_id: str) -> None:
        if (event := self._events.pop(meeting_id, None)) is not None:
            event.set()

    def notify_all(self) -> None:
        """The process ends: nobody waits any more."""
        for meeting_id in list(self._events):
            self.notify(meeting_id)


async def changed_within(event: asyncio.Event, timeout: float) -> bool:
    """Wait for the event for at most `timeout` seconds."""
    # Not `wait_for`: in Python 3.11 it swallows a cancellation that comes with what it waits for.
    try:
        async with asyncio.timeout(timeout):
            await event.wait()
    except TimeoutError:
        return False
    return True
