"""Calls that ring for colleagues: who may take them in the browser, and who is told of them."""

from collections.abc import Collection
from typing import Protocol

import msgspec

from server.directory.ports import PersonByUserId
from server.events.hub import Audience
from server.telephony.dialplan import Refusal
from server.telephony.parties import ghost_from
from server.telephony.state import PhoneState, ringing
from wire.commands import PickUp
from wire.record import Millis
from wire.route import Party, PickUpRinging, Replaced, TakeOver
from wire.state import LiveCall


class RingingCall(msgspec.Struct, frozen=True):
    """A call that rings for a colleague (`callee`), and that one may take. Somebody outside has no name here:
    it would be that of the colleague's own phonebook (docs/decisions/0007)."""

    call_id: str
    callee: Party
    peer: Party
    since: Millis


class PickUpRules(Protocol):
    """`telephony.call_services.CallServices`, as it is needed here."""

    async def pick_up(self, extension: str | None, user_id: str) -> PickUpRinging | Refusal: ...

    async def replaced(self, call: Replaced, user_id: str) -> PickUpRinging | TakeOver | Refusal: ...

    async def near(self, user_id: str) -> Collection[str]: ...

    async def told(self, user_id: str) -> Collection[str]: ...


class PickUps:
    """`domain` is the Matrix server name."""

    def __init__(
        self, rules: PickUpRules, state: PhoneState, people: PersonByUserId, audience: Audience, domain: str
    ) -> None:
        self._rules, self._state, self._people = rules, state, people
        self._audience, self._domain = audience, domain

    async def allowed(self, what: PickUp, user_id: str) -> PickUpRinging | Refusal:
        """Which of the calls that ring this person may take of those that they name."""
        if what.extension is not None:
            return await self._rules.pick_up(what.extension, user_id)
        live = self._state.snapshot.live.items()
        callee = next(
            (user for user, calls in live if any(c.call_id == what.call_id for c in ringing(calls))), None
        )
        if callee is None:
            return Refusal.NOT_FOUND
        found = await self._rules.replaced(Replaced(what.call_id or "", callee, early=True), user_id)
        return Refusal.NOT_FOUND if isinstance(found, TakeOver) else found

    async def near(self, user_id: str) -> tuple[RingingCall, ...]:
        """What rings for those who are near this person, the oldest first."""
        found: list[RingingCall] = []
        if any(ringing(calls) for calls in self._state.snapshot.live.values()):
            for callee in await self._rules.near(user_id):
                found += await self._ringing_for(callee)
        return tuple(sorted((call for call in found if call.peer.user_id != user_id), key=_age))

    async def tell(self, callees: Collection[str]) -> None:
        """What rings for these people has changed: those near them see all of it that rings now."""
        for callee in sorted(callees):
            calls = await self._ringing_for(callee)
            for user_id in await self._rules.told(callee):
                seen = [call for call in calls if call.peer.user_id != user_id]
                self._audience.publish("ringing_near", {"user_id": callee, "calls": seen}, to=user_id)

    async def _ringing_for(self, callee: str) -> list[RingingCall]:
        calls = ringing(self._state.live_calls(callee))
        person = await self._people.by_user_id(callee) if calls else None
        if person is None:
            return []
        shown = Party(person.user_id, person.name, next(iter(person.extensions), None))
        return [RingingCall(call.call_id, shown, self._public(call), call.since) for call in calls]

    def _public(self, call: LiveCall) -> Party:
        peer = call.peer
        inside = peer.user_id is not None and ghost_from(peer.user_id, self._domain) is None
        return peer if inside else msgspec.structs.replace(peer, name="")


def _age(call: RingingCall) -> tuple[int, str]:
    return call.since, call.call_id
