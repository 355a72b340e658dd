"""The devices of somebody of the house that ring for a call: desk phones, Matrix clients, phones outside."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from logs import log
from server.directory.ports import PersonLookup
from server.directory.service import Person
from server.forwarding.rules import NOTHING_SET, Mobile
from server.forwarding.service import ServiceReader
from server.homeserver.errors import HomeserverError
from server.telephony import dialplan
from server.telephony.dialplan import Came, ForwardedBy, Outside, Refusal, Subscriber
from server.telephony.incoming import Incoming
from server.telephony.lookup import Lookup, subscriber
from server.telephony.matrix_memory import MatrixMemory
from server.telephony.outgoing import Outgoing
from server.telephony.parties import Outsiders
from server.telephony.rooms import Rooms
from wire.route import Ghost, Leg, MatrixLeg, MobileLeg, Party, PhoneLeg

_log = log.get(__name__)
#: Seconds a route waits for the homeserver, while the caller hears nothing: where desk phones can ring
#: without it, and where nothing else can. Room and ghost of a first call are made meanwhile, at which small
#: machines are slow; the bridge waits 15 s.
_PATIENCE, _PATIENCE_ALONE = 4.0, 12.0


@dataclass(frozen=True, slots=True)
class Mobiles:
    """What phones outside need that ring as somebody's devices: in which language (of a user id) it is asked
    whether they take a call, and the time, milliseconds since 1970."""

    language: Callable[[str], Awaitable[Literal["it", "en"]]]
    now_ms: Callable[[], int]


class Devices:
    """Of anybody. Without `mobiles` no phones outside ring."""

    def __init__(
        self,
        people: PersonLookup,
        services: ServiceReader,
        lookup: Lookup,
        outsiders: Outsiders,
        rooms: Rooms,
        matrix: MatrixMemory,
        outgoing: Outgoing,
        region: str,
        mobiles: Mobiles | None = None,
    ) -> None:
        self._people, self._services = people, services
        self._lookup, self._outsiders, self._rooms = lookup, outsiders, rooms
        self._matrix, self._outgoing = matrix, outgoing
        self._region, self._mobiles = region, mobiles

    async def of_member(
        self, person: Person, call: Incoming, *, mobiles: Sequence[Mobile] = (), delay: int = 0
    ) -> tuple[MatrixLeg | PhoneLeg | MobileLeg, ...]:
        """All devices of one of several whom a call is for that they let ring (after `delay` seconds),
        whatever else they have set; each says whose it is."""
        services, member = await self._services.services_of(person.id), subscriber(person)
        legs = await self.legs(
            member, call, desk_phone=services.desk_phone, clients=services.clients, mobiles=mobiles
        )
        party = Party(member.user_id, member.name, member.shown_inside or None)
        return tuple(
            msgspec.structs.replace(leg, member=party, delay=delay or leg.delay)
            for leg in legs
            if isinstance(leg, MatrixLeg | PhoneLeg | MobileLeg)
        )

    async def legs(
        self,
        person: Subscriber,
        call: Incoming,
        *,
        desk_phone: bool,
        clients: bool,
        mobiles: Sequence[Mobile] = (),
    ) -> tuple[Leg, ...]:
        """All devices of a person that can ring now, of these kinds."""
        request, caller = call.request, await call.known_to(person.user_id)
        ghost = call.ghost or self._outsiders.speaker(caller, withheld=call.withheld)
        sender = ghost.user_id if ghost else caller.user_id or ""
        phones = request.registered if desk_phone else ()
        leg = await self._matrix_leg(person, sender, ghost, phones, request.device) if clients else None
        inside = dialplan.inside_legs(person, phones, leg)
        return (*inside, *await self._mobile_legs(person, call, caller, mobiles))

    async def _mobile_legs(
        self, person: Subscriber, call: Incoming, caller: Party, mobiles: Sequence[Mobile]
    ) -> tuple[Leg, ...]:
        """Those of a person's numbers outside that ring now, within what they may call; what has become a
        colleague's since, or calls itself, is none."""
        if self._mobiles is None:
            return ()
        legs: list[Leg] = []
        for mobile in mobiles:
            if not mobile.rings_at(self._mobiles.now_ms()) or mobile.number == caller.number:
                continue
            destination = await self._lookup.decide(mobile.number, None)
            if not isinstance(destination, Outside) or destination.emergency:
                continue
            trunks = await self._outgoing.admit_beside(call.request.call_id, person, destination)
            if isinstance(trunks, Refusal):
                continue
            outside = call.ghost.number if call.ghost else None
            number = next(iter(person.numbers), None)
            own = next(iter(call.shows.numbers), None) if call.shows is not None else None
            legs.append(
                dialplan.mobile_leg(
                    mobile,
                    own or number,
                    trunks[0],
                    self._region,
                    Came(outside, (ForwardedBy(number, "unknown"),)),
                    await self._mobiles.language(person.user_id),
                    Party() if call.withheld else self._said(call, caller),
                )
            )
        return tuple(legs)

    def _said(self, call: Incoming, caller: Party) -> Party:
        """Whose number is said on a mobile phone: who is called for, as the number that is shown there."""
        number = call.principal.shown_inside if call.principal is not None else None
        return Party(number=number) if number else caller

    async def mobiles_of(self, user_id: str) -> tuple[Mobile, ...]:
        """All of somebody who wants a call there now, whenever they ring else."""
        person = await self._people.by_user_id(user_id)
        services = await self._services.services_of(person.id) if person else NOTHING_SET
        return tuple(Mobile(one.number) for one in services.mobiles)

    # --- Matrix clients ---

    async def is_reachable(self, person: Subscriber, *, alone: bool) -> bool:
        """Whether a Matrix client of the person can ring; assumed while the homeserver is away."""
        try:
            async with asyncio.timeout(_PATIENCE):
                return await self._matrix.can_ring(person.user_id, alone=alone)
        except (HomeserverError, TimeoutError):
            return True

    async def _matrix_leg(
        self,
        person: Subscriber,
        as_user: str,
        ghost: Ghost | None,
        registered: Sequence[str],
        device: str | None = None,
    ) -> MatrixLeg | None:
        """The leg to the person's Matrix clients, or to their `device`; None when none can ring or the
        homeserver is away. `registered` are the phones that ring beside it."""
        alone = not dialplan.has_phone(person, registered)
        patience = _PATIENCE_ALONE if alone else _PATIENCE
        try:
            async with asyncio.timeout(patience):
                leg = await self._matrix_leg_now(person, as_user, ghost, alone=alone)
        except (HomeserverError, TimeoutError) as error:
            # Desk phones must ring all the same.
            _log.warning("matrix_leg_left_out", user_id=person.user_id, why=str(error) or "too slow")
            return None
        return msgspec.structs.replace(leg, device=device) if leg else None

    async def _matrix_leg_now(
        self, person: Subscriber, as_user: str, ghost: Ghost | None, *, alone: bool
    ) -> MatrixLeg | None:
        if not await self._matrix.can_ring(person.user_id, alone=alone):
            return None
        caller = None if ghost else await self._people.by_user_id(as_user)
        name = ghost.name if ghost else caller.name if caller else ""
        room = await self._matrix.direct_room(
            as_user, name, person.user_id, lambda: self._rooms.in_name_of(as_user, person.user_id)
        )
        return MatrixLeg(person.user_id, as_user, room)
