"""Busy lamps: what phones that watch a colleague are shown of their calls, and of how they are."""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Protocol

from bridges.sip.b2bua import identity
from bridges.sip.b2bua.identity import PICK_UP_TAG
from bridges.sip.subscription import Lamp, LampState, Presentity
from wire.presence import PersonPresence, State, rings, state_in_calls
from wire.state import LiveCall

EXTENSION = re.compile(r"[0-9]{2,6}")

#: States beside calls in which a lamp burns.
TAKEN: frozenset[State] = frozenset({"do_not_disturb", "in_a_meeting"})
#: How somebody is of whom nothing was said.
UNKNOWN = PersonPresence("offline")

Live = Mapping[str, Sequence[LiveCall]]


class Watchers(Protocol):
    """`bridges.sip.transport.subscriptions.Subscriptions`, seen from here."""

    def changed(self, resources: Sequence[str]) -> None: ...


class Slots(Protocol):
    """`bridges.sip.call_control.park.Park`, seen from here."""

    def __contains__(self, slot: object) -> bool: ...

    def leg_at(self, slot: str) -> object | None: ...

    def taken(self) -> Iterable[str]:
        """The numbers of those that hold a call."""


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
        self._parked: frozenset[str] = frozenset()
        #: How people are beside their calls, as the web said last.
        self._people: dict[str, PersonPresence] = {}

    async def resource(self, watched: str) -> str | None:
        """The user id of whose extension this is, or a slot's number. Raises what `owner` raises."""
        if not EXTENSION.fullmatch(watched):
            return None
        return await self._owner(watched) or (watched if watched in self._slots else None)

    def lamp(self, resource: str) -> Lamp:
        """As it was at the last `look`."""
        if resource in self._slots:
            return Lamp(LampState.CONFIRMED, True) if self._slots.leg_at(resource) else Lamp()
        beside = self._people.get(resource, UNKNOWN).state
        return lamp_of(self._seen.get(resource, ()), self._domain, taken=beside in TAKEN)

    def presentity(self, resource: str) -> Presentity:
        """The same as one state, with what the person says."""
        if resource in self._slots:
            return Presentity("on_the_phone" if self._slots.leg_at(resource) else "available")
        beside = self._people.get(resource, UNKNOWN)
        return Presentity(state_in_calls(self._seen.get(resource, ())) or beside.state, beside.note)

    def look(self, watchers: Watchers) -> None:
        """Calls have changed: tell those who watch whose."""
        before, self._seen = self._seen, self._live()
        parked, self._parked = self._parked, frozenset(self._slots.taken())
        users = before.keys() | self._seen.keys()
        changed = [user for user in users if before.get(user) != self._seen.get(user)]
        watchers.changed([*changed, *(parked ^ self._parked)])

    def people_are(self, people: Mapping[str, PersonPresence], watchers: Watchers) -> None:
        """These are like this beside their calls now."""
        changed = [user for user, one in people.items() if self._people.get(user) != one]
        self._people.update(people)
        watchers.changed(changed)


def lamp_of(calls: Sequence[LiveCall], domain: str, *, taken: bool = False) -> Lamp:
    """The one state of a person: a call that rings for them can be picked up, and is shown before any other;
    whom they talk with is not shown. Who is `taken` otherwise is shown as in a call, as phones have no other
    light for it."""
    ringing = next((one for one in calls if rings(one)), None)
    if ringing is not None:
        caller = identity.display(identity.shown_to_all(ringing.peer), domain)
        return Lamp(
            LampState.EARLY, True, (caller.uri, caller.name), ringing.call_id, PICK_UP_TAG, PICK_UP_TAG
        )
    busy = next((one for one in calls if one.state != "ringing"), None)
    if busy is not None:
        held = state_in_calls(calls) == "held"
        return Lamp(LampState.CONFIRMED, busy.direction == "inbound", held=held)
    return Lamp(LampState.EARLY) if calls else Lamp(LampState.CONFIRMED) if taken else Lamp()
