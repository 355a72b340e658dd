"""Opening hours as administrators write them."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from msgspec.structs import replace

from server.audit.service import Audit
from server.directory.access import Actor
from server.hours import rules
from server.hours.rules import Hours, State


class HoursReader(Protocol):
    async def hours(self) -> Sequence[Hours]:
        """All of them, by name."""


class HoursStore(HoursReader, Protocol):
    """Names are had once: raises `HoursTaken`."""

    async def add(self, hours: Hours, most: int) -> None:
        """Raises `TooManyHours` beyond `most`."""

    async def replace(self, hours: Hours) -> bool:
        """False if there are none with this id."""

    async def remove(self, hours_id: str) -> bool: ...


class HoursNow:
    """What holds by opening hours at the moment. `now_ms` is the wall clock."""

    def __init__(self, hours: HoursReader, now_ms: Callable[[], int]) -> None:
        self._hours, self._now_ms = hours, now_ms

    async def state(self, hours_id: str | None) -> State:
        """Without any, or if they are gone, it is always open."""
        for one in await self._hours.hours() if hours_id is not None else ():
            if one.id == hours_id:
                return rules.standing_at(one.schedule, self._now_ms()).state
        return "open"


#: The names of what goes by the opening hours with this id.
Uses = Callable[[str], Awaitable[Sequence[str]]]


class OpeningHours:
    """`uses` are asked before hours are removed: each feature that goes by some adds its own."""

    def __init__(self, store: HoursStore, audit: Audit, fresh_id: Callable[[], str]) -> None:
        self._store, self._audit, self._fresh_id = store, audit, fresh_id
        self.uses: list[Uses] = []

    async def all(self) -> Sequence[Hours]:
        return await self._store.hours()

    async def one(self, hours_id: str) -> Hours:
        """Raises `UnknownHours`."""
        for hours in await self._store.hours():
            if hours.id == hours_id:
                return hours
        raise rules.UnknownHours

    async def add(self, actor: Actor, wanted: Hours) -> Hours:
        """As `wanted`, with an id of their own. Raises an `HoursRefusal`; then there are none."""
        hours = _checked(replace(wanted, id=self._fresh_id()))
        await self._store.add(hours, rules.SCHEDULES_MAX)
        await self._changed("hours.added", actor, hours)
        return hours

    async def change(self, actor: Actor, wanted: Hours) -> Hours:
        """Those with this id are as `wanted` then. Raises what `add` raises, and `UnknownHours`."""
        hours = _checked(wanted)
        if not await self._store.replace(hours):
            raise rules.UnknownHours
        await self._changed("hours.changed", actor, hours)
        return hours

    async def remove(self, actor: Actor, hours_id: str) -> None:
        """Raises `UnknownHours`, and `HoursInUse` with the names of what goes by them."""
        hours = await self.one(hours_id)
        users = [name for uses in self.uses for name in await uses(hours_id)]
        if users:
            raise rules.HoursInUse(", ".join(users))
        await self._store.remove(hours_id)
        await self._changed("hours.removed", actor, hours)

    async def _changed(self, action: str, actor: Actor, hours: Hours) -> None:
        await self._audit.record(action, actor=actor.name, subject=hours.name, address=actor.address)


def _checked(wanted: Hours) -> Hours:
    schedule = rules.check_schedule(wanted.schedule)
    return replace(wanted, name=rules.check_name(wanted.name), schedule=schedule)
