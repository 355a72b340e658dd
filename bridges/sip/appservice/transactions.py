"""The homeserver's transactions: which events of them are ours to act on, each once.

Matrix spec v1.16, application service API, "Pushing events". What is accepted stays on the disk until its
effects are there: a process that dies between leaves it to the next one (`resume`). Only call events are
noted in the store: everything else can be seen twice without harm, and costs nothing when it is not written
down.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from time import time
from typing import Any, Protocol

import msgspec

from logs import log

_log = log.get(__name__)


class MalformedTransaction(ValueError):
    """The body is not a transaction; the message names the field."""


@dataclass(frozen=True, slots=True)
class RoomEvent:
    """A call event of a room. `sent_at` is `origin_server_ts`, milliseconds."""

    event_id: str
    room_id: str
    sender: str
    type: str
    content: Any
    sent_at: int


class Seen(Protocol):
    """The part of the store that remembers."""

    async def accept(self, events: Mapping[str, object], now: float) -> set[str]: ...

    async def unhandled(self) -> dict[str, Any]: ...

    def handled(self, event_id: str) -> None: ...


#: After these a room may be no room for calls any more, or for others.
_OF_THE_ROOM = frozenset({"m.room.member", "m.room.encryption", "m.room.tombstone"})
#: Where ephemeral events stand: in the specification, and before (MSC2409).
_EPHEMERAL = ("ephemeral", "de.sorunome.msc2409.ephemeral")


class Transactions:
    """`on_event` gets new call events, in order; `on_room` the rooms whose members or encryption changed,
    `on_presence` the users whose presence did."""

    def __init__(
        self,
        seen: Seen,
        on_event: Callable[[RoomEvent], None],
        on_room: Callable[[str], None],
        on_presence: Callable[[str], None],
    ) -> None:
        self._seen, self._on_event = seen, on_event
        self._on_room, self._on_presence = on_room, on_presence

    async def take(self, transaction: str, body: Any) -> None:
        """Act on a transaction. Raises MalformedTransaction.

        A repeated one is known by its events: Synapse over SQLite counts its transactions from 1 again
        after each restart, so that their ids say nothing.
        """
        if not isinstance(body, dict) or not isinstance(body.get("events", []), list):
            raise MalformedTransaction("events")
        raw = [event for event in body.get("events", []) if isinstance(event, dict)]
        for value in raw:
            if value.get("type") in _OF_THE_ROOM and isinstance(value.get("room_id"), str):
                self._on_room(value["room_id"])
        for sender in _present(body):
            self._on_presence(sender)
        events = [event for event in map(_call_event, raw) if event is not None]
        if not events:
            return
        fresh = await self._seen.accept({event.event_id: event for event in events}, time())
        _log.debug("transaction", id=transaction, call_events=len(events), fresh=len(fresh))
        for event in events:
            if event.event_id in fresh:
                fresh.discard(event.event_id)
                self._on_event(event)

    async def resume(self) -> None:
        """Act on what an earlier process had accepted, and did not get to."""
        for event_id, kept in (await self._seen.unhandled()).items():
            try:
                event = msgspec.convert(kept, RoomEvent)
            except msgspec.ValidationError as error:  # of another version
                _log.warning("event_not_resumed", event_id=event_id, why=str(error))
                self._seen.handled(event_id)
            else:
                _log.info("event_resumed", event_id=event_id, type=event.type)
                self._on_event(event)


def _present(body: dict[str, Any]) -> Iterator[str]:
    """Whose presence a transaction tells. Ephemeral events are no reason to refuse it."""
    for key in _EPHEMERAL:
        found = body.get(key)
        for event in found if isinstance(found, list) else ():
            if isinstance(event, dict) and event.get("type") == "m.presence" and event.get("sender"):
                yield str(event["sender"])


def _call_event(value: dict[str, Any]) -> RoomEvent | None:
    """A call event, or None for any other; one that breaks the event format is named in the log."""
    event_type = value.get("type")
    if not isinstance(event_type, str) or not event_type.startswith("m.call.") or "state_key" in value:
        return None
    texts = [value.get(key) for key in ("event_id", "room_id", "sender")]
    sent_at = value.get("origin_server_ts")
    if not all(isinstance(text, str) and text for text in texts) or not isinstance(sent_at, int):
        _log.warning("event_malformed", type=event_type)
        return None
    event_id, room_id, sender = (str(text) for text in texts)
    return RoomEvent(event_id, room_id, sender, event_type, value.get("content"), sent_at)
