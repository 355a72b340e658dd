"""Delegates as people name them."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Protocol

from server.audit.service import Audit
from server.delegates import rules
from server.delegates.rules import Delegate, Principal
from server.directory.access import Actor
from server.directory.ports import PersonByUserId
from server.directory.service import Person
from server.events.hub import Audience


class DelegateReader(Protocol):
    async def delegates_of(self, person_id: str) -> Sequence[Delegate]:
        """Whom a person has named, in their order; who has left or is disabled is left out."""

    async def principals_of(self, person_id: str) -> Sequence[Principal]:
        """Those who have named this person; who has left or is disabled is left out."""


class DelegateStore(DelegateReader, Protocol):
    async def put(self, person_id: str, wanted: Sequence[tuple[str, Delegate]]) -> None:
        """These in place of all others, durably; each with the id of that person."""

    async def remove(self, person_id: str, delegate_id: str) -> bool:
        """This one alone; False if they were not named."""


#: A person is told that somebody has named them.
TellNamed = Callable[[Person, Person], Awaitable[None]]


#: What rings for the second rings for the first, who was their delegate, no more: user ids. Does not raise.
RingNoMore = Callable[[str, str], Awaitable[None]]


async def _nothing_rings(_delegate: str, _principal: str) -> None:
    """No telephones are here."""


#: Who is named again by the same person within so long is not told again. Milliseconds.
_TOLD_FOR = 24 * 3_600_000


class Delegates:
    """`now_ms` is the wall clock."""

    def __init__(
        self,
        store: DelegateStore,
        people: PersonByUserId,
        audit: Audit,
        audience: Audience,
        named: TellNamed,
        now_ms: Callable[[], int],
    ) -> None:
        self._store, self._people, self._audit = store, people, audit
        self._audience, self._named, self._now_ms = audience, named, now_ms
        self._told: dict[tuple[str, str], int] = {}
        self.ring_no_more: RingNoMore = _nothing_rings

    async def of(self, me: Person) -> Sequence[Delegate]:
        return await self._store.delegates_of(me.id)

    async def principals(self, me: Person) -> list[tuple[Person, Principal]]:
        """For whom I am one, and what I may for them."""
        found = [
            (await self._people.by_user_id(one.user_id), one)
            for one in await self._store.principals_of(me.id)
        ]
        return [(person, one) for person, one in found if person is not None]

    async def put(self, actor: Actor, me: Person, wanted: Sequence[Delegate]) -> Sequence[Delegate]:
        """These in place of all others. Raises a `DelegateRefusal`; then nothing has changed."""
        if len({one.user_id for one in wanted}) < len(wanted):
            raise rules.DelegateTwice
        found: list[tuple[Person, Delegate]] = []
        for one in wanted:
            person = await self._people.by_user_id(one.user_id)
            if person is None or person.id == me.id:
                raise rules.NotADelegate
            found.append((person, one))
        had = await self._store.delegates_of(me.id)
        before = {one.user_id for one in had}
        await self._store.put(me.id, [(person.id, one) for person, one in found])
        named = ", ".join(_words(one) for one in wanted)
        await self._audit.record(
            "delegates.changed",
            actor=actor.name,
            subject=me.name,
            address=actor.address,
            details={"delegates": named},
        )
        for person, _ in found:
            if person.user_id not in before and self._is_news(person, me):
                await self._named(person, me)
        self._tell(before | {one.user_id for one in wanted}, me)
        answer = {one.user_id for one in wanted if one.answers}
        for one in had:
            if one.answers and one.user_id not in answer:
                await self.ring_no_more(one.user_id, me.user_id)
        return await self._store.delegates_of(me.id)

    async def step_down(self, actor: Actor, me: Person, principal: str) -> None:
        """This person answers no more for somebody (a user id), whatever those want. Twice is as once."""
        person = await self._people.by_user_id(principal)
        if person is None or not await self._store.remove(person.id, me.id):
            return
        await self._audit.record(
            "delegates.stepped_down",
            actor=actor.name,
            subject=person.name,
            address=actor.address,
            details={"delegate": me.user_id},
        )
        self._tell({person.user_id}, me)
        await self.ring_no_more(me.user_id, person.user_id)

    def _is_news(self, person: Person, by: Person) -> bool:
        now = self._now_ms()
        self._told = {pair: at for pair, at in self._told.items() if now - at < _TOLD_FOR}
        known = (person.id, by.id) in self._told
        self._told.setdefault((person.id, by.id), now)
        return not known

    def _tell(self, user_ids: Collection[str], me: Person) -> None:
        """The pages of those and of this person ask again."""
        for user_id in sorted({*user_ids, me.user_id}):
            self._audience.publish("delegates", {"changed": True}, to=user_id)


def _words(one: Delegate) -> str:
    """A delegate, as the audit has them."""
    rights = [right for right in ("answers", "calls", "sees") if getattr(one, right)]
    return f"{one.user_id} ({one.rings}, {one.after} s; {' '.join(rights) or 'nothing'})"
