"""Sends call events in order, one lane a call, and does not give up on them.

A homeserver that is away for a minute must not lose a hang-up; nor may it, when it is back, make a
browser ring for a call that is long over.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any, Protocol

import structlog

from bridges.sip.appservice.client import MatrixRefused, MatrixUnavailable
from bridges.sip.matrix_call.content import CallEvent, Hangup, Invite, MalformedCallEvent, parse
from bridges.sip.records.backoff import delay
from logs import log

_log = log.get(__name__)

#: Seconds after which an event that is no hang-up has lost its meaning.
MEANINGFUL = 60.0


class EventSender(Protocol):
    """The part of `Homeserver` that sends."""

    async def send_event(
        self, user_id: str, room_id: str, event_type: str, content: dict[str, Any], transaction: str
    ) -> str: ...


@dataclass(slots=True)
class _Item:
    event: CallEvent
    transaction: str
    until: float | None
    attempts: int = 0


class Lane:
    """The events of one party of one call. `on_refused` is called when the homeserver refuses one."""

    def __init__(
        self,
        homeserver: EventSender,
        call_id: str,
        user_id: str,
        room_id: str,
        on_refused: Callable[[], None],
    ) -> None:
        self._homeserver, self._call_id = homeserver, call_id
        self.user_id, self.room_id = user_id, room_id
        self._on_refused = on_refused
        self._items: deque[_Item] = deque()
        self._attempted = False
        self._count = 0
        self._task: asyncio.Task[None] | None = None

    def send(self, event: CallEvent) -> None:
        """Queue an event. A hang-up takes the place of what was not even tried yet."""
        if isinstance(event, Hangup):
            self._items = deque(item for item in self._items if item.attempts)
            if not self._attempted and self._count:
                return
        self._count += 1
        transaction = f"{self._call_id}.{event.party_id}.{self._count}"
        self._items.append(_Item(event, transaction, self._until(event)))
        self._begin()

    def _begin(self) -> None:
        if self._items and self.idle:
            self._task = asyncio.create_task(self._drain(), name=f"matrix-{self._call_id}")

    def hang_up(self, call_id: str, party_id: str, reason: str) -> None:
        """End a call that an earlier process made."""
        self.send(Hangup(call_id=call_id, party_id=party_id, reason=reason))

    def snapshot(self) -> dict[str, Any]:
        """JSON-serialisable, for `restore`: whose lane it is, and what waits."""
        return {
            "lane": self._call_id,
            "user_id": self.user_id,
            "room_id": self.room_id,
            "count": self._count,
            "waiting": [[item.event.type, item.event.content(), item.transaction] for item in self._items],
        }

    @classmethod
    def restore(
        cls, homeserver: EventSender, snapshot: Mapping[str, Any], on_refused: Callable[[], None]
    ) -> "Lane":
        """The lane that `snapshot` was taken of: what waited is sent, be it once more. Raises `ValueError`,
        `KeyError`, `TypeError` for what is none."""
        lane = cls(homeserver, snapshot["lane"], snapshot["user_id"], snapshot["room_id"], on_refused)
        lane._count = int(snapshot["count"])
        lane._attempted = lane._count > 0
        for kind, content, transaction in snapshot["waiting"]:
            try:
                event = parse(kind, content)
            except MalformedCallEvent as error:
                raise ValueError("not an event of a call") from error
            if event is not None:
                # It may have been sent, and is known by its transaction then.
                lane._items.append(_Item(event, str(transaction), lane._until(event), attempts=1))
        lane._begin()
        return lane

    async def drained(self) -> None:
        """Return when everything has been sent or given up."""
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    @property
    def idle(self) -> bool:
        """Whether nothing waits to be sent."""
        return self._task is None or self._task.done()

    def cancel(self) -> None:
        """Give up what waits."""
        if self._task is not None:
            self._task.cancel()

    @staticmethod
    def _until(event: CallEvent) -> float | None:
        if isinstance(event, Hangup):
            return None
        return monotonic() + (event.lifetime if isinstance(event, Invite) else MEANINGFUL)

    async def _drain(self) -> None:
        structlog.contextvars.bind_contextvars(call_id=self._call_id)
        failures = 0
        while self._items:
            item = self._items[0]
            if item.until is not None and monotonic() > item.until:
                _log.warning("matrix_event_expired", type=item.event.type)
                self._items.popleft()
                continue
            item.attempts += 1
            self._attempted = True
            try:
                await self._send(item)
            except MatrixUnavailable as error:
                failures += 1
                _log.warning("matrix_event_waits", type=item.event.type, why=str(error), failures=failures)
                await asyncio.sleep(error.retry_after or delay(failures, first=0.25, longest=5.0))
                self._skip_to_hangup()
                continue
            except MatrixRefused as error:
                _log.error("matrix_event_refused", type=item.event.type, why=str(error))
                self._items.clear()
                self._on_refused()
                return
            failures = 0
            if self._items and self._items[0] is item:
                self._items.popleft()

    def _skip_to_hangup(self) -> None:
        """Once the call is over nothing else is repeated: whether it arrived or not, the hang-up ends it."""
        if any(isinstance(item.event, Hangup) for item in self._items):
            while not isinstance(self._items[0].event, Hangup):
                self._items.popleft()

    async def _send(self, item: _Item) -> None:
        event_id = await self._homeserver.send_event(
            self.user_id, self.room_id, item.event.type, item.event.content(), item.transaction
        )
        _log.debug("matrix_event_sent", type=item.event.type, event_id=event_id, room_id=self.room_id)
