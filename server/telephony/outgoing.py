"""The one gate to the outside: every call that would leave by a trunk is allowed here, or refused."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from logs import log
from server.numbers.forms import NumberForms
from server.telephony.destinations import Destinations
from server.telephony.dialplan import Outside, Refusal, Subscriber, Trunk
from server.telephony.limits import BESIDE, Limits, Reservation
from wire.record import Asked, CallRecord

_log = log.get(__name__)
_DAY = 24 * 3_600_000


#: Told who may not call, and why. Does not raise.
Refused = Callable[[Subscriber, Refusal], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Denied:
    """A call may not be made, and whose bound it is that says so: the caller's, or of whom they call for."""

    whose: Subscriber
    why: Refusal


class Lines(Protocol):
    """The ways out of the house."""

    async def current(self) -> Sequence[Trunk]:
        """In the order they are tried."""


class Reservations(Protocol):
    """Calls outside that were allowed. Times in milliseconds since the epoch."""

    async def live(self, now: int) -> Sequence[Reservation]:
        """Those whose call goes on, or is about to begin."""

    async def add(self, reservation: Reservation) -> None:
        """Replaces one of the same call."""

    async def remove(self, call_id: str) -> None: ...

    async def follow(self, call_id: str, before: Sequence[str]) -> None:
        """A call goes on with the line of one of those before it."""

    async def settle(self, call_id: str, taken_by: str | None) -> None:
        """Nobody is called beside the call any more: of what was reserved for that, what `taken_by` (a user
        id) has it by is the call's from now on, the rest is free."""

    async def forget(self, before: int) -> None:
        """Those made before a time."""

    async def talked(self, user_id: str, since: int, now: int) -> int:
        """Milliseconds that the person talked outside since then, in calls that go on, too; and that they
        were asked on their mobile phones."""

    async def asked(self, call_id: str, asked: Sequence[Asked]) -> None:
        """All mobile phones that were asked in a call, durably."""


def _beside(call_id: str, user_id: str, number: str) -> str:
    """What is reserved for one of them goes by this in place of the call's id."""
    which = hashlib.sha256(f"{user_id} {number}".encode()).hexdigest()
    return f"{call_id}{BESIDE}{which[:16]}"


class Outgoing:
    def __init__(
        self,
        lines: Lines,
        reservations: Reservations,
        destinations: Destinations,
        limits: Limits,
        now_ms: Callable[[], int],
        refused: Refused | None = None,
    ) -> None:
        self._lines = lines
        self._reservations = reservations
        self._destinations = destinations
        self._limits = limits
        self._now_ms = now_ms
        self._refused = refused
        # Counting and reserving are one step: of calls that ask in the same moment not all may pass.
        self._counting = asyncio.Lock()
        self._rung_beside: set[str] = set()

    async def may_call(self, caller: Subscriber, outside: Outside) -> Refusal | None:
        """Why this person may never call there, as things are; what is used of the limits does not count."""
        if refusal := self._destinations.refusal(outside, caller.calls_outside):
            return refusal
        return None if await self._lines.current() else Refusal.NO_TRUNK

    async def look(
        self, caller: Subscriber, outside: Outside, on_behalf_of: Subscriber | None = None
    ) -> Denied | None:
        """Why the person may not call there now; nothing is reserved."""
        found = await self._decide("", caller, outside, on_behalf_of)
        if not isinstance(found, Denied):
            return None
        await self._tell("", caller, found)
        return found

    async def admit(
        self, call_id: str, caller: Subscriber, outside: Outside, on_behalf_of: Subscriber | None = None
    ) -> tuple[Trunk, ...] | Refusal:
        """The trunks that the call may take, in order; it counts from now until its record ends. One
        `on_behalf_of` somebody is allowed where both may make it, and counts for both.

        Asked again for the same call, the answer is the same and counts once.
        """
        async with self._counting:
            found = await self._decide(call_id, caller, outside, on_behalf_of)
            if not isinstance(found, Denied) and not outside.emergency:
                now = self._now_ms()
                await self._reservations.forget(now - _DAY)
                principal = on_behalf_of.user_id if on_behalf_of is not None else None
                made = Reservation(call_id, caller.user_id, found[0].name, now, principal)
                await self._reservations.add(made)
        if not isinstance(found, Denied):
            return found
        await self._tell(call_id, caller, found)
        return found.why

    async def _tell(self, call_id: str, caller: Subscriber, found: Denied) -> None:
        why, whose = found.why, found.whose
        _log.warning(
            "outside_call_refused",
            call_id=call_id,
            user_id=caller.user_id,
            why=why.value,
            of=whose.user_id,
        )
        if self._refused is not None:
            await self._refused(whose, why)

    async def forms_of(self, trunk: str) -> NumberForms:
        """How a trunk writes numbers; one that is not there any more, as most do."""
        known = await self._lines.current()
        return next((line.forms for line in known if line.name == trunk), NumberForms())

    async def live(self) -> int:
        """How many calls outside go on, those that are about to begin included."""
        return len(await self._reservations.live(self._now_ms()))

    async def release(self, call_id: str) -> None:
        """The call will not be made."""
        await self._reservations.remove(call_id)

    async def admit_beside(
        self, call_id: str, caller: Subscriber, outside: Outside
    ) -> tuple[Trunk, ...] | Refusal:
        """The same for a phone outside that rings beside others; `settle` ends what that reserves."""
        self._rung_beside.add(call_id)
        return await self.admit(_beside(call_id, caller.user_id, outside.number), caller, outside)

    async def settle(self, call_id: str, taken_by: str | None) -> None:
        """The call has been answered, or is over; `taken_by` whom with such a phone, if it was one."""
        # What a process before this one reserved is free after a while, or taken.
        if call_id in self._rung_beside or taken_by is not None:
            await self._reservations.settle(call_id, taken_by)
            self._rung_beside.discard(call_id)

    async def asked(self, record: CallRecord) -> None:
        """Lines of mobile phones cost from when they are answered, whoever has the call then."""
        if record.asked:
            await self._reservations.asked(record.id, record.asked)

    async def goes_on(self, call_id: str, before: Sequence[str]) -> None:
        """A transfer has made another call of those before it: whoever may pay for them pays on."""
        await self._reservations.follow(call_id, before)

    async def _decide(
        self, call_id: str, caller: Subscriber, outside: Outside, on_behalf_of: Subscriber | None = None
    ) -> tuple[Trunk, ...] | Denied:
        both = (caller,) if on_behalf_of is None else (caller, on_behalf_of)
        for one in both:
            if refusal := self._destinations.refusal(outside, one.calls_outside):
                return Denied(one, refusal)
        trunks = tuple(await self._lines.current())
        if not trunks:
            return Denied(caller, Refusal.NO_TRUNK)
        if outside.emergency:
            return trunks
        now = self._now_ms()
        others = [call for call in await self._reservations.live(now) if call.call_id != call_id]
        for one in both:
            minutes = await self._reservations.talked(one.user_id, now - _DAY, now) / 60_000
            free = self._limits.trunks(one.user_id, trunks, others, minutes)
            if isinstance(free, Refusal):
                return Denied(one, free)
            trunks = free
        return trunks
