"""What a person sees of their calls: the same on every device, with whom they know by name."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Protocol

import msgspec

from server.directory.ports import PersonByExtension
from server.directory.rules import query_digits
from server.directory.service import FoundNumber, Person
from server.events.hub import Audience
from server.telephony.log import rules
from server.telephony.log.export import Language, heading, lines
from server.telephony.log.rules import Chosen
from server.telephony.records import PAGE_MAX, Call, Page, Peer, seen_by
from wire.record import CallRecord

#: Missed calls are counted so far.
MISSED_MAX = 100
#: Contacts that a search of the log looks at.
CONTACTS_MAX = 500


class LogStore(Protocol):
    async def page(
        self, user_id: str, chosen: Chosen, before: int | None, limit: int
    ) -> Sequence[CallRecord]:
        """The person's calls that started before `before`, newest first.

        At least `limit` if there are as many; more when several started in the same millisecond as the last.
        """


class SeenStore(Protocol):
    async def see(self, user_id: str, until: int) -> None:
        """What was missed until then is seen; an earlier time changes nothing."""

    async def missed(self, user_id: str, limit: int) -> int:
        """How many missed calls are not seen, `limit` at most."""

    async def peers(self, user_id: str, among: Sequence[str], digits: Sequence[str]) -> Sequence[str]:
        """Other sides in the person's log that are `among` these, or hold any of `digits` in their number."""


class OutsideNames(Protocol):
    async def names_for(self, user_id: str | None, numbers: Sequence[str]) -> Mapping[str, str]:
        """What numbers are called on the display of `user_id`; unknown ones are left out."""


class ContactSearch(Protocol):
    async def numbers_of(self, me: Person, query: str, limit: int) -> Sequence[str]:
        """The numbers of contacts that `me` may see and `query` finds."""


class ColleagueSearch(PersonByExtension, Protocol):
    async def search(self, query: str) -> Sequence[Person | FoundNumber]: ...

    async def former(self, query: str) -> Sequence[str]:
        """User ids of those who are here no more, and whose name has these words."""


class RecordedCalls(Protocol):
    """`server.recordings.service.Recordings`, seen from here."""

    async def of_calls(self, me: Person, call_ids: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """The ids of those recordings of these calls that I may hear, by call."""


@dataclass(frozen=True, slots=True)
class LogPage:
    """`next` is what to ask `before` for the following page, None when there is none; `missed` how many
    missed calls have not been seen yet, 100 at most."""

    calls: tuple[Call, ...]
    next: int | None
    missed: int


class Missed(msgspec.Struct, frozen=True):
    """Event: how many missed calls have not been seen yet."""

    missed: int


class CallLog:
    """`now_ms` is the wall clock; `region` is where numbers are read."""

    def __init__(
        self,
        store: LogStore,
        seen: SeenStore,
        names: OutsideNames,
        contacts: ContactSearch,
        people: ColleagueSearch,
        audience: Audience,
        *,
        region: str,
        now_ms: Callable[[], int],
    ) -> None:
        self._store, self._seen, self._names = store, seen, names
        self._contacts, self._people, self._audience = contacts, people, audience
        self._region, self._now_ms = region, now_ms
        #: Knows what was recorded; None: nothing is.
        self.recordings: RecordedCalls | None = None

    async def page(self, me: Person, chosen: Chosen, query: str, before: int | None, limit: int) -> LogPage:
        """The calls of `me`, of nobody else, that are `chosen`; `query`: words, or a number in any
        spelling."""
        if query.strip():
            chosen = replace(chosen, peers=await self._meant(me, query))
        found = await self._page(me.user_id, chosen, before, limit)
        calls = await self._with_recordings(me, found.calls)
        return LogPage(calls, found.next, await self._seen.missed(me.user_id, MISSED_MAX))

    async def _with_recordings(self, me: Person, calls: Sequence[Call]) -> tuple[Call, ...]:
        recorded = [call.id for call in calls if call.recorded]
        if self.recordings is None or not recorded:
            return tuple(calls)
        found = await self.recordings.of_calls(me, recorded)
        return tuple(replace(call, recordings=tuple(found.get(call.id, ()))) for call in calls)

    async def _meant(self, me: Person, query: str) -> tuple[str, ...]:
        """Other sides of calls that a query means."""
        peers = set(await self._contacts.numbers_of(me, query, CONTACTS_MAX))
        for found in await self._people.search(query):
            if isinstance(found, Person):
                peers |= {found.user_id, *found.numbers}
        peers |= set(await self._people.former(query))
        digits = query_digits(query, self._region)
        return tuple(await self._seen.peers(me.user_id, sorted(peers), digits))

    async def export(
        self, me: Person, chosen: Chosen, query: str, language: Language, zone: tzinfo
    ) -> AsyncIterator[str]:
        """The calls that `page` would list, all of them, as the pieces of a CSV file; each is asked for when
        the one before has gone out."""
        if query.strip():
            chosen = replace(chosen, peers=await self._meant(me, query))
        yield heading(language)
        before: int | None = None
        while True:
            found = await self._page(me.user_id, chosen, before, PAGE_MAX)
            if found.calls:
                yield lines(found.calls, language, zone)
            before = found.next
            if before is None:
                return

    async def calls_between(self, user_id: str, peer: Peer, before: int | None, limit: int) -> Page:
        """The calls of one person with `peer`."""
        peers = list(peer.numbers) if peer.user_id is None else [peer.user_id]
        for number in peer.numbers:
            if colleague := await self._people.by_extension(number):
                peers.append(colleague.user_id)
        return await self._page(user_id, Chosen(peers=tuple(peers)), before, limit)

    async def _page(self, user_id: str, chosen: Chosen, before: int | None, limit: int) -> Page:
        limit = min(limit, PAGE_MAX)
        if chosen.peers == ():
            return Page((), None)
        found = await self._store.page(user_id, chosen, before, limit)
        calls = await self._named(user_id, [seen_by(record, user_id) for record in found])
        return Page(tuple(calls), calls[-1].started_at if len(calls) >= limit else None)

    async def seen_by(self, record: CallRecord, user_id: str) -> Call:
        """The record as one of its people sees it, who is called by the names that they know."""
        [call] = await self._named(user_id, [seen_by(record, user_id)])
        return call

    async def _named(self, user_id: str, calls: Sequence[Call]) -> list[Call]:
        outside = sorted(rules.outside_numbers(calls))
        names = await self._names.names_for(user_id, outside) if outside else {}
        return [rules.named(call, names) for call in calls]

    async def see(self, me: Person, until: int) -> None:
        """What `me` missed until then is seen, on all of their devices."""
        await self._seen.see(me.user_id, min(until, self._now_ms()))
        await self.tell_missed(me.user_id)

    async def tell_missed(self, user_id: str) -> None:
        """Tell the person's pages how many missed calls are not seen."""
        missed = await self._seen.missed(user_id, MISSED_MAX)
        self._audience.publish("calls_missed", Missed(missed), to=user_id)
