"""The record that every call leaves, and how each of its two people reads it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from wire.record import AnsweredOn, CallRecord, Outcome
from wire.route import Party

PAGE_MAX = 200


@dataclass(frozen=True, slots=True)
class AudioSeen:
    """From one person's side: what they said was heard over there, and the other way round."""

    sent: bool | None
    received: bool | None


@dataclass(frozen=True, slots=True)
class Call:
    """A record as one of its people sees it, in the shape of the API."""

    id: str
    direction: Literal["outbound", "inbound"]
    peer: Party
    video: bool
    started_at: int
    answered_at: int | None
    ended_at: int | None
    outcome: Outcome
    answered_on: AnsweredOn | None
    room_id: str | None
    audio: AudioSeen


#: In place of a caller who withheld name and number.
NOBODY = Party(None, "", None)


def seen_by(record: CallRecord, user_id: str) -> Call:
    """The record from the side of `user_id`, who must be one of its two people."""
    made = record.caller.user_id == user_id
    forth, back = record.audio.caller_to_callee, record.audio.callee_to_caller
    return Call(
        id=record.id,
        direction="outbound" if made else "inbound",
        peer=record.callee if made else NOBODY if record.withheld else record.caller,
        video=record.video,
        started_at=record.started_at,
        answered_at=record.answered_at,
        ended_at=record.ended_at,
        outcome=record.outcome,
        answered_on=record.answered_on,
        room_id=record.room_id,
        audio=AudioSeen(forth, back) if made else AudioSeen(back, forth),
    )


@dataclass(frozen=True, slots=True)
class Peer:
    """Somebody on the other side: a colleague by user id, others by their numbers."""

    user_id: str | None = None
    numbers: tuple[str, ...] = ()


class RecordStore(Protocol):
    async def put(self, record: CallRecord) -> bool:
        """Keep the record, durably; False when one with this revision or a later one is kept already."""

    async def of_person(self, user_id: str, before: int | None, limit: int) -> Sequence[CallRecord]:
        """The person's calls that started before `before`, newest first.

        At least `limit` if there are as many; more when several started in the same millisecond as the last.
        """

    async def between(self, user_id: str, peer: Peer, before: int | None, limit: int) -> Sequence[CallRecord]:
        """Those of the person's calls whose other side was `peer`; paged in the same way."""


class Audience(Protocol):
    """Whoever is looking at the moment."""

    def publish(self, event: str, data: object, to: str | None = None) -> None: ...


@dataclass(frozen=True, slots=True)
class Page:
    """`next` is what to ask `before` for the following page; None when there is none."""

    calls: tuple[Call, ...]
    next: int | None


class CallRecords:
    def __init__(self, store: RecordStore, audience: Audience) -> None:
        self._store = store
        self._audience = audience

    async def put(self, record: CallRecord) -> None:
        """Keep the record, then tell those of its people who are looking. Idempotent."""
        if not await self._store.put(record):
            return
        for user_id in {record.caller.user_id, record.callee.user_id} - {None}:
            if user_id is not None:
                self._audience.publish("calls", {"call": seen_by(record, user_id)}, to=user_id)

    async def calls_of(self, user_id: str, before: int | None, limit: int) -> Page:
        """The calls of one person, and of nobody else."""
        limit = min(limit, PAGE_MAX)
        return _page(await self._store.of_person(user_id, before, limit), user_id, limit)

    async def calls_between(self, user_id: str, peer: Peer, before: int | None, limit: int) -> Page:
        """The calls of one person with `peer`."""
        limit = min(limit, PAGE_MAX)
        return _page(await self._store.between(user_id, peer, before, limit), user_id, limit)


def _page(found: Sequence[CallRecord], user_id: str, limit: int) -> Page:
    calls = tuple(seen_by(record, user_id) for record in found)
    return Page(calls, calls[-1].started_at if len(calls) >= limit else None)
