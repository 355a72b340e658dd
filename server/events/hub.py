"""Who is looking at the moment, and what they are told: server-sent events, one stream a browser tab."""

import asyncio
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

#: Events a slow reader may lag behind. One who lags more is cut off and starts anew: a client that
#: reconnects reads everything again, one that missed an event silently would be wrong for ever.
QUEUE_MAX = 256
#: Seconds that the pages of an ended session have to take leave: a call in progress is hung up by the
#: device that the session's end deletes.
LEAVE = 1.0
#: Streams of one session at a time: one a tab.
STREAMS_MAX = 8


class TooManyStreams(Exception):
    """The session has as many streams as it may."""


@dataclass(frozen=True, slots=True)
class Event:
    """`name` and the JSON-able `data` of a server-sent event."""

    name: str
    data: object


class Subscription:
    """One stream; `closed` once it must end."""

    def __init__(self, user_id: str, token_hash: str) -> None:
        self.user_id = user_id
        self.token_hash = token_hash
        self.closed = False
        #: Set when nobody reads any more.
        self.left = asyncio.Event()
        self._finishing = False
        self._queue: asyncio.Queue[Event | None] = asyncio.Queue(QUEUE_MAX)

    async def next(self) -> Event | None:
        """The next event; None when the stream has ended."""
        if self.closed:
            return None
        event = await self._queue.get()
        self.closed = self.closed or event is None
        return event

    def offer(self, event: Event) -> None:
        """Put the event in the queue, or close when the reader is too far behind."""
        if self._finishing:
            return
        try:
            self._queue.put_nowait(event)
        except asyncio.QueueFull:
            self.close()

    def close(self) -> None:
        """End the stream; what was not read yet is dropped."""
        self.closed = True
        self._drop()
        self._queue.put_nowait(None)

    async def finish(self, last: Event, patience: float) -> None:
        """Say `last` in place of all that was not read yet, and end the stream.

        The reader may end it itself, which says that all is done that the end calls for; after `patience`
        seconds it is ended here.
        """
        if not self.closed and not self._finishing:
            self._finishing = True
            self._drop()
            self._queue.put_nowait(last)
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await self.left.wait()
        finally:
            self._queue.put_nowait(None)

    def _drop(self) -> None:
        while not self._queue.empty():
            self._queue.get_nowait()


class Audience(Protocol):
    """Whoever is looking at the moment; `to` is a user id, None is everybody."""

    def publish(self, event: str, data: object, to: str | None = None) -> None: ...


class Hub:
    """Delivers events to the open streams of this process. `accounts.service.SessionListener`.

    `leave`: how long the pages of an ended session may take, in seconds.
    """

    def __init__(self, leave: float = LEAVE) -> None:
        self._leave = leave
        self._by_user: defaultdict[str, set[Subscription]] = defaultdict(set)

    def subscribe(self, user_id: str, token_hash: str) -> Subscription:
        """A new stream of a session; raises `TooManyStreams`."""
        open_ones = self._by_user.get(user_id, ())
        if sum(stream.token_hash == token_hash for stream in open_ones) >= STREAMS_MAX:
            raise TooManyStreams
        subscription = Subscription(user_id, token_hash)
        self._by_user[user_id].add(subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        subscription.left.set()
        streams = self._by_user.get(subscription.user_id, set())
        streams.discard(subscription)
        if not streams:
            self._by_user.pop(subscription.user_id, None)

    def publish(self, event: str, data: object, to: str | None = None) -> None:
        """Tell all streams, or those of the user id `to` alone."""
        happened = Event(event, data)
        streams = self._everybody() if to is None else list(self._by_user.get(to, ()))
        for subscription in streams:
            subscription.offer(happened)

    async def session_ended(self, token_hash: str, reason: str, browser: str) -> None:
        """The last that a session's streams say is why it ended. Returns when its pages have taken leave."""
        last = Event("signed-out", {"reason": reason, "browser": browser})
        streams = [stream for stream in self._everybody() if stream.token_hash == token_hash]
        await asyncio.gather(*(stream.finish(last, self._leave) for stream in streams))

    def close(self) -> None:
        """End all streams, so that a server that stops need not wait for them."""
        for subscription in self._everybody():
            subscription.close()

    def __len__(self) -> int:
        return len(self._everybody())

    def _everybody(self) -> list[Subscription]:
        return [subscription for streams in self._by_user.values() for subscription in streams]
