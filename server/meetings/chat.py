"""A guest's page follows its visit: what becomes of it, and what is said in the room from its joining on."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractContextManager, aclosing
from dataclasses import dataclass
from typing import Any, Protocol

from logs import log
from server import background
from server.events.hub import Event
from server.homeserver.errors import HomeserverError
from server.homeserver.rooms import News
from server.meetings import rules
from server.meetings.access import Access
from server.meetings.change_notifier import ChangeNotifier, changed_within
from server.meetings.guests import GuestPlace, guest_place
from server.meetings.meeting import Meeting
from server.meetings.ports import PlaceReader, VisitorById
from server.meetings.refusals import EncryptedMeeting, NotAdmitted, TooMuch
from server.meetings.visitor import State, Visitor

_log = log.get(__name__)
#: Seconds after which the stream shows that it lives.
PING = 15.0
#: Seconds until the homeserver is asked again after a failure.
_AGAIN = 2.0
#: Pages of one guest that may listen at a time: each asks the homeserver for news.
_PAGES = 4
#: The place of whoever belongs to the main room.
NOWHERE = {"id": None, "name": None, "closes_at": None}
_SHOWN = {"m.text", "m.notice", "m.emote"}


class RoomChat(Protocol):
    """Raises `HomeserverError`."""

    async def news(self, room_id: str, user_id: str, since: str | None, wait: int = ...) -> News: ...

    async def say(self, room_id: str, user_id: str, body: str, transaction: str) -> str: ...


class VisitorPresence(Protocol):
    def there(self, visitor_id: str) -> AbstractContextManager[None]: ...


@dataclass(frozen=True, slots=True)
class Sender:
    user_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Line:
    """A message; one that was edited comes again with the same id. `sent_at` in ms since the epoch."""

    id: str
    sender: Sender
    body: str
    sent_at: int
    mine: bool


class Chat:
    def __init__(
        self,
        rooms: RoomChat,
        found: VisitorById,
        visitors: VisitorPresence,
        access: Access,
        changes: ChangeNotifier,
        places: PlaceReader,
        fresh_id: Callable[[], str],
        clock: Callable[[], float],
    ) -> None:
        self._rooms = rooms
        self._found = found
        self._visitors = visitors
        self._access = access
        self._changes = changes
        self._places = places
        self._fresh_id = fresh_id
        self._clock = clock
        self._said: dict[str, list[float]] = {}
        self._pages: Counter[str] = Counter()
        self._closed = False

    async def say(self, visitor: Visitor, meeting: Meeting, body: str) -> str:
        """The message's id. Raises `NotAdmitted`, `EncryptedMeeting`, `TooMuch`, `HomeserverError`."""
        if visitor.state is not State.ADMITTED:
            raise NotAdmitted
        if (await self._access.current(meeting)).encrypted:
            # The server has no key; a message in clear would betray those who believe in theirs.
            raise EncryptedMeeting
        now = self._clock()
        # Whoever opens their page anew has said what they have said.
        self._said = {one: said for one, said in self._said.items() if now - said[-1] < rules.SAID_WITHIN}
        said = rules.may_say(self._said.get(visitor.id, []), now)
        if said is None:
            raise TooMuch
        self._said[visitor.id] = said
        return await self._rooms.say(meeting.room_id, visitor.user_id, body, self._fresh_id())

    def close(self) -> None:
        """The process ends: no stream waits any longer."""
        self._closed = True
        self._changes.notify_all()

    async def follow(self, visitor: Visitor, meeting: Meeting) -> AsyncGenerator[Event | None, None]:
        """The visit's states, then its places and messages; None where nothing happened for `PING` seconds.

        Ends when the visit has. To be closed by whoever stops reading. Raises `TooMuch` at the first step.
        """
        if self._pages[visitor.id] >= _PAGES:
            raise TooMuch
        self._pages[visitor.id] += 1
        try:
            with self._visitors.there(visitor.id):
                async with aclosing(self._follow(visitor, meeting)) as events:
                    async for event in events:
                        yield event
        finally:
            self._pages[visitor.id] -= 1
            if not self._pages[visitor.id]:
                del self._pages[visitor.id]

    async def _follow(self, visitor: Visitor, meeting: Meeting) -> AsyncGenerator[Event | None, None]:
        lines: asyncio.Queue[Line] = asyncio.Queue()
        reading: asyncio.Task[None] | None = None
        shown: State | None = None
        told: tuple[GuestPlace | None] | None = None
        try:
            while not self._closed:
                changed = self._changes.listen(meeting.id)
                current = await self._found.get(visitor.id)
                if current is None:
                    return
                if current.state is not shown:
                    shown = current.state
                    yield Event("state", {"state": shown})
                if not current.active:
                    return
                if current.inside:
                    place = guest_place(self._places.place_of(meeting, current.user_id))
                    if told != (place,):
                        told = (place,)
                        yield Event("breakout", place or NOWHERE)
                if reading is None and shown is State.ADMITTED and not meeting.encrypted:
                    reading = asyncio.create_task(self._read(current, meeting, lines))
                async with aclosing(_lines(lines, changed)) as events:
                    async for event in events:
                        yield event
        finally:
            await background.end(reading)

    async def _read(self, visitor: Visitor, meeting: Meeting, lines: asyncio.Queue[Line]) -> None:
        """Everything said since the guest joined: a page that is loaded again shows the same."""
        since = visitor.sync_from
        names: dict[str, str] = {}
        while since is not None:
            try:
                news = await self._rooms.news(meeting.room_id, visitor.user_id, since)
                since = news.next_batch
                if any(event.get("sender") not in names for event in news.events):
                    room = await self._access.room(meeting.room_id, visitor.user_id)
                    names.update(room.members if room else {})
            except HomeserverError as error:
                _log.info("guest_chat_waits", visitor=visitor.id, why=str(error))
                await asyncio.sleep(_AGAIN)
                continue
            for line in _read_lines(news.events, names, visitor.user_id):
                lines.put_nowait(line)


async def _lines(lines: "asyncio.Queue[Line]", changed: asyncio.Event) -> AsyncGenerator[Event | None, None]:
    """What is said until something else changes, or until it was quiet for a while."""
    while not changed.is_set():
        getting = asyncio.ensure_future(lines.get())
        waiting = asyncio.ensure_future(changed_within(changed, PING))
        try:
            await asyncio.wait({getting, waiting}, return_when=asyncio.FIRST_COMPLETED)
            if not getting.done():
                if not waiting.result():
                    yield None
                return
            yield Event("message", getting.result())
        finally:
            getting.cancel()
            waiting.cancel()


def _read_lines(events: Sequence[dict[str, Any]], names: dict[str, str], me: str) -> list[Line]:
    return [line for event in events if (line := _line(event, names, me)) is not None]


def _line(event: dict[str, Any], names: dict[str, str], me: str) -> Line | None:
    """None for what is no text: other clients may send anything."""
    content = event.get("content")
    if event.get("type") != "m.room.message" or not isinstance(content, dict):
        return None
    event_id, relation = str(event.get("event_id")), content.get("m.relates_to")
    if isinstance(relation, dict) and relation.get("rel_type") == "m.replace":
        event_id = str(relation.get("event_id"))
        content = content.get("m.new_content")
    if not isinstance(content, dict) or content.get("msgtype") not in _SHOWN:
        return None
    sender = str(event.get("sender"))
    body = content.get("body")
    if not isinstance(body, str):
        return None
    shown = Sender(sender, names.get(sender, sender))
    return Line(event_id, shown, body, int(event.get("origin_server_ts", 0)), sender == me)
