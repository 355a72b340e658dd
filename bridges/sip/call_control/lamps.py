"""Busy lamps: what phones that watch a colleague are shown of their calls."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

from bridges.sip.b2bua import identity
from bridges.sip.b2bua.identity import PICK_UP_TAG
from bridges.sip.subscription import Lamp, LampState
from wire.state import LiveCall

EXTENSION = re.compile(r"[0-9]{2,6}")

Live = Mapping[str, Sequence[LiveCall]]


class Watchers(Protocol):
    """`bridges.sip.transport.subscriptions.Subscriptions`, seen from here."""

    def changed(self, resources: Sequence[str]) -> None: ...

    def resources(self) -> list[str]: ...


class Slots(Protocol):
    """`bridges.sip.call_control.park.Park`, seen from here."""

    def __contains__(self, slot: object) -> bool: ...

    def leg_at(self, slot: str) -> object | None: ...


class Lamps:
    """`owner` finds the user id of whose an extension is; `live` are all calls in progress by user id;
    `slots` are those for parked calls."""

    def __init__(
        self,
        owner: Callable[[str], Awaitable[str | None]],
        live: Callable[[], Live],
        domain: str,
        slots: Slots,
    ) -> None:
        self._owner, self._live, self._domain, self._slots = owner, live, domain, slots
        self._seen: Live = {}
        self._shown: dict[str, Lamp] = {}

    async def resource(self, watched: str) -> str | None:
        """The user id of whose extension this is, or a slot's number. Raises what `owner` raises."""
        if not EXTENSION.fullmatch(watched):
            return None
        return await self._owner(watched) or (watched if watched in self._slots else None)

    def lamp(self, resource: str) -> Lamp:
        """As it was at the last `look`."""
        if resource in self._slots:
            return Lamp(LampState.CONFIRMED, True) if self._slots.leg_at(resource) else Lamp()
        return lamp_of(self._seen.get(resource, ()), self._domain)

    def look(self, watchers: Watchers) -> None:
        """Calls have changed: tell those who watch what has changed of it."""
        self._seen = self._live()
        now = {resource: self.lamp(resource) for resource in watchers.resources()}
        before, self._shown = self._shown, now
        watchers.changed([one for one, lamp in now.items() if before.get(one) != lamp])


def lamp_of(calls: Sequence[LiveCall], domain: str) -> Lamp:
    """The one state of a person: a call that rings for them can be picked up, and is shown before any other;
    whom they talk with is not shown."""
    ringing = next((one for one in calls if one.state == "ringing" and one.direction == "inbound"), None)
    if ringing is not None:
        caller = identity.display(identity.shown_to_all(ringing.peer), domain)
        return Lamp(
            LampState.EARLY, True, (caller.uri, caller.name), ringing.call_id, PICK_UP_TAG, PICK_UP_TAG
        )
    busy = next((one for one in calls if one.state != "ringing"), None)
    if busy is not None:
        return Lamp(LampState.CONFIRMED, busy.direction == "inbound")
    return Lamp(LampState.EARLY) if calls else Lamp()
