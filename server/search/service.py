"""Search: what people find, and how what is said comes to be found."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from server.search import folding
from server.search.question import Question
from server.search.reading import Change, Redacted, Said, changes
from server.search.rules import Found, Unread

#: Messages on one page of answers.
PAGE = 20
#: The index gives more than is asked for: words that begin alike are not yet the same word. So many are
#: looked at in one go, and in so many, until a page is full or the next question goes on.
_LOOKED_AT, _LOOKS = 40, 20
#: Characters of a message that are shown, and of them before what was found.
_SHOWN, _BEFORE = 240, 60
#: Messages that the homeserver is asked about at once.
_AT_ONCE = 8


class SearchStore(Protocol):
    async def apply(self, changes: Sequence[Change]) -> Sequence[Unread]:
        """Durably, all or none; those whose text has to be asked for."""

    async def find(
        self, question: Question, room_ids: Sequence[str], below: int | None, limit: int
    ) -> Sequence[Found]:
        """The newest first."""


class ReadableRooms(Protocol):
    """What a member may read at this moment."""

    async def joined(self, user_id: str) -> set[str]: ...

    async def event(self, room_id: str, event_id: str, as_user: str) -> dict[str, Any] | None:
        """None where `as_user` may not read it."""


class Hit(msgspec.Struct, frozen=True):
    """A message that was found. `text` is what is around the words, `matches` are pairs of begin and end in
    it as JavaScript counts (UTF-16); `sent_at` in milliseconds since 1970."""

    room_id: str
    event_id: str
    sender: str
    sent_at: int
    is_file: bool
    text: str
    matches: tuple[tuple[int, int], ...]


class Hits(msgspec.Struct, frozen=True):
    """`next` goes on after the last one looked at; None: there is nothing more."""

    hits: tuple[Hit, ...]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class _Matched:
    candidate: Found
    places: tuple[tuple[int, int], ...]


class Search:
    """Rights are those of the moment: rooms that one is in, and each message where a room restricts them."""

    def __init__(self, store: SearchStore, rooms: ReadableRooms) -> None:
        self._store, self._rooms = store, rooms

    async def find(self, user_id: str, question: Question, below: int | None, limit: int = PAGE) -> Hits:
        """Messages that `user_id` may read, the newest first, older than the number `below`.

        Raises what the homeserver's client raises.
        """
        mine = await self._rooms.joined(user_id)
        room_ids = sorted(mine & {question.room_id} if question.room_id else mine)
        hits: list[Hit] = []
        for _ in range(_LOOKS):
            candidates = await self._store.find(question, room_ids, below, _LOOKED_AT)
            matched = [one for one in (_matched(question, each) for each in candidates) if one is not None]
            for begin in range(0, len(matched), limit):
                for one in await self._readable(user_id, matched[begin : begin + limit]):
                    hits.append(_hit(one))
                    if len(hits) == limit:
                        return Hits(tuple(hits), str(one.candidate.n))
            if len(candidates) < _LOOKED_AT:
                return Hits(tuple(hits))
            below = candidates[-1].n
        return Hits(tuple(hits), str(below))

    async def _readable(self, user_id: str, matched: Sequence[_Matched]) -> list[_Matched]:
        at_once = asyncio.Semaphore(_AT_ONCE)

        async def readable(one: _Matched) -> bool:
            found = one.candidate
            if not found.restricted:
                return True
            async with at_once:
                return await self._rooms.event(found.room_id, found.event_id, user_id) is not None

        may = await asyncio.gather(*map(readable, matched))
        return [one for one, allowed in zip(matched, may, strict=True) if allowed]


def _matched(question: Question, candidate: Found) -> _Matched | None:
    """None where a word only begins like one of the question's."""
    found: list[tuple[int, int]] = []
    for word in question.words:
        here = list(folding.places(candidate.folded, word))
        if not here:
            return None
        found += here
    return _Matched(candidate, tuple(sorted(found)))


def _hit(one: _Matched) -> Hit:
    found, origins = one.candidate, folding.unfolded(one.candidate.body)
    places = [(origins[begin], max(origins[end], origins[begin] + 1)) for begin, end in one.places]
    first = places[0][0] if places else 0
    begin = max(0, first - _BEFORE) if len(found.body) > _SHOWN else 0
    shown = found.body[begin : begin + _SHOWN]
    matches = {(a - begin, b - begin) for a, b in places if a >= begin and b <= begin + len(shown)}
    return Hit(
        found.room_id,
        found.event_id,
        found.sender,
        found.sent_at,
        found.is_file,
        ("…" if begin else "") + shown + ("…" if begin + len(shown) < len(found.body) else ""),
        tuple(_utf16(shown, a, b, 1 if begin else 0) for a, b in sorted(matches)),
    )


def _utf16(text: str, begin: int, end: int, more: int) -> tuple[int, int]:
    before, inside = (len(part.encode("utf-16-le")) // 2 for part in (text[:begin], text[begin:end]))
    return before + more, before + inside + more


class Feed:
    """What is said, on its way to the index."""

    def __init__(self, store: SearchStore, rooms: ReadableRooms) -> None:
        self._store, self._rooms = store, rooms

    async def take(self, events: Sequence[Any]) -> None:
        """Durably. An event that comes twice changes nothing the second time.

        Raises what the homeserver's client raises where a text has to be asked for: the same events must come
        again.
        """
        found = [change for event in events for change in changes(event)]
        if not found:
            return
        for one in await self._store.apply(found):
            # Who wrote it may have left since: then it stays away.
            event = await self._rooms.event(one.room_id, one.event_id, one.sender)
            said = [change for change in changes(event) if isinstance(change, Said)]
            await self._store.apply([Redacted(one.room_id, one.event_id), *said])
